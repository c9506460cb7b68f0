/** DHCP for IPv4 (RFC 2131, 2132). One datagram, one message. */
import { type DecoderContext, PROBE, type Probe } from "../../src/decode/protocol.ts";
import { ipv4Text, macText } from "../../src/wire/address.ts";
import { i32, u8, u32 } from "../../src/wire/bytes.ts";
import { OPTION } from "./codes.ts";
import type { DhcpObservation } from "./observation.ts";
import { BOOT_REPLY, BOOT_REQUEST, MAGIC_COOKIE, OFFSET } from "./wire.ts";

/** Addresses of one option that are kept. */
const MAX_ADDRESSES = 8;
/** Clients that are told apart, and microseconds for which they are. */
const MANY = 256;
const LATELY = 60_000_000;
/** Bytes of a client id that are kept. */
const MAX_ID = 64;
/** Routes of one option that are kept. */
const MAX_ROUTES = 32;
/** Options of one message that are read; a message of 576 bytes has a few dozen. */
const MAX_OPTIONS = 256;

export function probe(bytes: Uint8Array, start: number, end: number): Probe {
	if (end - start < OFFSET.options) return PROBE.mismatch;
	const operation = u8(bytes, start);
	if (operation !== BOOT_REQUEST && operation !== BOOT_REPLY) return PROBE.mismatch;
	if (u8(bytes, start + OFFSET.hardwareLength) > 16) return PROBE.mismatch;
	return u32(bytes, start + OFFSET.cookie) === MAGIC_COOKIE ? PROBE.certain : PROBE.mismatch;
}

export const sender = (bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined =>
	end - start < OFFSET.options ? undefined : u8(bytes, start) === BOOT_REPLY ? "server" : "client";

const address = (bytes: Uint8Array, at: number): string => {
	const word = i32(bytes, at);
	return word === 0 ? "" : ipv4Text(word);
};

/** Text of an option as Latin-1; control characters become a full stop. */
function text(bytes: Uint8Array, start: number, end: number): string {
	let out = "";
	for (let at = start; at < end; at++) {
		const byte = u8(bytes, at);
		if (byte === 0 && at === end - 1) break;
		out += byte < 0x20 || (byte >= 0x7f && byte < 0xa0) ? "." : String.fromCharCode(byte);
	}
	return out;
}

/** RFC 4702, 2.1: the name is in labels, as DNS has it. */
const LABELS = 4;

/** Labels joined by full stops. */
function labels(bytes: Uint8Array, start: number, end: number): string {
	let name = "";
	for (let at = start; at < end && u8(bytes, at) !== 0; at += 1 + u8(bytes, at)) {
		const stop = at + 1 + u8(bytes, at);
		if (stop > end) break;
		name += `${name === "" ? "" : "."}${text(bytes, at + 1, stop)}`;
	}
	return name;
}

/** RFC 3004, 4: classes with their lengths. Windows, and those that follow it, send one as plain text. */
function userClass(bytes: Uint8Array, start: number, end: number): string {
	let at = start;
	while (at < end && u8(bytes, at) > 0) at += 1 + u8(bytes, at);
	return at === end && start < end ? labels(bytes, start, end) : text(bytes, start, end);
}

/** RFC 2132, 9.14; kind 1 is the hardware address, which says nothing new where it is that of the message. */
function clientId(bytes: Uint8Array, start: number, end: number, mac: string): string {
	const id = Array.from(bytes.subarray(start, Math.min(end, start + MAX_ID)), (byte) => byte.toString(16).padStart(2, "0")).join(":");
	return id === `01:${mac}` ? "" : id;
}

/** Decodes one flow's datagrams. */
export class DhcpDatagrams {
	readonly deadline = Number.POSITIVE_INFINITY;
	readonly #context: DecoderContext<DhcpObservation>;
	/** Clients by the time at which they asked last; the one that did so longest ago first. */
	readonly #asking = new Map<string, number>();
	readonly #forOthers = new Map<string, number>();
	readonly #out: DhcpObservation = {
		protocol: "dhcp",
		kind: "request",
		time: 0,
		frame: 0,
		transactionId: 0,
		messageType: 0,
		clientMac: "",
		clientIp: "",
		yourIp: "",
		serverIp: "",
		relayIp: "",
		requestedIp: "",
		serverId: "",
		subnetMask: "",
		routers: [],
		nameServers: [],
		hostName: "",
		domainName: "",
		vendorClass: "",
		userClass: "",
		clientId: "",
		message: "",
		bootServer: "",
		bootFile: "",
		proxy: "",
		routes: [],
		asking: 0,
		askingForOthers: 0,
		leaseTime: -1,
		parameters: [],
		violation: "",
	};

	constructor(context: DecoderContext<DhcpObservation>) {
		this.#context = context;
	}

	data(bytes: Uint8Array, start: number, end: number): boolean {
		if (probe(bytes, start, end) === PROBE.mismatch) return false;
		const out = this.#out;
		const { clock, emit, flow } = this.#context;
		out.time = clock.time;
		out.frame = clock.frame;
		out.kind = u8(bytes, start) === BOOT_REPLY ? "response" : "request";
		out.transactionId = u32(bytes, start + OFFSET.transactionId);
		out.clientMac =
			u8(bytes, start + OFFSET.hardwareType) === 1 && u8(bytes, start + OFFSET.hardwareLength) === 6
				? macText(bytes, start + OFFSET.clientMac)
				: "";
		out.clientIp = address(bytes, start + OFFSET.clientIp);
		out.yourIp = address(bytes, start + OFFSET.yourIp);
		out.serverIp = address(bytes, start + OFFSET.serverIp);
		out.relayIp = address(bytes, start + OFFSET.relayIp);
		out.messageType = 0;
		out.requestedIp = out.serverId = out.subnetMask = out.hostName = out.domainName = out.vendorClass = out.violation = "";
		out.userClass = out.clientId = out.message = out.bootServer = out.bootFile = out.proxy = "";
		out.routes = [];
		out.asking = out.askingForOthers = 0;
		out.routers = [];
		out.nameServers = [];
		out.parameters = [];
		out.leaseTime = -1;
		this.#options(bytes, start + OFFSET.options, end);
		if (out.violation !== "") out.kind = "malformed";
		else if (out.kind === "request" && out.clientMac !== "" && out.relayIp === "") this.#ask(flow.client.mac);
		emit(out);
		return true;
	}

	/** Somebody asks for an address; `sender` is the card that sent it, as far as it is known. */
	#ask(sender: string | undefined): void {
		const out = this.#out;
		out.asking = this.#noted(this.#asking);
		if (sender !== undefined && sender !== out.clientMac) out.askingForOthers = this.#noted(this.#forOthers);
	}

	/** Notes the client, and says how many there were lately. */
	#noted(clients: Map<string, number>): number {
		const { clientMac, time } = this.#out;
		clients.delete(clientMac);
		clients.set(clientMac, time);
		for (const [client, last] of clients) {
			if (clients.size <= MANY && time - last <= LATELY) break;
			clients.delete(client);
		}
		return clients.size;
	}

	/** Nothing waits. */
	expire(_now: number): void {}

	/** RFC 2132, 2: code, length, value; pad and end have neither. */
	#options(bytes: Uint8Array, start: number, end: number): void {
		const out = this.#out;
		let at = start;
		for (let count = 0; at < end && count < MAX_OPTIONS; count++) {
			const code = u8(bytes, at);
			if (code === OPTION.end) return;
			if (code === OPTION.pad) {
				at++;
				continue;
			}
			const from = at + 2;
			const to = from + u8(bytes, at + 1);
			if (at + 1 >= end || to > end) {
				out.violation = "option-length";
				return;
			}
			this.#option(code, bytes, from, to);
			at = to;
		}
	}

	#option(code: number, bytes: Uint8Array, from: number, to: number): void {
		const out = this.#out;
		const length = to - from;
		const addresses = () =>
			Array.from({ length: Math.min(MAX_ADDRESSES, length >> 2) }, (_, index) => ipv4Text(i32(bytes, from + 4 * index)));
		if (code === OPTION.messageType && length === 1) out.messageType = u8(bytes, from);
		else if (code === OPTION.requestedIp && length === 4) out.requestedIp = address(bytes, from);
		else if (code === OPTION.serverId && length === 4) out.serverId = address(bytes, from);
		else if (code === OPTION.subnetMask && length === 4) out.subnetMask = address(bytes, from);
		else if (code === OPTION.leaseTime && length === 4) out.leaseTime = u32(bytes, from);
		else if (code === OPTION.router) out.routers = addresses();
		else if (code === OPTION.domainNameServer) out.nameServers = addresses();
		else if (code === OPTION.hostName) out.hostName = text(bytes, from, to);
		else if (code === OPTION.clientName && length > 3)
			out.hostName ||= (u8(bytes, from) & LABELS) === 0 ? text(bytes, from + 3, to) : labels(bytes, from + 3, to);
		else if (code === OPTION.domainName) out.domainName = text(bytes, from, to);
		else if (code === OPTION.vendorClass) out.vendorClass = text(bytes, from, to);
		else if (code === OPTION.userClass) out.userClass = userClass(bytes, from, to);
		else if (code === OPTION.clientId) out.clientId = clientId(bytes, from, to, out.clientMac);
		else if (code === OPTION.message) out.message = text(bytes, from, to);
		else if (code === OPTION.bootServer) out.bootServer = text(bytes, from, to);
		else if (code === OPTION.bootFile) out.bootFile = text(bytes, from, to);
		else if (code === OPTION.proxy) out.proxy = text(bytes, from, to);
		else if (code === OPTION.routes || code === OPTION.privateRoutes) this.#routes(bytes, from, to);
		else if (code === OPTION.parameterList) out.parameters = Array.from(bytes.subarray(from, to));
	}

	/** RFC 3442: bits of the network, as many bytes of it as those take, and the router. Windows has an option of its own for the same ([MS-DHCPE] 2.2.8). */
	#routes(bytes: Uint8Array, from: number, to: number): void {
		const { routes } = this.#out;
		for (let at = from; at < to && routes.length < MAX_ROUTES; ) {
			const bits = u8(bytes, at);
			const size = (bits + 7) >> 3;
			if (bits > 32 || at + 1 + size + 4 > to) return;
			const network = Array.from({ length: 4 }, (_, index) => (index < size ? u8(bytes, at + 1 + index) : 0)).join(".");
			routes.push({ network, bits, router: ipv4Text(i32(bytes, at + 1 + size)) });
			at += 1 + size + 4;
		}
	}
}
