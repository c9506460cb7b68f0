/**
 * The sniffer: a process of its own for one live interface, the only one that needs CAP_NET_RAW. It copies frames from the kernel into batches of
 * pcapng on its standard output, and does nothing else; it parses nothing and sends nothing. `LiveCapture` starts it and reads it.
 *
 * It is a process because of how `pcap` behaves: while packets keep coming, its native loop does not return to the event loop; an open that
 * fails leaks a descriptor; a session goes deaf without a word when its interface goes down; closing an idle one hangs. So one process opens
 * one session, and ends when that is of no more use. Standard output is a blocking pipe: when the reader is slow, this process waits, the
 * kernel's buffer fills, and what does not fit there is counted.
 */

import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Batch } from "./batch.ts";
import { CAPTURE_ERROR, type CaptureErrorCode } from "./error.ts";
import { LINK_TYPE } from "./frame.ts";
import { fail, tell, write } from "./parent.ts";

/** What the sniffer is told, as JSON in its first argument. */
export interface SnifferOptions {
	interface: string;
	/** A BPF filter, or empty. */
	filter: string;
	/** Bytes kept of each frame. */
	snapLength: number;
	/** Bytes of the kernel's buffer. */
	bufferBytes: number;
	/** Fail when there is no such interface, instead of waiting for it. */
	mustExist: boolean;
}

/** Bytes gathered before a write: large enough that system calls cost nothing, and a few milliseconds at the highest rates. */
const BATCH_BYTES = 1 << 18;
/** A batch is not held longer than this while packets keep coming; looked at every CLOCK_FRAMES frames. */
const BATCH_MILLIS = 8;
const CLOCK_FRAMES = 64;
/** The kernel hands over a block when it is full or this old. Not 0: that would wake us for each packet. */
const KERNEL_MILLIS = 10;
/** How often the interface is looked at: a session that went deaf is noticed after at most two looks. */
const WATCH_MILLIS = 250;
const STATISTICS_MILLIS = 1000;
/** Tries to empty the kernel's buffer once more before a lost session is given up; the first reports the loss itself. */
const LAST_READS = 3;
const UP_FLAG = 1;
const FOLDER = "/sys/class/net";
/** Capture sources of libpcap that are no network interfaces. */
const NO_NETWORK = /^(any|nflog|nfqueue|bluetooth\d*|bluetooth-monitor|usbmon\d+|dbus-\w+)$/;

/** The part of the addon of `pcap` 3.1.0 that is used. Its JavaScript half is left out: it allocates for every packet, and hides read errors. */
interface Session {
	open_live(
		device: string,
		filter: string,
		bufferBytes: number,
		snapLength: number,
		outputFile: string,
		onPacket: () => void,
		isMonitor: boolean,
		timeoutMillis: number,
		onWarning: (text: string) => void,
		isPromiscuous: boolean,
	): string;
	/** Reads until there is nothing more: 0, or -1 for an error. Each packet is put into the buffers before `onPacket`. */
	dispatch(data: Buffer, header: Buffer): number;
	start_polling(): void;
	/** Called when there is something to read. */
	read_callback: () => void;
	stats(): { ps_recv: number; ps_drop: number; ps_ifdrop: number };
}
interface Binding {
	PcapSession: new () => Session;
	findalldevs(): { name: string }[];
}

interface LinkState {
	index: string;
	isUp: boolean;
	hasCarrier: boolean;
}

const options = JSON.parse(process.argv[2] ?? "{}") as SnifferOptions;
const { interface: name, filter, snapLength, bufferBytes } = options;

function load(): Binding | Error {
	try {
		return createRequire(import.meta.url)("pcap/build/Release/pcap_binding.node") as Binding;
	} catch (error) {
		return error as Error;
	}
}

function names(binding: Binding): string[] {
	try {
		return binding.findalldevs().map((one) => one.name);
	} catch {
		return [];
	}
}

function linkState(binding: Binding): LinkState | undefined {
	const read = (file: string) => readFileSync(`${FOLDER}/${name}/${file}`, "latin1").trim();
	try {
		if (!/^[^/]+$/.test(name) || name.startsWith(".")) return undefined;
		const isUp = (Number.parseInt(read("flags"), 16) & UP_FLAG) !== 0;
		return {
			index: read("ifindex"),
			isUp,
			// Not "operstate", which follows up to a second later. Unreadable while the interface is down.
			hasCarrier: isUp && read("carrier") !== "0",
		};
	} catch {
		// "any", or a network namespace whose /sys is another's: what libpcap knows is taken to be up.
		return names(binding).includes(name) ? { index: "", isUp: true, hasCarrier: true } : undefined;
	}
}

function existing(binding: Binding): string {
	let all: string[];
	try {
		all = readdirSync(FOLDER);
	} catch {
		all = names(binding);
	}
	const found = all.filter((one) => !NO_NETWORK.test(one)).sort();
	return found.length === 0 ? "There is none" : `There is ${found.join(", ")}`;
}

const linkTypeOf = (text: string): number => {
	const known: Record<string, number> = {
		LINKTYPE_NULL: LINK_TYPE.null,
		LINKTYPE_ETHERNET: LINK_TYPE.ethernet,
		LINKTYPE_IEEE802_11_RADIO: 127,
		LINKTYPE_RAW: LINK_TYPE.raw,
		LINKTYPE_LINUX_SLL: LINK_TYPE.linuxSll,
	};
	return known[text] ?? Number.parseInt(/\d+$/.exec(text)?.[0] ?? "0", 10);
};

class Sniffer {
	readonly #session: Session;
	readonly #batch = new Batch(BATCH_BYTES, snapLength);
	readonly #data = Buffer.alloc((snapLength + 3) & ~3);
	readonly #words = new Uint32Array(this.#data.buffer, this.#data.byteOffset, this.#data.length >> 2);
	readonly #header = Buffer.alloc(16);
	readonly #headerWords = new Uint32Array(this.#header.buffer, this.#header.byteOffset, 4);
	#frames = 0;
	/** Looks in a row that found frames which nobody called for, or that found none although the kernel counted some. */
	#findings = 0;
	#unreadLooks = 0;
	#framesAtLook = 0;
	#sinceClock = 0;
	#lastFlush = performance.now();
	#lastStatistics = 0;
	// Totals; the kernel's are 32 bit and wrap.
	#received = 0;
	#kernelDrops = 0;
	#interfaceDrops = 0;
	#last = { ps_recv: 0, ps_drop: 0, ps_ifdrop: 0 };

	constructor(binding: Binding, isPromiscuous: boolean, withFilter: string) {
		this.#session = new binding.PcapSession();
		const onPacket = () => this.#take();
		const warn = () => {};
		const { open_live } = this.#session;
		const type = open_live.call(
			this.#session,
			name,
			withFilter,
			bufferBytes,
			snapLength,
			"",
			onPacket,
			false,
			KERNEL_MILLIS,
			warn,
			isPromiscuous,
		);
		this.#batch.open(name, linkTypeOf(type), snapLength);
	}

	start(onError: () => void): void {
		this.#session.read_callback = () => {
			this.#findings = 0;
			if (!this.#read()) onError();
		};
		this.#session.start_polling();
		if (!this.#read()) onError();
	}

	/**
	 * Reads without having been called, and tells whether the session is deaf. When an interface has gone down and up, the event loop no longer
	 * watches its socket, while the kernel and libpcap go on: frames are found here that nobody called for, and none is lost. Once may be a
	 * coincidence, twice without a call between is not. Or, as a last resort, the kernel counts frames that cannot be read at all.
	 */
	isDeaf(): boolean {
		const frames = this.#frames;
		const received = this.#received;
		this.#read();
		this.#count();
		if (this.#frames > frames) this.#findings++;
		const isUnread = this.#received > received && this.#frames === this.#framesAtLook;
		this.#unreadLooks = isUnread ? this.#unreadLooks + 1 : 0;
		this.#framesAtLook = this.#frames;
		return this.#findings >= 2 || this.#unreadLooks >= 2;
	}

	#read(): boolean {
		const result = this.#session.dispatch(this.#data, this.#header);
		this.flush();
		return result >= 0;
	}

	/** Called for each packet, inside the native loop. */
	#take(): void {
		const header = this.#headerWords;
		this.#batch.add(header[0]!, header[1]!, Math.min(header[2]!, snapLength), header[3]!, this.#words);
		this.#frames++;
		if (this.#batch.isFull) this.flush();
		else if (++this.#sinceClock >= CLOCK_FRAMES) {
			this.#sinceClock = 0;
			const now = performance.now();
			if (now - this.#lastFlush >= BATCH_MILLIS) this.flush();
		}
	}

	/** Writes what is gathered. From here and not from a timer come the counters, because the native loop starves timers. */
	flush(): void {
		const now = performance.now();
		if (now - this.#lastStatistics >= STATISTICS_MILLIS) {
			this.#lastStatistics = now;
			this.#count();
			this.#batch.statistics(Date.now() * 1000, this.#received, this.#interfaceDrops, this.#kernelDrops);
		}
		this.#lastFlush = now;
		if (this.#batch.length === 0) return;
		write(this.#batch.bytes);
		this.#batch.clear();
	}

	/** Asks the kernel for its counters. */
	#count(): void {
		try {
			const { ps_recv, ps_drop, ps_ifdrop } = this.#session.stats();
			this.#received += (ps_recv - this.#last.ps_recv) >>> 0;
			this.#kernelDrops += (ps_drop - this.#last.ps_drop) >>> 0;
			// Read from the interface, not from our socket: it starts again from 0 when the interface is made anew.
			this.#interfaceDrops += Math.max(0, ps_ifdrop - this.#last.ps_ifdrop);
			this.#last = { ps_recv, ps_drop, ps_ifdrop };
		} catch {
			// The interface is gone, and its counters with it.
		}
	}

	/** Takes what the kernel still holds, and writes the last counters. */
	finish(): void {
		for (let tries = 0; tries < LAST_READS; tries++) if (this.#session.dispatch(this.#data, this.#header) >= 0) break;
		this.#lastStatistics = -STATISTICS_MILLIS;
		this.flush();
	}
}

const pause = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis));

/** Opens the interface, or says why not. `isDown` when it only has to come up. */
function open(binding: Binding): Sniffer | { isDown: boolean; code: CaptureErrorCode; sentence: string } {
	const attempt = (isPromiscuous: boolean, withFilter: string): Sniffer | string => {
		try {
			return new Sniffer(binding, isPromiscuous, withFilter);
		} catch (error) {
			return (error as Error).message;
		}
	};
	let result = attempt(true, filter);
	// The addon takes libpcap's warning that a device knows no promiscuous mode for an error.
	const isPromiscuous = typeof result !== "string" || !/promiscuous/i.test(result);
	if (!isPromiscuous) result = attempt(false, filter);
	if (typeof result !== "string") return result;
	if (/permission|permitted|CAP_NET_RAW/i.test(result))
		return {
			isDown: false,
			code: CAPTURE_ERROR.noPrivilege,
			sentence: `No permission to capture on ${name}: run as root, or allow it once with "setcap cap_net_raw+ep ${process.execPath}".`,
		};
	if (/not up|is down/i.test(result)) return { isDown: true, code: CAPTURE_ERROR.openFailed, sentence: `${name} is down.` };
	if (filter !== "" && typeof attempt(isPromiscuous, "") !== "string")
		return {
			isDown: false,
			code: CAPTURE_ERROR.badFilter,
			sentence: `The capture filter "${filter}" for ${name} is not valid (${result}): write it as for tcpdump, see "man pcap-filter".`,
		};
	return { isDown: false, code: CAPTURE_ERROR.openFailed, sentence: `${name} could not be opened for capture: ${result}.` };
}

async function main(): Promise<void> {
	const binding = load();
	if (binding instanceof Error) {
		const why = binding.message.split("\n")[0];
		return fail(
			CAPTURE_ERROR.noPcap,
			`Live capture needs the package "pcap", which is not built here (${why}): install what it is built with, "apt install libpcap-dev build-essential", then run "npm rebuild pcap", or "npm install" if it is missing.`,
		);
	}

	let sniffer: Sniffer;
	let opened: LinkState;
	for (let isFirst = true; ; isFirst = false) {
		const state = linkState(binding);
		if (state === undefined && options.mustExist && isFirst)
			return fail(CAPTURE_ERROR.noInterface, `There is no network interface "${name}". ${existing(binding)}: name one of them.`);
		// A failed open leaks a descriptor, so it is tried on an interface that is down only once, to find out about privileges and filter.
		if (state?.isUp || (state !== undefined && isFirst)) {
			const result = open(binding);
			if (result instanceof Sniffer) {
				sniffer = result;
				opened = state;
				break;
			}
			if (!result.isDown) return fail(result.code, result.sentence);
		}
		await tell({ type: "blind", state: "down", sentence: state === undefined ? `${name} is gone.` : `${name} is down.` });
		for (let waited = 0; waited < 1000; waited += WATCH_MILLIS) {
			await pause(WATCH_MILLIS);
			if (!process.connected) process.exit(0);
			if (linkState(binding)?.isUp) break;
		}
	}

	process.on("disconnect", () => {
		sniffer.finish();
		process.exit(0);
	});
	if (!process.connected) process.exit(0);
	await tell({ type: "opened" });

	let isLost = false;
	const lose = (state: "down" | "deaf", sentence: string) => {
		if (isLost) return;
		isLost = true;
		sniffer.finish();
		void tell({ type: "blind", state, sentence }).then(() => process.exit(0));
	};
	const look = () => {
		const state = linkState(binding);
		if (state === undefined) lose("down", `${name} is gone.`);
		else if (!state.isUp) lose("down", `${name} is down.`);
		else if (state.index !== opened.index) lose("deaf", `${name} was made anew; it is opened again.`);
		return state;
	};
	let hadCarrier = true;
	setInterval(() => {
		const state = look();
		if (isLost || state === undefined) return;
		if (state.hasCarrier !== hadCarrier) {
			hadCarrier = state.hasCarrier;
			void tell(
				hadCarrier
					? { type: "seeing" }
					: { type: "blind", state: "down", sentence: `${name} has no link: check its cable and the switch.` },
			);
		}
		if (sniffer.isDeaf()) lose("deaf", `${name} went down and up, which ends a capture; it is opened again.`);
	}, WATCH_MILLIS);

	sniffer.start(() => {
		look();
		lose("deaf", `${name} can no longer be read; it is opened again.`);
	});
}

void main();
