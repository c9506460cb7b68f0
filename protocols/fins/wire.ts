/**
 * A FINS frame (W227, 3-3; W342, 5-1-1): ten octets of header, the command code, and text; in an answer the end code stands in front of the text. Over UDP a datagram is one frame. Over TCP
 * (W421, 7-4) a header of its own stands in front: "FINS", the length of what follows it, a command and an error code. All numbers are big-endian.
 */
import { MORE } from "../../src/decode/messageReader.ts";
import { u8, u16, u32 } from "../../src/wire/bytes.ts";
import { COMMANDS } from "./codes.ts";

export const PORT = 9600;

/** From the beginning of a frame. */
export const FRAME = {
	icf: 0,
	reserved: 1,
	gatewayCount: 2,
	destinationNetwork: 3,
	destinationNode: 4,
	destinationUnit: 5,
	sourceNetwork: 6,
	sourceNode: 7,
	sourceUnit: 8,
	sid: 9,
	command: 10,
	text: 12,
	endCode: 12,
	answerText: 14,
} as const;

/** Bits of ICF: the frame may pass gateways; it is an answer; nobody is to answer. The others are zero. */
export const ICF = { gateway: 0x80, answer: 0x40, silent: 0x01, reserved: 0x3e } as const;
/** A count of gateways that may still be passed: 2, or 7 between newer ones. */
const MAX_GATEWAYS = 7;
const MAX_NETWORK = 0x7f;
/** A node address that means all nodes of the network. */
export const ALL_NODES = 0xff;

/** End code (W342, 5-1-3): a gateway says it, the CPU unit has an error beside that does, or does not, stop it. */
export const END = { relay: 0x8000, flags: 0x00c0, code: 0x7f3f } as const;

/** From the beginning of a message over TCP. */
export const TCP = { magic: 0, length: 4, command: 8, error: 12, body: 16 } as const;
/** What the length counts beside the body, and the octets in front of it. */
const COUNTED = 8;
const UNCOUNTED = 8;
const MAGIC_OCTETS = [0x46, 0x49, 0x4e, 0x53] as const;
/** The text of a frame has 2,000 octets at most (W342, 5-1-1); a relayed one some more. */
const MAX_FRAME = 2048;
export const MAX_MESSAGE = UNCOUNTED + COUNTED + MAX_FRAME;

export const TCP_COMMAND = { clientNode: 0, serverNode: 1, frame: 2, error: 3, confirm: 6 } as const;

/** Whether a FINS header and a command code stand at `start`, whole. */
export function isFrame(bytes: Uint8Array, start: number, end: number): boolean {
	if (end - start < FRAME.text || end - start > MAX_FRAME) return false;
	const icf = u8(bytes, start);
	if ((icf & ICF.reserved) !== 0 || (icf & ICF.gateway) === 0 || u8(bytes, start + FRAME.reserved) !== 0) return false;
	if (u8(bytes, start + FRAME.gatewayCount) > MAX_GATEWAYS) return false;
	if (u8(bytes, start + FRAME.destinationNetwork) > MAX_NETWORK || u8(bytes, start + FRAME.sourceNetwork) > MAX_NETWORK) return false;
	return (icf & ICF.answer) === 0 || end - start >= FRAME.answerText;
}

export const isAnswer = (bytes: Uint8Array, start: number): boolean => (u8(bytes, start) & ICF.answer) !== 0;
export const isKnown = (bytes: Uint8Array, start: number): boolean => COMMANDS.has(u16(bytes, start + FRAME.command));

/** Answers of `messageAt` beside MORE. Lengths are positive. */
export const NONE = -1;
/** "FINS", and a length that no message has. */
export const BROKEN = -2;

/** The length of the message over TCP that begins at `at`. */
export function messageAt(bytes: Uint8Array, at: number, end: number): number {
	const there = end - at;
	for (let index = 0; index < MAGIC_OCTETS.length && index < there; index++) if (u8(bytes, at + index) !== MAGIC_OCTETS[index]) return NONE;
	if (there < TCP.command) return MORE;
	const length = u32(bytes, at + TCP.length);
	return length < COUNTED || length > COUNTED + MAX_FRAME ? BROKEN : UNCOUNTED + length;
}
