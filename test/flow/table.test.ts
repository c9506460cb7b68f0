import { describe, expect, it } from "vitest";
import { type Flow, ROLE, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { FlowTable, IDLE_LONE, IDLE_TCP, IDLE_UDP } from "../../src/flow/table.ts";
import { PacketParser } from "../../src/wire/parser.ts";
import { ethernet, FLAG, frameOf, ipv4, ipv6, tcp, udp } from "../wire/frameBuilder.ts";
import { Connection, datagram, endpoint, Listener } from "./listener.ts";

describe("who is the server", () => {
	const open = (flags: number, from: number, to: number) => {
		const listener = new Listener();
		listener.frame(ethernet(0x0800, ipv4(6, tcp([1], { flags, from, to }))));
		const flow = listener.flows.get(1)!;
		return { client: flow.client.port, role: flow.role, sawHandshake: flow.sawHandshake, direction: listener.events[1]?.direction };
	};
	it("is said by the handshake, whatever the ports", () => {
		expect(open(FLAG.syn, 502, 40000)).toMatchObject({ client: 502, role: ROLE.handshake, sawHandshake: true });
		expect(open(FLAG.syn | FLAG.ack, 40000, 502)).toMatchObject({ client: 502, role: ROLE.handshake, sawHandshake: false });
	});
	it("else by a known port, else by a port below 1024, else by who spoke first", () => {
		expect(open(FLAG.ack, 20000, 900)).toMatchObject({ client: 900, role: ROLE.port, direction: TO_CLIENT });
		expect(open(FLAG.ack, 40000, 20000)).toMatchObject({ client: 40000, role: ROLE.port, direction: TO_SERVER });
		expect(open(FLAG.ack, 80, 40000)).toMatchObject({ client: 40000, role: ROLE.port });
		expect(open(FLAG.ack, 502, 20000)).toMatchObject({ client: 20000, role: ROLE.port });
		expect(open(FLAG.ack, 4000, 3000)).toMatchObject({ client: 4000, role: ROLE.firstSender, direction: TO_SERVER });
	});
	it("of datagrams likewise", () => {
		const listener = new Listener();
		listener.frame(datagram("answer", { from: 53, to: 40000 }));
		listener.frame(datagram("x", { from: 47808, to: 47808 }));
		expect([...listener.flows.values()].map((flow) => flow.client.port)).toEqual([40000, 47808]);
		expect(listener.said("opened")).toEqual(["datagram #1 to client answer", "datagram #2 to server x"]);
	});
	it("is corrected by who knows better, from then on", () => {
		const listener = new Listener();
		const connection = new Connection(listener, { serverPort: 9000 });
		connection.toClient("early");
		const flow = listener.flows.get(1)!;
		expect(endpoint(flow.client)).toBe("10.0.0.2:9000");
		listener.onData = (known) => {
			if (known.role < ROLE.protocol) known.swap(ROLE.protocol);
		};
		connection.toClient("later", { seq: 5 });
		expect(endpoint(flow.client)).toBe("10.0.0.1:40000");
		connection.toServer("ask");
		connection.toClient("answer", { seq: 10, ack: 3 });
		expect(listener.said("opened")).toEqual([
			"data #1 to server early",
			"data #1 to server later",
			"data #1 to server ask",
			"data #1 to client answer",
		]);
		expect(flow.packets).toEqual([1, 3]);
		expect(flow.bytes).toEqual([3, 16]);
		flow.confirm(ROLE.handshake);
		expect(flow.role).toBe(ROLE.protocol);
	});
});

describe("a flow", () => {
	it("says when, where and how much", () => {
		const listener = new Listener();
		const connection = new Connection(listener);
		connection.toServer("", { seq: -1, flags: FLAG.syn, vlan: 7 });
		const flow = listener.flows.get(1)!;
		expect(flow.isConversation).toBe(false);
		connection.toClient("", { seq: -1, flags: FLAG.syn | FLAG.ack });
		expect(flow.isConversation).toBe(false);
		connection.toServer("", {});
		connection.toServer("abc", { cut: 2 });
		connection.toClient("", { ack: 3, mac: "02:00:00:00:00:0c" });
		expect(flow).toMatchObject({
			id: 1,
			transport: "tcp",
			vlan: 7,
			firstFrame: 1,
			lastFrame: 5,
			packets: [3, 2],
			bytes: [3, 0],
			isConversation: true,
			sawHandshake: true,
			role: ROLE.handshake,
		});
		expect(flow.lastTime - flow.firstTime).toBe(4000);
		expect(flow.client).toMatchObject({ ip: "10.0.0.1", port: 40000, mac: "02:00:00:00:00:0a" });
		expect(flow.server).toMatchObject({ ip: "10.0.0.2", port: 502, mac: "02:00:00:00:00:0c" });
	});

	it("has no MAC address for a side that is silent, or that writes zeros", () => {
		const listener = new Listener();
		new Connection(listener).toServer("abc", { mac: "00:00:00:00:00:00" });
		expect(listener.flows.get(1)!.client.mac).toBeUndefined();
		expect(listener.flows.get(1)!.server.mac).toBeUndefined();
	});

	it("is the same with and without a VLAN tag, and in both directions", () => {
		const listener = new Listener();
		const connection = new Connection(listener);
		connection.toServer("ask", { vlan: 3 });
		connection.toClient("answer", { ack: 3 });
		expect(listener.table.size).toBe(1);
	});

	it("is another for other addresses, ports, transports and families", () => {
		const listener = new Listener();
		listener.frame(datagram("a"));
		listener.frame(datagram("a", { source: "10.0.0.3" }));
		listener.frame(datagram("a", { destination: "10.0.0.3" }));
		listener.frame(datagram("a", { from: 40001 }));
		listener.frame(datagram("a", { from: 53, to: 40000 }));
		listener.frame(ethernet(0x0800, ipv4(6, tcp([], { from: 40000, to: 53 }))));
		const six = (source: string, from: number, to: number, destination = "0:0:0:0:0:0:0a00:2") =>
			ethernet(0x86dd, ipv6(17, udp([1], { from, to }), { source, destination }));
		listener.frame(six("0:0:0:0:0:0:0a00:1", 40000, 53));
		listener.frame(six("0:1:0:0:0:0:0a00:1", 40000, 53));
		listener.frame(six("0:0:0:0:0:0:0a00:2", 53, 40000, "0:0:0:0:0:0:0a00:1"));
		expect(listener.table.counters.flows).toBe(8);
		expect(listener.flows.get(8)!.client.ip).toBe("0:1::a00:1");
		expect(listener.said("opened").at(-1)).toBe("datagram #7 to client \u0001");
	});

	it("with itself has one direction", () => {
		const listener = new Listener();
		for (let id = 1; id < 4; id++) listener.frame(datagram("x", { from: 99, to: 99, source: "10.0.0.1", destination: "10.0.0.1", id }));
		expect(listener.flows.get(1)!.packets).toEqual([3, 0]);
	});

	it("hands on empty and cut datagrams as they are", () => {
		const listener = new Listener();
		listener.frame(datagram(""));
		listener.frame(datagram("abc", { id: 2 }), { cut: 1 });
		expect(listener.said("opened")).toEqual(["datagram #1 to server", "datagram #1 to server ab cut"]);
	});

	it("is not made by other protocols, by resets, or by the end of something", () => {
		const listener = new Listener();
		listener.frame(ethernet(0x0800, ipv4(1, [8, 0, 0, 0])));
		listener.frame(ethernet(0x0800, ipv4(6, tcp([], { flags: FLAG.rst }))));
		listener.frame(ethernet(0x0800, ipv4(6, tcp([], { flags: FLAG.fin | FLAG.ack }))));
		expect(listener.events).toEqual([]);
		expect(listener.table.counters.otherPackets).toBe(3);
	});

	it("every frame of which comes twice is delivered once", () => {
		const listener = new Listener();
		const connection = new Connection(listener);
		for (let turn = 0; turn < 5; turn++) {
			for (const copy of [0, 1])
				connection.toServer("ask", {
					seq: 3 * turn,
					ack: 6 * turn,
					id: 2 * turn + 1,
					after: copy ? 4 : 1000,
					...(copy ? { vlan: 9 } : {}),
				});
			for (const copy of [0, 1])
				connection.toClient("answer", { seq: 6 * turn, ack: 3 * turn + 3, id: 2 * turn + 1, after: copy ? 4 : 1000 });
		}
		expect(listener.stream(TO_SERVER)).toBe("ask".repeat(5));
		expect(listener.stream(TO_CLIENT)).toBe("answer".repeat(5));
		expect(listener.flows.get(1)!.packets).toEqual([5, 5]);
		expect(listener.intake.duplicates.counters.duplicates).toBe(10);
		expect(listener.table.counters.retransmittedBytes).toBe(0);
	});
});

describe("time", () => {
	it("closes what is silent for long, by kind", () => {
		const listener = new Listener();
		listener.frame(datagram("one-sided"));
		listener.frame(datagram("ask", { from: 1, to: 2 }));
		listener.frame(datagram("answer", { from: 2, to: 1, source: "10.0.0.2", destination: "10.0.0.1" }));
		const connection = new Connection(listener);
		connection.handshake();
		const since = listener.time;
		const closed: number[][] = [];
		for (const after of [
			IDLE_LONE - 6_000_000,
			IDLE_LONE + 6_000_000,
			IDLE_UDP + 31_000_000,
			IDLE_TCP - 31_000_000,
			IDLE_TCP + 31_000_000,
		]) {
			// in steps, as frames would bring it
			for (let now = listener.time; now <= since + after; now += 1_000_000) listener.table.advance(now);
			listener.time = since + after;
			closed.push(listener.events.filter(({ what }) => what === "closed").map(({ flow }) => flow));
		}
		expect(closed).toEqual([[], [1], [1, 2], [1, 2], [1, 2, 3]]);
		expect(listener.table.size).toBe(0);
	});

	it("keeps what is used", () => {
		const listener = new Listener();
		for (let id = 1; id < 20; id++) listener.frame(datagram("x", { id }), { after: IDLE_LONE - 1_000_000 });
		expect(listener.said("datagram")).toEqual(["opened #1"]);
	});

	it("that is set back or jumps ahead stops nothing", () => {
		const listener = new Listener();
		const connection = new Connection(listener);
		connection.handshake();
		connection.toServer("one");
		listener.frame(datagram("from the future"), { after: 3e15 });
		connection.toServer("two", { seq: 3, after: -3e15 });
		connection.toServer("three", { seq: 6 });
		expect(listener.stream(TO_SERVER, 1) + listener.stream(TO_SERVER, 3)).toContain("onetwothree");
		for (let now = listener.time; now < listener.time + 2 * IDLE_LONE; now += 1_000_000) listener.table.advance(now);
		expect(listener.flows.get(2)!.isConversation).toBe(false);
		expect(listener.said().filter((line) => line === "closed #2")).toHaveLength(1);
	});
});

describe("bounds", () => {
	it("the slots of a small table serve thousands of flows", () => {
		const listener = new Listener({ maxFlows: 16 });
		for (let port = 1; port <= 3000; port++) {
			listener.frame(datagram("x", { from: port, to: 60000 }));
			expect(listener.table.size).toBeLessThanOrEqual(4);
		}
		listener.table.flush();
		expect(listener.events.filter(({ what }) => what === "closed")).toHaveLength(3000);
		expect(listener.table.counters).toMatchObject({ flows: 3000, flowsEvicted: 2996, conversationsEvicted: 0 });
	});

	it("conversations give way to others only when nothing else is left, the unused first", () => {
		const listener = new Listener({ maxFlows: 8 });
		const talk = (port: number) => {
			listener.frame(datagram("ask", { from: port, to: 60000, id: ++id }));
			listener.frame(datagram("yes", { from: 60000, to: port, source: "10.0.0.2", destination: "10.0.0.1", id: ++id }));
		};
		let id = 0;
		for (let port = 1; port <= 8; port++) talk(port);
		expect(listener.table.size).toBe(8);
		talk(1);
		talk(9);
		expect(listener.said("opened", "datagram")).toEqual(["closed #2"]);
		expect(listener.table.counters.conversationsEvicted).toBe(1);
	});

	it("slots and text are clean when used again", () => {
		const listener = new Listener({ maxFlows: 2 });
		let kept: Flow | undefined;
		for (let port = 1; port <= 4; port++) {
			listener.frame(datagram("x", { from: 60000 + port, to: 60000, source: `10.0.0.${port}` }));
			const flow = listener.flows.get(port)!;
			if (kept !== undefined) expect(flow).toBe(kept);
			kept = flow;
			expect(endpoint(flow.client)).toBe(`10.0.0.${port}:${60000 + port}`);
			expect(flow.decoding).toBeUndefined();
			expect(flow.packets).toEqual([1, 0]);
			flow.decoding = port;
		}
	});

	it("a flood of a million SYNs from forged addresses, with the answers, blinds nothing and costs bounded memory", {
		timeout: 120_000,
	}, () => {
		const delivered: number[] = [];
		const closed: number[] = [];
		let opened = 0;
		const polled = { id: 0 };
		const table = new FlowTable(
			{
				opened: (flow) => {
					if (opened++ === 0) polled.id = flow.id;
				},
				data: (flow, bytes, start) => {
					if (flow.id === polled.id) delivered.push(bytes[start]!);
				},
				gap: () => delivered.push(-1),
				datagram: () => {},
				anomaly: () => {},
				closed: (flow) => {
					if (flow.id === polled.id) closed.push(flow.id);
				},
			},
			{ serverPorts: new Set([502]), seed: 1 },
		);
		const parser = new PacketParser();
		let frames = 0;
		const play = (bytes: number[]) => {
			const frame = frameOf(bytes);
			return {
				send(time: number): void {
					frame.number = ++frames;
					frame.time = 1_700_000_000_000_000 + time;
					parser.parse(frame);
					table.packet(parser.packet, frame);
				},
				bytes: frame.bytes,
			};
		};
		const host = (last: number) => `10.0.0.${last}`;
		const client = { source: host(1), destination: host(2) };
		const server = { source: host(2), destination: host(1) };
		play(ethernet(0x0800, ipv4(6, tcp([], { flags: FLAG.syn, sequence: 99 }), client))).send(0);
		play(
			ethernet(0x0800, ipv4(6, tcp([], { from: 502, to: 40000, flags: FLAG.syn | FLAG.ack, sequence: 499, acknowledgment: 100 }), server)),
		).send(100);
		play(ethernet(0x0800, ipv4(6, tcp([], { sequence: 100, acknowledgment: 500 }), client))).send(200);
		const syn = play(
			ethernet(0x0800, ipv4(6, tcp([], { from: 1024, to: 502, flags: FLAG.syn }), { source: "1.0.0.0", destination: host(2) })),
		);
		const answer = play(
			ethernet(0x0800, ipv4(6, tcp([], { from: 502, to: 1024, flags: FLAG.syn | FLAG.ack }), { source: host(2), destination: "1.0.0.0" })),
		);
		const forged = new DataView(syn.bytes.buffer);
		const answered = new DataView(answer.bytes.buffer);
		const expected: number[] = [];
		let turn = 0;
		for (let i = 0; i < 1_000_000; i++) {
			const address = 0x0b000000 + (Math.imul(i, 2654435761 | 0) % 0x01000000);
			forged.setInt32(64 + 26, address);
			forged.setUint16(64 + 34, 1024 + (i % 60_000));
			syn.send(300 + i * 5);
			if (i % 4 === 0) {
				answered.setInt32(64 + 30, address);
				answered.setUint16(64 + 36, 1024 + (i % 60_000));
				answer.send(302 + i * 5);
			}
			if (i % 20_000 !== 10_000) continue;
			const value = turn & 0xff;
			play(ethernet(0x0800, ipv4(6, tcp([value], { sequence: 100 + turn, acknowledgment: 500 + turn }), client))).send(300 + i * 5 + 1);
			play(
				ethernet(0x0800, ipv4(6, tcp([value], { from: 502, to: 40000, sequence: 500 + turn, acknowledgment: 101 + turn }), server)),
			).send(300 + i * 5 + 3);
			expected.push(value, value);
			turn++;
		}
		expect(delivered).toEqual(expected);
		expect(closed).toEqual([]);
		expect(table.size).toBeLessThanOrEqual(16_384 + 1);
		expect(opened).toBeGreaterThan(900_000);
		expect(table.counters.conversationsEvicted).toBe(0);
		expect(table.counters.flowsEvicted).toBeGreaterThan(900_000);
		table.flush();
		expect(table.size).toBe(0);
	});
});

it("the same packets give the same events, whatever else ran before", () => {
	const run = () => {
		const listener = new Listener({ maxFlows: 8 });
		for (let i = 0; i < 300; i++) listener.frame(datagram("x", { from: 1 + ((i * 7) % 23), to: 60000, id: i + 1 }), { after: 40_000 });
		listener.table.flush();
		return listener.said();
	};
	expect(run()).toEqual(run());
});
