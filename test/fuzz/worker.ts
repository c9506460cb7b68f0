/** One thread, one decoder: the instrumented copy of everything runs here, watched by the command line, which ends it where it does not end by itself. */
import { existsSync, readFileSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { protocols } from "../../protocols/index.ts";
import { targetsOf } from "./carriers.ts";
import { type Conversation, encode, findText, readFind } from "./conversation.ts";
import { measureCost } from "./cost.ts";
import { Examiner } from "./examiner.ts";
import { Fuzzer } from "./fuzzer.ts";
import { tokensOf } from "./tokens.ts";
import { BEAT, HEAD_BYTES, LENGTH, type Result, type WorkerData } from "./work.ts";

/** Part of the inputs that goes to one old engine, to see whether it grows. */
const OLD_PART = 0.2;
/** Inputs between two looks at the clock. */
const LOOK_EVERY = 64;

const { target: name, seeds, instrumented, shared, task } = workerData as WorkerData;
const head = new Int32Array(shared, 0, 2);
const bytes = new Uint8Array(shared, HEAD_BYTES);

/** Seconds of processor time that this thread had; where the system does not tell, seconds that passed. */
const ACCOUNT = "/proc/thread-self/schedstat";
const hasAccount = existsSync(ACCOUNT);
const ownSeconds = (): number => (hasAccount ? Number.parseInt(readFileSync(ACCOUNT, "latin1"), 10) / 1e9 : performance.now() / 1000);

function publish(conversation: Conversation): void {
	Atomics.store(head, LENGTH, encode(conversation, bytes));
	Atomics.add(head, BEAT, 1);
}

const target = targetsOf(protocols).find((one) => one.name === name)!;
const folder = `protocols/${target.protocol.name}/`;
const own = instrumented.files.filter(({ file }) => file.startsWith(folder));
const ranges = instrumented.files.filter(({ file }) => file.startsWith(folder) || !file.startsWith("protocols/"));
const examiner = new Examiner(target, seeds, ranges);

function work(): Result {
	if (task.kind === "replay") {
		const breaches = task.finds.map((text) => {
			const { conversation } = readFind(text);
			publish(conversation);
			return examiner.examine(conversation)?.message;
		});
		return { kind: "replay", breaches };
	}
	const tokens = tokensOf(seeds.conversations, instrumented.literals[target.protocol.name]!);
	const fuzzer = new Fuzzer(examiner, tokens, task.seed, publish);
	const began = ownSeconds();
	const passed = () => ownSeconds() - began;
	fuzzer.plant();
	/** The part of the inputs, or of the time where that is up earlier, that is behind us. */
	let done = 0;
	const look = (): number => {
		if (fuzzer.isDone) return 1;
		done = Math.max(done, fuzzer.inputs / task.inputs);
		if (fuzzer.inputs % LOOK_EVERY === 0) done = Math.max(done, passed() / task.seconds);
		return done;
	};
	while (look() < 1 - OLD_PART) fuzzer.next();
	fuzzer.age(() => (look() >= 1 ? 1 : (done - (1 - OLD_PART)) / OLD_PART));
	return {
		kind: "fuzz",
		inputs: fuzzer.inputs,
		seconds: passed(),
		corpus: fuzzer.corpus.length,
		covered: own.reduce((sum, range) => sum + fuzzer.covered(range), 0),
		blocks: own.reduce((sum, { from, to }) => sum + to - from, 0),
		perByte: fuzzer.dearest.perByte,
		growth: fuzzer.growth,
		finds: fuzzer.finds.map(({ breach, conversation }) => ({
			rule: breach.rule,
			detail: breach.message,
			text: findText({ protocol: target.protocol.name, carrier: target.carrier.name, rule: breach.rule, conversation }),
		})),
		costs: task.isCosting ? measureCost(examiner, fuzzer.dearest.conversation, publish) : [],
	};
}

parentPort!.postMessage(work());
