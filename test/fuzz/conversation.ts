/** What the fuzzer gives to a decoder: pieces in both directions, with the time between them, lost bytes and new connections. */
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";

export const STEP = {
	/** A segment, a datagram, a frame. */
	bytes: 0,
	/** Bytes of this direction are lost. */
	gap: 1,
	/** This connection ends and another one begins on the protocol's own port. */
	connect: 2,
	/** The same on a port that says nothing. */
	connectElsewhere: 3,
} as const;
export type StepKind = (typeof STEP)[keyof typeof STEP];

export interface Step {
	readonly kind: StepKind;
	readonly direction: Direction;
	/** Microseconds since the step before; below zero where the clock was set back. */
	readonly wait: number;
	readonly bytes: Uint8Array;
}

/** Steps from the beginning of a connection on the protocol's own port. */
export type Conversation = readonly Step[];

export const NO_BYTES = new Uint8Array(0);

export const sizeOf = (conversation: Conversation): number => conversation.reduce((sum, { bytes }) => sum + bytes.length, 0);

const HEAD = 16; // kind, direction, two bytes of nothing, length, wait

/** Writes a conversation into `out`; returns the bytes used, or 0 where there is no room. */
export function encode(conversation: Conversation, out: Uint8Array): number {
	const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
	let at = 0;
	for (const { kind, direction, wait, bytes } of conversation) {
		if (at + HEAD + bytes.length > out.length) return 0;
		view.setUint8(at, kind);
		view.setUint8(at + 1, direction);
		view.setUint32(at + 4, bytes.length);
		view.setFloat64(at + 8, wait);
		out.set(bytes, at + HEAD);
		at += HEAD + bytes.length;
	}
	return at;
}

/** Reads what `encode` wrote. */
export function decode(from: Uint8Array): Conversation {
	const view = new DataView(from.buffer, from.byteOffset, from.byteLength);
	const steps: Step[] = [];
	for (let at = 0; at + HEAD <= from.length; ) {
		const length = view.getUint32(at + 4);
		steps.push({
			kind: view.getUint8(at) as StepKind,
			direction: view.getUint8(at + 1) as Direction,
			wait: view.getFloat64(at + 8),
			bytes: from.slice(at + HEAD, at + HEAD + length),
		});
		at += HEAD + length;
	}
	return steps;
}

const KIND_NAMES = ["bytes", "gap", "connect", "connectElsewhere"] as const;

/** A find, as it stands in test/regressions. */
export interface Find {
	readonly protocol: string;
	readonly carrier: string;
	/** What was broken, in the words of the rule. */
	readonly rule: string;
	readonly conversation: Conversation;
}

/** Text with a line a step: JSON lines, the first one says what it is. */
export function findText({ protocol, carrier, rule, conversation }: Find): string {
	const lines: unknown[] = [{ protocol, carrier, rule }];
	for (const { kind, direction, wait, bytes } of conversation) {
		lines.push({
			step: KIND_NAMES[kind],
			to: direction === TO_SERVER ? "server" : "client",
			...(wait !== 0 && { wait }),
			...(bytes.length > 0 && { bytes: Buffer.from(bytes).toString("hex") }),
		});
	}
	return `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`;
}

/** Reads what `findText` wrote. */
export function readFind(text: string): Find {
	const [head, ...steps] = text
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line) as Record<string, unknown>);
	const { protocol, carrier, rule } = head as unknown as Find;
	const conversation: Conversation = (steps as { step: (typeof KIND_NAMES)[number]; to: string; wait?: number; bytes?: string }[]).map(
		(step) => ({
			kind: KIND_NAMES.indexOf(step.step) as StepKind,
			direction: step.to === "server" ? TO_SERVER : TO_CLIENT,
			wait: step.wait ?? 0,
			bytes: new Uint8Array(Buffer.from(step.bytes ?? "", "hex")),
		}),
	);
	return { protocol, carrier, rule, conversation };
}
