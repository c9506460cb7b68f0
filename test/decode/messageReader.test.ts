/** Messages that say their own length: whole ones, foreign bytes between them, and one whose rest never comes. */
import { describe, expect, it } from "vitest";
import { MessageReader, type MessageUser, MORE, UNFINISHED } from "../../src/decode/messageReader.ts";
import { type Clock, PROBE } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** `m`, a digit that says how many letters follow, and these; a length of 9 there is not. */
function setUp() {
	const said: string[] = [];
	const clock: Clock = { time: 0, frame: 0 };
	const text = (bytes: Uint8Array, start: number, end: number) => String.fromCharCode(...bytes.subarray(start, end));
	const user: MessageUser = {
		soundness: PROBE.certain,
		lengthAt(bytes, at, end) {
			if (bytes[at] !== 0x6d) return -1;
			if (end - at < 2) return MORE;
			return bytes[at + 1] === 0x39 ? -2 : 2 + bytes[at + 1]! - 0x30;
		},
		probe(bytes, start, end) {
			const length = user.lengthAt(bytes, start, end);
			return length < 0 ? PROBE.mismatch : length === MORE ? PROBE.more : PROBE.certain;
		},
		message: (bytes, start, end, direction) => said.push(`${direction} ${text(bytes, start, end)}`),
		broken: (size, direction, why) => said.push(`${direction} ${size} broken ${why}`),
	};
	const reader = new MessageReader(user, clock);
	const left = ["", ""];
	/** As the dispatcher does: what was not used comes again. */
	const send = (direction: Direction, piece: string, time = 0) => {
		clock.time = time;
		const all = left[direction] + piece;
		const used = reader.data(bytesOf(`..${all}..`), 2, 2 + all.length, direction);
		left[direction] = all.slice(used);
	};
	return { reader, send, said, left };
}

describe("messages that say their length", () => {
	it("are read whole, in each direction, however they are cut", () => {
		const { send, said, left } = setUp();
		send(TO_SERVER, "m2abm1cm3d");
		send(TO_CLIENT, "m1x");
		send(TO_SERVER, "e");
		send(TO_SERVER, "fm0");
		expect(said).toEqual(["0 m2ab", "0 m1c", "1 m1x", "0 m3def", "0 m0"]);
		expect(left).toEqual(["", ""]);
	});

	it("are found behind bytes that are none, which are said once for a row of them, with the first reason", () => {
		const { send, said } = setUp();
		send(TO_SERVER, "m1a????");
		send(TO_SERVER, "??m9m1b");
		send(TO_SERVER, "m9m1c");
		expect(said).toEqual(["0 m1a", "0 4 broken -1", "0 m1b", "0 2 broken -2", "0 m1c"]);
	});

	it("are given up where their rest never came and a later segment begins with one", () => {
		const { send, said } = setUp();
		send(TO_SERVER, "m8abc", 0);
		send(TO_SERVER, "m1x", 3e6);
		expect(said).toEqual(["0 5 broken 0", "0 m1x"]);
		expect(UNFINISHED).toBe(0);
	});

	it("are not given up while they may still come, or where the segment begins with nothing", () => {
		const soon = setUp();
		soon.send(TO_SERVER, "m5abc", 0);
		soon.send(TO_SERVER, "m0", 1e6);
		expect(soon.said).toEqual(["0 m5abcm0"]);
		const late = setUp();
		late.send(TO_SERVER, "m5abc", 0);
		late.send(TO_SERVER, "xy", 9e6);
		expect(late.said).toEqual(["0 m5abcxy"]);
	});

	it("are not continued over lost bytes", () => {
		const { reader, send, said, left } = setUp();
		send(TO_SERVER, "m5ab");
		reader.gap(TO_SERVER);
		left[TO_SERVER] = "";
		send(TO_SERVER, "m1c");
		expect(said).toEqual(["0 m1c"]);
	});
});
