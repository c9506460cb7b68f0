/**
 * `npm run bench:serial`: an hour of Modbus on a serial line, on a simulated clock, through the decoder: every frame that was sent is accounted for, with and without
 * damage. The same each time. The table goes into `protocols/modbus/README.md`, between its marks.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { crcOf } from "../../protocols/modbus/crc.ts";
import { modbus } from "../../protocols/modbus/index.ts";
import type { ModbusObservation } from "../../protocols/modbus/observation.ts";
import type { Clock } from "../../src/decode/protocol.ts";
import type { FlowView } from "../../src/flow/flow.ts";
import { ascii, rtu } from "../protocols/serialSamples.ts";
import { join } from "../support/decoderHarness.ts";

const HOUR = 3600e6;
const BAUD = 19_200;
/** Start, eight bits, parity, stop. */
const CHARACTER = (11 / BAUD) * 1e6;
const UNITS = [1, 2, 3, 5, 8, 13, 21, 34];
const SILENT = 99;
/** The client waits so long for an answer, microseconds. */
const PATIENCE = 300_000;

/** Numbers that look random and are the same each time. */
class Dice {
	#state: number;
	constructor(seed: number) {
		this.#state = seed;
	}
	roll(sides: number): number {
		this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
		return Math.floor((this.#state / 2 ** 32) * sides);
	}
	chance(part: number): boolean {
		return this.roll(1e6) < part * 1e6;
	}
}

/** A frame that was sent. */
interface Sent {
	unit: number;
	pdu: string;
	side: "request" | "answer";
	isDamaged: boolean;
}

interface Setup {
	name: string;
	frame: (unit: number, pdu: string) => Uint8Array;
	/** The adapter hands over what it has this often, microseconds. */
	latency: number;
	/** Part of the frames that is damaged, and part of the pauses in which there is noise. */
	damage: number;
	noise: number;
}

const word = (value: number): string => (value & 0xffff).toString(16).padStart(4, "0");

/** What client and servers say in one exchange. */
function exchange(dice: Dice, round: number): { unit: number; request: string; answer: string | undefined } {
	const unit = UNITS[round % UNITS.length]!;
	const first = dice.roll(800);
	const count = 1 + dice.roll(40);
	if (round % 211 === 7) return { unit: SILENT, request: `03${word(first)}0001`, answer: undefined };
	if (round % 503 === 11) return { unit: 0, request: `06${word(first)}${word(round)}`, answer: undefined };
	switch (dice.roll(12)) {
		case 0:
			return { unit, request: `06${word(first)}${word(round)}`, answer: `06${word(first)}${word(round)}` };
		case 1: {
			const write = `05${word(first)}${round & 1 ? "ff00" : "0000"}`;
			return { unit, request: write, answer: write };
		}
		case 2: {
			const values = Array.from({ length: 1 + (count % 8) }, (_, index) => word(round + index));
			const head = `10${word(first)}${word(values.length)}`;
			return { unit, request: `${head}${(2 * values.length).toString(16).padStart(2, "0")}${values.join("")}`, answer: head };
		}
		case 3: {
			const bits = 1 + dice.roll(40);
			const bytes = Array.from({ length: (bits + 7) >> 3 }, () => dice.roll(256).toString(16).padStart(2, "0"));
			return { unit, request: `01${word(first)}${word(bits)}`, answer: `01${bytes.length.toString(16).padStart(2, "0")}${bytes.join("")}` };
		}
		case 4:
			return { unit, request: `04${word(9000 + first)}0001`, answer: "8402" };
		default: {
			const values = Array.from({ length: count }, () => word(dice.roll(65_536)));
			const code = round & 1 ? "03" : "04";
			return {
				unit,
				request: `${code}${word(first)}${word(count)}`,
				answer: `${code}${(2 * count).toString(16).padStart(2, "0")}${values.join("")}`,
			};
		}
	}
}

/** One bit or more, the end cut off, or another speaker over it; undefined where chance made it whole again. */
function damaged(dice: Dice, bytes: Uint8Array): Uint8Array | undefined {
	const how = dice.roll(3);
	const out = how === 1 ? bytes.slice(0, 1 + dice.roll(bytes.length - 1)) : bytes.slice();
	if (how === 0) for (let flips = 1 + dice.roll(3); flips > 0; flips--) out[dice.roll(out.length)]! ^= 1 << dice.roll(8);
	if (how === 2) for (let at = dice.roll(out.length); at < out.length; at++) out[at]! &= dice.roll(256);
	const isWhole = out.length === bytes.length && out.every((byte, at) => byte === bytes[at]);
	return isWhole || (out.length > 3 && crcOf(out, 0, out.length) === 0) ? undefined : out;
}

/** An hour of one line; gives what was sent, and the pieces in which an adapter hands it over. */
function* hour({ frame, damage, noise, latency }: Setup, sent: Sent[], counts: { bytes: number; noise: number }) {
	const dice = new Dice(20_260);
	let now = 0;
	let held: Uint8Array[] = [];
	let heldUntil = 0;
	function* put(bytes: Uint8Array): Generator<{ time: number; bytes: Uint8Array }> {
		counts.bytes += bytes.length;
		for (let at = 0; at < bytes.length; ) {
			if (held.length > 0 && now + CHARACTER > heldUntil) {
				yield { time: Math.round(heldUntil), bytes: join(...held) };
				held = [];
			}
			if (held.length === 0) heldUntil = (Math.floor((now + CHARACTER) / latency) + 1) * latency;
			const fits = Math.max(1, Math.min(bytes.length - at, Math.floor((heldUntil - now) / CHARACTER)));
			held.push(bytes.subarray(at, at + fits));
			at += fits;
			now += fits * CHARACTER;
		}
	}
	function* speak(unit: number, pdu: string, side: Sent["side"]) {
		const whole = frame(unit, pdu);
		const other = dice.chance(damage) ? damaged(dice, whole) : undefined;
		sent.push({ unit, pdu, side, isDamaged: other !== undefined });
		if (other !== undefined) counts.noise += other.length;
		yield* put(other ?? whole);
		return other === undefined;
	}
	for (let round = 0; now < HOUR; round++) {
		now += 10_000 + dice.roll(30_000);
		if (dice.chance(noise)) {
			const burst = Uint8Array.from({ length: 1 + dice.roll(16) }, () => dice.roll(256));
			counts.noise += burst.length;
			yield* put(burst);
			if (dice.chance(0.5)) now += 5_000 + dice.roll(10_000);
		}
		const { unit, request, answer } = exchange(dice, round);
		yield* speak(unit, request, "request");
		if (answer === undefined) {
			now += unit === 0 ? 50_000 : PATIENCE;
			continue;
		}
		now += 4_000 + dice.roll(11_000);
		yield* speak(unit, answer, "answer");
	}
	if (held.length > 0) yield { time: Math.round(heldUntil), bytes: join(...held) };
}

interface Result {
	name: string;
	bytes: number;
	sent: number;
	damaged: number;
	read: number;
	lost: number;
	invented: number;
	wrongSide: number;
	noise: number;
	counted: number;
	/** Bytes a second that went through, in millions. */
	speed: number;
}

const FLOW: FlowView = {
	id: 1,
	transport: "serial",
	client: { ip: undefined, port: undefined, mac: undefined, line: "bench-master" },
	server: { ip: undefined, port: undefined, mac: undefined, line: "bench" },
	vlan: -1,
};
/** Frames that may be passed over to find the one that was read; more in a row are never damaged. */
const AHEAD = 200;

function run(setup: Setup): Result {
	const sent: Sent[] = [];
	const counts = { bytes: 0, noise: 0 };
	const pieces = [...hour(setup, sent, counts)];
	const clock: Clock = { time: 0, frame: 0 };
	const result: Result = {
		name: setup.name,
		bytes: counts.bytes,
		sent: sent.length,
		damaged: 0,
		read: 0,
		lost: 0,
		invented: 0,
		wrongSide: 0,
		noise: counts.noise,
		counted: 0,
		speed: 0,
	};
	const said: { unit: number; pdu: string; side: Sent["side"] }[] = [];
	const line = modbus.serial!.open({
		clock,
		flow: FLOW,
		count: () => {},
		certificate: () => undefined,
		emit: (o: ModbusObservation) => {
			if (o.noiseBytes > 0) result.counted += o.noiseBytes;
			else if (o.kind !== "unanswered")
				said.push({
					unit: o.unitId,
					pdu: Buffer.from(o.bytes.subarray(o.pduStart, o.pduEnd)).toString("hex"),
					side: o.isFromServer ? "answer" : "request",
				});
		},
	});
	const began = performance.now();
	for (const { time, bytes } of pieces) {
		if (line.deadline <= time) line.expire(time);
		clock.time = time;
		clock.frame++;
		line.data(bytes, 0, bytes.length);
	}
	line.end();
	result.speed = counts.bytes / 1000 / (performance.now() - began);

	let at = 0;
	for (const one of said) {
		let ahead = at;
		while (
			ahead < Math.min(sent.length, at + AHEAD) &&
			(sent[ahead]!.isDamaged || sent[ahead]!.unit !== one.unit || sent[ahead]!.pdu !== one.pdu)
		)
			ahead++;
		const found = sent[ahead];
		if (found === undefined || ahead === at + AHEAD) {
			result.invented++;
			continue;
		}
		for (; at < ahead; at++) if (!sent[at]!.isDamaged) result.lost++;
		at++;
		result.read++;
		if (found.side !== one.side) result.wrongSide++;
	}
	for (; at < sent.length; at++) if (!sent[at]!.isDamaged) result.lost++;
	result.damaged = sent.filter(({ isDamaged }) => isDamaged).length;
	return result;
}

const SETUPS: readonly Setup[] = [
	{ name: "RTU, bytes handed over each millisecond", frame: rtu, latency: 1_000, damage: 0, noise: 0 },
	{ name: "RTU, each 16 ms (an adapter as it comes)", frame: rtu, latency: 16_000, damage: 0, noise: 0 },
	{ name: "RTU, each millisecond; 2 % of frames damaged, noise in 2 % of pauses", frame: rtu, latency: 1_000, damage: 0.02, noise: 0.02 },
	{ name: "RTU, each 16 ms; the same damage", frame: rtu, latency: 16_000, damage: 0.02, noise: 0.02 },
	{ name: "RTU, each millisecond; 20 % damaged, noise in 20 %", frame: rtu, latency: 1_000, damage: 0.2, noise: 0.2 },
	{ name: "ASCII, each millisecond", frame: ascii, latency: 1_000, damage: 0, noise: 0 },
	{ name: "ASCII, each millisecond; 2 % damaged, noise in 2 %", frame: ascii, latency: 1_000, damage: 0.02, noise: 0.02 },
];

const rows = SETUPS.map((setup) => {
	const one = run(setup);
	process.stderr.write(`${JSON.stringify(one)}\n`);
	return `| ${one.name} | ${one.bytes} | ${one.sent} | ${one.damaged} | ${one.read} | ${one.lost} | ${one.invented} | ${one.wrongSide} | ${one.noise} | ${one.counted} |`;
});
const table = [
	"| an hour at 19,200 baud | bytes | frames sent | damaged by us | read | lost | invented | wrong side | bytes of damage and noise | counted as noise |",
	"| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |",
	...rows,
].join("\n");
const readme = fileURLToPath(new URL("../../../protocols/modbus/README.md", import.meta.url));
const text = readFileSync(readme, "utf8");
writeFileSync(readme, text.replace(/(<!-- serial line[^>]*-->\n)[\s\S]*?(<!-- end of serial line -->)/, `$1\n${table}\n\n$2`));
