/**
 * What the lines of one engine remember: the last value of each point, and device identifications that came in several messages. It is written when a line
 * is made, never where none is: the way of a packet does not know it.
 */
import type { Clock, DecoderContext } from "../../src/decode/protocol.ts";
import type { ModbusObservation } from "./observation.ts";

/** Points of one table side by side. */
const PAGE = 256;
/** Pages at most: a million points, 12 MiB. What no page is left for has no previous value. */
const MAX_PAGES = 4096;
/** Devices whose identification is being put together; then the oldest gives way. */
const MAX_DEVICES = 256;

/** 256 points of one table: their values, -1 where never seen, and when they were last seen, microseconds. */
class Page {
	readonly raw = new Int32Array(PAGE).fill(-1);
	readonly time = new Float64Array(PAGE);
}

/** The objects of a device, as far as they have come. */
interface Identification {
	/** The observation that was added last, so that a line and an operation of the same one add it once. */
	time: number;
	frame: number;
	transactionId: number;
	/** The object that the next part begins with; -1 where the device has said all. */
	next: number;
	parts: number;
	objects: Map<number, string>;
}

type Context = DecoderContext<ModbusObservation>;

/** A device identification as far as it has come; `next` is -1 where it is whole. */
export interface Identified {
	readonly next: number;
	readonly parts: number;
	readonly objects: ReadonlyMap<number, string>;
}

class Memory {
	readonly #pages = new Map<string, Page>();
	readonly #devices = new Map<string, Identification>();

	/** The page of a point; undefined where there is none and none may be made. */
	page(context: Context, unit: number, space: number, address: number): Page | undefined {
		const key = `${deviceOf(context, unit)} ${space} ${address >> 8}`;
		let page = this.#pages.get(key);
		if (page === undefined) {
			if (this.#pages.size >= MAX_PAGES) {
				context.count("values-full");
				return undefined;
			}
			page = new Page();
			this.#pages.set(key, page);
		}
		return page;
	}

	/** Adds a part of a device identification. */
	identify(
		context: Context,
		{ time, frame, transactionId, unitId }: ModbusObservation,
		objects: readonly { id: number; value: string }[],
		next: number,
	): Identified {
		const key = deviceOf(context, unitId);
		let device = this.#devices.get(key);
		if (device?.time !== time || device.frame !== frame || device.transactionId !== transactionId) {
			// A part that is not the awaited one begins anew.
			if (device === undefined || device.next < 0 || objects[0]?.id !== device.next) {
				device = { time, frame, transactionId, next, parts: 0, objects: new Map() };
				this.#devices.delete(key);
				if (this.#devices.size >= MAX_DEVICES) {
					context.count("identifications-full");
					for (const oldest of this.#devices.keys()) {
						this.#devices.delete(oldest);
						break;
					}
				}
				this.#devices.set(key, device);
			}
			Object.assign(device, { time, frame, transactionId, next, parts: device.parts + 1 });
			// At most 256 objects, each of at most 245 bytes.
			for (const { id, value } of objects) device.objects.set(id, value);
		}
		return device;
	}
}

const deviceOf = ({ flow }: Context, unit: number): string => `${flow.server.ip} ${flow.server.port} ${unit}`;

/** By the engine's one clock. */
const memories = new WeakMap<Readonly<Clock>, Memory>();

export function memoryOf({ clock }: Context): Memory {
	let memory = memories.get(clock);
	if (memory === undefined) {
		memory = new Memory();
		memories.set(clock, memory);
	}
	return memory;
}

/** What a value was before. */
export interface Change {
	address: number;
	raw: number | boolean;
	previous: number | boolean;
	/** Of bits, true is 1. */
	delta: number;
	ageMs: number;
}

/** Values of consecutive points beside what was remembered of them; null where nothing was. */
export interface Comparison {
	previous: (number | boolean | null)[];
	/** Milliseconds since each was last seen. */
	ageMs: (number | null)[];
	changes: Change[];
	isKnown: boolean;
}

/** Compares consecutive values with those remembered. */
export function compare(
	o: ModbusObservation,
	space: number,
	address: number,
	values: Uint16Array,
	count: number,
	isBit: boolean,
): Comparison {
	const comparison: Comparison = { previous: [], ageMs: [], changes: [], isKnown: false };
	const { context } = o;
	if (context === undefined) return comparison;
	const memory = memoryOf(context);
	const shown = (raw: number): number | boolean => (isBit ? raw === 1 : raw);
	let page: Page | undefined;
	for (let index = 0; index < count && address + index < 0x10000; index++) {
		const at = address + index;
		if (index === 0 || at % PAGE === 0) page = memory.page(context, o.unitId, space, at);
		const before = page?.raw[at % PAGE] ?? -1;
		if (before < 0) {
			comparison.previous.push(null);
			comparison.ageMs.push(null);
			continue;
		}
		const raw = values[index]!;
		const ageMs = (o.time - page!.time[at % PAGE]!) / 1000;
		comparison.isKnown = true;
		comparison.previous.push(shown(before));
		comparison.ageMs.push(ageMs);
		if (raw !== before) comparison.changes.push({ address: at, raw: shown(raw), previous: shown(before), delta: raw - before, ageMs });
	}
	return comparison;
}

/** Remembers consecutive values. */
export function remember(o: ModbusObservation, space: number, address: number, values: Uint16Array, count: number): void {
	const { context } = o;
	if (context === undefined) return;
	const memory = memoryOf(context);
	let page: Page | undefined;
	for (let index = 0; index < count && address + index < 0x10000; index++) {
		const at = address + index;
		if (index === 0 || at % PAGE === 0) page = memory.page(context, o.unitId, space, at);
		if (page === undefined) continue;
		page.raw[at % PAGE] = values[index]!;
		page.time[at % PAGE] = o.time;
	}
}
