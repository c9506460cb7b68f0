/** `spanwatch learn | mute | close | unlearn | permit | place | undo | audit`: people's verbs, said to the box that runs on this machine (`commandSocket.ts`). */
import { userInfo } from "node:os";
import { parseWeeklyHours, type WeeklyHours } from "../baseline/weeklyHours.ts";
import { CRITICALITIES, LEVELS } from "../config/command.ts";
import { CommandError } from "../config/commandError.ts";
import { loadConfig } from "../config/load.ts";
import { ZONES } from "../config/zones.ts";
import type { Arguments, CommandRecord, OptionRecord } from "./arguments.ts";
import { ask, type SocketQuestion } from "./commandSocket.ts";
import { EXIT, UsageError } from "./failure.ts";

export const BOX: Readonly<Record<string, OptionRecord>> = {
	config: { type: "string", value: "FILE", help: "configuration of the box that runs" },
	state: { type: "string", value: "DIR", help: "its state folder, where not that of the configuration" },
};
const WHY: Readonly<Record<string, OptionRecord>> = {
	why: { type: "string", value: "TEXT", help: "why, for the audit log; must be given" },
};

const UNITS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400 };

/** A time by the box's clock and zone, or from now on: +30m, +8h, +2d. Seconds since the epoch. */
function timeOf(command: string, option: string, text: string): number {
	const later = /^\+(\d{1,4})([mhd])$/.exec(text);
	if (later !== null) return Math.round(Date.now() / 1000) + Number(later[1]) * UNITS[later[2]!]!;
	const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) ? Date.parse(text) : Number.NaN;
	if (Number.isNaN(time))
		throw new UsageError(`${command}: --${option} ${text} is no time; give one like 2030-01-31T18:00, or +30m, +8h, +2d from now.`);
	return time / 1000;
}

function weeklyOf(text: string): WeeklyHours {
	const hours = parseWeeklyHours(text);
	if (hours === undefined)
		throw new UsageError(`permit: --weekly "${text}" is not understood; give days and hours like "mon-fri 22:00-06:00".`);
	return hours;
}

/** The one operand: an id. */
function idOf(command: string, input: Arguments, what: string): string {
	const [id, ...others] = input.operands;
	if (id === undefined || others.length > 0) throw new UsageError(`${command}: give one ${what}; see \`spanwatch ${command} --help\`.`);
	return id;
}

function whyOf(command: string, input: Arguments): string {
	const why = input.text("why");
	if (why === undefined || why.trim() === "") throw new UsageError(`${command}: say why with --why "..."; it goes into the audit log.`);
	return why;
}

/** Asks the box that runs, and prints its answer. */
export async function tell(input: Arguments, question: Omit<SocketQuestion, "user">): Promise<number> {
	const state = input.text("state");
	const { stateDir } = loadConfig(input.text("config"), { ...(state !== undefined && { stateDir: state }) });
	const answer = await ask(stateDir, { user: userInfo().username, ...question });
	if ("problem" in answer) throw new CommandError(answer.code as CommandError["code"], answer.problem);
	const lines = "list" in answer ? answer.list.map((one) => JSON.stringify(one)) : [JSON.stringify(answer.answer)];
	process.stdout.write(lines.map((line) => `${line}\n`).join(""));
	return EXIT.fine;
}

/** A command about one alert. */
const aboutAlert = (verb: "learn" | "close", help: string): CommandRecord => ({
	name: verb,
	operands: "ALERT",
	help,
	options: { ...WHY, ...BOX },
	run: async (input) => tell(input, { command: { verb, alert: idOf(verb, input, "alert's id"), why: whyOf(verb, input) } }),
});

export const learn = aboutAlert(
	"learn",
	"What this alert is about is normal: exactly that client, function, point or value, and nothing beside it. Closes the alert.\nFacts are never learned, but for those whose record says so.",
);

export const close = aboutAlert("close", "Closes an alert. Nothing is learned; the same again is a new alert.");

export const mute: CommandRecord = {
	name: "mute",
	operands: "ALERT",
	help: "Sends no message of this alert and its repeats until a time, unless it gets worse; it is kept and counted.",
	options: { until: { type: "string", value: "TIME", help: "2030-01-31T18:00, or +8h from now; must be given" }, ...WHY, ...BOX },
	run: async (input) => {
		const until = input.text("until");
		if (until === undefined) throw new UsageError("mute: say how long with --until TIME.");
		const command = {
			verb: "mute",
			alert: idOf("mute", input, "alert's id"),
			until: timeOf("mute", "until", until),
			why: whyOf("mute", input),
		};
		return tell(input, { command });
	},
};

/** Options of one learned thing, as `unlearn` takes it, and their names in the command. */
const THING: Readonly<Record<string, [name: string, isNumber: boolean, help: string]>> = {
	trait: ["trait", false, "client, writer, unit, function, points, refusal or service"],
	protocol: ["protocol", false, "e.g. modbus"],
	plc: ["server", false, "address of the PLC"],
	client: ["client", false, "address of the client"],
	unit: ["unit", true, "unit behind the address; -1 where there is none"],
	operation: ["verb", false, "read, write, command, ..."],
	function: ["code", true, "number of the function"],
	outcome: ["outcomeCode", true, "number of the refusal"],
	point: ["point", false, "first point, e.g. holding:107"],
	count: ["count", true, "how many points"],
	service: ["service", false, "e.g. tcp/80"],
};

export const unlearn: CommandRecord = {
	name: "unlearn",
	operands: "[ENTRY]",
	help: "Takes back what an entry of the audit log learned, or forgets one learned thing, named by its trait: as if it had never been seen.",
	options: {
		...Object.fromEntries(
			Object.entries(THING).map(([option, [, , help]]): [string, OptionRecord] => [
				option,
				{ type: "string", value: option.toUpperCase(), help },
			]),
		),
		...WHY,
		...BOX,
	},
	run: async (input) => {
		const why = whyOf("unlearn", input);
		if (input.text("trait") === undefined)
			return tell(input, { command: { verb: "unlearn", entry: idOf("unlearn", input, "entry's id, or a thing with --trait"), why } });
		const thing: Record<string, unknown> = {};
		for (const [option, [name, isNumber]] of Object.entries(THING)) {
			const text = input.text(option);
			if (text !== undefined) thing[name] = isNumber ? Number(text) : text;
		}
		return tell(input, { command: { verb: "unlearn", thing, why } });
	},
};

export const permit: CommandRecord = {
	name: "permit",
	operands: "",
	help: "Gives a maintenance window: changes by these clients at these PLCs inside it are kept and linked, and alarm nobody; outside it they weigh more.",
	options: {
		client: { type: "string", multiple: true, value: "ADDRESS", help: "who; everybody unless given" },
		plc: { type: "string", multiple: true, value: "ADDRESS", help: "where; all PLCs unless given" },
		verb: { type: "string", multiple: true, value: "VERB", help: "write, command, program, configure; all of them unless given" },
		from: { type: "string", value: "TIME", help: "begin: 2030-01-31T18:00, or +8h from now; now unless given" },
		until: { type: "string", value: "TIME", help: "end" },
		weekly: {
			type: "string",
			multiple: true,
			value: "HOURS",
			help: 'hours of each week on the plant\'s clocks (learning.timeZone): "mon-fri 22:00-06:00"',
		},
		list: { type: "boolean", help: "print the windows there are, one JSON line each" },
		...WHY,
		...BOX,
	},
	run: async (input) => {
		if (input.flag("list")) return tell(input, { list: "permits" });
		if (input.operands.length > 0)
			throw new UsageError(`permit: "${input.operands[0]}" belongs to no option; see \`spanwatch permit --help\`.`);
		const [from, until] = [input.text("from"), input.text("until")];
		const lists = Object.entries({ clients: input.texts("client"), plcs: input.texts("plc"), verbs: input.texts("verb") });
		const weekly = input.texts("weekly").map(weeklyOf);
		if (until === undefined && weekly.length === 0) throw new UsageError("permit: say when with --until TIME or --weekly HOURS.");
		const command = {
			verb: "permit",
			...Object.fromEntries(lists.filter(([, list]) => list.length > 0)),
			...(from !== undefined && { from: timeOf("permit", "from", from) }),
			...(until !== undefined && { until: timeOf("permit", "until", until) }),
			...(weekly.length > 0 && { weekly }),
			why: whyOf("permit", input),
		};
		return tell(input, { command });
	},
};

export const place: CommandRecord = {
	name: "place",
	operands: "DEVICE",
	help: "Says where a device belongs, by its id or one of its addresses: its zone, its Purdue level, what hangs on it. What was guessed or configured gives way.",
	options: {
		zone: { type: "string", value: "ZONE", help: ZONES.join(", ") },
		level: { type: "string", value: "LEVEL", help: LEVELS.join(", ") },
		criticality: {
			type: "string",
			value: "KIND",
			help: `${CRITICALITIES.join(", ")}: alerts about a safety controller weigh more, about a meter less`,
		},
		...WHY,
		...BOX,
	},
	run: async (input) => {
		const said = ["zone", "level", "criticality"].flatMap((name) => {
			const text = input.text(name);
			return text === undefined ? [] : [[name, text] as const];
		});
		if (said.length === 0) throw new UsageError("place: say --zone ZONE, --level LEVEL or --criticality KIND.");
		const command = { verb: "place", device: idOf("place", input, "device"), ...Object.fromEntries(said), why: whyOf("place", input) };
		return tell(input, { command });
	},
};

export const undo: CommandRecord = {
	name: "undo",
	operands: "ENTRY",
	help: "Takes back what an entry of the audit log did: a learn, an unlearn, a mute, a close, a permit, a place.",
	options: { ...WHY, ...BOX },
	run: async (input) => tell(input, { command: { verb: "undo", entry: idOf("undo", input, "entry's id"), why: whyOf("undo", input) } }),
};

export const audit: CommandRecord = {
	name: "audit",
	help: "Prints the latest 200 entries of the audit log, the newest first, one JSON line each.",
	options: BOX,
	run: async (input) => tell(input, { list: "audit" }),
};
