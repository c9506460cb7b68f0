/**
 * The doctor's look at a serial line: the port, who else has it, whether it takes the settings, and what comes in. It opens the port as the monitor does, through the
 * sniffer, and sends nothing.
 */
import { accessSync, closeSync, constants, openSync, readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { isatty } from "node:tty";
import { protocols, services } from "../../protocols/index.ts";
import { type InterfaceEvent, LiveCapture } from "../capture/live.ts";
import { serialPorts } from "../capture/serialPorts.ts";
import { type SerialSettings, settingsWords } from "../capture/serialSettings.ts";
import { Engine } from "./engine.ts";
import { sentenceOf } from "./failure.ts";
import type { Finding } from "./finding.ts";
import { observationLine } from "./lines.ts";
import { Progress } from "./progress.ts";

/** Seconds for which a line is listened to; and at most until its rate is found. */
const DEFAULT_SECONDS = 10;
const FIND_SECONDS = 60;
/** With these, whatever is on a line comes in as some bytes. */
const ANY_SETTINGS = { baudRate: 19_200, format: { dataBits: 8, parity: "none", stopBits: 1 } } as const;
/** Part of the bytes outside any message above which something is wrong with the line. */
const MUCH_NOISE = 0.05;
/** Messages below which nothing is said about sides. */
const FEW_MESSAGES = 6;
/** Units that are named. */
const UNITS_SHOWN = 16;

/** What listening to a line shows. */
export interface LineHeard {
	seconds: number;
	bytes: number;
	/** Bytes that belong to no message. */
	noise: number;
	/** Messages by side, and who was spoken to. */
	requests: number;
	answers: number;
	units: readonly number[];
	protocols: readonly string[];
}

/** All about one line. `seconds`: how long to listen; undefined: as long as it takes, within reason. */
export async function examineLine(line: SerialSettings, seconds: number | undefined): Promise<Finding[]> {
	const port = examinePort(line.path);
	if (port.some(({ verdict }) => verdict === "fail")) return port;
	return [...port, ...(await listenTo(line, seconds))];
}

/** The port itself, without a byte read. */
function examinePort(path: string): Finding[] {
	const what = `serial port ${path}`;
	const fail = (seen: string, mend: string): Finding[] => [{ verdict: "fail", what, seen, mend }];
	const letIn = "Let this user into the group that owns it (usually: usermod -a -G dialout USER), log in anew, and try again.";
	try {
		if (!statSync(path).isCharacterDevice()) return fail("it is no device", namePort());
		// Reading is all that is done, but the rate can only be set by who may also write.
		accessSync(path, constants.R_OK | constants.W_OK);
	} catch (error) {
		const isDenied = (error as NodeJS.ErrnoException).code === "EACCES";
		return isDenied
			? fail("this user may not read it and set its rate", letIn)
			: fail("there is no such port", `Plug the adapter in. ${namePort()}`);
	}
	// Before it is opened here.
	const holders = holdersOf(path);
	try {
		const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
		const isTerminal = isatty(descriptor);
		closeSync(descriptor);
		if (!isTerminal) return fail("it is a device, but no terminal device", namePort());
	} catch (error) {
		if (holders.length === 0)
			return fail(`it cannot be opened (${(error as Error).message})`, "Plug the adapter in again; look into `dmesg`.");
	}
	if (holders.length === 0) return [{ verdict: "ok", what, seen: "there, readable, and nobody else has it open" }];
	return fail(`it is also open in ${holders.map(({ name, pid }) => `${name} (process ${pid})`).join(" and ")}`, letGo(holders, path));
}

/** What to do about those who have the port open. */
function letGo(holders: readonly Holder[], path: string): string {
	if (holders.some(({ name }) => name === MONITOR))
		return "Stop the monitor for as long as the doctor listens: of two readers each gets a part of the bytes.";
	if (holders.some(({ name }) => name.endsWith("getty")))
		return `It is a login console: type systemctl disable --now serial-getty@${basename(path)}, and take console=${basename(path)} out of the kernel's command line.`;
	return "Stop that program: of two readers each gets a part of the bytes, and a program that writes would speak on the line.";
}

function namePort(): string {
	const ports = serialPorts();
	return ports.length === 0 ? "No serial adapter is known to this box." : `Name one of: ${ports.join(", ")}.`;
}

interface Holder {
	name: string;
	pid: number;
}

/** What a sniffer of Spanwatch is called here. */
const MONITOR = "the monitor itself";

/** Programs that have the port open, as far as this user may know. */
function holdersOf(path: string): Holder[] {
	const device = realpathSync(path);
	const found: Holder[] = [];
	for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
		try {
			const folder = join("/proc", pid);
			const targets = new Map(readdirSync(join(folder, "fd")).map((one) => [one, readlinkOrNone(join(folder, "fd", one))]));
			if (![...targets.values()].includes(device) || isOtherEnd(folder, targets, device)) continue;
			const isMonitor = readFileSync(join(folder, "cmdline"), "latin1").includes("serialSniffer");
			found.push({ name: isMonitor ? MONITOR : readFileSync(join(folder, "comm"), "utf8").trim(), pid: Number(pid) });
		} catch {
			// Ended meanwhile, or another user's.
		}
	}
	return found;
}

/** A pseudo terminal is made by who holds its other end, and often keeps this one open, so that it stays when its reader goes: that is the line, not a reader. */
function isOtherEnd(folder: string, targets: ReadonlyMap<string, string | undefined>, device: string): boolean {
	const index = /^\/dev\/pts\/(\d+)$/.exec(device)?.[1];
	if (index === undefined) return false;
	return [...targets].some(
		([one, target]) =>
			target?.endsWith("/ptmx") === true && /^tty-index:\s*(\d+)/m.exec(readFileSync(join(folder, "fdinfo", one), "latin1"))?.[1] === index,
	);
}

function readlinkOrNone(path: string): string | undefined {
	try {
		return readlinkSync(path);
	} catch {
		return undefined;
	}
}

async function listenTo(line: SerialSettings, seconds: number | undefined): Promise<Finding[]> {
	const isFixed = line.baudRate !== undefined && line.format !== undefined;
	const first = await hear(isFixed ? line : { ...line, ...ANY_SETTINGS }, seconds ?? DEFAULT_SECONDS, !isFixed);
	const findings: Finding[] = [];
	const settings = (seen: string): Finding => ({ verdict: "ok", what: `settings of ${line.name}`, seen });
	if (first.failure !== undefined) return [{ verdict: "fail", what: `listening on ${line.name}`, seen: first.failure }];
	if (isFixed) findings.push(settings(`taken: ${settingsWords(line.baudRate!, line.format!)}`));
	if (isFixed || first.heard.bytes === 0) return [...findings, ...judgeLine(line, first.heard)];
	// Something is spoken: now the rate.
	const found = await hear(line, seconds ?? FIND_SECONDS, false, seconds ?? DEFAULT_SECONDS);
	if (found.failure !== undefined) return [{ verdict: "fail", what: `listening on ${line.name}`, seen: found.failure }];
	if (found.as === undefined) {
		return [
			{
				verdict: "fail",
				what: `settings of ${line.name}`,
				seen: `bytes come in, but at no rate they made sense within ${found.heard.seconds} s`,
				mend: "Swap A and B, and check the ground; or give the line longer with --seconds, as one that is seldom used needs; is it Modbus at all?",
			},
		];
	}
	return [settings(`found: ${found.as}`), ...judgeLine(line, found.heard)];
}

/**
 * Listens for `seconds`; only until something comes where `isFirstEnough`; once the rate was found for no longer than `then`. `as` are the settings in use.
 */
async function hear(line: SerialSettings, seconds: number, isFirstEnough: boolean, then = seconds) {
	const units = new Set<number>();
	const heard = { noise: 0, requests: 0, answers: 0 };
	const engine = new Engine({
		protocols,
		services,
		onObservation: (protocol, observation, flow) => {
			const { kind, unitId, noiseBytes } = observationLine(protocol, observation, flow) as {
				kind: string;
				unitId?: number;
				noiseBytes?: number;
			};
			heard.noise += noiseBytes ?? 0;
			if (kind === "request") heard.requests++;
			else if (kind === "response" || kind === "exception" || kind === "unsolicited") heard.answers++;
			else return;
			if (unitId !== undefined) units.add(unitId);
		},
	});
	let as: string | undefined;
	let failure: string | undefined;
	let left = seconds;
	const onEvent = ({ state, sentence }: InterfaceEvent) => {
		if (state === "down") failure = sentence;
		if (state !== "up" || as !== undefined) return;
		as = / at (.+)\.$/.exec(sentence)?.[1] ?? "";
		left = then;
	};
	const live = new LiveCapture({ interfaces: [], serial: [line] });
	const progress = new Progress();
	let passed = 0;
	try {
		await live.start(engine.frame, onEvent);
		for (; left > 0 && failure === undefined && !(isFirstEnough && engine.frames > 0); left--, passed++) {
			progress.show(() => `listening on ${line.name}: ${engine.frames} pieces, ${left} s to go`);
			await new Promise((resolve) => setTimeout(resolve, 1000));
		}
	} catch (error) {
		failure = sentenceOf(error);
	}
	progress.clear();
	await live.stop();
	engine.endSource();
	const { counters, observations } = engine.counts();
	const lineHeard: LineHeard = {
		...heard,
		seconds: passed,
		bytes: counters.serialBytes ?? 0,
		units: [...units].sort((one, other) => one - other),
		protocols: Object.keys(observations).filter((protocol) => observations[protocol]! > 0),
	};
	return { as, failure, heard: lineHeard };
}

/** The verdicts on what was heard. */
export function judgeLine({ name, path }: Pick<SerialSettings, "name" | "path">, heard: LineHeard): Finding[] {
	const { bytes, noise, requests, answers, seconds, units } = heard;
	const what = `traffic on ${name}`;
	if (bytes === 0) {
		return [
			{
				verdict: "fail",
				what,
				seen: `not one byte in ${seconds} s`,
				mend: "Check that the line is in use, that A, B and ground are connected, and that the adapter receives (its receive lamp blinks).",
			},
		];
	}
	const messages = requests + answers;
	if (messages === 0) {
		return [
			{
				verdict: "fail",
				what,
				seen: `${bytes} bytes in ${seconds} s, and no message in them`,
				mend: `Try ${path},auto: the rate or the format is another one; if that finds none, swap A and B.`,
			},
		];
	}
	const shown = `${units.slice(0, UNITS_SHOWN).join(", ")}${units.length > UNITS_SHOWN ? ", ..." : ""}`;
	const findings: Finding[] = [
		{
			verdict: "ok",
			what,
			seen: `${bytes} bytes in ${seconds} s: ${requests} requests and ${answers} answers (${heard.protocols.join(", ")}) of the units ${shown}`,
		},
	];
	if (noise > MUCH_NOISE * bytes) {
		findings.push({
			verdict: "warn",
			what: `noise on ${name}`,
			seen: `${Math.round((100 * noise) / bytes)} % of the bytes belong to no message`,
			mend: "Check the ground, the shield and that the line has its two terminating resistors; is the parity the right one?",
		});
	}
	if (messages >= FEW_MESSAGES && (requests === 0 || answers === 0)) {
		findings.push({
			verdict: "fail",
			what: `sides of ${name}`,
			seen: answers === 0 ? "only requests are seen, and no answer" : "only answers are seen, and no request",
			mend: "On a line of four wires each pair carries one side: give each an adapter of its own; on two wires, check whether the servers are on.",
		});
	}
	return findings;
}
