/** `npm run lab`: the real plant with its scenarios, live or recorded. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { writeExpectations } from "./expectation.ts";
import { Lab } from "./lab.ts";
import { LabError, LoopbackNetwork, MIRROR_INTERFACE, NamespaceNetwork, whyNoNamespaces } from "./network.ts";
import { isSerial, PLAYBILL, scenarioNamed } from "./playbill.ts";
import { seedOf } from "./random.ts";
import { record } from "./recorder.ts";
import type { Scenario } from "./scenarios.ts";
import { SerialLine } from "./serialLine.ts";
import type { SerialScenario } from "./serialScenarios.ts";
import { type Mark, Stage } from "./stage.ts";

const HELP = `npm run lab -- SCENARIO            play it live until Ctrl-C (default: normal)
npm run lab -- list                what there is to play
npm run lab -- record [NAME...]    record all, or these, into captures/ again (root; the recordings there are replaced)
npm run lab -- expect [NAME...]    write again what decode and replay must say about all, or these

The plant lives in network namespaces of its own (root needed), so nothing of it reaches your network. Without root it lives on
loopback addresses 127.0.1.x, with fewer scenarios and no mirror port. The scenarios of the serial line (serial-...) are played on pseudo terminals.`;

async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
	const [command = "normal", ...names] = args;
	if (command === "--help" || command === "-h" || command === "help") {
		console.log(HELP);
		return 0;
	}
	if (command === "list") {
		for (const one of PLAYBILL)
			console.log(`${one.name.padEnd(20)} ${one.verdict.padEnd(7)} ${String(one.seconds).padStart(3)} s  ${one.title}`);
		return 0;
	}
	if (command === "record") {
		const unknown = names.filter((name) => scenarioNamed(name) === undefined);
		if (unknown.length > 0) return wrong(`There is no scenario called ${unknown.join(", ")}; "npm run lab -- list" shows them.`);
		const isOnNetwork = names.length === 0 || names.some((name) => !isSerial(scenarioNamed(name)!));
		const reason = isOnNetwork ? whyNoNamespaces() : undefined;
		if (reason !== undefined) return wrong(`Recording needs network namespaces, but ${reason}.`);
		await record(names, join(projectFolder(), "captures"), signal);
		await writeExpectations(join(projectFolder(), "captures"), names, console.log);
		return 0;
	}
	if (command === "expect") {
		const unknown = names.filter((name) => scenarioNamed(name) === undefined);
		if (unknown.length > 0) return wrong(`There is no scenario called ${unknown.join(", ")}; "npm run lab -- list" shows them.`);
		await writeExpectations(join(projectFolder(), "captures"), names, console.log);
		return 0;
	}
	if (names.length > 0 || command.startsWith("-")) return wrong(`"${args.join(" ")}" is not understood.\n\n${HELP}`);
	return play(command, signal);
}

async function play(name: string, signal: AbortSignal): Promise<number> {
	const scenario = scenarioNamed(name);
	if (scenario === undefined) return wrong(`There is no scenario called ${name}; "npm run lab -- list" shows them.`);
	return isSerial(scenario) ? playLine(scenario, signal) : playPlant(scenario, signal);
}

const sayAttacks = (marks: readonly Mark[]): void => {
	for (const mark of marks)
		if (mark.isAttack)
			console.error(`${new Date(mark.start * 1000).toISOString()} ${mark.host} ${mark.name} ${JSON.stringify(mark.parameters)}`);
};

async function playLine(scenario: SerialScenario, signal: AbortSignal): Promise<number> {
	const line = new SerialLine(0, signal);
	try {
		await line.open();
		console.error(`To watch it: npx spanwatch run --serial ${line.bus.path("tap")},19200,8E1`);
		console.error(`Playing ${scenario.name}: ${scenario.title}. Ctrl-C ends it.`);
		line.begin();
		do await scenario.play(line);
		while (scenario.isRoutine);
		sayAttacks(line.marks);
		console.error(`${scenario.name} is over; the line goes on until Ctrl-C.`);
		await sleep(2 ** 31 - 1, undefined, { signal });
	} finally {
		await line.close();
	}
	return 0;
}

async function playPlant(scenario: Scenario, signal: AbortSignal): Promise<number> {
	const { name } = scenario;
	const reason = whyNoNamespaces();
	if (reason !== undefined) {
		if (scenario.needsNamespaces) return wrong(`${name} needs network namespaces, but ${reason}.`);
		console.error(`The plant runs on loopback addresses 127.0.1.x, because ${reason}.`);
	}
	const seed = seedOf("plant");
	const lab = new Lab(reason === undefined ? new NamespaceNetwork() : new LoopbackNetwork(), seed, 0);
	try {
		console.error("Starting the plant …");
		await lab.start(seed);
		signal.throwIfAborted();
		console.error(`The mirror is at ${lab.network.mirror}.`);
		if (!lab.network.isLoopback) {
			const namespace = lab.network.mirror.split(/[ ,]/)[2];
			console.error(`To watch it: ip netns exec ${namespace} npx spanwatch run --interface ${MIRROR_INTERFACE}`);
		}
		await lab.connectClients(scenario.clients);
		console.error(`Playing ${name}: ${scenario.title}. Ctrl-C ends it.`);
		do {
			const stage = new Stage(lab, signal);
			stage.begin();
			await scenario.play(stage);
			sayAttacks(stage.marks);
		} while (scenario.isRoutine);
		console.error(`${name} is over; the plant goes on until Ctrl-C.`);
		await sleep(2 ** 31 - 1, undefined, { signal });
	} finally {
		await lab.stop();
	}
	return 0;
}

/** The folder with `package.json`, from `dist/captures/lab`. */
function projectFolder(): string {
	return join(import.meta.dirname, "../../..");
}

function wrong(words: string): number {
	console.error(words);
	return 2;
}

const interrupt = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => interrupt.abort());
try {
	process.exitCode = await main(process.argv.slice(2), interrupt.signal);
} catch (error) {
	if (interrupt.signal.aborted) process.exitCode = 0;
	else {
		console.error(error instanceof LabError ? error.message : error);
		process.exitCode = 1;
	}
}
