/** What we say of MQTT, against tshark: a public capture, the lab's recording, and every packet of the three versions written out. What differs fails. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
	acknowledge,
	connack,
	connect,
	DISCONNECT,
	PINGREQ,
	PINGRESP,
	packet,
	publish,
	suback,
	subscribe,
	text,
	unsuback,
	unsubscribe,
} from "../protocols/mqttPackets.ts";
import { join as bytesOf, hex } from "../support/decoderHarness.ts";
import { pcapHeader, pcapRecord } from "../support/pcapBuilder.ts";
import { ethernet, FLAG, ipv4, tcp } from "../wire/frameBuilder.ts";
import { hasCaptures } from "./captures.ts";
import { compareMqtt, PUBLIC, RECORDED } from "./mqttTshark.ts";
import { hasTshark } from "./tshark.ts";

type Side = "client" | "server";
const will = bytesOf(text("state/p"), hex("0003 6f6666"));

/** By version: every packet that it has. */
const CONVERSATIONS: readonly [version: string, packets: readonly [Side, Uint8Array][]][] = [
	[
		"3.1",
		[
			["client", connect({ level: 3, user: "ann", password: "x" })],
			["server", connack(0)],
			["client", subscribe(1, "plant/#", 1)],
			["server", suback(1, 1)],
			["client", publish("plant/level", "12.5", { first: 0x3b, id: 2 })],
			["server", acknowledge(0x40, 2)],
			["client", DISCONNECT],
		],
	],
	[
		"3.1.1",
		[
			["client", packet(0x10, text("MQTT"), hex("04 ee 001e"), text("p"), will, text("ann"), text("x"))],
			["server", packet(0x20, hex("01 00"))],
			["client", packet(0x82, hex("0009"), text("a/+"), hex("00"), text("b/#"), hex("02"))],
			["server", packet(0x90, hex("0009 00 80"))],
			["client", publish("plant/zero", "")],
			["client", bytesOf(publish("plant/level", "12.5", { first: 0x34, id: 3 }), publish("plant/mode", "auto"))],
			["server", acknowledge(0x50, 3)],
			["client", acknowledge(0x62, 3)],
			["server", acknowledge(0x70, 3)],
			["client", PINGREQ],
			["server", PINGRESP],
			["client", unsubscribe(4, "a/+")],
			["server", unsuback(4)],
			["client", DISCONNECT],
		],
	],
	[
		"5.0",
		[
			["client", packet(0x10, text("MQTT"), hex("05 2e 001e 05 11 00000e10"), text("p"), hex("05 18 00000005"), will)],
			["server", connack(0, "03 22 000a")],
			["client", subscribe(1, "a/#", 0x2d, "02 0b 07")],
			["server", suback(1, 0x87, "00")],
			["client", publish("plant/level", "12.5", { first: 0x32, id: 2, properties: "02 01 01" })],
			["server", acknowledge(0x40, 2, "10 00")],
			["client", publish("plant/level", "3", { first: 0x34, id: 3, properties: "00" })],
			["server", acknowledge(0x50, 3, "97")],
			["client", packet(0xa2, hex("0004 00"), text("a/#"))],
			["server", packet(0xb0, hex("0004 00 11"))],
			["server", packet(0xe0, hex("8b 00"))],
		],
	],
	[
		"a refusal",
		[
			["client", connect({ user: "ann", password: "y" })],
			["server", connack(5)],
		],
	],
];

describe.skipIf(!hasTshark)("MQTT against tshark", () => {
	const dir = mkdtempSync(join(tmpdir(), "spanwatch-mqtt-peers-"));
	afterAll(() => rmSync(dir, { recursive: true, force: true }));

	it("says the same of the lab's recording", { timeout: 60_000 }, async () => {
		const tally = await compareMqtt(RECORDED);
		expect(tally.examples).toEqual([]);
		expect(tally.equal).toBeGreaterThan(150);
	});

	it.skipIf(!hasCaptures)("says the same of a public capture", { timeout: 60_000 }, async () => {
		const tally = await compareMqtt(PUBLIC);
		expect(tally.examples).toEqual([]);
		expect(tally.equal).toBeGreaterThan(15);
	});

	it.each(CONVERSATIONS)("says the same of every packet of %s", { timeout: 60_000 }, async (name, packets) => {
		const file = join(dir, `${name}.pcap`);
		const next = { client: 1001, server: 5001 };
		const records = [pcapHeader()];
		const segment = (side: Side, payload: Uint8Array | undefined, flags: number) => {
			const isClient = side === "client";
			const other = isClient ? "server" : "client";
			const [source, destination] = isClient ? ["10.0.0.1", "10.0.0.2"] : ["10.0.0.2", "10.0.0.1"];
			const [from, to] = isClient ? [40_000, 1883] : [1883, 40_000];
			const bytes = tcp([...(payload ?? [])], { from, to, sequence: next[side], acknowledgment: next[other], flags });
			next[side] += payload?.length ?? 1;
			records.push(
				pcapRecord(1_700_000_000 + records.length, 0, ethernet(0x0800, ipv4(6, bytes, { source, destination, id: records.length }))),
			);
		};
		segment("client", undefined, FLAG.syn);
		segment("server", undefined, FLAG.syn | FLAG.ack);
		for (const [side, bytes] of packets) segment(side, bytes, FLAG.ack | FLAG.psh);
		writeFileSync(file, bytesOf(...records));
		const tally = await compareMqtt(file);
		expect(tally.examples).toEqual([]);
		expect(tally.equal).toBeGreaterThanOrEqual(packets.length);
	});

	it.each<[string, (line: { kind: string; topic?: string; payloadSize?: number; packetId?: number }) => boolean]>([
		["a topic", (line) => line.kind === "publish" && (line.topic += "x") !== ""],
		["a size", (line) => line.kind === "publish" && (line.payloadSize! += 1) > 0],
		["an identifier", (line) => line.kind === "puback" && (line.packetId! += 1) > 0],
	])("sees %s that is wrong", { timeout: 60_000 }, async (_, alter) => {
		let isDone = false;
		const tally = await compareMqtt(RECORDED, (line) => {
			if (!isDone) isDone = alter(line);
		});
		expect(tally.unexplained).toBe(1);
	});
});
