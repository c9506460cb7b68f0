/**
 * `npm run fuzz`: every decoder over every carrier gets damaged recordings, and has to keep every promise of the contract. Finds go to test/regressions.
 *
 *   npm run fuzz                                   60 s of processor time for each protocol, shared by its carriers, two at a time
 *   npm run fuzz -- --protocol modbus --seconds 10 (or --protocol "modbus over tcp")
 *   npm run fuzz -- --inputs 100000 --seed 7       as many inputs for each decoder; the same ones for the same seed
 *   npm run fuzz -- --inputs 100000 --write        and the numbers into test/fuzz/README.md, rows of the decoders that ran; of a minute with --cost also which code it was
 *   npm run fuzz -- --known 5                      of decoders whose code is that of a run of a minute that was written down (fuzzed.json), 5 s are enough, and the cost is known
 *   npm run fuzz -- --replay                       the finds of test/regressions again
 *   npm run fuzz -- --cost                         how the cost of each decoder grows with its bytes; with --write into protocols/README.md
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { protocols, services } from "../../protocols/index.ts";
import { RULE } from "./breach.ts";
import { type Target, targetsOf } from "./carriers.ts";
import { codeOf } from "./code.ts";
import { decode, findText, readFind } from "./conversation.ts";
import { SIZES } from "./cost.ts";
import { instrumentProject } from "./instrument.ts";
import { seedsOf } from "./seeds.ts";
import { BEAT, type FuzzResult, HEAD_BYTES, LENGTH, type Result, SHARED_BYTES, type Task, type WorkerData } from "./work.ts";

/** The project; this runs compiled, in dist/. */
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** Of this process alone: two of them may run at once. */
const COPY = join(ROOT, `.cache/fuzz-${process.pid}`);
const FUZZED = "test/fuzz/fuzzed.json";
const FUZZ_TABLE = "test/fuzz/README.md";
const COST_TABLE = "protocols/README.md";
const REGRESSIONS = join(ROOT, "test/regressions");
/** Seconds without a new input after which the one at hand is said not to end. Inputs take milliseconds. */
const HANG = 30;
/** Megabytes of a worker's heap: beyond it the input at hand is said to take memory without a bound. */
const MOST_HEAP = 768;
const DEFAULT_SECONDS = 60;
/** Inputs in which the dearest one is looked for where only the cost is asked for. */
const COST_INPUTS = 2_000;

const { values } = parseArgs({
	options: {
		protocol: { type: "string", multiple: true },
		seconds: { type: "string" },
		inputs: { type: "string" },
		seed: { type: "string" },
		jobs: { type: "string" },
		write: { type: "boolean", default: false },
		known: { type: "string" },
		replay: { type: "boolean", default: false },
		cost: { type: "boolean", default: false },
	},
});

function number(name: "seconds" | "inputs" | "seed" | "jobs" | "known", least: number): number | undefined {
	const text = values[name];
	if (text === undefined) return undefined;
	const value = Number(text);
	if (Number.isInteger(value) && value >= least) return value;
	process.stderr.write(`fuzz: --${name} takes a whole number from ${least}, not ${text}.\n`);
	process.exit(2);
}

const inputs = number("inputs", 1) ?? (values.cost && values.seconds === undefined ? COST_INPUTS : undefined);
const seconds = number("seconds", 1) ?? (inputs === undefined ? DEFAULT_SECONDS : Number.POSITIVE_INFINITY);
const seed = number("seed", 0) ?? (inputs === undefined ? Date.now() & 0x7fffffff : 1);
const jobs = number("jobs", 1) ?? Math.min(2, availableParallelism());
const known = number("known", 1);
const decoders = targetsOf(protocols).map(({ name }) => name);
const targets = targetsOf(protocols).filter(
	({ protocol, name }) => values.protocol?.some((wanted) => wanted === protocol.name || wanted === name) ?? true,
);
if (targets.length === 0) {
	process.stderr.write(`fuzz: no such protocol; there are ${protocols.map(({ name }) => name).join(", ")}.\n`);
	process.exit(2);
}
process.on("exit", () => rmSync(COPY, { recursive: true, force: true }));
const instrumented = instrumentProject(join(ROOT, "dist"), COPY);
const seeds = seedsOf([join(ROOT, "captures"), join(ROOT, "test/fuzz/seeds")], targets, protocols, services);
for (const { name } of targets) {
	if (!seeds.has(name))
		throw new Error(
			`no recording in captures/ or test/fuzz/seeds has a good exchange of ${name}: record one, or derive one in test/fuzz/seeds.ts`,
		);
}

/** What a worker that had to be ended was about to find. */
interface Ended {
	readonly kind: "ended";
	readonly rule: string;
	readonly detail: string;
	readonly text: string;
}

/** Runs one task in a thread of its own, and ends it where it hangs. */
function run(target: Target, task: Task): Promise<Result | Ended> {
	const shared = new SharedArrayBuffer(SHARED_BYTES);
	const head = new Int32Array(shared, 0, 2);
	const workerData: WorkerData = { target: target.name, seeds: seeds.get(target.name)!, instrumented, shared, task };
	const worker = new Worker(join(COPY, "test/fuzz/worker.js"), { workerData, resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP } });
	const ended = (rule: string, detail: string): Ended => ({
		kind: "ended",
		rule,
		detail,
		text: findText({
			protocol: target.protocol.name,
			carrier: target.carrier.name,
			rule,
			conversation: decode(new Uint8Array(shared, HEAD_BYTES, Atomics.load(head, LENGTH))),
		}),
	});
	return new Promise((resolve, reject) => {
		let beat = 0;
		let still = 0;
		const watch = setInterval(() => {
			const now = Atomics.load(head, BEAT);
			still = now === beat ? still + 1 : 0;
			beat = now;
			// Before the first input the thread begins.
			if (still < HANG || beat === 0) return;
			resolve(ended(RULE.hang, `nothing for ${HANG} s`));
			void worker.terminate();
		}, 1000);
		worker.on("message", resolve);
		worker.on("error", (error: NodeJS.ErrnoException) => {
			if (error.code === "ERR_WORKER_OUT_OF_MEMORY") resolve(ended(RULE.memory, error.message));
			else reject(error);
		});
		worker.on("exit", () => clearInterval(watch));
	});
}

/** Calls `work` with each item, `jobs` at a time; the results in the order of the items. */
async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
	const results: R[] = [];
	let next = 0;
	const lane = async () => {
		while (next < items.length) {
			const index = next++;
			results[index] = await work(items[index]!);
		}
	};
	await Promise.all(Array.from({ length: jobs }, lane));
	return results;
}

/** Saves a find under a name that is the same for the same find. */
function save(target: Target, text: string): string {
	const digest = createHash("sha256").update(text).digest("hex").slice(0, 8);
	const name = `${target.protocol.name}-${target.carrier.name}-${digest}.jsonl`;
	mkdirSync(REGRESSIONS, { recursive: true });
	writeFileSync(join(REGRESSIONS, name), text);
	return `test/regressions/${name}`;
}

const whole = (value: number): string => Math.round(value).toLocaleString("en");

/** Puts `text` between the markers of a document. */
function put(document: string, name: string, text: string): void {
	const file = join(ROOT, document);
	const before = readFileSync(file, "utf8");
	const begin = `<!-- ${name}:begin -->`;
	const end = `<!-- ${name}:end -->`;
	const from = before.indexOf(begin);
	const to = before.indexOf(end);
	if (from < 0 || to < from) throw new Error(`${document} has no place for ${name}`);
	writeFileSync(file, `${before.slice(0, from) + begin}\n${text}\n${before.slice(to)}`);
}

/** The code that a run of a minute at least, and the cost, were written down for, by protocol. */
const fuzzed: Record<string, string> = existsSync(join(ROOT, FUZZED)) ? JSON.parse(readFileSync(join(ROOT, FUZZED), "utf8")) : {};
const isKnown = (protocol: string): boolean => fuzzed[protocol] === codeOf(join(ROOT, "dist"), protocol);

/** With --known what was run before is not run in full again. Cost is counted in blocks, so the same code costs the same. */
const isTrusted = (protocol: string): boolean => known !== undefined && isKnown(protocol);

/** Seconds of a protocol, for all of its carriers. */
const secondsOf = (protocol: string): number => (isTrusted(protocol) ? known! : seconds);

/** Writes down what was fuzzed long enough and whose cost was found linear, all carriers of it; protocols that there are no more are dropped. */
function writeFuzzed(results: readonly (FuzzResult | Ended)[]): void {
	const entries = protocols.flatMap(({ name }): [string, string][] => {
		const own = results.filter((_, index) => targets[index]!.protocol.name === name);
		const isWhole = own.length === targetsOf(protocols).filter(({ protocol }) => protocol.name === name).length;
		const took = own.reduce(
			(sum, result) => sum + (result.kind === "fuzz" && result.finds.length === 0 ? result.seconds : Number.NEGATIVE_INFINITY),
			0,
		);
		if (isWhole && took >= DEFAULT_SECONDS) return [[name, codeOf(join(ROOT, "dist"), name)]];
		return fuzzed[name] === undefined ? [] : [[name, fuzzed[name]]];
	});
	writeFileSync(join(ROOT, FUZZED), `${JSON.stringify(Object.fromEntries(entries), undefined, "\t")}\n`);
}

async function fuzz(): Promise<boolean> {
	process.stderr.write(`fuzz: seed ${seed}\n`);
	let isSound = true;
	const results = await inParallel(targets, async (target) => {
		const carriers = targets.filter(({ protocol }) => protocol === target.protocol).length;
		const task: Task = {
			kind: "fuzz",
			inputs: inputs ?? Number.POSITIVE_INFINITY,
			seconds: secondsOf(target.protocol.name) / carriers,
			seed,
			isCosting: values.cost && !isTrusted(target.protocol.name),
		};
		const result = (await run(target, task)) as FuzzResult | Ended;
		const finds = result.kind === "ended" ? [result] : result.finds;
		if (result.kind === "fuzz") {
			const { inputs: played, seconds: took, corpus, covered, blocks, perByte, growth } = result;
			console.log(
				`${target.name}: ${whole(played)} inputs, ${whole(played / took)}/s, corpus ${corpus}, ${covered} of ${blocks} blocks, ` +
					`at most ${perByte.toFixed(1)} blocks a byte, grew ${whole(growth / 1024)} KiB, ${finds.length} finds`,
			);
		}
		if (result.kind === "fuzz") {
			for (const { shape, perByte, exponent } of result.costs) {
				const counts = perByte.map((value) => value.toFixed(1)).join(", ");
				console.log(`${target.name}, ${shape}: ${counts} a byte, exponent ${exponent.toFixed(2)}`);
				if (exponent >= LINEAR) isSound = false;
			}
		}
		for (const { detail, text } of finds) {
			isSound = false;
			console.log(`${target.name}: ${detail}\n  saved as ${save(target, text)}`);
		}
		return result;
	});
	if (values.write) {
		put(FUZZ_TABLE, "fuzz", fuzzTable(results));
		if (values.cost) put(COST_TABLE, "cost", costTable(results));
		if (values.cost && isSound) writeFuzzed(results);
	}
	return isSound;
}

/** Rows of a table as they are, by decoder: those of decoders that do not run now stay. */
function rowsOf(document: string): Map<string, string> {
	const rows = new Map<string, string>();
	for (const line of readFileSync(join(ROOT, document), "utf8").split("\n")) {
		const name = /^\| (\S+ over \S+) \|/.exec(line)?.[1];
		if (name !== undefined && decoders.includes(name)) rows.set(name, line);
	}
	return rows;
}

function fuzzTable(results: readonly (FuzzResult | Ended)[]): string {
	const rows = rowsOf(FUZZ_TABLE);
	for (const [index, result] of results.entries()) {
		if (result.kind === "ended") continue;
		const { inputs: played, seconds: took, corpus, covered, blocks, perByte, growth, finds } = result;
		const reached = `${covered} of ${blocks} (${Math.floor((100 * covered) / blocks)}%)`;
		const { name } = targets[index]!;
		const cells = [
			name,
			whole(played),
			seed,
			whole(played / took),
			corpus,
			reached,
			perByte.toFixed(1),
			whole(growth / 1024),
			finds.length,
		];
		rows.set(name, `| ${cells.join(" | ")} |`);
	}
	const sum = [...rows.values()].reduce((so, row) => so + Number(row.split(" | ")[1]!.replaceAll(",", "")), 0);
	return [
		"| decoder | inputs | seed | a second | inputs kept | blocks reached | most blocks a byte | growth of an old engine, KiB | finds |",
		"| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
		...decoders.flatMap((name) => rows.get(name) ?? []),
		"",
		`${whole(sum)} inputs together, Node ${process.versions.node}.`,
	].join("\n");
}

/** Every saved find, held against the promises as they are now. */
async function replay(): Promise<boolean> {
	const files = readdirSync(REGRESSIONS).filter((name) => name.endsWith(".jsonl"));
	const texts = files.map((name) => readFileSync(join(REGRESSIONS, name), "utf8"));
	let isSound = true;
	await inParallel(targets, async (target) => {
		const own = texts.flatMap((text, index) => {
			const { protocol, carrier } = readFind(text);
			return protocol === target.protocol.name && carrier === target.carrier.name ? [index] : [];
		});
		if (own.length === 0) return;
		const result = await run(target, { kind: "replay", finds: own.map((index) => texts[index]!) });
		const breaches = result.kind === "replay" ? result.breaches : [(result as Ended).detail];
		for (const [place, breach] of breaches.entries()) {
			if (breach === undefined) continue;
			isSound = false;
			console.log(`${files[own[place]!]}: ${breach}`);
		}
		console.log(`${target.name}: ${own.length} old finds, ${breaches.filter((breach) => breach !== undefined).length} of them again`);
	});
	return isSound;
}

/** Exponents below this are linear: a buffer that doubles copies up to twice what it holds, now more, now less. What looks at its bytes again and again has 2. */
const LINEAR = 1.25;

/** For each decoder the shape that costs most, and the one whose cost grows fastest. */
function costTable(results: readonly (FuzzResult | Ended)[]): string {
	const table = rowsOf(COST_TABLE);
	for (const [index, result] of results.entries()) {
		if (result.kind === "ended" || result.costs.length === 0) continue;
		const rows = result.costs;
		const dearest = rows.reduce((one, other) => (other.perByte.at(-1)! > one.perByte.at(-1)! ? other : one));
		const highest = Math.max(...rows.map(({ exponent }) => exponent));
		const counts = dearest.perByte.map((value) => value.toFixed(1));
		const { name } = targets[index]!;
		table.set(name, `| ${[name, rows.length, dearest.shape, ...counts, highest.toFixed(2)].join(" | ")} |`);
	}
	return [
		`| decoder | shapes | dearest | ${SIZES.map((size) => `${whole(size / 1024)} KiB`).join(" | ")} | highest exponent |`,
		`| --- | ---: | --- | ${SIZES.map(() => "---:").join(" | ")} | ---: |`,
		...decoders.flatMap((name) => table.get(name) ?? []),
	].join("\n");
}

if (!existsSync(join(ROOT, "captures"))) throw new Error("there are no recordings");
const isSound = await (values.replay ? replay() : fuzz());
process.exitCode = isSound ? 0 : 1;
