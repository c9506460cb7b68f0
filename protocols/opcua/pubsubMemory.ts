/**
 * What outlives one PubSub message: who publishes under which id, how far its sequences are, how its groups are secured, what its data sets are made of, parts of messages. One
 * for the whole engine, as publishers speak to everybody. Every table has a bound; the oldest entry gives way, which is counted.
 */
/** Publishers, and writers of all of them: a large site has some hundred and some thousand. */
const PUBLISHERS = 4096;
const GROUPS = 4096;
const WRITERS = 8192;
/** Names of points kept of all writers; more are made anew each time. */
const NAMES = 131_072;
/** Data sets that are described, and fields of them all. */
const META_DATA = 4096;
const META_FIELDS = 131_072;
/** Messages that are not whole, parts and bytes of them all; the longest message. */
const UNFINISHED = 256;
const UNFINISHED_BYTES = 16 << 20;
const MAX_WHOLE = 1 << 20;
/** Microseconds after which the missing parts will not come. */
const CHUNK_TIMEOUT = 10_000_000;

/** A datagram overtakes others by so many at most: what is further back is another beginning. */
const REORDERED = 16;
/** Microseconds within which two sequences under one number are two publishers, and not one that began anew. */
const INTERLEAVED = 10_000_000;
/** Microseconds within which an id that moved away and came back is used by both. A stand-by that takes over does not come back so soon. */
const SHARED = 60_000_000;
/** Steps after which a sequence is known to count. */
const COUNTING = 2;

export const SEQUENCE = { fine: 0, conflict: 1, interleaved: 2 } as const;

/** One sequence number that only grows and wraps (7.2.3). */
export class Sequence {
	/** Frame of what the last answer was about. */
	otherFrame = 0;
	#highest = -1;
	#steps = 0;
	/** Where it was before it jumped back. */
	#before = -1;
	#beforeTime = 0;
	#lastFrame = 0;
	/** The last messages: numbers, then hashes, then frames. */
	readonly #last = new Float64Array(3 * REORDERED).fill(-1);
	#next = 0;

	/** Takes the next number, of a message with this hash; `modulus` is where it wraps. One of SEQUENCE. */
	take(number: number, hash: number, modulus: number, time: number, frame: number): number {
		if (this.#highest < 0) {
			this.#keep(number, hash, frame);
			this.#highest = number;
			return SEQUENCE.fine;
		}
		const ahead = (number - this.#highest + modulus) % modulus;
		const behind = (modulus - ahead) % modulus;
		const isNear = behind <= REORDERED && (behind === 0 || number > 1);
		if (isNear) {
			const place = this.#last.indexOf(number);
			if (place >= 0 && place < REORDERED) {
				if (this.#last[place + REORDERED] === hash || this.#steps < COUNTING) return SEQUENCE.fine;
				this.otherFrame = this.#last[place + 2 * REORDERED]!;
				return SEQUENCE.conflict;
			}
			this.#keep(number, hash, frame);
			return SEQUENCE.fine;
		}
		let verdict: number = SEQUENCE.fine;
		if (ahead > REORDERED) {
			// A jump: bytes were lost, or it began anew; unless it goes on where it was before the last jump. Then somebody else jumped.
			const fromBefore = (number - this.#before + modulus) % modulus;
			if (
				this.#before >= 0 &&
				time - this.#beforeTime <= INTERLEAVED &&
				fromBefore > 0 &&
				fromBefore <= REORDERED &&
				this.#steps >= COUNTING
			) {
				verdict = SEQUENCE.interleaved;
				this.otherFrame = this.#lastFrame;
			}
			this.#before = this.#highest;
			this.#beforeTime = time;
		} else this.#steps++;
		this.#highest = number;
		this.#keep(number, hash, frame);
		return verdict;
	}

	#keep(number: number, hash: number, frame: number): void {
		this.#last[this.#next] = number;
		this.#last[this.#next + REORDERED] = hash;
		this.#last[this.#next + 2 * REORDERED] = frame;
		this.#next = (this.#next + 1) % REORDERED;
		this.#lastFrame = frame;
	}
}

/** A publisher's id, and who uses it. */
export class Publisher {
	host = "";
	/** Frame of its latest message from `host`. */
	frame = 0;
	#time = 0;
	#otherHost = "";
	#otherTime = 0;
	/** Frame of the other's latest message. */
	otherFrame = 0;

	/** A message from `host`; true where two hosts take turns. The other is then `previous`, its message `otherFrame`. */
	speaks(host: string, time: number, frame: number): boolean {
		let isShared = false;
		if (host !== this.host) {
			isShared = host === this.#otherHost && time - this.#otherTime <= SHARED;
			this.#otherHost = this.host;
			this.#otherTime = this.#time;
			this.otherFrame = this.frame;
			this.host = host;
		}
		this.#time = time;
		this.frame = frame;
		return isShared;
	}

	get previous(): string {
		return this.#otherHost;
	}
}

/** A writer group of a publisher: its sequence and how its messages are secured (0 not, 1 signed, 2 encrypted too). */
export class Group {
	readonly sequence = new Sequence();
	security = -1;
	frame = 0;
}

/** Names of the points of one writer, made once as far as there is room. */
export class PointNames {
	readonly prefix: string;
	readonly #byIndex: string[] = [];
	readonly #room: { names: number };

	constructor(prefix: string, room: { names: number }) {
		this.prefix = prefix;
		this.#room = room;
	}

	/** The point of the field at `index`. */
	at(index: number): string {
		const known = this.#byIndex[index];
		if (known !== undefined) return known;
		const name = `${this.prefix}${index}`;
		if (index === this.#byIndex.length && this.#room.names > 0) {
			this.#byIndex.push(name);
			this.#room.names--;
		}
		return name;
	}

	forget(): void {
		this.#room.names += this.#byIndex.length;
		this.#byIndex.length = 0;
	}
}

/** A writer: its sequence, and the names of its points. */
class Writer {
	readonly sequence = new Sequence();
	readonly names: PointNames;

	constructor(names: PointNames) {
		this.names = names;
	}
}

/** One field of a data set that was described (FieldMetaData, 6.2.3.2.4). */
export interface FieldMeta {
	readonly name: string;
	/** Built-in type. */
	readonly type: number;
	readonly valueRank: number;
	readonly maxStringLength: number;
	readonly arrayLength: number;
}

export interface MetaData {
	readonly name: string;
	readonly majorVersion: number;
	readonly minorVersion: number;
	readonly fields: readonly FieldMeta[];
	/** True until the names of its fields were said. */
	isNews: boolean;
}

/** A message of several chunks (7.2.4.4.4). */
class Unfinished {
	readonly bytes: Uint8Array;
	readonly time: number;
	/** Parts that are here: start and end, in order. */
	readonly parts: number[] = [];
	received = 0;
	chunks = 0;

	constructor(size: number, time: number) {
		this.bytes = new Uint8Array(size);
		this.time = time;
	}
}

/** A whole message made of parts. */
export interface Whole {
	readonly bytes: Uint8Array;
	readonly chunks: number;
}

export type Count = (what: string) => void;

export class PubSubMemory {
	readonly #publishers = new Map<string, Publisher>();
	readonly #groups = new Map<string, Group>();
	readonly #writers = new Map<string, Writer>();
	readonly #metaData = new Map<string, MetaData>();
	readonly #unfinished = new Map<string, Unfinished>();
	readonly #room = { names: NAMES };
	#metaFields = 0;
	#unfinishedBytes = 0;

	/** Keys begin with the receiver: a bridge between brokers repeats messages of others to another receiver. */
	publisher(key: string, count: Count): Publisher {
		return entry(this.#publishers, key, PUBLISHERS, () => new Publisher(), count, "publishers-bound");
	}

	group(key: string, count: Count): Group {
		return entry(this.#groups, key, GROUPS, () => new Group(), count, "groups-bound");
	}

	writer(key: string, prefix: string, count: Count): Writer {
		const make = () => new Writer(new PointNames(prefix, this.#room));
		return entry(this.#writers, key, WRITERS, make, count, "writers-bound", ({ names }) => names.forget());
	}

	metaData(key: string): MetaData | undefined {
		return this.#metaData.get(key);
	}

	/** Keeps a description, unless it is the one that is known. */
	describe(key: string, metaData: MetaData, count: Count): void {
		const known = this.#metaData.get(key);
		if (known !== undefined) {
			if (
				known.majorVersion === metaData.majorVersion &&
				known.minorVersion === metaData.minorVersion &&
				isSame(known.fields, metaData.fields)
			)
				return;
			this.#dropMetaData(key, known);
		}
		while (this.#metaData.size >= META_DATA || (this.#metaData.size > 0 && this.#metaFields + metaData.fields.length > META_FIELDS)) {
			const [oldest, given] = this.#metaData.entries().next().value!;
			this.#dropMetaData(oldest, given);
			count("meta-data-bound");
		}
		this.#metaData.set(key, metaData);
		this.#metaFields += metaData.fields.length;
	}

	#dropMetaData(key: string, metaData: MetaData): void {
		this.#metaData.delete(key);
		this.#metaFields -= metaData.fields.length;
	}

	/** Adds a chunk; the whole message where it was the last that was missing. */
	assemble(
		key: string,
		total: number,
		offset: number,
		bytes: Uint8Array,
		start: number,
		end: number,
		time: number,
		count: Count,
	): Whole | undefined {
		if (total > MAX_WHOLE) {
			count("chunked-message-too-long");
			return undefined;
		}
		let unfinished = this.#unfinished.get(key);
		if (
			unfinished !== undefined &&
			(unfinished.bytes.length !== total || time - unfinished.time > CHUNK_TIMEOUT || time < unfinished.time)
		) {
			this.#forget(key, unfinished);
			unfinished = undefined;
		}
		if (unfinished === undefined) {
			while (this.#unfinished.size >= UNFINISHED || (this.#unfinished.size > 0 && this.#unfinishedBytes + total > UNFINISHED_BYTES)) {
				const [oldest, given] = this.#unfinished.entries().next().value!;
				this.#forget(oldest, given);
				count("chunked-messages-bound");
			}
			unfinished = new Unfinished(total, time);
			this.#unfinished.set(key, unfinished);
			this.#unfinishedBytes += total;
		}
		const { parts } = unfinished;
		const length = end - start;
		// Parts come in order as a rule; one that overlaps another is left out.
		let place = parts.length;
		while (place > 0 && parts[place - 2]! > offset) place -= 2;
		if ((place > 0 && parts[place - 1]! > offset) || (place < parts.length && parts[place]! < offset + length)) {
			count("chunk-repeated");
			return undefined;
		}
		if (place > 0 && parts[place - 1] === offset) parts[place - 1] = offset + length;
		else if (parts.length >= MAX_HOLES) {
			count("chunk-holes-bound");
			return undefined;
		} else parts.splice(place, 0, offset, offset + length);
		unfinished.bytes.set(bytes.subarray(start, end), offset);
		unfinished.received += length;
		unfinished.chunks++;
		if (unfinished.received < total) return undefined;
		this.#forget(key, unfinished);
		return unfinished;
	}

	#forget(key: string, unfinished: Unfinished): void {
		this.#unfinished.delete(key);
		this.#unfinishedBytes -= unfinished.bytes.length;
	}
}

/** Ends of parts of one message that are not next to each other. */
const MAX_HOLES = 256;

function entry<T>(
	map: Map<string, T>,
	key: string,
	bound: number,
	make: () => T,
	count: Count,
	word: string,
	drop?: (given: T) => void,
): T {
	let found = map.get(key);
	if (found === undefined) {
		if (map.size >= bound) {
			const [oldest, given] = map.entries().next().value!;
			map.delete(oldest);
			drop?.(given);
			count(word);
		}
		found = make();
		map.set(key, found);
	}
	return found;
}

const isSame = (one: readonly FieldMeta[], other: readonly FieldMeta[]): boolean =>
	one.length === other.length && one.every(({ name, type }, index) => name === other[index]!.name && type === other[index]!.type);

const memories = new WeakMap<object, PubSubMemory>();

/** The memory of the engine that has this clock. */
export function pubSubMemoryOf(clock: object): PubSubMemory {
	let memory = memories.get(clock);
	if (memory === undefined) {
		memory = new PubSubMemory();
		memories.set(clock, memory);
	}
	return memory;
}
