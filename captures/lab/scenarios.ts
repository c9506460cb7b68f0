/** Everything the plant can play, by name: benign days and attacks, each with what must be found in its recording. */
import type { ZoneSettings } from "../../src/config/zones.ts";
import type { Arguments } from "./host.ts";
import { strangeNames } from "./intrusion.ts";
import { addressOf, MAP, MENU, PLANT_ZONES } from "./plant.ts";
import type { Stage } from "./stage.ts";

/** One alert that must be there. Addresses are those on the wire, or the name of a serial line's party; points as `holding:0`. */
export interface Finding {
	type: string;
	source?: string;
	destination?: string;
	points?: string[];
	values?: (number | null)[];
}

/** What a scenario says of itself, wherever it is played. */
export interface ScenarioRecord {
	readonly name: string;
	readonly title: string;
	readonly verdict: "benign" | "attack";
	/** Benign, and covered by what the recording teaches that it is judged by: nothing above informational. */
	readonly isRoutine: boolean;
	/** Length of its recording. */
	readonly seconds: number;
	readonly mustFind: readonly Finding[];
	/** Alerts that may come along. */
	readonly mayFind: readonly string[];
	/** The alerts that this work would raise had nobody permitted it. */
	readonly withoutPermit?: readonly Finding[];
	/** What the box is told of zones; nothing unless given. */
	readonly zones?: ZoneSettings;
}

/** A scenario of the plant's network. */
export interface Scenario extends ScenarioRecord {
	readonly needsNamespaces: boolean;
	/** Who talks all the time; everybody who usually does where it is not said. */
	readonly clients?: readonly string[];
	play(stage: Stage): Promise<void>;
}

const HMI = addressOf("hmi");
const HISTORIAN = addressOf("historian");
const ENGINEER = addressOf("engineer");
const CONTRACTOR = addressOf("contractor");
const ATTACKER = addressOf("attacker");
const OPCUA = addressOf("opcua");
const SERVICES = addressOf("services");
const ROUTER = addressOf("router");
const OFFICE = addressOf("office");
const DMZ = addressOf("dmz");
const OUTSIDE = addressOf("outside");
const PLC1 = addressOf("plc-1");
const PLC2 = addressOf("plc-2");
const PLC3 = addressOf("plc-3");

/** What the plant's server shares, and who may open it. */
const RECIPES = { user: "operator", password: "recipe-7", share: "recipes", name: "today.csv" };

const TUNING = [
	[120, 45, 0, 8],
	[110, 50, 0, 8],
	[130, 40, 0, 10],
] as const;

/** Operators at work, set points between the widest ones. */
async function operate(stage: Stage, rounds: number, first = 0): Promise<void> {
	const inner = <T>(values: readonly T[], index: number) => values[1 + (index % (values.length - 2))]!;
	for (let index = first; index < first + rounds; index++) {
		await stage.pause(0.9);
		await stage.level(inner(MENU.level, index * 2));
		await stage.pause(0.5);
		await stage.speed(inner(MENU.speed, index * 3));
		await stage.pause(0.5);
		await stage.position(inner(MENU.position, index * 5));
	}
}

async function changeRecipe(stage: Stage, recipe: number): Promise<void> {
	await stage.pump(false);
	await stage.pause(1.2);
	await stage.recipe(recipe, [180, 250, 320][recipe - 1]!);
	await stage.work("scada", "write", { mode: "none", node: "Dosing.Recipe", value: recipe });
	await stage.pause(0.6);
	await stage.level([2300, 2600, 2800][recipe - 1]!);
	await stage.position([500, 600, 700][recipe - 1]!);
	await stage.pause(0.6);
	await stage.pump(true);
	await stage.speed([1000, 1100, 1200][recipe - 1]!);
	await stage.work("scada", "call", { mode: "none", batch: 4100 + recipe });
}

async function changeShift(stage: Stage, user: string): Promise<void> {
	await stage.acknowledge();
	await stage.level(2600);
	await stage.work("scada", "relogin", { user });
	await stage.pause(0.5);
	await stage.speed(1100);
	await stage.position(600);
}

/** The SCADA station's own operators: dose by OPC UA, signed and not, and batches. */
async function dose(stage: Stage, rounds: number): Promise<void> {
	const doses = [2, 2.5, 3, 3.5];
	for (let index = 0; index < rounds; index++) {
		await stage.pause(2.5);
		await stage.work("scada", "write", {
			mode: index % 2 === 0 ? "none" : "sign",
			node: "Dosing.SetPoint",
			value: doses[index % doses.length],
		});
		await stage.pause(1);
		if (index % 3 === 1) await stage.work("scada", "call", { mode: index % 2 === 0 ? "none" : "encrypt", batch: 4000 + index });
	}
}

async function learnable(stage: Stage): Promise<void> {
	await stage.until(3);
	await Promise.all([dose(stage, 6), operate(stage, 7)]);
	for (let turn = 0; turn < 2; turn++) {
		await stage.level(3500);
		await stage.speed(1450);
		await stage.position(950);
		await stage.pause(5);
		await stage.acknowledge();
		await stage.level(1500);
		await stage.speed(700);
		await stage.position(200);
		await stage.pause(4);
		await stage.pump(false);
		await stage.pause(2.5);
		await stage.outlet(false);
		await stage.pause(0.6);
		await stage.outlet(true);
		await stage.pump(true);
		await stage.pause(1.5);
		for (const recipe of [1, 2, 3]) await changeRecipe(stage, recipe);
		if (turn === 0) {
			await stage.work("engineer", "session", { plc: "plc-1", tuning: TUNING[1] });
			await stage.work("engineer", "session", { plc: "plc-2", tuning: TUNING[2] });
			await stage.work("hmi", "restart");
		} else {
			await stage.work("engineer", "session", { plc: "plc-2", tuning: TUNING[1] });
			await stage.work("engineer", "session", { plc: "plc-1", tuning: TUNING[2] });
			await changeShift(stage, "operator2");
		}
	}
	await stage.work("engineer", "session", { plc: "plc-1", tuning: TUNING[0] });
	await Promise.all([dose(stage, 3), operate(stage, 4, 3)]);
}

async function routine(stage: Stage): Promise<void> {
	await stage.until(4);
	await changeShift(stage, "operator1");
	await Promise.all([dose(stage, 3), operate(stage, 4, 2)]);
	await changeRecipe(stage, 2);
	await stage.until(30);
	await stage.level(2350);
	await stage.work("engineer", "session", { plc: "plc-1", tuning: TUNING[2] });
	await stage.until(38);
	await stage.work("hmi", "restart");
	await Promise.all([dose(stage, 4), operate(stage, 5, 1)]);
	await changeRecipe(stage, 3);
	await stage.until(66);
	await changeShift(stage, "operator2");
	await changeRecipe(stage, 1);
	await operate(stage, 3, 5);
}

/** Five seconds of everyday work, then the attack, then what follows it. */
function attack(
	name: string,
	title: string,
	seconds: number,
	play: (stage: Stage) => Promise<void>,
	mustFind: readonly Finding[],
	mayFind: readonly string[] = [],
): Scenario {
	return {
		name,
		title,
		verdict: "attack",
		isRoutine: false,
		seconds,
		needsNamespaces: true,
		mustFind,
		mayFind,
		play: async (stage) => {
			await stage.until(2);
			await operate(stage, 1);
			await stage.until(6);
			await play(stage);
		},
	};
}

function benign(
	name: string,
	title: string,
	seconds: number,
	isRoutine: boolean,
	play: (stage: Stage) => Promise<void>,
	mayFind: readonly string[] = [],
	withoutPermit?: readonly Finding[],
): Scenario {
	return {
		name,
		title,
		verdict: "benign",
		isRoutine,
		seconds,
		needsNamespaces: false,
		mustFind: [],
		mayFind,
		...(withoutPermit === undefined ? {} : { withoutPermit }),
		play,
	};
}

/** One in which a part of the plant is alone: nobody's everyday traffic is in it. */
export const alone = (scenario: Omit<Scenario, "clients" | "needsNamespaces">): Scenario => ({
	...scenario,
	clients: [],
	needsNamespaces: true,
});

export const SCENARIOS: readonly Scenario[] = [
	benign(
		"plant-normal",
		"A full day in short: the recording to learn from. Every set point over its range, recipes, pump stops, sessions of the engineer, a restart of the operator station",
		84,
		true,
		learnable,
	),
	benign(
		"plant-routine",
		"Another day of the same length: two shift changes, three recipe changes, a restart of the operator station, the engineer's usual session",
		84,
		true,
		routine,
	),
	benign("normal", "Steady operation with now and then a set point", 20, true, async (stage) => {
		await stage.until(3);
		await Promise.all([operate(stage, 4), dose(stage, 2)]);
	}),
	benign(
		"shift-change",
		"Operators hand over: alarms acknowledged, the other operator logs in, set points to their usual values",
		20,
		true,
		async (stage) => {
			await stage.until(4);
			await changeShift(stage, "operator2");
			await operate(stage, 2);
		},
	),
	benign("recipe-change", "Pump stopped, recipe downloaded, set points of the new recipe, pump started", 20, true, async (stage) => {
		await stage.until(4);
		await changeRecipe(stage, 3);
		await stage.until(11);
		await changeRecipe(stage, 1);
	}),
	benign("hmi-restart", "The operator station restarts: all its connections close and come back", 18, true, async (stage) => {
		await stage.until(5);
		await stage.work("hmi", "restart");
		await operate(stage, 1);
	}),
	benign(
		"modbus-maintenance",
		"Work that strains PLCs: an operator ramps the pump's speed in small steps, recipes are downloaded one after the other, a PLC answers late and is busy twice, the engineer identifies PLCs and changes the tuning",
		9.6,
		true,
		async (stage) => {
			await stage.until(1.4);
			for (let speed = 900; speed <= 1400; speed += 50) {
				await stage.speed(speed);
				await stage.pause(0.25);
			}
			await stage.work("plc-2", "misbehave", { kind: "late", count: 1 });
			await changeRecipe(stage, 3);
			await stage.work("plc-2", "misbehave", { kind: "busy", count: 2 });
			await stage.work("engineer", "session", { plc: "plc-2" });
			await stage.work("engineer", "session", { plc: "plc-1", tuning: TUNING[1] });
			await changeRecipe(stage, 2);
		},
	),
	benign(
		"plc-reboot",
		"The pump's PLC loses power for three seconds and comes back with its default set points; its peers find connections reset and refused meanwhile",
		22,
		false,
		async (stage) => {
			await stage.until(5);
			await stage.work("plc-2", "restart", { milliseconds: 3000 });
			await stage.work("plc-2", "announce");
			await stage.pause(2);
			await stage.speed(1200);
		},
	),
	benign(
		"permitted-engineer",
		"A new laptop, announced and permitted, gets an address by DHCP, identifies the tank's PLC, reads its tuning and changes it",
		20,
		false,
		async (stage) => {
			await stage.until(4);
			await stage.work("contractor", "join");
			await stage.pause(1);
			await stage.work("contractor", "session", { plc: "plc-1" });
			await stage.pause(2);
			await stage.work("contractor", "session", { plc: "plc-1", tuning: TUNING[2] });
		},
		["new-device", "new-talker", "first-write", "new-function", "new-point"],
		[
			{ type: "new-device", source: CONTRACTOR },
			{ type: "new-talker", source: CONTRACTOR, destination: PLC1 },
			{ type: "first-write", source: CONTRACTOR, destination: PLC1, points: ["holding:100", "holding:101", "holding:102", "holding:103"] },
		],
	),
	benign(
		"opcua-services",
		"The engineer commissions a second OPC UA server: every service of OPC UA on channels of all three modes, a session that moves, a server that calls its client",
		24,
		false,
		async (stage) => {
			await stage.until(2);
			await stage.work("engineer", "prepareTour");
			await stage.work("opcua", "openTour");
			await stage.work("engineer", "tour");
			await stage.work("opcua", "closeTour");
		},
		[
			"new-talker",
			"first-write",
			"point-scan",
			"new-function",
			"new-point",
			"new-refusal",
			"new-service",
			"opcua-history-changed",
			"opcua-nodes-changed",
		],
		[
			{ type: "new-talker", source: ENGINEER, destination: OPCUA },
			{ type: "first-write", source: ENGINEER, destination: OPCUA },
			{ type: "point-scan", source: ENGINEER, destination: OPCUA },
		],
	),
	benign(
		"opcua-encrypted",
		"The engineer's laptop works at the OPC UA server over an encrypted channel, then once more in clear; its diary (in the marks) names every message",
		44,
		false,
		async (stage) => {
			await stage.until(2);
			await stage.work("engineer", "prepareWatch");
			await stage.work("engineer", "watch", { policy: "encrypted" });
			await stage.work("engineer", "watch", { policy: "plain" });
		},
		["new-talker", "first-write", "new-function", "new-point"],
		[{ type: "new-talker", source: ENGINEER, destination: OPCUA }],
	),
	benign(
		"secure-sessions",
		"The tank's PLC gets Modbus/TCP Security (TLS on port 802): the operator station reads and writes there over TLS 1.2, which shows its certificate and role, the engineer over TLS 1.3, which does not",
		20,
		false,
		async (stage) => {
			await stage.until(4);
			await stage.work("plc-1", "openSecure");
			const session = (host: string, more: Arguments) => stage.work(host, "secureSession", { plc: "plc-1", ...more });
			const write = { address: MAP.tank.holding.levelSetPoint, value: 2300 };
			await session("hmi", { certificate: "operator", version: "TLSv1.2", rounds: 4, ...write });
			await session("engineer", { certificate: "engineer", version: "TLSv1.3", rounds: 2 });
			await stage.pause(1);
			await stage.work("plc-1", "closeSecure");
		},
		["new-service"],
		[
			{ type: "new-service", source: HMI, destination: PLC1 },
			{ type: "new-service", source: ENGINEER, destination: PLC1 },
		],
	),
	benign(
		"update-check",
		"The historian's computer looks up a server of updates and asks it over TLS 1.2, the operator station another one of nearly the same name over TLS 1.3: nothing by itself, an attack where a list of indicators names the first",
		12,
		false,
		async (stage) => {
			const [listed, other] = ["updates.vendor.example", "updates.notvendor.example"];
			await stage.until(3);
			await stage.work("services", "openUpdates", { name: listed });
			await stage.work("gateway", "openUpdates", { name: other });
			await stage.work("historian", "askUpdates", { name: listed, host: "services", version: "TLSv1.2" });
			await stage.pause(2);
			await stage.work("hmi", "askUpdates", { name: other, host: "gateway", version: "TLSv1.3" });
			await stage.pause(1);
			await stage.work("services", "closeUpdates");
			await stage.work("gateway", "closeUpdates");
		},
		["new-service"],
		[{ type: "new-service", source: HMI, destination: addressOf("gateway") }],
	),
	attack(
		"old-encryption",
		"The host of the plant's services serves updates in versions of TLS that are known to be broken; the historian's computer asks over TLS 1.2, twice, the operator station over TLS 1.1, which another server refuses; then an unknown computer asks the first one for memory that is not its own",
		18,
		async (stage) => {
			const [old, recent] = ["updates.notvendor.example", "updates.vendor.example"];
			await stage.work("services", "openUpdates", { name: old, isOld: true });
			await stage.work("gateway", "openUpdates", { name: recent });
			const ask = (host: string, more: Arguments) => stage.work(host, "askUpdates", { name: old, host: "services", ...more });
			await ask("historian", { version: "TLSv1.2" });
			await ask("historian", { version: "TLSv1.2", isAgain: true });
			await stage.attack("hmi", "askUpdates", { name: recent, host: "gateway", version: "TLSv1.1" });
			await stage.attack("hmi", "askUpdates", { name: old, host: "services", version: "TLSv1.1" });
			await stage.pause(1);
			await stage.attack("attacker", "askForMemory", { host: "services" });
			await stage.pause(1);
			for (const host of ["services", "gateway"]) await stage.work(host, "closeUpdates");
		},
		[
			{ type: "weak-protocol", source: HMI, destination: SERVICES },
			{ type: "tls-malformed", source: ATTACKER, destination: SERVICES },
			{ type: "new-device", source: ATTACKER },
		],
		["new-service", "new-domain"],
	),
	attack(
		"switch-polling",
		"The SCADA station polls a network device, which a program on the host of the plant's services plays, by SNMP with a community, and the engineer's laptop reads it by version 3, once with a wrong password; an unknown computer tries communities, reads everything, gives the device another name and switches a port off",
		24,
		async (stage) => {
			await stage.work("services", "openAgent", { name: "switch-7" });
			const ask = (tool: string, access: readonly string[], objects: readonly string[]) => ({ tool, host: "services", access, objects });
			const community = (name: string, version = "2c") => [`-v${version}`, "-c", name];
			const user = (authentication: string) => [
				"-v3",
				"-l",
				"authPriv",
				"-u",
				"operator",
				"-a",
				"SHA",
				"-A",
				authentication,
				"-x",
				"AES",
				"-X",
				"operator-priv",
			];
			const [name, upTime, system] = ["1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.1"];
			await stage.work("scada", "askAgent", ask("snmpget", community("plant-read"), ["1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0", name]));
			for (let round = 0; round < 3; round++) {
				await stage.work("scada", "askAgent", ask("snmpget", community("plant-read", "1"), [upTime, "1.3.6.1.2.1.2.1.0"]));
				await stage.work("scada", "askAgent", ask("snmpbulkget", community("plant-read"), ["1.3.6.1.2.1.2.2.1.2"]));
			}
			await stage.work("engineer", "askAgent", ask("snmpget", user("operator-auth"), [name]));
			await stage.work("engineer", "askAgent", ask("snmpget", user("mistyped-auth"), [name]));
			await stage.work("services", "askAgent", { ...ask("snmptrap", community("plant-read"), ["", "1.3.6.1.6.3.1.1.5.3"]), host: "scada" });
			await stage.pause(1);
			const communities = ["public", "private", "admin", "manager", "plant-write"];
			await stage.attack("attacker", "tryCommunities", { host: "services", communities });
			await stage.attack("attacker", "askAgent", ask("snmpwalk", community("plant-write"), [system]));
			await stage.attack("attacker", "askAgent", ask("snmpset", community("plant-write"), [name, "s", "nobody"]));
			await stage.attack("attacker", "askAgent", ask("snmpset", community("plant-write"), ["1.3.6.1.2.1.2.2.1.7.99", "i", "2"]));
			await stage.pause(1);
			await stage.work("services", "closeAgent");
		},
		[
			{ type: "new-device", source: ATTACKER },
			{ type: "snmp-community-guessing", source: ATTACKER, destination: SERVICES },
			{ type: "cleartext-password", source: ATTACKER, destination: SERVICES },
			{ type: "snmp-interface-down", source: ATTACKER, destination: SERVICES },
		],
		["new-service"],
	),
	{
		...benign(
			"file-transfers",
			"The gateway fetches its configuration by TFTP, the engineer's laptop keeps the parameters of a PLC on the same server and asks it for a file that it does not have: nothing by itself, an attack where a list of indicators names a file",
			12,
			true,
			async (stage) => {
				await stage.until(3);
				await stage.work("services", "openFiles", { name: "gateway.cfg", size: 3000 });
				await stage.work("gateway", "fetchWithOptions", { host: "services", name: "gateway.cfg" });
				await stage.pause(1);
				await stage.work("engineer", "transfer", { host: "services", name: "plc-2-parameters.bin", size: 1200 });
				await stage.work("engineer", "transfer", { host: "services", name: "firmware/pump-2.4.bin" });
				await stage.pause(1);
				await stage.work("services", "closeFiles");
			},
		),
		needsNamespaces: true,
	},
	{
		...benign(
			"shared-recipes",
			"The engineer's laptop works on a share of the plant's server by SMB3: it lists it, puts, fetches, renames and removes recipes, after one mistyped password",
			16,
			true,
			async (stage) => {
				await stage.until(2);
				await stage.work("services", "openShares", RECIPES);
				const engineer = { host: "services", share: RECIPES.share, user: RECIPES.user };
				await stage.work("engineer", "useShare", { ...engineer, password: "recipe-6", commands: "ls" });
				const commands = "ls; get today.csv LOCAL; put LOCAL batch-7.csv; rename batch-7.csv batch-8.csv; del batch-8.csv";
				await stage.work("engineer", "useShare", { ...engineer, password: RECIPES.password, size: 6000, commands });
				await stage.work("services", "closeShares");
			},
		),
		clients: [],
		needsNamespaces: true,
	},
	{
		name: "share-intrusion",
		title:
			"The engineer's laptop fetches a recipe from a share of the plant's server; then an unknown computer guesses the password, speaks SMB1 with the server, brings a program, and asks it to create and to start a service",
		verdict: "attack",
		isRoutine: false,
		seconds: 20,
		needsNamespaces: true,
		clients: [],
		mustFind: [
			{ type: "new-device", source: ATTACKER },
			{ type: "password-guessing", source: ATTACKER, destination: SERVICES },
			{ type: "password-guessed", source: ATTACKER, destination: SERVICES },
			{ type: "weak-protocol", source: ATTACKER, destination: SERVICES },
			{ type: "executable-transfer", source: ATTACKER, destination: SERVICES },
			{ type: "remote-execution", source: ATTACKER, destination: SERVICES },
		],
		mayFind: ["new-talker", "new-service"],
		play: async (stage) => {
			await stage.until(2);
			await stage.work("services", "openShares", RECIPES);
			await stage.work("engineer", "useShare", { ...RECIPES, host: "services", commands: "ls; get today.csv LOCAL" });
			await stage.pause(4);
			const intruder = { host: "services", share: RECIPES.share, user: RECIPES.user };
			for (let at = 10; at < 22; at++)
				await stage.attack("attacker", "useShare", { ...intruder, password: `recipe-${at}`, commands: "ls" });
			const own = { ...intruder, password: RECIPES.password };
			await stage.attack("attacker", "listShares", own);
			await stage.attack("attacker", "useShare", { ...own, version: "NT1", commands: "ls; get today.csv LOCAL" });
			await stage.attack("attacker", "useShare", { ...own, size: "program", commands: "put LOCAL updater.exe" });
			await stage.attack("attacker", "runService", { ...own, service: "updater", program: "C:\\Windows\\updater.exe", started: "Spooler" });
			await stage.work("engineer", "useShare", { ...RECIPES, host: "services", commands: "ls" });
			await stage.work("services", "closeShares");
		},
	},
	attack(
		"new-talker-write",
		"A computer nobody knows connects to the pump's PLC and writes a set point that would be normal from the operator station",
		18,
		async (stage) => {
			await stage.attack("attacker", "writeRegisters", {
				plc: "plc-2",
				writes: [
					[0, 1300],
					[0, 800],
				],
			});
		},
		[
			{ type: "new-device", source: ATTACKER },
			{ type: "new-talker", source: ATTACKER, destination: PLC2 },
			{ type: "first-write", source: ATTACKER, destination: PLC2, points: ["holding:0"], values: [1300] },
		],
		["new-function", "new-point"],
	),
	attack(
		"tree-takeover",
		"The engineer's laptop says who it is by LLDP and CDP, looks whether a PLC is there and is a switch of the spanning tree; then an unknown computer becomes one with the lowest number of all, and every frame may go by way of it",
		24,
		async (stage) => {
			const announced = stage.work("engineer", "announce", { seconds: 4 });
			await stage.work("engineer", "ping", { host: "plc-1", count: 2 });
			await announced;
			await stage.work("engineer", "joinTree", { priority: 32768 });
			await stage.pause(4);
			await stage.attack("attacker", "joinTree", { priority: 0 });
			await stage.pause(5);
			await stage.work("attacker", "leaveTree");
			await stage.work("engineer", "leaveTree");
		},
		[{ type: "stp-root-taken" }],
		["new-device", "new-talker", "identity-changed"],
	),
	attack(
		"value-out-of-range",
		"The operator station itself, taken over, sets the pump's speed to twice what it ever was",
		20,
		async (stage) => {
			await stage.attack("hmi", "writeRegister", { plc: "plc-2", address: 0, value: 2900 });
			await stage.pause(4);
			await stage.work("hmi", "writeRegister", { plc: "plc-2", address: 0, value: 1100 });
		},
		[
			{ type: "write-outside", source: HMI, destination: PLC2, points: ["holding:0"], values: [2900] },
			{ type: "value-outside", source: PLC2, points: ["input:2"] },
		],
		["value-outside"],
	),
	attack(
		"function-scan",
		"An unknown computer tries every Modbus function code of the tank's PLC",
		20,
		async (stage) => {
			await stage.attack("attacker", "functionScan", { plc: "plc-1", last: 127 });
		},
		[
			{ type: "new-device", source: ATTACKER },
			{ type: "new-talker", source: ATTACKER, destination: PLC1 },
			{ type: "function-scan", source: ATTACKER, destination: PLC1 },
		],
		["first-write", "new-function", "new-point", "new-refusal", "modbus-malformed", "point-scan", "write-outside", "value-outside"],
	),
	attack(
		"register-scan",
		"The historian, taken over, reads the register space of the valve's PLC block by block",
		20,
		async (stage) => {
			await stage.attack("historian", "registerScan", { plc: "plc-3", until: 2000, step: 10 });
		},
		[{ type: "point-scan", source: HISTORIAN, destination: PLC3 }],
		["new-point", "new-refusal", "new-function", "value-outside"],
	),
	attack(
		"host-scan",
		"An unknown computer knocks at port 502 of a hundred addresses",
		18,
		async (stage) => {
			await stage.attack("attacker", "hostScan", { first: 1, last: 100 });
		},
		[
			{ type: "new-device", source: ATTACKER },
			{ type: "host-scan", source: ATTACKER },
		],
		["new-talker"],
	),
	attack(
		"restart-command",
		"The engineer's laptop, taken over, tells the valve's PLC to restart its communications (function 8, sub-function 1)",
		20,
		async (stage) => {
			await stage.attack("engineer", "diagnose", { plc: "plc-3", subFunction: 1 });
		},
		[{ type: "modbus-restart", source: ENGINEER, destination: PLC3 }],
		["new-talker", "new-function", "first-write", "new-point"],
	),
	attack(
		"listen-only",
		"The engineer's laptop, taken over, silences the pump's PLC (function 8, sub-function 4), and wakes it eight seconds later by a restart",
		22,
		async (stage) => {
			await stage.attack("engineer", "diagnose", { plc: "plc-2", subFunction: 4 });
			await stage.pause(7);
			await stage.attack("engineer", "diagnose", { plc: "plc-2", subFunction: 1 });
		},
		[
			{ type: "modbus-listen-only", source: ENGINEER, destination: PLC2 },
			{ type: "modbus-restart", source: ENGINEER, destination: PLC2 },
		],
		["new-function"],
	),
	attack(
		"clear-counters",
		"The engineer's laptop, taken over, clears the diagnostic counters of the tank's PLC (function 8, sub-function 10), as one who covers tracks",
		16,
		async (stage) => {
			await stage.attack("engineer", "diagnose", { plc: "plc-1", subFunction: 10 });
		},
		[{ type: "modbus-clear-counters", source: ENGINEER, destination: PLC1 }],
		["new-function"],
	),
	attack(
		"malformed",
		"An unknown computer sends the valve's PLC messages that no specification allows",
		18,
		async (stage) => {
			await stage.attack("attacker", "malformed", { plc: "plc-3" });
		},
		[
			{ type: "new-device", source: ATTACKER },
			{ type: "new-talker", source: ATTACKER, destination: PLC3 },
			{ type: "modbus-malformed", source: ATTACKER, destination: PLC3 },
		],
		["first-write", "new-function", "new-point", "new-refusal", "modbus-answer-mismatch", "write-outside", "value-outside"],
	),
	attack(
		"arp-spoof",
		"An unknown computer claims the address of the valve's PLC by gratuitous ARP; its peers run into nothing until it lets go",
		20,
		async (stage) => {
			await stage.attack("attacker", "spoof", { victim: "plc-3" });
			await stage.pause(5);
			await stage.attack("attacker", "release");
			await stage.work("plc-3", "announce");
		},
		[{ type: "address-takeover", destination: PLC3 }],
		["new-device"],
	),
	attack(
		"mitm-alter",
		"An unknown computer takes the address of the tank's PLC by ARP, passes everything on, and shows a steady level of 2600 while the real one rises past it",
		24,
		async (stage) => {
			await stage.attack("attacker", "manInTheMiddle", { victim: "plc-1", register: 0, value: 2600 });
			await stage.pause(3);
			await stage.level(3200);
			await stage.pause(5);
			await stage.attack("attacker", "release");
			await stage.work("plc-1", "announce");
		},
		[
			{ type: "address-takeover", destination: PLC1 },
			{ type: "new-talker", source: ATTACKER, destination: PLC1 },
			{ type: "contradicting-values", source: ATTACKER, destination: PLC1, points: ["input:0"] },
		],
		["new-device", "first-write", "new-function", "new-point"],
	),
	attack(
		"flood",
		"The historian, taken over, asks the tank's PLC some hundred times a second",
		18,
		async (stage) => {
			await stage.attack("historian", "flood", { plc: "plc-1", seconds: 4, burst: 8, pause: 20 });
		},
		[{ type: "flood", source: HISTORIAN, destination: PLC1 }],
		["new-point", "new-function"],
	),
	attack(
		"syn-flood",
		"An unknown computer opens connections to the pump's PLC by the hundred and completes none",
		18,
		async (stage) => {
			await stage.attack("attacker", "synFlood", { plc: "plc-2", count: 1000, pause: 20 });
		},
		[
			{ type: "new-device", source: ATTACKER },
			{ type: "flood", source: ATTACKER, destination: PLC2 },
		],
		["new-talker", "host-scan"],
	),
	attack(
		"exceptions",
		"The operator station, taken over, asks the valve's PLC for registers that do not exist and writes what it refuses",
		18,
		async (stage) => {
			await stage.attack("hmi", "readHolding", { plc: "plc-3", address: 500, count: 4 });
			await stage.pause(1);
			await stage.attack("hmi", "readHolding", { plc: "plc-3", address: 40, count: 2 });
			await stage.pause(1);
			await stage.attack("hmi", "writeRegister", { plc: "plc-3", address: 0, value: 65_000 }).catch(() => undefined);
		},
		[{ type: "new-refusal", source: HMI, destination: PLC3 }],
		["new-point", "write-outside"],
	),
	attack(
		"modbus-takeover",
		"The operator station, taken over, switches the pump's speed to and fro forty times a second, then every coil of the valve's PLC, then asks the tank's PLC two dozen times for what it does not have. Then PLCs that were taken over: the tank's answers unasked, the pump's answers twice, twice with different content, with less than was asked, is busy, and says that it has other firmware",
		23.1,
		async (stage) => {
			const { speedSetPoint } = MAP.pump.holding;
			await stage.attack("hmi", "writeFast", {
				plc: "plc-2",
				count: 45,
				pause: 22,
				writes: [
					[6, speedSetPoint, 1000],
					[6, speedSetPoint, 1200],
				],
			});
			await stage.pause(1);
			const writes = Array.from({ length: 28 }, (_, coil) => [5, 2 + coil, 0xff00]);
			await stage.attack("hmi", "writeFast", { plc: "plc-3", count: 28, pause: 22, writes });
			await stage.pause(0.8);
			const requests = new Array(24).fill("03 01f4 0002");
			await stage.attack("hmi", "sendRaw", { plc: "plc-1", pause: 45, requests });
			// An answer to nothing is one only where the connection has been known for a while.
			await stage.until(12.2);
			await stage.attack("plc-1", "blurt", { client: "hmi", pdu: "030c0a280d480514000100010000" });
			await stage.pause(1);
			for (const kind of ["twice", "differing", "mismatched"]) {
				await stage.attack("plc-2", "misbehave", { kind, count: 1 });
				await stage.pause(2);
			}
			await stage.attack("plc-2", "misbehave", { kind: "busy", count: 3 });
			await stage.pause(3.4);
			await stage.attack("plc-2", "update", { revision: "V2.7.9" });
			await stage.work("engineer", "session", { plc: "plc-2" });
		},
		[
			{ type: "write-burst", source: HMI, destination: PLC2, points: ["holding:0"] },
			{ type: "write-spread", source: HMI, destination: PLC3 },
			{ type: "refusal-storm", source: HMI, destination: PLC1 },
			{ type: "modbus-unsolicited-answer", source: PLC1, destination: HMI },
			{ type: "modbus-duplicate-answer", source: PLC2 },
			{ type: "modbus-diverging-answer", source: PLC2 },
			{ type: "modbus-answer-mismatch", source: PLC2 },
			{ type: "plc-busy", source: PLC2 },
			{ type: "identity-changed", source: PLC2 },
		],
		["new-function", "new-point", "new-refusal", "point-scan", "value-outside", "poll-silent", "poll-pace", "unusual-order"],
	),
	attack(
		"modbus-engineering",
		"Stations that were taken over: the historian asks a PLC what it is, looks for units behind the gateway and writes to all of them at once; the engineer's laptop reads and writes files of the tank's PLC, sends it function 0, and tries a reserved function, an exception and UMAS at the pump's",
		12.9,
		async (stage) => {
			const raw = (host: string, plc: string, requests: string[], more: Arguments = {}) =>
				stage.attack(host, "sendRaw", { plc, requests, ...more });
			await raw("historian", "plc-3", ["2b 0e 01 00"]);
			await raw("engineer", "plc-1", ["14 07 06 0004 0000 0020", "14 07 06 0001 0000 0020"]);
			await raw("engineer", "plc-2", ["7e 00 00"]);
			await stage.pause(1);
			await raw("engineer", "plc-1", ["15 0d 06 0004 0000 0003 5300 5301 5302"]);
			await raw("engineer", "plc-2", ["83 01"]);
			await stage.pause(1);
			await raw("engineer", "plc-1", ["00 01"]);
			await raw("engineer", "plc-2", ["5a 00 34 0001 0001 0000", "5a 00 41 ff00"]);
			await stage.attack("engineer", "reuseTransaction", { plc: "plc-2" });
			await raw("historian", "gateway", new Array(12).fill("04 0000 0002"), { unit: 20, isSweep: true, pause: 40 });
			await stage.pause(1);
			await raw("historian", "gateway", ["06 0000 0001"], { unit: 0 });
		},
		[
			{ type: "modbus-identification", source: HISTORIAN, destination: PLC3 },
			{ type: "modbus-file-read", source: ENGINEER, destination: PLC1 },
			{ type: "modbus-file-write", source: ENGINEER, destination: PLC1 },
			{ type: "modbus-reserved-function", source: ENGINEER, destination: PLC2 },
			{ type: "modbus-illegal-function", source: ENGINEER, destination: PLC2 },
			{ type: "modbus-illegal-function", source: ENGINEER, destination: PLC1 },
			{ type: "program-upload", source: ENGINEER, destination: PLC2 },
			{ type: "controller-stop", source: ENGINEER, destination: PLC2 },
			{ type: "modbus-reused-transaction", source: ENGINEER, destination: PLC2 },
			{ type: "unit-scan", source: HISTORIAN, destination: addressOf("gateway") },
			{ type: "broadcast-write", source: HISTORIAN, destination: addressOf("gateway") },
		],
		["new-function", "new-point", "new-refusal", "new-unit", "first-write", "point-scan", "poll-pace", "unusual-order"],
	),
	{
		...attack(
			"enip-takeover",
			"The operator station, taken over, polls and writes tags of an EtherNet/IP controller that nobody had, which exchanges values with another PLC; an unknown computer asks all devices who they are, reads the controller's program, sets its clock, locks and stops it, writes a part of another program and starts it again",
			34,
			async (stage) => {
				await stage.work("gateway", "openController");
				await stage.attack("hmi", "startScreen", { host: "gateway", every: 500 });
				const values = [
					stage.attack("gateway", "exchangeValues", { host: "plc-3", connection: 0x3a7b78, count: 60 }),
					stage.attack("plc-3", "exchangeValues", { host: "gateway", connection: 0x91b4eb, count: 60 }),
				];
				for (const value of [55, 60, 52]) {
					await stage.attack("hmi", "writeTag", { name: "Pump.Setpoint", type: "REAL", value });
					await stage.pause(2);
				}
				await stage.attack("attacker", "findControllers");
				await stage.attack("attacker", "openTool", { host: "gateway" });
				const use = async (...services: string[]): Promise<void> => {
					await stage.attack("attacker", "useTool", { services });
					await stage.pause(2);
				};
				await use("55 02 206b 2400 0200 0100 0200", "4f 06 2068 2500 2024 206a 2500 5924 00000000 0100");
				await use("04 02 208b 2401 0100 0600 c058722208 5a0400", "4b 04 208e 2401 2074 2401 00");
				await use("07 02 208e 2401");
				await use("08 06 2068 2500 2024 206d 2500 2024 0100 05000000", "50 03 206a 2500 fa1b 00000000 0100 41");
				await use("4c 04 208e 2401 2074 2401", "06 02 208e 2401");
				await stage.attack("attacker", "closeTool");
				await Promise.all(values);
				await stage.work("hmi", "stopScreen");
				await stage.work("gateway", "closeController");
			},
			[
				{ type: "program-upload", source: ATTACKER, destination: addressOf("gateway") },
				{ type: "controller-reserved", source: ATTACKER, destination: addressOf("gateway") },
				{ type: "controller-stop", source: ATTACKER, destination: addressOf("gateway") },
				{ type: "program-download", source: ATTACKER, destination: addressOf("gateway") },
				{ type: "enip-controller-unlocked", source: ATTACKER, destination: addressOf("gateway") },
				{ type: "controller-start", source: ATTACKER, destination: addressOf("gateway") },
			],
			["new-device", "new-service", "new-talker", "clock-set", "new-function", "new-point", "first-write"],
		),
		clients: ["hmi", "historian"],
	},
	{
		...attack(
			"mixer-takeover",
			"The operator station, taken over, polls an Omron controller by FINS, which nobody had, and writes its set point, the SCADA station asks what it is; an unknown computer takes the right of access, reads the program, stops the controller, writes another program, holds an output at a value, protects the program with a password, starts the controller again, clears its log, and sends what is no message",
			26,
			async (stage) => {
				await stage.work("gateway", "openMixer");
				await stage.attack("hmi", "watchMixer", { host: "gateway" });
				await stage.attack("scada", "visitMixer", { host: "gateway" });
				for (const value of [550, 600]) {
					await stage.pause(3);
					await stage.attack("hmi", "setMixer", { value });
				}
				const use = async (...commands: string[]): Promise<void> => {
					await stage.attack("attacker", "engineerMixer", { host: "gateway", commands });
					await stage.pause(2);
				};
				await use("0501 00", "0c01 ffff", "0306 ffff 00000000 0080", "0306 ffff 00000080 0110");
				await use("0307 ffff 00000000 8004 01020304", "0402 ffff", "0307 ffff 00000000 8004 01020304");
				await use("2301 0001 0001 30 000a 03", "0304 ffff 00 00000000 ffffffff 53454352", "0401 ffff 04", "2103", "0c03 ffff");
				await stage.attack("attacker", "engineerMixer", { host: "gateway", commands: ["0203 8010 0000 0001 0000"], isBroken: true });
				await stage.pause(2);
				for (const host of ["hmi", "scada", "gateway"]) await stage.work(host, "stopMixer");
			},
			[
				{ type: "new-device", source: ATTACKER },
				{ type: "controller-reserved", source: ATTACKER, destination: addressOf("gateway") },
				{ type: "program-upload", source: ATTACKER, destination: addressOf("gateway") },
				{ type: "program-download", source: ATTACKER, destination: addressOf("gateway") },
				{ type: "controller-stop", source: ATTACKER, destination: addressOf("gateway") },
				{ type: "values-forced", source: ATTACKER, destination: addressOf("gateway") },
				{ type: "credential-change", source: ATTACKER, destination: addressOf("gateway") },
				{ type: "controller-start", source: ATTACKER, destination: addressOf("gateway") },
				{ type: "fins-log-cleared", source: ATTACKER, destination: addressOf("gateway") },
				{ type: "controller-memory-write", source: ATTACKER, destination: addressOf("gateway") },
				{ type: "fins-malformed", source: ATTACKER, destination: addressOf("gateway") },
			],
			["new-service", "new-talker", "first-write"],
		),
		clients: ["hmi", "historian"],
		needsNamespaces: true,
	},
	{
		...attack(
			"conveyor-takeover",
			"The operator station, taken over, polls a Mitsubishi controller by the MELSEC protocol, which nobody had, the SCADA station asks what it is; an unknown computer writes its words, tries a password, unlocks it, writes a part of a file, stops the controller, clears what it keeps, starts it again, and sends what is no message",
			22,
			async (stage) => {
				await stage.work("gateway", "openConveyor");
				await stage.attack("hmi", "watchConveyor", { host: "gateway" });
				await stage.attack("scada", "visitConveyor", { host: "gateway" });
				await stage.pause(4);
				const use = async (...requests: string[]): Promise<void> => {
					await stage.attack("attacker", "engineerConveyor", { host: "gateway", requests });
					await stage.pause(2);
				};
				await use("0101 0000", "0114 0000 c80000 a8 0200 2c01 9001", "0104 0000 ff0300 a8 1000");
				await use("3016 0000 0400 31323334", "3016 0000 0800 636f6e7665796f72", "2918 0000 0000 00000000 0200 0102");
				await use("0510 0000 0100", "0210 0000 0100", "0510 0000 0100", "0110 0000 0300 00 00");
				await use("0114 0000 640000 a8 0200 0700", "3116 0000 0800 636f6e7665796f72");
				for (const host of ["hmi", "gateway"]) await stage.work(host, "stopConveyor");
			},
			[
				{ type: "new-device", source: ATTACKER },
				{ type: "cleartext-password", source: ATTACKER, destination: addressOf("gateway") },
				{ type: "program-download", source: ATTACKER, destination: addressOf("gateway") },
				{ type: "controller-restart", source: ATTACKER, destination: addressOf("gateway") },
				{ type: "controller-stop", source: ATTACKER, destination: addressOf("gateway") },
				{ type: "controller-start", source: ATTACKER, destination: addressOf("gateway") },
				{ type: "melsec-malformed", source: ATTACKER, destination: addressOf("gateway") },
			],
			["new-service", "new-talker", "first-write"],
		),
		clients: ["hmi", "historian"],
		needsNamespaces: true,
	},
	{
		...attack(
			"compressor-takeover",
			"The operator station, taken over, polls a GE controller by SRTP, which nobody had, and writes its set point; an unknown computer asks what it is, logs on as a programming tool, takes its program, stops it, loads another program, forces its memory, starts it again, clears its faults, and sends what is no request",
			22,
			async (stage) => {
				await stage.work("gateway", "openCompressor");
				await stage.attack("hmi", "watchCompressor", { host: "gateway" });
				await stage.pause(3);
				await stage.attack("hmi", "setCompressor", { value: 6500 });
				await stage.pause(3);
				const use = async (...requests: string[]): Promise<void> => {
					await stage.attack("attacker", "engineerCompressor", { host: "gateway", requests });
					await stage.pause(2);
				};
				await use("43", "20", "3f", "40");
				await use("23 02", "40", "44", "04 08 ff03 1000");
				await use("23 01", "39", "21 01");
				await stage.attack("attacker", "engineerCompressor", { host: "gateway", requests: ["00"], isBroken: true });
				await stage.pause(2);
				for (const host of ["hmi", "gateway"]) await stage.work(host, "stopCompressor");
			},
			[
				{ type: "new-device", source: ATTACKER },
				{ type: "controller-reserved", source: ATTACKER, destination: addressOf("gateway") },
				{ type: "program-upload", source: ATTACKER, destination: addressOf("gateway") },
				{ type: "program-download", source: ATTACKER, destination: addressOf("gateway") },
				{ type: "controller-mode", source: ATTACKER, destination: addressOf("gateway") },
				{ type: "values-forced", source: ATTACKER, destination: addressOf("gateway") },
				{ type: "srtp-faults-cleared", source: ATTACKER, destination: addressOf("gateway") },
				{ type: "srtp-malformed", source: ATTACKER, destination: addressOf("gateway") },
			],
			["new-service", "new-talker", "first-write"],
		),
		clients: ["hmi", "historian"],
		needsNamespaces: true,
	},
	attack(
		"telemetry-spoof",
		"The gateway publishes to a broker and to a multicast group (OPC UA PubSub); an unknown computer tries a password at the broker, then sends to the group in the gateway's name",
		24,
		async (stage) => {
			await stage.work("services", "startBroker");
			await stage.work("scada", "readTelemetry", { broker: "services" });
			await stage.work("gateway", "startPublishing", { broker: "services" });
			await stage.pause(6);
			await stage.attack("attacker", "logIn", { broker: "services", user: "admin", password: "admin" });
			await stage.pause(1);
			await stage.attack("attacker", "forge", { first: 4, count: 6, power: 0 });
			await stage.pause(2);
			for (const host of ["scada", "gateway", "services"]) await stage.work(host, "stopTelemetry");
		},
		[
			{ type: "mqtt-login-refused", source: ATTACKER, destination: SERVICES },
			{ type: "cleartext-password", source: ATTACKER, destination: SERVICES },
			{ type: "opcua-pubsub-sequence" },
			{ type: "opcua-pubsub-shared-publisher" },
		],
		["new-device", "new-service", "new-talker"],
	),
	{
		...attack(
			"siemens-takeover",
			"The operator station and the SCADA station, taken over, ask the valve's PLC by S7comm and S7comm-plus, which nobody did before, and write to it; an unknown computer identifies it, takes its program, stops it, gives it another block and starts it again, by both",
			20,
			async (stage) => {
				await stage.work("plc-3", "openS7");
				await stage.attack("hmi", "pollS7", { plc: "plc-3" });
				await stage.attack("scada", "pollS7Plus", { plc: "plc-3" });
				await stage.until(4);
				await stage.attack("hmi", "writeS7", { name: "setPoint", value: 700 });
				await stage.until(7);
				await stage.attack("hmi", "writeS7", { name: "enabled", value: false });
				await stage.attack("hmi", "writeS7", { name: "enabled", value: true });
				await stage.until(10);
				await stage.attack("attacker", "reprogramS7", { plc: "plc-3" });
				await stage.pause(2);
				await stage.attack("attacker", "reprogramS7Plus", { plc: "plc-3" });
				await stage.until(17);
				for (const host of ["hmi", "scada", "plc-3"]) await stage.work(host, "stopS7");
			},
			[
				{ type: "new-device", source: ATTACKER },
				{ type: "program-upload", source: ATTACKER, destination: PLC3 },
				{ type: "controller-stop", source: ATTACKER, destination: PLC3 },
				{ type: "program-download", source: ATTACKER, destination: PLC3 },
				{ type: "controller-start", source: ATTACKER, destination: PLC3 },
			],
			["new-talker", "new-service"],
		),
		needsNamespaces: true,
	},
	{
		...attack(
			"building-takeover",
			"The SCADA station polls an air handling unit on BACnet/IP, which a program on the host of the plant's services controls, subscribes to its changes and writes set points; an unknown computer takes a sensor out of service, overrides a valve, asks for a backup, silences and restarts the controller with its password, and writes where its broadcasts go",
			34,
			async (stage) => {
				await stage.work("services", "openAirHandler");
				await stage.work("scada", "watchBuilding", { controller: "services" });
				await stage.until(18);
				await stage.attack("attacker", "engineerBuilding", { controller: "services" });
				await stage.pause(1);
				await stage.attack("attacker", "rewriteBroadcasts", { controller: "services" });
				await stage.pause(3);
				for (const host of ["scada", "services"]) await stage.work(host, "stopBuilding");
			},
			[
				{ type: "new-device", source: ATTACKER },
				{ type: "values-forced", source: ATTACKER, destination: SERVICES },
				{ type: "program-upload", source: ATTACKER, destination: SERVICES },
				{ type: "controller-silenced", source: ATTACKER, destination: SERVICES },
				{ type: "controller-restart", source: ATTACKER, destination: SERVICES },
				{ type: "bacnet-password-in-clear", source: ATTACKER, destination: SERVICES },
				{ type: "bacnet-broadcast-table-written", source: ATTACKER, destination: SERVICES },
			],
			["new-service", "new-talker"],
		),
		clients: [],
	},
	attack(
		"secure-no-role",
		"An unknown computer comes to the Modbus/TCP Security port of the tank's PLC with TLS 1.1 and with a certificate of its own, which are refused, and then with one of the plant's authority that carries no role, and writes",
		20,
		async (stage) => {
			const session = (more: Arguments) => stage.attack("attacker", "secureSession", { plc: "plc-1", rounds: 2, ...more });
			await stage.work("plc-1", "openSecure");
			await session({ certificate: "visitor", version: "TLSv1.1" }).catch(() => undefined);
			await session({ certificate: "own", version: "TLSv1.2" }).catch(() => undefined);
			await stage.pause(1);
			await session({ certificate: "visitor", version: "TLSv1.2", address: MAP.tank.holding.levelSetPoint, value: 2600 });
			await stage.pause(1);
			await stage.work("plc-1", "closeSecure");
		},
		[
			{ type: "new-device", source: ATTACKER },
			{ type: "mbaps-no-role", source: ATTACKER, destination: PLC1 },
		],
		["new-talker", "new-service", "new-refusal"],
	),
	{
		...benign(
			"zone-ways",
			"Work by the ways that are meant for it: the server in the DMZ reads the tank's PLC for its copy of the history, and the engineer's laptop gets a file from that server",
			16,
			false,
			async (stage) => {
				await stage.work("dmz", "serveFiles", { port: 8080 });
				await stage.until(5);
				await stage.work("dmz", "readFromAfar", { plc: "plc-1", rounds: 3 });
				await stage.work("engineer", "fetchFile", { from: "dmz", port: 8080 });
				await stage.work("dmz", "stopServing");
			},
			["poll-pace", "new-device", "new-talker"],
			[
				{ type: "new-device", source: ROUTER },
				{ type: "new-talker", source: DMZ, destination: PLC1 },
			],
		),
		needsNamespaces: true,
		zones: PLANT_ZONES,
	},
	{
		...attack(
			"zone-crossing",
			"The engineer's laptop, taken over, gets a file from a host on the Internet; then a computer of the office, through a rule of the router that was left open, reads the tank's PLC",
			18,
			async (stage) => {
				await stage.work("outside", "serveFiles", { port: 8080 });
				await stage.attack("engineer", "fetchFile", { from: "outside", port: 8080 });
				await stage.pause(2);
				await stage.attack("office", "readFromAfar", { plc: "plc-1", rounds: 3 });
				await stage.work("outside", "stopServing");
			},
			[
				{ type: "ot-to-internet", source: ENGINEER, destination: OUTSIDE },
				{ type: "outsider-to-plc", source: OFFICE, destination: PLC1 },
				{ type: "new-talker", source: OFFICE, destination: PLC1 },
			],
			["new-device"],
		),
		zones: PLANT_ZONES,
	},
	attack(
		"network-intrusion",
		"An unknown computer asks for every address, searches the ports of the valve's PLC, guesses a password at the broker, gives out addresses and names, and looks at the operator's screen; the historian, taken over, asks for strange names; the valve's PLC resets its clients for a while",
		24,
		async (stage) => {
			await stage.work("services", "startBroker", { password: "valve-7" });
			await stage.work("hmi", "showScreen");
			const full = stage.attack("plc-3", "resetPeers", { milliseconds: 10_500 });
			await stage.attack("attacker", "askAddresses", { first: 70, last: 130 });
			await stage.pause(3);
			await stage.attack("attacker", "tryPorts", { host: "plc-3", ports: Array.from({ length: 40 }, (_, at) => 20 + at) });
			await stage.attack("attacker", "guess", {
				broker: "services",
				user: "operator",
				passwords: [...Array.from({ length: 12 }, (_, at) => `valve-${at + 10}`), "valve-7"],
			});
			await stage.pause(1);
			await stage.attack("attacker", "serveAddresses");
			await stage.attack("contractor", "join");
			await stage.attack("contractor", "askNames", { server: "attacker", names: ["hmi.plant.example"] });
			await stage.pause(1);
			await stage.attack("historian", "askNames", { server: "services", names: ["updates.vendor.example"] });
			await stage.pause(1);
			await stage.attack("historian", "askNames", { server: "services", names: strangeNames(25) });
			await stage.attack("historian", "askNames", { server: "services", names: strangeNames(60, "drop.example") });
			await stage.attack("attacker", "seeScreen", { host: "hmi" });
			await full;
			for (const host of ["attacker", "hmi"]) await stage.work(host, "stopServing");
			await stage.work("services", "stopTelemetry");
		},
		[
			{ type: "new-device", source: ATTACKER },
			{ type: "address-scan", source: ATTACKER },
			{ type: "port-scan", source: ATTACKER, destination: PLC3 },
			{ type: "password-guessing", source: ATTACKER, destination: SERVICES },
			{ type: "password-guessed", source: ATTACKER, destination: SERVICES },
			{ type: "unexpected-server", source: ATTACKER },
			{ type: "new-domain", source: HISTORIAN },
			{ type: "made-up-names", source: HISTORIAN },
			{ type: "name-tunnel", source: HISTORIAN },
			{ type: "new-remote-access", source: ATTACKER, destination: HMI },
			{ type: "connections-reset", source: PLC3, destination: HMI },
		],
		["mqtt-login-refused", "cleartext-password", "new-talker", "new-service", "host-scan", "weak-protocol"],
	),
	benign(
		"network-chores",
		"The engineer mistypes the broker's password twice and looks for a service of the valve's PLC at eight ports; the tablet joins again and asks for the plant's names, the historian ten times for the same long names; the valve's PLC resets its clients once",
		14,
		false,
		async (stage) => {
			await stage.work("services", "startBroker", { password: "valve-7" });
			await stage.until(3);
			await stage.work("engineer", "guess", { broker: "services", user: "operator", passwords: ["valve-6", "vlave-7", "valve-7"] });
			await stage.work("engineer", "askAddresses", { first: 8, last: 24 });
			await stage.work("engineer", "tryPorts", { host: "plc-3", ports: [20, 21, 22, 80, 443, 503, 4840, 8080] });
			await stage.work("tablet", "connect");
			await stage.work("engineer", "askNames", { server: "services", names: ["hmi.plant.example", "plc-1.plant.example"] });
			const long = strangeNames(10, "plant.example");
			for (let round = 0; round < 10; round++) await stage.work("historian", "askNames", { server: "services", names: long });
			await stage.work("plc-3", "resetPeers", { milliseconds: 2500 });
			await stage.work("services", "stopTelemetry");
		},
		["mqtt-login-refused", "cleartext-password", "new-service"],
		[{ type: "mqtt-login-refused", source: ENGINEER, destination: SERVICES }],
	),
];
