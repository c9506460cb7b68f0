/**
 * Numbers of 32 bits in two neighbouring registers. No message says that two registers belong together; how they move does. Each pair is looked at now and then, in both
 * orders of the words, and is a number where
 * - the high word goes on by one only when the low word went past its end (a counter, a sum, a quantity that crosses a multiple of 65,536; a float too, whose bits are in
 *   the order of its size), or
 * - the high word always is one of a float of usual size and moves, while the low word is anywhere, as the last digits of a measurement are.
 *
 * Such a number is a point of a space of its own, judged in place of its words.
 */
import type { WideSpace } from "../decode/protocol.ts";
import { PAGE, type Plant, type PointPage } from "./plant.ts";
import { isRecord } from "./subjects.ts";

/** Looks after which pairs are decided: two hours of the two in a minute. And looks after which what was seen weighs half: two days. */
const DECIDE = 240;
const HALVE = 5760;
/** Share of them in which both words must have come in one answer. */
const SEEN = 0.8;
/** Ends that the low word must have passed, for each of which one in so many may be a jump. */
const WRAPS = 8;
const JUMPS = 10;
/** How far the number goes at most while its low word passes an end: of two words that have nothing to do with each other, one step in 14 is as short. */
const NEAR = 24_576;
/** Powers of two between which the size of a measured float lies, as its exponent is written; one in so many may lie elsewhere. */
const LEAST_EXPONENT = 127 - 20;
const MOST_EXPONENT = 127 + 30;
const STRANGE = 50;
/** A low word that is anywhere is this far from where it was in half of the looks; at least two in five show it. The high word moves in one of twenty. */
const FAR = 16_384;
const ROUGH = 0.4;
const MOVES = 0.05;
/** Pages of 256 points that are looked at: 12 KB each. */
export const MAX_SOUGHT = 1024;

const WORD = 0x1_0000;

/** Counters of a pair in one order. */
const WRAP = 0;
const JUMP = 1;
const FLIP = 2;
const FLOAT = 3;
const OTHER = 4;
const FAR_LOW = 5;
const MOVE = 6;
const FIELDS = 7;

class Evidence {
	looks = 0;
	/** Looks when it was last saved. */
	savedAt = 0;
	readonly #bytes = new Uint8Array(PAGE * (8 + 2 * (3 + 2 * FIELDS)));
	/** Capture time of the latest look at each pair that showed both words, and what they were. */
	readonly times = new Float64Array(this.#bytes.buffer, 0, PAGE);
	readonly first = new Uint16Array(this.#bytes.buffer, 8 * PAGE, PAGE);
	readonly second = new Uint16Array(this.#bytes.buffer, 10 * PAGE, PAGE);
	readonly samples = new Uint16Array(this.#bytes.buffer, 12 * PAGE, PAGE);
	readonly counts = new Uint16Array(this.#bytes.buffer, 14 * PAGE, PAGE * 2 * FIELDS);

	save(): string {
		return Buffer.from(this.#bytes).toString("base64");
	}

	/** False where the text is damaged. */
	restore(text: unknown): boolean {
		if (typeof text !== "string" || !/^[A-Za-z0-9+/]+=*$/.test(text)) return false;
		const bytes = Buffer.from(text, "base64");
		if (bytes.length !== this.#bytes.length) return false;
		this.#bytes.set(bytes);
		return this.times.every((time) => time >= 0);
	}
}

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);
const signed = new Int32Array(bits.buffer);

/** What two words mean together. NaN and the infinities are possible. */
export function wideValue({ type, isSwapped }: WideSpace, first: number, second: number): number {
	bits[0] = isSwapped ? second * WORD + first : first * WORD + second;
	return type === "float32" ? float[0]! : type === "int32" ? signed[0]! : bits[0]!;
}

/** A number that was found. */
interface Candidate {
	at: number;
	isSwapped: boolean;
	type: WideSpace["type"];
	isSteady: boolean;
}

export class PairSeeker {
	/** Pages that were refused. */
	refused = 0;
	readonly #plant: Plant;
	readonly #saveLooks: number;
	readonly #evidence = new Map<PointPage, Evidence>();

	/** What is known of a page is saved after `saveLooks` looks at it. */
	constructor(plant: Plant, saveLooks: number) {
		this.#plant = plant;
		this.#saveLooks = Math.max(1, saveLooks);
	}

	/** Pages that were looked at since, and on which both words of a pair came. */
	*save(): Generator<[key: string, value: unknown]> {
		for (const [{ target, space, number }, evidence] of this.#evidence) {
			const { looks } = evidence;
			if (looks - evidence.savedAt < this.#saveLooks || evidence.times.every((time) => time === 0)) continue;
			evidence.savedAt = looks;
			const { key: server } = target.server;
			const { unit } = target;
			yield [`words/${server}/${unit}/${space}/${number}`, { server, unit, space, number, looks, evidence: evidence.save() }];
		}
	}

	/** Takes a saved page back, after the plant's own records; false where it is damaged. */
	restore(record: unknown): boolean {
		if (!isRecord(record) || typeof record.server !== "string") return false;
		const { server, unit, space, number, looks } = record;
		const page = this.#plant.servers
			.get(server)
			?.targets.get(unit as number)
			?.page(space as number, number as number);
		if (page === undefined || this.#evidence.has(page) || this.#evidence.size >= MAX_SOUGHT) return false;
		const evidence = new Evidence();
		if (!Number.isInteger(looks) || (looks as number) < 0 || !evidence.restore(record.evidence)) return false;
		evidence.looks = looks as number;
		evidence.savedAt = looks as number;
		this.#evidence.set(page, evidence);
		return true;
	}

	/** One look at a page of words, at fixed watched times. Finds are added to the plant. */
	look(page: PointPage, forms: readonly WideSpace[]): void {
		let evidence = this.#evidence.get(page);
		if (evidence === undefined) {
			if (this.#evidence.size >= MAX_SOUGHT) {
				this.refused++;
				return;
			}
			this.#evidence.set(page, (evidence = new Evidence()));
		}
		for (let at = 0; at + 1 < PAGE; at++) this.#compare(page, evidence, at);
		evidence.looks++;
		if (evidence.looks % DECIDE === 0) this.#decide(page, evidence, forms);
		if (evidence.looks % HALVE === 0) {
			for (const counts of [evidence.samples, evidence.counts])
				counts.forEach((count, at) => {
					counts[at] = count >> 1;
				});
		}
	}

	#compare(page: PointPage, evidence: Evidence, at: number): void {
		const one = page.ids[at]!;
		const other = page.ids[at + 1]!;
		if (one < 0 || other < 0) return;
		const { points } = this.#plant;
		const time = points.lastTime[one]!;
		if (time !== points.lastTime[other] || time === evidence.times[at] || !(points.isMoving(one) || points.isMoving(other))) return;
		const isFirst = evidence.times[at] === 0;
		evidence.times[at] = time;
		const { first, second } = evidence;
		const [firstBefore, secondBefore] = [first[at]!, second[at]!];
		first[at] = points.last[one]!;
		second[at] = points.last[other]!;
		if (isFirst) return;
		evidence.samples[at]!++;
		this.#count(evidence.counts, 2 * at * FIELDS, first[at]!, second[at]!, firstBefore, secondBefore);
		this.#count(evidence.counts, (2 * at + 1) * FIELDS, second[at]!, first[at]!, secondBefore, firstBefore);
	}

	#count(counts: Uint16Array, at: number, high: number, low: number, highBefore: number, lowBefore: number): void {
		const exponent = (high >> 7) & 255;
		if (exponent >= LEAST_EXPONENT && exponent <= MOST_EXPONENT) counts[at + FLOAT]!++;
		else if (((high & 0x7fff) | low) !== 0) counts[at + OTHER]!++;
		const moved = low - lowBefore;
		if (Math.abs(moved) > FAR) counts[at + FAR_LOW]!++;
		let step = high - highBefore;
		if (step === 0) return;
		counts[at + MOVE]!++;
		const isFlip = Math.abs(step) === WORD - 1;
		if (isFlip) step = -Math.sign(step);
		if (Math.abs(step) !== 1) return;
		if (Math.abs(step * WORD + moved) > NEAR) counts[at + JUMP]!++;
		else {
			counts[at + WRAP]!++;
			if (isFlip) counts[at + FLIP]!++;
		}
	}

	#decide(page: PointPage, evidence: Evidence, forms: readonly WideSpace[]): void {
		const candidates: Candidate[] = [];
		for (let at = 0; at + 1 < PAGE; at++) {
			if (evidence.samples[at]! < SEEN * DECIDE) continue;
			for (const isSwapped of [false, true]) {
				const found = this.#judge(evidence, at, isSwapped);
				if (found !== undefined) candidates.push(found);
			}
		}
		if (candidates.length === 0) return;
		// A row of floats looks like one in the other order too, shifted by a word and shorter by a number. A device has one order.
		const swapped = candidates.filter(({ isSwapped }) => isSwapped).length;
		const isUsual = ({ isSwapped }: Candidate): boolean => isSwapped === 2 * swapped > candidates.length;
		const rank = (one: Candidate): number => (one.isSteady ? 0 : 2) + (isUsual(one) ? 0 : 1);
		candidates.sort((one, other) => rank(one) - rank(other) || one.at - other.at);
		for (const { at, type, isSwapped } of candidates) {
			if (page.isWide(at) || page.isWide(at + 1)) continue;
			const form = forms.find((one) => one.type === type && one.isSwapped === isSwapped);
			if (form !== undefined) this.#plant.addWide(page, at, form);
		}
	}

	#judge({ counts, samples }: Evidence, place: number, isSwapped: boolean): Candidate | undefined {
		const at = (2 * place + (isSwapped ? 1 : 0)) * FIELDS;
		const isFloat = counts[at + FLOAT]! > 0 && counts[at + OTHER]! * STRANGE <= counts[at + FLOAT]!;
		const isSteady = counts[at + WRAP]! >= WRAPS && counts[at + JUMP]! * JUMPS <= counts[at + WRAP]!;
		const isAnywhere = isFloat && counts[at + FAR_LOW]! >= ROUGH * samples[place]! && counts[at + MOVE]! >= MOVES * samples[place]!;
		if (!isSteady && !isAnywhere) return undefined;
		return { at: place, isSwapped, isSteady, type: isFloat ? "float32" : counts[at + FLIP]! > 0 ? "int32" : "uint32" };
	}
}
