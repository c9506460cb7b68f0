/**
 * `spanwatch doctor`: what is wrong with this box and its mirror port, and how to mend it. Each line is a verdict, what was seen, and what to do. With
 * --interface it listens for a while: is this a mirror, are both directions there, are frames doubled or dropped; with --serial too (`serialDoctor.ts`). It sends
 * nothing.
 */
import { accessSync, constants, existsSync, readdirSync, readFileSync, statfsSync } from "node:fs";
import { createRequire } from "node:module";
import { freemem, networkInterfaces, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { protocols, services } from "../../protocols/index.ts";
import { LiveCapture } from "../capture/live.ts";
import { loadConfig } from "../config/load.ts";
import type { Flow } from "../flow/flow.ts";
import type { Arguments, CommandRecord } from "./arguments.ts";
import { Engine } from "./engine.ts";
import { EXIT, sentenceOf, UsageError } from "./failure.ts";
import type { Finding, Verdict } from "./finding.ts";
import { Progress } from "./progress.ts";
import { examineLine } from "./serialDoctor.ts";
import { serialLines } from "./serialLines.ts";

const NODE_AT_LEAST = [20, 19] as const;
/** Bytes: alerts, baseline and outbox of a large site for years fit into the first; below the second nothing should be started. */
const DISK_WANTED = 2 * 2 ** 30;
const DISK_NEEDED = 200 * 2 ** 20;
const MEMORY_WANTED = 500 * 2 ** 20;
/** Bit of CAP_NET_RAW in the capability sets (capabilities(7)). */
const CAP_NET_RAW = 13n;
/** Share of conversations below which one direction is missing from the mirror. */
const BOTH_DIRECTIONS = 0.5;
const MANY_DUPLICATES = 0.05;
const DEFAULT_SECONDS = 10;
/** Flows below which nothing is said about directions. */
const FEW_FLOWS = 3;

const bytesText = (bytes: number): string =>
	bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${Math.round(bytes / 2 ** 20)} MiB`;

function node(): Finding {
	const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
	const isFine = major > NODE_AT_LEAST[0] || (major === NODE_AT_LEAST[0] && minor >= NODE_AT_LEAST[1]);
	return isFine
		? { verdict: "ok", what: "Node", seen: process.versions.node }
		: { verdict: "fail", what: "Node", seen: process.versions.node, mend: `Install Node ${NODE_AT_LEAST.join(".")} or newer.` };
}

function captureLibrary(): Finding {
	try {
		createRequire(import.meta.url).resolve("pcap/build/Release/pcap_binding.node");
		return { verdict: "ok", what: "capture library", seen: "built" };
	} catch {
		return {
			verdict: "fail",
			what: "capture library",
			seen: "the package pcap is not built: captures can be read, interfaces cannot be listened on",
			mend: "Install libpcap-dev, g++, make and python3, then type: npm rebuild pcap",
		};
	}
}

function privilege(): Finding {
	const what = "privilege";
	if (process.getuid?.() === 0) return { verdict: "ok", what, seen: "root" };
	const found = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync("/proc/self/status", "utf8"));
	const hasRaw = found !== null && ((BigInt(`0x${found[1]}`) >> CAP_NET_RAW) & 1n) === 1n;
	return hasRaw
		? { verdict: "ok", what, seen: "may listen (CAP_NET_RAW)" }
		: { verdict: "warn", what, seen: "may not listen on interfaces", mend: "Start it as root, or give the service CAP_NET_RAW." };
}

function clock(): Finding {
	const what = "clock";
	const year = new Date().getFullYear();
	if (year < 2025) return { verdict: "fail", what, seen: `it is set to the year ${year}`, mend: "Set the clock: alerts carry its time." };
	// systemd-timesyncd leaves this file once it has synchronised; other daemons are not asked.
	const isKnown = existsSync("/run/systemd/timesync/synchronized");
	return isKnown
		? { verdict: "ok", what, seen: "synchronised" }
		: {
				verdict: "warn",
				what,
				seen: "not known to be synchronised",
				mend: "Give the box a time server, so that the SOC can line its alerts up with others.",
			};
}

function memory(): Finding {
	const free = freemem();
	const seen = `${bytesText(free)} of ${bytesText(totalmem())} free`;
	return free >= MEMORY_WANTED
		? { verdict: "ok", what: "memory", seen }
		: { verdict: "warn", what: "memory", seen, mend: `Free some: the monitor wants ${bytesText(MEMORY_WANTED)}.` };
}

function disk(folder: string): Finding {
	const what = `disk of ${folder}`;
	let existing = folder;
	while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
	try {
		accessSync(existing, constants.W_OK);
	} catch {
		return {
			verdict: "fail",
			what,
			seen: `${existing} cannot be written by this user`,
			mend: "Give another folder with --state, or make this one writable.",
		};
	}
	const { bavail, bsize } = statfsSync(existing);
	const free = bavail * bsize;
	const seen = `${bytesText(free)} free`;
	if (free >= DISK_WANTED) return { verdict: "ok", what, seen };
	return { verdict: free >= DISK_NEEDED ? "warn" : "fail", what, seen, mend: `Free some: ${bytesText(DISK_WANTED)} last for years.` };
}

const readLine = (path: string): string => {
	try {
		return readFileSync(path, "utf8").trim();
	} catch {
		return "";
	}
};

/** What may make the system itself speak on an interface that is only to be listened on. */
function silence(name: string): Finding[] {
	const what = `silence of ${name}`;
	const findings: Finding[] = [];
	const addresses = (networkInterfaces()[name] ?? []).map(({ address }) => address).filter((address) => !address.startsWith("fe80:"));
	if (addresses.length > 0) {
		findings.push({
			verdict: "warn",
			what,
			seen: `it has the address ${addresses.join(" and ")}, so the system can be reached there and answers`,
			mend: `A mirror port needs none. Type: ip address flush dev ${name} (and take it out of the network configuration).`,
		});
	}
	const setting = (one: string) => readLine(`/proc/sys/net/ipv6/conf/${name}/${one}`);
	// Without a link-local address (mode 1) there is nothing that could speak.
	if (setting("disable_ipv6") === "0" && setting("addr_gen_mode") !== "1") {
		findings.push({
			verdict: "warn",
			what,
			seen: "IPv6 is on, so the system itself may send router solicitations on it",
			mend: `Type: ip link set dev ${name} addrgenmode none; ip -6 address flush dev ${name}`,
		});
	}
	if (findings.length === 0) findings.push({ verdict: "ok", what, seen: "no address, nothing of the system speaks there" });
	return findings;
}

function interfaceLink(name: string): Finding[] {
	const folder = join("/sys/class/net", name);
	const what = `interface ${name}`;
	if (!/^[^/\s]{1,15}$/.test(name) || !existsSync(folder)) {
		const known = readdirSync("/sys/class/net").filter((one) => one !== "lo");
		return [{ verdict: "fail", what, seen: "there is no such interface", mend: `Name one of: ${known.join(", ") || "(none found)"}.` }];
	}
	const isUp = (Number.parseInt(readLine(join(folder, "flags")), 16) & 1) === 1;
	const findings: Finding[] = [];
	if (!isUp) findings.push({ verdict: "fail", what, seen: "it is down", mend: `Type: ip link set dev ${name} up` });
	// Not "operstate", which follows up to a second later.
	else if (readLine(join(folder, "carrier")) === "0")
		findings.push({ verdict: "fail", what, seen: "it has no link", mend: "Check the cable and the switch port." });
	else
		findings.push({
			verdict: "ok",
			what,
			seen: `up${Number(readLine(join(folder, "speed"))) > 0 ? `, ${readLine(join(folder, "speed"))} Mbit/s` : ""}`,
		});
	findings.push(...silence(name));
	return findings;
}

/** What listening shows. */
export interface Heard {
	seconds: number;
	frames: number;
	duplicates: number;
	kernelDrops: number;
	interfaceDrops: number;
	/** TCP flows with payload, and those of them with packets both ways. */
	flows: number;
	conversations: number;
	/** MAC addresses of the box's own interfaces met in flows, against all flows between others. */
	foreign: number;
	own: number;
	protocols: readonly string[];
	vlans: readonly number[];
}

/** The verdicts on what was heard. */
export function judgeHeard(name: string, heard: Heard): Finding[] {
	const { frames, seconds, flows } = heard;
	const findings: Finding[] = [];
	if (frames === 0) {
		return [
			{
				verdict: "fail",
				what: `traffic on ${name}`,
				seen: `not one frame in ${seconds} s`,
				mend: "Check that the switch mirrors to this port, and that its mirror session is enabled.",
			},
		];
	}
	const rate = Math.round(frames / seconds);
	const spoken = heard.protocols.length === 0 ? "no protocol that is decoded" : heard.protocols.join(", ");
	findings.push({ verdict: "ok", what: `traffic on ${name}`, seen: `${frames} frames in ${seconds} s (${rate} a second): ${spoken}` });
	if (heard.foreign === 0) {
		findings.push({
			verdict: "fail",
			what: "mirror port",
			seen: "only the box's own traffic and broadcasts: this is an ordinary port, not a mirror",
			mend: "Set this switch port as the destination of a mirror (SPAN) session whose sources are the ports of the control network.",
		});
	} else findings.push({ verdict: "ok", what: "mirror port", seen: "traffic between other devices is seen" });
	if (flows >= FEW_FLOWS && heard.conversations / flows < BOTH_DIRECTIONS) {
		findings.push({
			verdict: "fail",
			what: "directions",
			seen: `${flows - heard.conversations} of ${flows} connections show one direction only`,
			mend: "Mirror both directions (on many switches: `both` instead of `rx` or `tx`).",
		});
	} else if (flows >= FEW_FLOWS) findings.push({ verdict: "ok", what: "directions", seen: "both" });
	if (heard.duplicates / frames > MANY_DUPLICATES) {
		findings.push({
			verdict: "warn",
			what: "duplicates",
			seen: `${Math.round((100 * heard.duplicates) / frames)} % of the frames came twice (each is decoded once)`,
			mend: "Mirror each conversation at one of its two ports only; it halves the load.",
		});
	}
	const drops = heard.kernelDrops + heard.interfaceDrops;
	if (drops > 0) {
		findings.push({
			verdict: "warn",
			what: "drops",
			seen: `${drops} frames were lost on the way in`,
			mend: "Mirror fewer ports, set a capture filter, or use a faster box.",
		});
	}
	if (heard.vlans.length > 0) findings.push({ verdict: "ok", what: "VLANs", seen: heard.vlans.join(", ") });
	return findings;
}

async function listen(name: string, seconds: number, filter: string | undefined): Promise<Finding[]> {
	const own = new Set(readdirSync("/sys/class/net").map((one) => readLine(join("/sys/class/net", one, "address"))));
	const heard = { flows: 0, conversations: 0, foreign: 0, own: 0 };
	const vlans = new Set<number>();
	const engine = new Engine({
		protocols,
		services,
		onFlow: (flow: Flow) => {
			if (flow.vlan >= 0) vlans.add(flow.vlan);
			const isOwn = own.has(flow.client.mac ?? "") || own.has(flow.server.mac ?? "");
			const isUnicast = flow.transport === "tcp" || flow.isConversation;
			if (isOwn) heard.own++;
			else if (isUnicast) heard.foreign++;
			if (flow.transport !== "tcp" || flow.bytes[0] + flow.bytes[1] === 0) return;
			heard.flows++;
			if (flow.isConversation) heard.conversations++;
		},
	});
	let live: LiveCapture;
	try {
		live = new LiveCapture({ interfaces: [name], ...(filter !== undefined && { filter }) });
		await live.start(engine.frame);
	} catch (error) {
		return [{ verdict: "fail", what: `listening on ${name}`, seen: sentenceOf(error) }];
	}
	const progress = new Progress();
	for (let second = 0; second < seconds; second++) {
		progress.show(() => `listening on ${name}: ${engine.frames} frames, ${seconds - second} s to go`);
		await new Promise((resolve) => setTimeout(resolve, 1000));
	}
	progress.clear();
	await live.stop();
	engine.endSource();
	const [health] = live.health();
	const { observations, duplicates } = engine.counts();
	return judgeHeard(name, {
		...heard,
		seconds,
		frames: engine.frames,
		duplicates,
		kernelDrops: health!.kernelDrops,
		interfaceDrops: health!.interfaceDrops,
		protocols: Object.entries(observations)
			.filter(([, count]) => count > 0)
			.map(([protocol]) => protocol),
		vlans: [...vlans].sort((a, b) => a - b),
	});
}

const MARK: Readonly<Record<Verdict, string>> = { ok: "ok  ", warn: "warn", fail: "FAIL" };

/** What is to be looked at: what is named, else what the configuration names where there is one. */
function subjects(input: Arguments) {
	const file = input.text("config");
	const named = { interfaces: input.texts("interface"), serial: input.texts("serial") };
	const state = input.text("state");
	if (file === undefined) {
		return {
			stateDir: state ?? ".",
			interfaces: named.interfaces,
			filter: input.text("filter"),
			lines: serialLines("doctor", named.serial),
		};
	}
	const { capture, stateDir } = loadConfig(file, { ...named, ...(state !== undefined && { stateDir: state }) });
	const filter = input.text("filter") ?? (capture.filter === "" ? undefined : capture.filter);
	return { stateDir, interfaces: capture.interfaces, filter, lines: serialLines("doctor", capture.serial) };
}

async function run(input: Arguments): Promise<number> {
	const given = input.text("seconds");
	const seconds = Number(given ?? DEFAULT_SECONDS);
	if (!Number.isInteger(seconds) || seconds < 1 || seconds > 3600)
		throw new UsageError("doctor: --seconds takes a whole number from 1 to 3600.");
	const { stateDir, interfaces, filter, lines } = subjects(input);
	const findings: Finding[] = [];
	const say = (finding: Finding) => {
		findings.push(finding);
		process.stdout.write(
			`${MARK[finding.verdict]}  ${finding.what}: ${finding.seen}\n${finding.mend === undefined ? "" : `      -> ${finding.mend}\n`}`,
		);
	};
	for (const finding of [node(), captureLibrary(), privilege(), clock(), memory(), disk(stateDir)]) say(finding);
	for (const name of interfaces) {
		const link = interfaceLink(name);
		for (const finding of link) say(finding);
		if (link.some(({ verdict }) => verdict === "fail")) continue;
		for (const finding of await listen(name, seconds, filter)) say(finding);
	}
	for (const line of lines) for (const finding of await examineLine(line, given === undefined ? undefined : seconds)) say(finding);
	if (interfaces.length === 0 && lines.length === 0)
		process.stdout.write("      -> Name the mirror port with --interface, or a serial line with --serial, to have it listened to.\n");
	return findings.some(({ verdict }) => verdict !== "ok") ? EXIT.finding : EXIT.fine;
}

export const doctor: CommandRecord = {
	name: "doctor",
	help: "Says what is wrong with this box and its mirror port, and how to mend it. Sends nothing. Exit code 1: something wants mending.",
	options: {
		config: { type: "string", value: "FILE", help: "look at the interfaces, serial lines and state folder of this configuration" },
		interface: { type: "string", multiple: true, value: "IF", help: "listen on this interface too (may be given several times)" },
		serial: {
			type: "string",
			multiple: true,
			value: "LINE",
			help: "listen on this serial line too: /dev/ttyUSB0,19200,8E1 or /dev/ttyUSB0,auto",
		},
		seconds: { type: "string", value: "N", help: `how long to listen (${DEFAULT_SECONDS})` },
		filter: { type: "string", value: "BPF", help: "listen only to what fits this capture filter" },
		state: { type: "string", value: "DIR", help: "the state folder to look at (this folder)" },
	},
	run,
};
