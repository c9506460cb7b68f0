import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { learnedFor, PLAYBILL } from "../../captures/lab/playbill.ts";
import { protocolTable } from "../../captures/lab/protocolTable.ts";
import type { CaptureIndex } from "../../captures/lab/recorder.ts";
import { protocols } from "../../protocols/index.ts";
import { crcOf } from "../../protocols/modbus/crc.ts";
import { type PlainFrame, readFrames, readLine } from "./frames.ts";

const FOLDER = new URL("../../captures/", import.meta.url);

/** Where OPC UA publishers send to (OPC 10000-14, 7.3.2.1). */
const PUBSUB_GROUP_MAC = "01:00:5e:00:02:0e";
/** Where PROFINET devices are searched (IEC 61158-6-10, 4.3.2). */
const DCP_GROUP_MAC = "01:0e:cf:00:00:00";
/** Slaves of EtherCAT send a frame back with the local bit in its sender's address (ETG.1000.4, 5.3.3). */
const returned = (mac: string): string => `${(Number.parseInt(mac.slice(0, 2), 16) | 2).toString(16).padStart(2, "0")}${mac.slice(2)}`;
/** Multicast DNS and LLMNR, by IPv4 and IPv6 (RFC 6762, 3; RFC 4795, 2; RFC 1112, 6.4; RFC 2464, 7), and who takes part in them (RFC 3376, 4.2.14). */
const NAME_GROUP_MACS = ["01:00:5e:00:00:fb", "01:00:5e:00:00:fc", "33:33:00:00:00:fb", "33:33:00:01:00:03", "01:00:5e:00:00:16"];
/** Where the relays of two bays publish (IEC 61850-8-1, annex B). */
const GOOSE_GROUP_MACS = ["01:0c:cd:01:00:01", "01:0c:cd:01:00:02"];
const ETHER_TYPES = [0x0800, 0x0806, 0x8892, 0x88a4, 0x88b8, 0x88cc];
/** Below it the field is a length (IEEE 802.3). */
const MIN_TYPE = 0x600;
/** What neighbours say to each other: spanning tree and LLDP (IEEE 802.1Q, table 8-1), CDP. */
const NEIGHBOUR_MACS = ["01:80:c2:00:00:00", "01:80:c2:00:00:0e", "01:00:0c:cc:cc:cc"];
/** Seconds by which frames that two processors take at once may stand in the wrong order. */
const DISORDER = 0.001;
/** Frames of a recording in which the plant works are more than these. */
const QUIET = 500;
const PLANT_ADDRESS =
	/^(10\.20\.0\.\d+|10\.25\.0\.60|10\.30\.0\.50|203\.0\.113\.80|0\.0\.0\.0|255\.255\.255\.255|224\.0\.2\.14|224\.0\.0\.(?:22|251|252))$/;

interface Entry {
	name: string;
	file: string;
	verdict: string;
	bytes: number;
	frames: number;
	seconds: number;
	sha256: string;
	attack?: { start: number; end: number; firstFrame: number; lastFrame: number; ip: string };
	mustFind: { type: string }[];
}
const index = JSON.parse(readFileSync(new URL("index.json", FOLDER), "utf8")) as {
	captures: Entry[];
	hosts: { ip: string; mac: string }[];
};

describe("the recordings", () => {
	it("are there for every scenario, and no file is there without an entry", () => {
		const names = PLAYBILL.map(({ name }) => name);
		// What others recorded, from no scenario, stands behind.
		expect(index.captures.map(({ name }) => name).slice(0, names.length)).toEqual(names);
		const files = readdirSync(FOLDER).filter((file) => /\.pcap(ng)?(\.gz)?$/.test(file));
		expect(files.sort()).toEqual(index.captures.map(({ file }) => file).sort());
	});

	it("show every protocol, and the README says which one is where (`npm run lab -- expect` writes it)", () => {
		const rows = protocolTable(index as unknown as CaptureIndex);
		for (const { name, title } of protocols)
			expect(rows).toMatch(new RegExp(`^\\| ${name} \\| ${title.replace(/[^\w ]/g, ".")} \\| \\\`[\\w-]+\\.pcap`, "m"));
		expect(readFileSync(new URL("README.md", FOLDER), "utf8")).toContain(rows);
	});

	it("are small", () => {
		for (const one of index.captures) expect(one.bytes, one.file).toBeLessThan(1_000_000);
		expect(index.captures.reduce((sum, one) => sum + one.bytes, 0)).toBeLessThan(15_000_000);
	});

	describe.each(index.captures.filter(({ file }) => file.endsWith(".pcapng")))("$file", (entry) => {
		const bytes = readFileSync(new URL(entry.file, FOLDER));
		const { name, linkType, pieces } = readLine(bytes);

		it("is the file that the index describes: bytes of the lab's serial line", () => {
			expect(bytes.length).toBe(entry.bytes);
			expect(createHash("sha256").update(bytes).digest("hex")).toBe(entry.sha256);
			expect(pieces.length).toBe(entry.frames);
			expect(pieces.at(-1)!.time - pieces[0]!.time).toBeCloseTo(entry.seconds, 2);
			expect([name, linkType]).toEqual(["ttyRS485", 250]);
			for (let at = 1; at < pieces.length; at++) expect(pieces[at]!.time).toBeGreaterThanOrEqual(pieces[at - 1]!.time);
		});

		it("has frames of RTU, nearly all in a piece of their own, and its attack where the index says", () => {
			const frames = pieces.filter(({ data }) => crcOf(data, 0, data.length) === 0);
			// A busy system hands two over together, or one in two pieces.
			expect(frames.length).toBeGreaterThan(0.95 * pieces.length);
			expect(new Set(pieces.map(({ event }) => event))).toEqual(new Set([2]));
			if (entry.attack === undefined) expect(new Set(frames.map(({ data }) => data[0]))).toEqual(new Set([1, 2, 11]));
			if (entry.attack === undefined) return expect(entry.verdict).toBe("benign");
			const { start, end, firstFrame, lastFrame } = entry.attack;
			expect(start).toBeGreaterThan(3);
			expect(end).toBeLessThanOrEqual(entry.seconds);
			// The speed that the drive never had.
			const isWrite = ({ data }: { data: Uint8Array }) => Buffer.from(data).toString("hex").startsWith("020600000b54");
			expect(pieces.slice(firstFrame - 1, lastFrame).some(isWrite)).toBe(true);
			expect([...pieces.slice(0, firstFrame - 1), ...pieces.slice(lastFrame + 1)].some(isWrite)).toBe(false);
		});
	});

	describe.each(index.captures.filter(({ file }) => file.endsWith(".pcap")))("$file", (entry) => {
		const bytes = readFileSync(new URL(entry.file, FOLDER));
		const frames = readFrames(bytes);

		it("is the file that the index describes", () => {
			expect(bytes.length).toBe(entry.bytes);
			expect(createHash("sha256").update(bytes).digest("hex")).toBe(entry.sha256);
			expect(frames.length).toBe(entry.frames);
			expect(frames.at(-1)!.time - frames[0]!.time).toBeCloseTo(entry.seconds, 2);
		});

		it("holds the plant's own machines only", () => {
			const own = index.hosts.map((host) => host.mac);
			const macs = new Set([
				...own,
				...own.map(returned),
				"ff:ff:ff:ff:ff:ff",
				"00:00:00:00:00:00",
				PUBSUB_GROUP_MAC,
				DCP_GROUP_MAC,
				...GOOSE_GROUP_MACS,
				...NAME_GROUP_MACS,
				...NEIGHBOUR_MACS,
			]);
			for (const frame of frames) {
				expect(macs.has(frame.source) && macs.has(frame.destination), `frame ${frame.number}`).toBe(true);
				if (frame.etherType >= MIN_TYPE) expect(ETHER_TYPES, `frame ${frame.number}`).toContain(frame.etherType);
				for (const ip of frame.addresses) expect(ip, `frame ${frame.number}`).toMatch(PLANT_ADDRESS);
			}
		});

		it("is in the order of time", () => {
			for (let i = 1; i < frames.length; i++) expect(frames[i]!.time).toBeGreaterThanOrEqual(frames[i - 1]!.time - DISORDER);
		});

		it("has its attack where the index says, from the host that it names", () => {
			if (entry.attack === undefined) return expect(entry.verdict).toBe("benign");
			const { start, end, firstFrame, lastFrame, ip } = entry.attack;
			// Where the rest of the plant is silent, and has no day of its own, the first and the last frame may be the attack's.
			const isAlone = learnedFor(entry.file.replace(/\.pcap$/, "")) === "plant-normal.pcap" && entry.frames < QUIET;
			expect(start).toBeGreaterThan(isAlone ? -1 : 3);
			expect(end).toBeLessThanOrEqual(entry.seconds + (isAlone ? 1 : 0));
			const window = frames.slice(firstFrame - 1, lastFrame);
			const mac = index.hosts.find((host) => host.ip === ip)?.mac;
			expect(window.some((frame: PlainFrame) => frame.addresses[0] === ip || frame.source === mac)).toBe(true);
		});
	});
});
