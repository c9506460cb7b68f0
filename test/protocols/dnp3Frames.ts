/** DNP3 messages written out, and the making of others. */
import { checksum } from "../../protocols/dnp3/wire.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import type { Sample } from "../contract/stream.ts";
import { hex, join } from "../support/decoderHarness.ts";

export const MASTER = 1;
export const OUTSTATION = 10;
/** PRM, unconfirmed user data; with DIR where a master sends. */
export const FROM_MASTER = 0xc4;
export const FROM_OUTSTATION = 0x44;

const withSum = (bytes: Uint8Array): Uint8Array => {
	const sum = checksum(bytes, 0, bytes.length);
	return join(bytes, Uint8Array.of(sum & 255, sum >> 8));
};

/** One frame: control, destination, source and user data, with all checksums. */
export function frame(control: number, destination: number, source: number, data: Uint8Array = new Uint8Array(0)): Uint8Array {
	const parts = [withSum(Uint8Array.of(5, 0x64, 5 + data.length, control, destination & 255, destination >> 8, source & 255, source >> 8))];
	for (let at = 0; at < data.length; at += 16) parts.push(withSum(data.subarray(at, at + 16)));
	return join(...parts);
}

/** A fragment in one segment; `text` is the application layer in hex. */
export const request = (text: string, outstation = OUTSTATION, master = MASTER): Uint8Array =>
	frame(FROM_MASTER, outstation, master, join(Uint8Array.of(0xc0), hex(text)));
export const response = (text: string, outstation = OUTSTATION, master = MASTER): Uint8Array =>
	frame(FROM_OUTSTATION, master, outstation, join(Uint8Array.of(0xc0), hex(text)));

/** A fragment in several segments, each in its frame, the first with sequence `first`. */
export function segments(bytes: Uint8Array, isFromMaster: boolean, size: number, first = 0): Uint8Array[] {
	const frames: Uint8Array[] = [];
	for (let at = 0; at < bytes.length; at += size) {
		const flags = (at === 0 ? 0x40 : 0) | (at + size >= bytes.length ? 0x80 : 0);
		const data = join(Uint8Array.of(flags | ((first + frames.length) & 63)), bytes.subarray(at, at + size));
		frames.push(isFromMaster ? frame(FROM_MASTER, OUTSTATION, MASTER, data) : frame(FROM_OUTSTATION, MASTER, OUTSTATION, data));
	}
	return frames;
}

const pair = (name: string, asked: string, answered: string): Sample[] => [
	{ name: `${name}, request`, bytes: request(asked), direction: TO_SERVER },
	{ name: `${name}, response`, bytes: response(answered), direction: TO_CLIENT },
];

/** 0 to 9 with flags, and an event with its time. */
const CLASS_DATA =
	"c0 81 0000 01 02 00 00 02 01 81 01 1e 01 00 00 01 01 10270000 01 f0d8ffff 14 05 00 00 00 07000000 28 02 00 03 03 01 6400 02 02 17 01 02 81 00e8764817 01";
/** A control relay output block: latch on, once, 100 ms. */
export const LATCH_ON = "0c 01 17 01 03 03 01 64000000 64000000 00";

/** Whole messages: polls, controls, writes, files, authentication, link frames. */
export const CONVERSATIONS: readonly (readonly Sample[])[] = [
	pair("poll of all classes", "c0 01 3c 02 06 3c 03 06 3c 04 06 3c 01 06", CLASS_DATA),
	pair("read of a range", "c1 01 1e 02 00 00 03", "c1 81 0002 1e 02 00 00 03 01 0100 01 0200 01 0300 21 0400"),
	[...pair("select", `c2 03 ${LATCH_ON}`, `c2 81 0000 ${LATCH_ON}`), ...pair("operate", `c3 04 ${LATCH_ON}`, `c3 81 0000 ${LATCH_ON}`)],
	pair("direct operate of an analog output", "c4 05 29 03 28 0100 0500 0000c841 00", "c4 81 0000 29 03 28 0100 0500 0000c841 0c"),
	[{ name: "direct operate without answer", bytes: request(`c5 06 ${LATCH_ON}`), direction: TO_SERVER }],
	pair("write of the time", "c6 02 32 01 07 01 00e876481701", "c6 81 0000"),
	pair("write of the restart bit", "c7 02 50 01 00 07 07 00", "c7 81 0000"),
	pair("cold restart", "c8 0d", "c8 81 8000 34 02 07 01 e803"),
	pair("stop of an application", "c9 12 5a 01 5b 01 0300 706c63", "c9 81 0001"),
	pair(
		"open file",
		"ca 19 46 03 5b 01 1e00 1a00 0400 000000000000 0000 00000000 00000000 0100 0004 0100 612e6366",
		"ca 81 0000 46 04 5b 01 0d00 01000000 00010000 0004 0100 00",
	),
	pair("session key status", "cb 20 78 04 07 01 0100", "cb 83 0000 78 05 5b 01 0f00 01000000 0100 01 01 04 0400 deadbeef"),
	[
		{ name: "unsolicited response", bytes: response("f0 82 0000 02 01 28 0100 0300 81"), direction: TO_CLIENT },
		{ name: "confirm", bytes: request("d0 00"), direction: TO_SERVER },
	],
	[
		{ name: "request of the link status", bytes: frame(0xc9, OUTSTATION, MASTER), direction: TO_SERVER },
		{ name: "link status", bytes: frame(0x0b, MASTER, OUTSTATION), direction: TO_CLIENT },
	],
];
