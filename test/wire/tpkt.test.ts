/** ISO transport on TCP with the bytes written out: packets, parameters of connections, messages in parts, and what is found again after bytes that make no sense. */
import { describe, expect, it } from "vitest";
import { MORE, NONE, packetAt, parametersOf, senderIn, TransportReader, type TransportUser } from "../../src/wire/tpkt.ts";
import { hex, join } from "../support/decoderHarness.ts";

/** A request from selector 0100 to 0102, with a TPDU size of 1024. */
const REQUEST = hex("0300 0016 11 e0 0000 0001 00 c0010a c1020100 c2020102");
const CONFIRMATION = hex("0300 0016 11 d0 0001 0002 00 c0010a c1020100 c2020102");
const WHOLE = hex("0300 0009 02 f0 80 aa 01");
const FIRST = hex("0300 0009 02 f0 00 aa 02");
const LAST = hex("0300 0008 02 f0 80 03");
const EMPTY = hex("0300 0007 02 f0 80");

/** Messages begin with aa. */
class User implements TransportUser {
	readonly said: string[] = [];
	begins(bytes: Uint8Array, start: number, end: number): boolean {
		return end <= start || bytes[start] === 0xaa;
	}
	message(bytes: Uint8Array, start: number, end: number): void {
		this.said.push(Buffer.from(bytes.subarray(start, end)).toString("hex"));
	}
	control(code: number): void {
		this.said.push(`control ${code.toString(16)}`);
	}
	broken(what: string): void {
		this.said.push(what);
	}
}

/** What is said of bytes that come in pieces of this size. */
function read(bytes: Uint8Array, size = bytes.length): string[] {
	const user = new User();
	const reader = new TransportReader(user);
	let left = new Uint8Array(0);
	for (let at = 0; at < bytes.length; at += size) {
		const all = join(left, bytes.subarray(at, at + size));
		const used = reader.data(all, 0, all.length, 0);
		expect(used).toBeGreaterThanOrEqual(0);
		expect(used).toBeLessThanOrEqual(all.length);
		left = all.slice(used);
	}
	return user.said;
}

describe("a packet", () => {
	it("is known by its header and what fits to it", () => {
		for (const one of [REQUEST, CONFIRMATION, WHOLE, FIRST, EMPTY]) expect(packetAt(one, 0, one.length)).toBe(one.length);
		for (const end of [0, 1, 3, 6]) expect([end, packetAt(WHOLE, 0, end)]).toEqual([end, MORE]);
		expect(packetAt(REQUEST, 0, 7)).toBe(REQUEST.length);
	});

	it.each([
		["another version", "0200 0009 02 f0 80 aa01"],
		["a reserved byte that is set", "0301 0009 02 f0 80 aa01"],
		["a length that is too short", "0300 0006 02 f0 80 aa01"],
		["a length that is too long", "0300 2005 02 f0 80 aa01"],
		["an indicator that data do not have", "0300 0009 03 f0 80 aa01"],
		["a request whose indicator does not fit", "0300 0016 10 e0 0000 0001 00"],
		["a code that is none", "0300 0009 02 30 80 aa01"],
	])("is none with %s", (_, text) => {
		const bytes = hex(text);
		expect(packetAt(bytes, 0, bytes.length)).toBe(NONE);
	});

	it("of a connection has parameters, which may not overrun it", () => {
		const { calling, called, size } = parametersOf(REQUEST, 0, REQUEST.length)!;
		expect([size, [...REQUEST.subarray(...calling)], [...REQUEST.subarray(...called)]]).toEqual([1024, [1, 0], [1, 2]]);
		const cut = hex("0300 000e 09 e0 0000 0001 00 c1050100");
		expect(parametersOf(cut, 0, cut.length)).toBeUndefined();
	});

	it("tells who sent it", () => {
		const by = (...packets: Uint8Array[]) => {
			const bytes = join(...packets);
			return senderIn(bytes, 0, bytes.length, (all, start) => (all[start] === 0xaa ? "server" : undefined));
		};
		expect([by(REQUEST), by(CONFIRMATION), by(WHOLE), by(EMPTY, WHOLE), by(LAST), by(EMPTY), by(hex("47455420"))]).toEqual([
			"client",
			"server",
			"server",
			"server",
			undefined,
			undefined,
			undefined,
		]);
		// Somebody who sends empty packets for ever is not followed for ever.
		expect(by(...Array<Uint8Array>(8).fill(EMPTY), WHOLE)).toBeUndefined();
	});
});

describe("a connection", () => {
	const conversation = join(REQUEST, WHOLE, EMPTY, FIRST, LAST, WHOLE);
	const said = ["control e0", "aa01", "aa0203", "aa01"];

	it("gives whole messages, however its bytes are cut", () => {
		for (let size = 1; size <= conversation.length; size++) expect([size, read(conversation, size)]).toEqual([size, said]);
	});

	it("finds its packets again after bytes that make no sense, and says so once", () => {
		const foreign = hex("00112233 445566778899");
		for (const size of [1, 3, 100])
			expect([size, read(join(WHOLE, foreign, WHOLE, WHOLE), size)]).toEqual([size, ["aa01", "foreign", "aa01", "aa01"]]);
	});

	it("forgets a part whose end was lost", () => {
		const user = new User();
		const reader = new TransportReader(user);
		reader.data(FIRST, 0, FIRST.length, 0);
		reader.gap(0);
		reader.data(WHOLE, 0, WHOLE.length, 0);
		expect(user.said).toEqual(["aa01"]);
	});

	it("keeps no more of a message in parts than it may", () => {
		const part = join(hex("0300 1007 02 f0 00 aa"), new Uint8Array(4095));
		const parts = join(...Array<Uint8Array>(20).fill(part), LAST, WHOLE);
		expect(read(parts)).toEqual(["long", "aa01"]);
	});
});
