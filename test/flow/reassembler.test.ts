import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { HOLE_TIME, HOLE_TIME_BLIND, MAX_HELD_BYTES, MAX_HELD_SEGMENTS, MAX_HELD_TOTAL } from "../../src/flow/reassembler.ts";
import { ethernet, FLAG, ipv4, tcp } from "../wire/frameBuilder.ts";
import { Connection, Listener } from "./listener.ts";

function connect(options: ConstructorParameters<typeof Connection>[1] = {}) {
	const listener = new Listener();
	const connection = new Connection(listener, options);
	return { listener, connection, table: listener.table, counters: listener.table.counters };
}

describe("a stream", () => {
	it("is delivered in order, from the handshake to the end", () => {
		const { listener, connection } = connect();
		connection.handshake();
		connection.toServer("ask");
		connection.toClient("answer", { ack: 3 });
		connection.toServer("", { seq: 3, ack: 6, flags: FLAG.fin | FLAG.ack });
		connection.toClient("", { seq: 6, ack: 4, flags: FLAG.fin | FLAG.ack });
		connection.toServer("", { seq: 4, ack: 7 });
		expect(listener.said()).toEqual(["opened #1", "data #1 to server ask", "data #1 to client answer", "closed #1"]);
		expect(listener.table.size).toBe(0);
	});

	it("goes through zero of the sequence numbers", () => {
		const { listener, connection } = connect({ clientStart: 0xffff_fffd, serverStart: 0x7fff_fffe });
		connection.handshake();
		connection.toServer("abcdef");
		connection.toServer("jkl", { seq: 9 });
		connection.toServer("ghi", { seq: 6 });
		connection.toClient("mnopqr", { ack: 12 });
		expect(listener.stream(TO_SERVER)).toBe("abcdefghijkl");
		expect(listener.stream(TO_CLIENT)).toBe("mnopqr");
	});

	it("joined in the middle starts with the first payload, and never before it", () => {
		const { listener, connection } = connect();
		connection.toClient("", { seq: 100, ack: 500 });
		connection.toServer("def", { seq: 503, ack: 100 });
		connection.toServer("abc", { seq: 500, ack: 100 });
		connection.toServer("ghi", { seq: 506, ack: 100 });
		expect(listener.stream(TO_SERVER)).toBe("defghi");
	});

	it("with only one direction to see is delivered all the same", () => {
		const { listener, connection } = connect();
		for (let i = 0; i < 20; i++) connection.toServer("abcd", { seq: 4 * i, ack: 10 * i });
		expect(listener.stream(TO_SERVER)).toBe("abcd".repeat(20));
		expect(listener.said("data")).toEqual(["opened #1"]);
	});

	it("carries the bytes of a SYN if the answer takes them, and only then", () => {
		const taken = connect();
		taken.connection.toServer("fast", { seq: -1, flags: FLAG.syn });
		expect(taken.listener.stream(TO_SERVER)).toBe("");
		taken.connection.toClient("", { seq: -1, ack: 4, flags: FLAG.syn | FLAG.ack });
		taken.connection.toServer("er", { seq: 4 });
		expect(taken.listener.stream(TO_SERVER)).toBe("faster");
		const refused = connect();
		refused.connection.toServer("fake", { seq: -1, flags: FLAG.syn });
		refused.connection.toClient("", { seq: -1, ack: 0, flags: FLAG.syn | FLAG.ack });
		refused.connection.toServer("true");
		expect(refused.listener.said("opened")).toEqual(["data #1 to server true"]);
		const unheard = connect();
		unheard.connection.toServer("fake", { seq: -1, flags: FLAG.syn });
		unheard.table.flush();
		expect(unheard.listener.said()).toEqual(["opened #1", "closed #1"]);
		expect(unheard.table.heldBytes).toBe(0);
	});
});

describe("out of order", () => {
	it("waits for what is missing", () => {
		const { listener, connection, table, counters } = connect();
		connection.handshake();
		connection.toServer("ef", { seq: 4 });
		connection.toServer("cd", { seq: 2 });
		expect(listener.stream(TO_SERVER)).toBe("");
		expect(table.heldBytes).toBe(4);
		connection.toServer("ab", { seq: 0 });
		expect(listener.stream(TO_SERVER)).toBe("abcdef");
		expect(table.heldBytes).toBe(0);
		expect(counters).toMatchObject({ outOfOrder: 2, gaps: 0, conflicts: 0 });
	});

	it("joins overlapping pieces, each byte from its first copy", () => {
		const { listener, connection, counters } = connect();
		connection.handshake();
		connection.toServer("EFGH", { seq: 4 });
		connection.toServer("CDEFGHIJ", { seq: 2 });
		connection.toServer("ABCD", { seq: 0 });
		expect(listener.stream(TO_SERVER)).toBe("ABCDEFGHIJ");
		expect(counters.conflicts).toBe(0);
	});

	it("uses the first copy of conflicting pieces and says so", () => {
		const { listener, connection } = connect();
		connection.handshake();
		connection.toServer("EF", { seq: 4 });
		connection.toServer("ABCDxyGH", { seq: 0 });
		expect(listener.stream(TO_SERVER)).toBe("ABCDEFGH");
		expect(listener.said("opened", "data")).toEqual(["overlap-conflict #1 to server"]);
	});
});

describe("sent again", () => {
	it("is dropped", () => {
		const { listener, connection, counters } = connect();
		connection.handshake();
		connection.toServer("abc");
		connection.toServer("abc", { after: 300_000 });
		connection.toServer("def", { seq: 3 });
		expect(listener.stream(TO_SERVER)).toBe("abcdef");
		expect(counters).toMatchObject({ retransmittedBytes: 3, conflicts: 0 });
	});

	it("is trimmed where a part is new", () => {
		const { listener, connection, counters } = connect();
		connection.handshake();
		connection.toServer("abc");
		connection.toServer("bcdef", { seq: 1 });
		expect(listener.stream(TO_SERVER)).toBe("abcdef");
		expect(counters).toMatchObject({ retransmittedBytes: 2, overlaps: 1, conflicts: 0 });
	});

	it("with other content is a conflict: an injected answer and the genuine one", () => {
		const { listener, connection } = connect();
		connection.handshake();
		connection.toServer("read");
		connection.toClient("forged!", { ack: 4 });
		connection.toClient("genuine answer", { ack: 4, after: 300 });
		connection.toServer("next", { seq: 4, ack: 14 });
		expect(listener.said("opened")).toEqual([
			"data #1 to server read",
			"data #1 to client forged!",
			"overlap-conflict #1 to client",
			"data #1 to client  answer",
			"data #1 to server next",
		]);
	});

	it("is compared over several messages back, with other boundaries", () => {
		const { listener, connection } = connect();
		connection.handshake();
		for (const [index, text] of ["one ", "two ", "three"].entries()) connection.toClient(text, { seq: 4 * index });
		connection.toClient("one two th", { seq: 0 });
		expect(listener.said("opened", "data")).toEqual([]);
		connection.toClient("one two tX", { seq: 0 });
		expect(listener.said("opened", "data")).toEqual(["overlap-conflict #1 to client"]);
	});

	it("as a probe that keeps the connection alive is nothing", () => {
		const { listener, connection, counters } = connect();
		connection.handshake();
		connection.toServer("abc");
		connection.toServer("\0", { seq: 2, after: 60_000_000 });
		connection.toServer("", { seq: 2, after: 60_000_000 });
		connection.toServer("def", { seq: 3 });
		expect(listener.said("opened")).toEqual(["data #1 to server abc", "data #1 to server def"]);
		expect(counters.retransmittedBytes).toBe(0);
	});

	it("as a probe of a closed window is the byte that it is", () => {
		const { listener, connection } = connect();
		connection.handshake();
		connection.toServer("abc");
		connection.toServer("d", { seq: 3, after: 500_000 });
		connection.toServer("defg", { seq: 3, after: 500_000 });
		expect(listener.said("opened")).toEqual(["data #1 to server abc", "data #1 to server d", "data #1 to server efg"]);
	});
});

describe("a hole", () => {
	it("is given up when the other side acknowledges beyond it", () => {
		const { listener, connection, counters } = connect();
		connection.handshake();
		connection.toServer("ab");
		connection.toServer("ef", { seq: 4 });
		connection.toClient("", { ack: 2 });
		expect(listener.stream(TO_SERVER)).toBe("ab");
		connection.toClient("", { ack: 6 });
		expect(listener.stream(TO_SERVER)).toBe("ab__ef");
		expect(counters).toMatchObject({ gaps: 1, lostBytes: 2 });
	});

	it("acknowledged in part is given up in part", () => {
		const { listener, connection } = connect();
		connection.handshake();
		connection.toServer("gh", { seq: 6 });
		connection.toClient("", { ack: 3 });
		connection.toServer("def", { seq: 3 });
		expect(listener.stream(TO_SERVER)).toBe("___defgh");
	});

	it("acknowledged before it is seen is given up at once", () => {
		const { listener, connection } = connect();
		connection.handshake();
		connection.toClient("", { ack: 6 });
		connection.toServer("ef", { seq: 4 });
		expect(listener.stream(TO_SERVER)).toBe("____ef");
	});

	it("at the end is given up before the answer that acknowledges it", () => {
		const { listener, connection } = connect();
		connection.handshake();
		connection.toClient("answer", { ack: 12 });
		expect(listener.said("opened")).toEqual(["gap #1 to server 12", "data #1 to client answer"]);
	});

	it("known from an answer alone is filled if the bytes come after all", () => {
		const { listener, connection, counters } = connect();
		connection.handshake();
		connection.toClient("answer", { ack: 3 });
		connection.toServer("askmore", { ack: 6 });
		expect(listener.said("opened")).toEqual(["gap #1 to server 3", "data #1 to client answer", "data #1 to server askmore"]);
		expect(counters.lateBytes).toBe(3);
	});

	it("of one number is rather a FIN that was not seen", () => {
		const { listener, connection } = connect();
		connection.handshake();
		connection.toClient("bye", { ack: 1 });
		expect(listener.said("opened")).toEqual(["data #1 to client bye"]);
	});

	it("is given up after a while where acknowledgments are not to be seen", () => {
		const { listener, connection, table } = connect();
		connection.toServer("ab");
		connection.toServer("ef", { seq: 4 });
		table.advance(listener.time + HOLE_TIME_BLIND - 1000);
		expect(listener.stream(TO_SERVER)).toBe("ab");
		table.advance(listener.time + HOLE_TIME_BLIND + 100_000);
		expect(listener.stream(TO_SERVER)).toBe("ab__ef");
	});

	it("waits longer where they are seen and do not cover it", () => {
		const { listener, connection, table } = connect();
		connection.handshake();
		connection.toServer("ab");
		connection.toServer("ef", { seq: 4 });
		connection.toClient("", { ack: 2 });
		const since = listener.time;
		table.advance(since + HOLE_TIME_BLIND + 100_000);
		expect(listener.stream(TO_SERVER)).toBe("ab");
		table.advance(since + HOLE_TIME + 100_000);
		expect(listener.stream(TO_SERVER)).toBe("ab__ef");
	});

	it("does not become one while the stream goes on before it: a segment forged ahead", () => {
		const { listener, connection, table } = connect();
		connection.handshake();
		connection.toServer("EVIL", { seq: 40 });
		for (let i = 0; i < 10; i++) {
			connection.toServer("good", { seq: 4 * i, ack: 0, after: 900_000 });
			connection.toClient("", { ack: 4 * (i + 1) });
			table.advance(listener.time);
		}
		connection.toServer("good", { seq: 40 });
		expect(listener.stream(TO_SERVER)).toBe(`${"good".repeat(10)}EVIL`);
		expect(listener.said("opened", "data")).toEqual(["overlap-conflict #1 to server"]);
	});

	it("is what a cut frame leaves", () => {
		const { listener, connection } = connect();
		connection.handshake();
		connection.toServer("abcdef", { cut: 2 });
		connection.toServer("ghi", { seq: 6 });
		connection.toServer("mnopqr", { seq: 12, cut: 6 });
		connection.toServer("jkl", { seq: 9 });
		expect(listener.stream(TO_SERVER)).toBe("abcd__ghijkl______");
	});

	it("is given up when too much waits behind it, by segments and by bytes", () => {
		const many = connect();
		many.connection.handshake();
		for (let i = 1; i <= MAX_HELD_SEGMENTS + 1; i++) many.connection.toServer("x", { seq: 2 * i });
		expect(many.listener.stream(TO_SERVER).startsWith("__x")).toBe(true);
		expect(many.counters.heldOverflows).toBeGreaterThan(0);
		const big = connect();
		big.connection.handshake();
		const block = "y".repeat(10_000);
		for (let i = 0; i <= MAX_HELD_BYTES / block.length; i++) big.connection.toServer(block, { seq: 5 + block.length * i });
		expect(big.listener.stream(TO_SERVER).startsWith("_____yyy")).toBe(true);
		expect(big.table.heldBytes).toBe(0);
	});

	it("of many flows together is bounded too", () => {
		const listener = new Listener({ maxFlows: 1024 });
		const segment = (sequence: number, length: number) =>
			ethernet(0x0800, ipv4(6, tcp(new Array(length).fill(0x7a), { sequence }), { fragment: 0x4000 }));
		const first = segment(0, 1);
		const later = segment(2, 60_000);
		for (let port = 1; port <= 200; port++) {
			for (const bytes of [first, later]) {
				bytes[35] = port;
				listener.frame(bytes, { after: 1000 });
			}
			expect(listener.table.heldBytes).toBeLessThanOrEqual(MAX_HELD_TOTAL);
		}
		expect(listener.table.counters.heldOverflows).toBeGreaterThan(0);
		listener.table.flush();
		expect(listener.table.heldBytes).toBe(0);
		expect(listener.stream(TO_SERVER).length).toBe(200 * 60_002);
	});

	it("is delivered with what waits when the flow ends", () => {
		const { listener, connection, table } = connect();
		connection.handshake();
		connection.toServer("cd", { seq: 2 });
		connection.toServer("gh", { seq: 6 });
		table.flush();
		expect(listener.said("opened")).toEqual([
			"gap #1 to server 2",
			"data #1 to server cd",
			"gap #1 to server 2",
			"data #1 to server gh",
			"closed #1",
		]);
	});
});

describe("the end", () => {
	it("by a reset is immediate, and what trails behind opens nothing", () => {
		const { listener, connection } = connect();
		connection.handshake();
		connection.toServer("abc");
		connection.toServer("", { seq: 3, flags: FLAG.rst });
		connection.toClient("too late", { ack: 3 });
		connection.toClient("", { seq: 8, flags: FLAG.fin | FLAG.ack });
		connection.toServer("", { seq: 3, flags: FLAG.rst });
		expect(listener.said()).toEqual(["opened #1", "data #1 to server abc", "closed #1"]);
	});

	it.each<[string, boolean, (connection: Connection) => void]>([
		["the server's, while it is in use", true, (connection) => connection.toClient("", { seq: 3, ack: 3, flags: FLAG.rst | FLAG.ack })],
		["the client's", false, (connection) => connection.toServer("", { seq: 3, flags: FLAG.rst })],
		[
			"the server's, once the client is done",
			false,
			(connection) => {
				connection.toServer("", { seq: 3, ack: 3, flags: FLAG.fin | FLAG.ack });
				connection.toClient("", { seq: 3, ack: 4, flags: FLAG.rst | FLAG.ack });
			},
		],
		[
			"none",
			false,
			(connection) => {
				connection.toServer("", { seq: 3, ack: 3, flags: FLAG.fin | FLAG.ack });
				connection.toClient("", { seq: 3, ack: 4, flags: FLAG.fin | FLAG.ack });
				connection.toServer("", { seq: 4, ack: 4 });
			},
		],
	])("is said to be a reset of the server, or not: %s", (_, isReset, end) => {
		const { listener, connection } = connect();
		connection.handshake();
		connection.toServer("abc");
		connection.toClient("def", { ack: 3 });
		end(connection);
		expect(listener.said().at(-1)).toBe("closed #1");
		const { isResetByServer, isReversed } = listener.flows.get(1)!;
		expect([isResetByServer, isReversed]).toEqual([isReset, false]);
	});

	it("by a reset that does not fit is none", () => {
		const { listener, connection, counters } = connect();
		connection.handshake();
		connection.toServer("abc");
		connection.toServer("", { seq: 500, flags: FLAG.rst });
		connection.toServer("def", { seq: 3 });
		expect(listener.said()).toEqual(["opened #1", "data #1 to server abc", "data #1 to server def"]);
		expect(counters.strays).toBe(1);
	});

	it("by the reset of a closed port closes a flow that was only asked for", () => {
		const { listener, connection } = connect();
		connection.toServer("", { seq: -1, flags: FLAG.syn });
		connection.toClient("", { seq: -connection.serverStart, ack: 0, flags: FLAG.rst | FLAG.ack });
		expect(listener.said()).toEqual(["opened #1", "closed #1"]);
	});

	it("waits for bytes that precede a FIN", () => {
		const { listener, connection } = connect();
		connection.handshake();
		connection.toClient("", { flags: FLAG.fin | FLAG.ack });
		connection.toServer("cd", { seq: 2, flags: FLAG.fin | FLAG.ack });
		expect(listener.said()).toEqual(["opened #1"]);
		connection.toServer("ab");
		expect(listener.said()).toEqual(["opened #1", "data #1 to server ab", "data #1 to server cd", "closed #1"]);
	});

	it("is not that of one side while the other still sends", () => {
		const { listener, connection } = connect();
		connection.handshake();
		connection.toServer("ask", { flags: FLAG.fin | FLAG.ack });
		connection.toServer("ask", { flags: FLAG.fin | FLAG.ack, after: 400_000 });
		connection.toClient("long ", { ack: 4 });
		connection.toClient("answer", { seq: 5, ack: 4, flags: FLAG.fin | FLAG.ack });
		connection.toServer("", { seq: 4, ack: 12 });
		expect(listener.said()).toEqual([
			"opened #1",
			"data #1 to server ask",
			"data #1 to client long ",
			"data #1 to client answer",
			"closed #1",
		]);
	});

	it("forged by a FIN does not stop the stream", () => {
		const { listener, connection } = connect();
		connection.handshake();
		connection.toServer("", { flags: FLAG.fin | FLAG.ack });
		connection.toServer("still here");
		connection.toClient("so am I", { ack: 10 });
		expect(listener.said()).toEqual(["opened #1", "data #1 to server still here", "data #1 to client so am I"]);
	});

	it("forged altogether costs an exchange: the stream goes on as another flow", () => {
		const { listener, connection } = connect();
		connection.handshake();
		connection.toServer("", { flags: FLAG.rst });
		for (let i = 0; i < 4; i++) {
			connection.toServer("ask ", { seq: 4 * i, ack: 3 * i });
			connection.toClient("yes", { seq: 3 * i, ack: 4 * (i + 1) });
		}
		expect(listener.said("opened", "closed").at(-1)).toBe("data #2 to client yes");
		expect(listener.stream(TO_SERVER, 2)).toBe("ask ask ask ");
	});
});

describe("the same ports again", () => {
	it("after the end are another flow", () => {
		const { listener, connection } = connect();
		connection.handshake();
		connection.toServer("one");
		connection.toServer("", { seq: 3, flags: FLAG.rst });
		const again = new Connection(listener, { clientStart: 700_000, serverStart: 900_000 });
		again.handshake();
		again.toServer("two");
		expect(listener.said()).toEqual(["opened #1", "data #1 to server one", "closed #1", "opened #2", "data #2 to server two"]);
	});

	it("within a live flow count once the SYN is answered", () => {
		const { listener, connection } = connect();
		connection.handshake();
		connection.toServer("one");
		const again = new Connection(listener, { clientStart: 700_000, serverStart: 900_000 });
		again.handshake();
		again.toServer("two");
		again.toClient("yes", { ack: 3 });
		expect(listener.said()).toEqual([
			"opened #1",
			"data #1 to server one",
			"closed #1",
			"opened #2",
			"data #2 to server two",
			"data #2 to client yes",
		]);
		expect(listener.flows.get(2)).toMatchObject({ sawHandshake: true, client: { port: 40000 }, server: { port: 502 } });
	});

	it("count although the device starts with the same number each time", () => {
		const { listener, connection } = connect();
		for (const text of ["one", "two"]) {
			connection.handshake();
			connection.toServer(text);
			connection.toClient("yes", { ack: 3 });
		}
		expect(listener.said("opened", "closed")).toEqual([
			"data #1 to server one",
			"data #1 to client yes",
			"data #2 to server two",
			"data #2 to client yes",
		]);
	});

	it("count once bytes follow where the answer is not to be seen", () => {
		const { listener } = connect();
		const first = new Connection(listener);
		first.handshake();
		first.toServer("one");
		const again = new Connection(listener, { clientStart: 700_000 });
		again.toServer("", { seq: -1, flags: FLAG.syn });
		again.toServer("two");
		expect(listener.said("opened")).toEqual(["data #1 to server one", "closed #1", "data #2 to server two"]);
	});

	it("asked for by a forged SYN change nothing", () => {
		const { listener, connection } = connect();
		connection.handshake();
		connection.toServer("one");
		new Connection(listener, { clientStart: 700_000 }).toServer("", { seq: -1, flags: FLAG.syn });
		connection.toClient("", { ack: 3 });
		connection.toServer("two", { seq: 3 });
		expect(listener.said()).toEqual(["opened #1", "data #1 to server one", "data #1 to server two"]);
	});

	it("are followed without a SYN when both sides agree that the stream is elsewhere", () => {
		const { listener, connection } = connect();
		connection.handshake();
		connection.toServer("one");
		const again = new Connection(listener, { clientStart: 0xa000_0000, serverStart: 0xb000_0000 });
		for (let i = 0; i < 4; i++) {
			again.toServer("ask", { seq: 3 * i, ack: 3 * i });
			again.toClient("yes", { seq: 3 * i, ack: 3 * (i + 1) });
		}
		expect(listener.stream(TO_SERVER, 2).endsWith("askask")).toBe(true);
		expect(listener.stream(TO_CLIENT, 2).endsWith("yesyes")).toBe(true);
	});

	it("are not left for forged segments far away", () => {
		const { listener, connection, counters } = connect();
		connection.handshake();
		const forged = new Connection(listener, { clientStart: 0xa000_0000 });
		for (let i = 0; i < 5; i++) {
			forged.toServer("EVIL", { seq: 4 * i });
			connection.toServer("good", { seq: 4 * i, ack: 2 * i });
			connection.toClient("ok", { seq: 2 * i, ack: 4 * (i + 1) });
		}
		expect(listener.stream(TO_SERVER)).toBe("good".repeat(5));
		expect(listener.stream(TO_CLIENT)).toBe("ok".repeat(5));
		expect(counters.strays).toBe(5);
	});

	it("are the same flow after a large loss ahead", () => {
		const { listener, connection } = connect();
		connection.handshake();
		connection.toServer("one");
		const far = 5 << 20;
		connection.toServer("two", { seq: far });
		connection.toClient("", { ack: far + 3 });
		connection.toServer("three", { seq: far + 3 });
		expect(listener.said("opened")).toEqual(["data #1 to server one", `gap #1 to server ${far + 3 - 3}`, "data #1 to server three"]);
	});
});

it("an acknowledgment forged far ahead costs a message, not the flow", () => {
	const { listener, connection } = connect();
	connection.handshake();
	connection.toServer("ask ");
	connection.toClient("EVIL", { ack: 60_000 });
	for (let i = 1; i < 6; i++) {
		connection.toServer("ask ", { seq: 4 * i, ack: 3 * i });
		connection.toClient("yes", { seq: 3 * i, ack: 4 * (i + 1) });
	}
	expect(listener.stream(TO_SERVER).replaceAll("_", "")).toBe("ask ".repeat(6));
});

describe("any stream", () => {
	/** A text cut into segments, each some time later, possibly again and with other boundaries. */
	const plan = fc.record({
		text: fc.string({ minLength: 1, maxLength: 400, unit: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz") }),
		cuts: fc.array(fc.nat(400), { maxLength: 25 }),
		delays: fc.array(fc.nat(12), { minLength: 30, maxLength: 30 }),
		again: fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 1, max: 60 }), fc.nat(40)), { maxLength: 12 }),
		start: fc.constantFrom(1000, 0xffff_ffff, 0xffff_ff80, 0x7fff_fff0),
		drops: fc.array(fc.nat(25), { maxLength: 6 }),
	});
	const segmentsOf = (text: string, cuts: number[]) => {
		const edges = [...new Set([0, text.length, ...cuts.map((cut) => cut % (text.length + 1))])].sort((a, b) => a - b);
		return edges.slice(0, -1).map((from, index) => ({ from, to: edges[index + 1]! }));
	};

	it("comes out once and in order, however it is cut, shuffled, repeated and overlapped", () => {
		fc.assert(
			fc.property(plan, ({ text, cuts, delays, again, start }) => {
				const { listener, connection, table, counters } = connect({ clientStart: start });
				connection.handshake();
				const sent = segmentsOf(text, cuts).map(({ from, to }, index) => ({ from, to, at: index + (delays[index] ?? 0) }));
				for (const [from, length, at] of again) {
					const begin = from % text.length;
					sent.push({ from: begin, to: Math.min(begin + length, text.length), at });
				}
				sent.sort((a, b) => a.at - b.at);
				for (const { from, to } of sent) connection.toServer(text.slice(from, to), { seq: from });
				table.flush();
				expect(listener.stream(TO_SERVER)).toBe(text);
				expect(counters).toMatchObject({ gaps: 0, conflicts: 0 });
				expect(table.heldBytes).toBe(0);
			}),
			{ numRuns: 400 },
		);
	});

	it("has gaps of just what was lost", () => {
		fc.assert(
			fc.property(plan, ({ text, cuts, delays, start, drops }) => {
				const { listener, connection, table, counters } = connect({ clientStart: start });
				connection.handshake();
				const segments = segmentsOf(text, cuts);
				const isLost = (index: number) => index < segments.length - 1 && drops.includes(index);
				const expected = segments.map(({ from, to }, index) => (isLost(index) ? "_".repeat(to - from) : text.slice(from, to))).join("");
				const sent = segments
					.map(({ from, to }, index) => ({ from, to, index, at: index + (delays[index] ?? 0) }))
					.filter(({ index }) => !isLost(index))
					.sort((a, b) => a.at - b.at);
				for (const { from, to } of sent) connection.toServer(text.slice(from, to), { seq: from });
				table.flush();
				expect(listener.stream(TO_SERVER)).toBe(expected);
				expect(counters.lostBytes).toBe([...expected].filter((letter) => letter === "_").length);
				expect(table.heldBytes).toBe(0);
			}),
			{ numRuns: 400 },
		);
	});

	it("of segments without sense never throws, and every flow that opens closes", () => {
		const near = fc.oneof(
			fc.integer({ min: -50, max: 200 }),
			fc.constantFrom(-70_000, 70_000, 2_000_000, -2_000_000, 0x4000_0000, -0x4000_0000),
		);
		const segment = fc.record({
			isClient: fc.boolean(),
			text: fc.string({ maxLength: 40, unit: fc.constantFrom("x", "y") }),
			seq: near,
			ack: near,
			flags: fc.nat(31),
			after: fc.constantFrom(0, 50, 1000, 200_000, 1_500_000, 70_000_000),
			cut: fc.nat(50),
		});
		fc.assert(
			fc.property(fc.array(segment, { maxLength: 60 }), (segments) => {
				const { listener, connection, table } = connect();
				for (const { isClient, text, ...options } of segments) {
					if (isClient) connection.toServer(text, options);
					else connection.toClient(text, options);
				}
				table.flush();
				expect(table.size).toBe(0);
				expect(table.heldBytes).toBe(0);
				const open = new Set<number>();
				for (const { what, flow, bytes, lost } of listener.events) {
					if (what === "opened") open.add(flow);
					else expect(open.has(flow)).toBe(true);
					if (what === "closed") open.delete(flow);
					if (what === "data") expect(bytes!.length).toBeGreaterThan(0);
					if (what === "gap") expect(lost).toBeGreaterThan(0);
				}
				expect(open.size).toBe(0);
			}),
			{ numRuns: 600 },
		);
	});
});
