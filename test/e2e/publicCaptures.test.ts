/** Every public capture that is beside the project (one in four, but with PEERS=all) goes through the whole pipeline: no exception, no hang, no growth, and nothing taken for a protocol that is not there. */
import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { capturesOf, capturesWithout, isWhole, someOf } from "../peers/captures.ts";
import { PUBLIC } from "../peers/mqttTshark.ts";
import type { Passage } from "./every.ts";

const folder = new URL("../../../shared/captures/", import.meta.url);
const isThere = existsSync(folder);
if (!isThere) console.warn(`skipped: there are no public captures in ${folder.pathname}`);

/** The largest holds 145,000 packets and takes two seconds alone; a machine may be busy. */
const LONGEST_MILLIS = 30_000;
const MOST_MEMORY = 600e6;
const MOST_NEEDED = 400e6;

/** The first bytes of pcap (either byte order, with micro- or nanoseconds, changed by Kuznetzov) and pcapng; in hexadecimal. */
const MAGIC = /^(?:a1b2c3d4|d4c3b2a1|a1b23c4d|4d3cb2a1|a1b2cd34|34cdb2a1|0a0d0d0a)/;

/** How the list of captures calls a protocol. */
const LISTED: Readonly<Record<string, string>> = {
	bacnet: "BACnet",
	dnp3: "DNP3",
	enip: "ENIP/CIP",
	iec104: "IEC 104",
	mms: "MMS",
	modbus: "Modbus",
	opcua: "OPC UA",
	s7comm: "S7comm",
};
/** What the list does not name, and where it is. */
const KNOWN: Readonly<Record<string, readonly string[]>> = { ftp: [], melsec: [], mqtt: [PUBLIC], srtp: [], tftp: [], vnc: [] };
/** On another port, or of a connection whose beginning is missing, where tshark, by which the list was made, does not look for it; or known to be mistaken. */
const ELSEWHERE: Readonly<Record<string, RegExp>> = {
	dnp3: /_p20001\.pcap$/,
	enip: /EIP-ControlProtocolChangeAttempt\.pcap$/,
	// Mistaken: ROC Plus has frames of which some are frames of Modbus RTU too, with the same check sum.
	modbus: /ROCPlus\.pcap$/,
	mms: /IEC61850\/(iedscout|pres1?)\.pcap$/,
};

/** What was taken for a protocol where that is not. */
function mistakenIn(passages: readonly Passage[]): string[] {
	const homes = new Map(Object.entries(KNOWN).map(([protocol, captures]) => [protocol, new Set(captures)]));
	for (const [protocol, name] of Object.entries(LISTED)) homes.set(protocol, new Set(capturesOf(name)));
	const listed = new Set(capturesWithout([]));
	return passages.flatMap(({ path, protocols }) => {
		const capture = path.slice(fileURLToPath(folder).length);
		return (listed.has(capture) ? protocols : [])
			.filter((protocol) => homes.get(protocol)?.has(capture) === false && !ELSEWHERE[protocol]?.test(capture))
			.map((protocol) => `${protocol} in ${capture}`);
	});
}

/** By name, which cut and empty ones have too, or by what is in it. */
function isCapture(path: string): boolean {
	if (!statSync(path).isFile()) return false;
	if (/\.(pcap|pcapng|cap)(\.gz)?$/.test(path)) return true;
	const bytes = Buffer.alloc(4);
	const file = openSync(path, "r");
	readSync(file, bytes, 0, 4, 0);
	closeSync(file);
	return MAGIC.test(bytes.toString("hex"));
}

it.skipIf(!isThere)("takes public captures", { timeout: 900_000 }, async () => {
	const paths = someOf(
		readdirSync(folder, { recursive: true, encoding: "utf8" })
			.map((name) => fileURLToPath(folder) + name)
			.filter(isCapture)
			.sort(),
	);
	// Compiled: a compiler in the same memory would make each collection take ten times as long.
	const child = spawn(process.execPath, ["--expose-gc", fileURLToPath(new URL("../../dist/test/e2e/every.js", import.meta.url))], {
		stdio: ["pipe", "pipe", "inherit"],
	});
	child.stdin.end(paths.join("\n"));
	const passages: Passage[] = [];
	let timer: NodeJS.Timeout | undefined;
	const watch = () => {
		clearTimeout(timer);
		timer = setTimeout(() => child.kill("SIGKILL"), LONGEST_MILLIS);
	};
	watch();
	for await (const line of createInterface(child.stdout)) {
		passages.push(JSON.parse(line) as Passage);
		watch();
	}
	clearTimeout(timer);
	const next = paths[passages.length];
	expect(next, `${next} takes longer than ${LONGEST_MILLIS / 1000} s, or ends the program`).toBeUndefined();
	expect(passages.filter(({ thrown }) => thrown !== undefined)).toEqual([]);

	const frames = passages.reduce((sum, passage) => sum + passage.frames, 0);
	const lines = passages.reduce((sum, passage) => sum + passage.lines, 0);
	const memory = Math.max(...passages.map((passage) => passage.memory));
	const needed = Math.max(...passages.map((passage) => passage.needed));
	const [slowest] = passages.toSorted((one, other) => other.time - one.time);
	const refused = passages.filter((passage) => passage.refused !== undefined).map(({ path }) => path.slice(fileURLToPath(folder).length));
	const alerts: Record<string, number> = {};
	for (const passage of passages) for (const [type, count] of Object.entries(passage.alerts)) alerts[type] = (alerts[type] ?? 0) + count;
	console.info(
		[
			`${passages.length} public captures, ${frames} frames, ${lines} decode lines, at most ${Math.round(memory / 1e6)} MB, ${Math.round(needed / 1e6)} MB of them needed`,
			`slowest: ${slowest!.path.slice(fileURLToPath(folder).length)} in ${slowest!.time} ms`,
			`no captures: ${refused.join(", ")}`,
			`alerts when the first half of each is learned: ${JSON.stringify(alerts)}`,
		].join("\n"),
	);
	expect(memory).toBeLessThan(MOST_MEMORY);
	expect(needed).toBeGreaterThan(0);
	expect(needed).toBeLessThan(MOST_NEEDED);
	expect(frames).toBeGreaterThan(isWhole ? 500_000 : 50_000);
	expect(mistakenIn(passages)).toEqual([]);
});
