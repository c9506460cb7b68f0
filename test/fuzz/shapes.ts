/**
 * Shapes of single protocols for the measuring of cost: lists, nesting, references and lengths as bad as the specification lets them be. What every protocol has in common is in
 * `cost.ts`; a protocol without an entry here is measured by that.
 */
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { acknowledge, hello, message, openRequest, openResponse, Writer } from "../protocols/opcuaMessages.ts";
import { type Conversation, STEP, type Step } from "./conversation.ts";

/** Makes a conversation of about so many bytes. */
export type Shape = (size: number) => Conversation;

export const piece = (bytes: Uint8Array, direction: Direction = TO_SERVER): Step => ({ kind: STEP.bytes, direction, wait: 0, bytes });

/** Bytes in pieces of one length. */
export function pieces(bytes: Uint8Array, length: number, direction: Direction = TO_SERVER): Step[] {
	const steps: Step[] = [];
	for (let at = 0; at < bytes.length; at += length) steps.push(piece(bytes.subarray(at, at + length), direction));
	return steps;
}

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));

/** Bytes of one OPC UA chunk: the least that stacks have to take (Part 6, 7.1.2.3), so that there are many. */
const CHUNK = 8_000;
/** Part 6, 5.2.2.16: encodings of a Variant that is a list of Variants, of ExtensionObjects. */
const VARIANTS = 0x98;
const EXTENSION_OBJECTS = 0x96;
const NESTING = 90;

/** A WriteRequest of one item up to its Variant. */
const writing = (): Writer => new Writer().id(673).requestHeader(1).u32(1).id(85).u32(13).string(null).u8(1);

/** Behind an open channel, so many messages that they have `size` bytes. */
function opened(size: number, make: (request: number) => Step[]): Conversation {
	const steps = [piece(hello()), piece(acknowledge(), TO_CLIENT), piece(openRequest()), piece(openResponse(), TO_CLIENT)];
	for (let request = 2, bytes = 0; bytes < size; request++) {
		const own = make(request);
		for (const { bytes: some } of own) bytes += some.length;
		steps.push(...own);
	}
	return steps;
}

/** A Read of a data type, and the answer: a structure that holds a list of itself and is encoded as `ns=2;s=E`. */
function recursiveStructure(request: number): Step[] {
	const asked = new Writer().id(631).requestHeader(1).f64(0).u32(2).u32(1).node("T").u32(23).string(null).u16(0).string(null);
	const field = new Writer().string("children").u8(0).node("T").u32(1).u32(0xffffffff).u32(0).u8(0).bytes();
	const definition = new Writer().node("E").id(22).u32(0).u32(1).raw(field).bytes();
	const answer = new Writer().id(634).responseHeader(1).u32(1).u8(1, 22).id(122).u8(1).string(definition).u32(0xffffffff);
	return [piece(message(asked.bytes(), { request })), piece(message(answer.bytes(), { request }), TO_CLIENT)];
}

const opcua: readonly [name: string, shape: Shape][] = [
	[
		"structures of the server's own in one another, lists of them, and such that do not fit",
		(size) => {
			let deep = new Writer().u32(1_000).raw(new Uint8Array(4_000)).bytes();
			for (let level = 0; level < NESTING - 2; level++) deep = new Writer().u32(1).raw(deep).bytes();
			const body = writing().u8(EXTENSION_OBJECTS).u32(200);
			for (let index = 0; index < 199; index++) body.node("E").u8(1).u32(4).u32(1);
			body.node("E").u8(1).string(deep);
			return opened(size, (request) => (request === 2 ? recursiveStructure(request) : [piece(message(body.bytes(), { request }))]));
		},
	],
	[
		"messages without a session, with as many namespaces as fit",
		(size) => {
			const body = new Writer()
				.id(15903)
				.u32(0)
				.u32(CHUNK)
				.raw(new Uint8Array(CHUNK * 4))
				.u32(0)
				.u32(0)
				.u32(629);
			body.requestHeader(1).f64(0).u32(2).u32(100);
			for (let index = 0; index < 100; index++) body.node("Level").u32(13).string(null).u16(0).string(null);
			return opened(size, (request) => [piece(message(body.bytes(), { request }))]);
		},
	],
	[
		"one Write in many chunks, 64 bytes at a time",
		(size) => {
			const body = writing().u8(15).string(new Uint8Array(size)).bytes();
			const chunks = times(Math.ceil(body.length / CHUNK), (index) => {
				const isLast = (index + 1) * CHUNK >= body.length;
				return message(body.subarray(index * CHUNK, (index + 1) * CHUNK), {
					type: isLast ? "MSGF" : "MSGC",
					request: 2,
					sequence: index + 2,
				});
			});
			return opened(1, () => chunks.flatMap((chunk) => pieces(chunk, 64)));
		},
	],
	[
		"lists of Variants in lists of Variants",
		(size) => {
			const deep = times(NESTING, () => [VARIANTS, 1, 0, 0, 0]).flat();
			const body = writing().u8(VARIANTS).u32(10);
			for (let index = 0; index < 10; index++) body.u8(...deep, 0);
			return opened(size, (request) => [piece(message(body.bytes(), { request }))]);
		},
	],
	[
		"lists of empty Variants",
		(size) => {
			const body = writing().u8(VARIANTS).u32(CHUNK).raw(new Uint8Array(CHUNK)).bytes();
			return opened(size, (request) => [piece(message(body, { request }))]);
		},
	],
	[
		"lists of structures whose bodies do not fit",
		(size) => {
			const body = writing().u8(EXTENSION_OBJECTS).u32(500);
			for (let index = 0; index < 500; index++) body.id(333).u8(1).u32(1).u8(0);
			return opened(size, (request) => [piece(message(body.bytes(), { request }))]);
		},
	],
	[
		"Writes of very many items",
		(size) => {
			const body = new Writer().id(673).requestHeader(1).u32(1_000);
			for (let index = 0; index < 1_000; index++)
				body
					.u8(0, index & 255)
					.u32(13)
					.string(null)
					.u8(1, 3, 7);
			return opened(size, (request) => [piece(message(body.bytes(), { request }))]);
		},
	],
];

/** A name of the greatest length, then answers that are pointers to it, over as many hops as are followed. */
function pointers(): Uint8Array {
	const bytes = [0, 1, 0x80, 0, 0, 1, 0, 64, 0, 0, 0, 0];
	for (const length of [63, 63, 63, 61]) bytes.push(length, ...times(length, () => 0x61));
	bytes.push(0, 0, 12, 0, 1);
	let last = 12;
	for (let answer = 0; answer < 64; answer++) {
		const here = bytes.length;
		bytes.push(0xc0 | (last >> 8), last & 255, 0, 12, 0, 1, 0, 0, 0, 9, 0, 2, 0xc0 | (here >> 8), here & 255);
		if (answer % 8 !== 7) last = here;
		else last = 12;
	}
	return Uint8Array.from(bytes);
}

const dns = (front: readonly number[], step: (bytes: Uint8Array) => Step[]): [name: string, shape: Shape] => [
	"answers that are names behind names",
	(size) => {
		const bytes = Uint8Array.from([...front, ...pointers()]);
		return times(Math.ceil(size / bytes.length), () => step(bytes)).flat();
	},
];

/** An answer of function 43/14 with as many objects as one can have, all empty. */
const identification = Uint8Array.from([
	...[0, 1, 0, 0, 0, 248, 1, 43, 14, 3, 0x83, 0, 0, 120],
	...times(120, (object) => [object, 0]).flat(),
]);

export const SHAPES: Readonly<Record<string, readonly [name: string, shape: Shape][]>> = {
	"modbus over tcp": [
		[
			"identifications of many empty objects, byte by byte",
			(size) => times(Math.ceil(size / identification.length), () => pieces(identification, 1, TO_CLIENT)).flat(),
		],
	],
	"opcua over tcp": opcua,
	"dns over tcp": [dns([pointers().length >> 8, pointers().length & 255], (bytes) => pieces(bytes, 1, TO_CLIENT))],
	"dns over udp": [dns([], (bytes) => [piece(bytes, TO_CLIENT)])],
};
