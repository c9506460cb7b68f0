/**
 * Every public capture, whatever is in it: frames of each protocol by tshark and by us; connections that we have no decoder for, by bytes; and the devices of the richest captures.
 * Writes the tables into protocols/README.md: `node dist/test/peers/everyCapture.js`
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { protocols, services } from "../../protocols/index.ts";
import { Engine } from "../../src/app/engine.ts";
import type { Asset } from "../../src/assets/asset.ts";
import { vendorOf } from "../../src/assets/vendor.ts";
import { CaptureError } from "../../src/capture/error.ts";
import { CaptureInput, readCapture } from "../../src/capture/file.ts";
import { Analyst } from "../../src/detect/analyst.ts";
import { capturesWithout, pathOf } from "./captures.ts";
import { columnsOf, hasTshark, version } from "./tshark.ts";

const BEGIN = "<!-- captures:begin -->";
const END = "<!-- captures:end -->";
const project = [new URL("../../../", import.meta.url), new URL("../../", import.meta.url)].find((folder) =>
	existsSync(new URL("protocols/README.md", folder)),
)!;

/** What tshark calls the layers of a protocol, in `frame.protocols`. S7comm-plus, MELSEC and SRTP it does not know; of SMB and TLS we say exchanges and handshakes, not frames. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
	modbus: ["mbtcp", "modbus", "mbrtu"],
	opcua: ["opcua", "opcua_pubsub"],
	s7comm: ["s7comm"],
	mms: ["mms"],
	goose: ["goose"],
	enip: ["enip", "cipio"],
	dnp3: ["dnp3"],
	iec104: ["iec60870_104"],
	bacnet: ["bvlc"],
	fins: ["omron"],
	"hart-ip": ["hart_ip"],
	profinet: ["pn_rt", "pn_io"],
	ethercat: ["ecat"],
	mqtt: ["mqtt"],
	arp: ["arp"],
	dns: ["dns", "mdns", "llmnr"],
	dhcp: ["dhcp"],
	tftp: ["tftp"],
	icmp: ["icmp", "icmpv6"],
	lldp: ["lldp"],
	cdp: ["cdp"],
	stp: ["stp"],
	snmp: ["snmp"],
	http: ["http"],
	ftp: ["ftp"],
	telnet: ["telnet"],
	vnc: ["vnc"],
	smb: ["smb", "smb2"],
	tls: ["tls", "ssl"],
};
const UNKNOWN_SHOWN = 30;
const RICHEST = 10;

interface Reading {
	frames: number;
	/** Frames with a message, by protocol. */
	ours: Map<string, Set<number>>;
	/** Bytes of connections without a decoder, by service and how that was found. */
	unknown: Map<string, number>;
	bytes: number;
	assets: Asset[];
}

async function read(name: string): Promise<Reading> {
	const reading: Reading = { frames: 0, ours: new Map(), unknown: new Map(), bytes: 0, assets: [] };
	const decoded = new Set(protocols.map((protocol) => protocol.name));
	const analyst = new Analyst({ protocols, vendorOf, onDetection: () => {} });
	const engine = new Engine({
		protocols,
		services,
		analyst,
		onObservation: ({ name: protocol }, { kind, frame }) => {
			// It is about a frame that was said before.
			if (kind === "unanswered") return;
			let frames = reading.ours.get(protocol);
			if (frames === undefined) reading.ours.set(protocol, (frames = new Set()));
			frames.add(frame);
		},
		onFlow: (flow, service) => {
			const bytes = flow.bytes[0] + flow.bytes[1];
			reading.bytes += bytes;
			if (service?.by === "bytes" && decoded.has(service.service)) return;
			const what = `${flow.transport} ${service === undefined ? `port ${flow.server.port}` : `${service.service}, by ${service.by}`}`;
			reading.unknown.set(what, (reading.unknown.get(what) ?? 0) + bytes);
		},
	});
	await readCapture(new CaptureInput(pathOf(name)), engine.frame, { onWarning: () => {} });
	engine.endSource();
	reading.frames = engine.frames;
	reading.assets = analyst.assets();
	return reading;
}

/** Frames of each of our protocols, as tshark sees them. */
async function peerOf(name: string): Promise<Map<string, Set<number>>> {
	const frames = new Map<string, Set<number>>();
	for (const row of await columnsOf(name, "frame", ["frame.number", "frame.protocols"])) {
		const layers = new Set(row["frame.protocols"][0]?.split(":"));
		for (const [protocol, names] of Object.entries(LAYERS)) {
			if (!names.some((layer) => layers.has(layer))) continue;
			let own = frames.get(protocol);
			if (own === undefined) frames.set(protocol, (own = new Set()));
			own.add(Number(row["frame.number"][0]));
		}
	}
	return frames;
}

const number = (value: number): string => value.toLocaleString("en");
const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
	[head, head.map((_, at) => (typeof rows[0]?.[at] === "number" ? "---:" : "---")), ...rows]
		.map((cells) => `| ${cells.map((cell) => (typeof cell === "number" ? number(cell) : cell.replaceAll("|", "\\|"))).join(" | ")} |`)
		.join("\n");

interface Sums {
	captures: number;
	theirs: number;
	ours: number;
	both: number;
}

async function main(): Promise<void> {
	const sums = new Map<string, Sums>();
	const unknown = new Map<string, { bytes: number; captures: number }>();
	const rich: { name: string; assets: Asset[] }[] = [];
	let captures = 0;
	let frames = 0;
	let bytes = 0;
	for (const name of capturesWithout([])) {
		let reading: Reading;
		try {
			reading = await read(name);
		} catch (error) {
			if (error instanceof CaptureError) continue;
			throw error;
		}
		captures++;
		frames += reading.frames;
		bytes += reading.bytes;
		rich.push({ name, assets: reading.assets });
		for (const [what, amount] of reading.unknown) {
			const sum = unknown.get(what) ?? { bytes: 0, captures: 0 };
			unknown.set(what, { bytes: sum.bytes + amount, captures: sum.captures + 1 });
		}
		const peer = await peerOf(name);
		for (const { name: protocol } of protocols) {
			const theirs = peer.get(protocol) ?? new Set();
			const ours = reading.ours.get(protocol) ?? new Set();
			if (theirs.size + ours.size === 0) continue;
			const sum = sums.get(protocol) ?? { captures: 0, theirs: 0, ours: 0, both: 0 };
			sum.captures++;
			sum.theirs += theirs.size;
			sum.ours += ours.size;
			for (const frame of ours) if (theirs.has(frame)) sum.both++;
			sums.set(protocol, sum);
		}
		process.stderr.write(`\r\x1b[K${captures} captures`);
	}
	process.stderr.write("\n");
	const known = (asset: Asset): number =>
		Number(asset.identities?.some(({ model }) => model !== undefined) ?? false) +
		Number(asset.name !== undefined) +
		Number(asset.roles.length > 0);
	const text = [
		`${number(captures)} captures, ${number(frames)} frames. Frames in which a message of the protocol ends, by tshark ${version} and by us:`,
		table(
			["protocol", "captures", "tshark", "ours", "both", "tshark alone", "ours alone"],
			protocols.flatMap(({ name }) => {
				const sum = sums.get(name);
				if (sum === undefined) return [];
				if (LAYERS[name] === undefined) return [[name, sum.captures, "–", sum.ours, "–", "–", "–"]];
				return [[name, sum.captures, sum.theirs, sum.ours, sum.both, sum.theirs - sum.both, sum.ours - sum.both]];
			}),
		),
		`Connections that have no decoder, by bytes of ${number(bytes)}:`,
		table(
			["what they are", "captures", "bytes"],
			[...unknown]
				.sort(([, one], [, other]) => other.bytes - one.bytes)
				.slice(0, UNKNOWN_SHOWN)
				.map(([what, sum]) => [what, sum.captures, sum.bytes]),
		),
		"Devices of the captures that tell most of them:",
		table(
			["capture", "devices", "with a vendor", "a model", "firmware", "a serial number", "a name", "a role"],
			rich
				.map(({ name, assets }) => ({ name, assets, weight: assets.reduce((sum, asset) => sum + known(asset), 0) }))
				.sort((one, other) => other.weight - one.weight)
				.slice(0, RICHEST)
				.map(({ name, assets }) => {
					const count = (is: (asset: Asset) => boolean): number => assets.filter(is).length;
					const says = (field: "model" | "firmware" | "serialNumber") =>
						count((one) => one.identities?.some((identity) => identity[field]) ?? false);
					return [
						name,
						assets.length,
						count(({ vendor }) => vendor !== undefined),
						says("model"),
						says("firmware"),
						says("serialNumber"),
						count((one) => one.name !== undefined),
						count(({ roles }) => roles.length > 0),
					];
				}),
		),
	].join("\n\n");
	const file = new URL("protocols/README.md", project);
	const before = readFileSync(file, "utf8");
	const from = before.indexOf(BEGIN) + BEGIN.length;
	const to = before.indexOf(END);
	if (to < from) throw new Error("protocols/README.md has no place for the tables");
	writeFileSync(file, `${before.slice(0, from)}\n${text}\n${before.slice(to)}`);
}

if (!hasTshark) process.exitCode = 1;
else await main();
