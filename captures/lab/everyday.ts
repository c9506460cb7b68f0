/** What every machine does besides its work: names (DNS), time (SNTP, RFC 4330), an address (DHCP, RFC 2131). */
import { execFileSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import type { HostContext } from "./host.ts";
import { NETWORK } from "./plant.ts";

const PATIENCE = 1500;

/** Asks the plant's DNS server for an address. */
export async function resolveName(context: HostContext, name: string): Promise<void> {
	if (context.isLoopback) return;
	const resolver = new Resolver({ timeout: PATIENCE, tries: 1 });
	resolver.setServers([context.address("services")]);
	await resolver.resolve4(name).catch(() => undefined);
}

const NTP_PORT = 123;
const NTP_LENGTH = 48;
/** Seconds from 1900 to 1970. */
const NTP_EPOCH = 2_208_988_800;
/** Version 4, mode 3 (client). */
const NTP_CLIENT = 0x23;
/** Version 4, mode 4 (server). */
const NTP_SERVER = 0x24;

/** Asks the plant's time server for the time. */
export async function keepTime(context: HostContext): Promise<void> {
	if (context.isLoopback) return;
	const socket = createSocket("udp4");
	try {
		const question = Buffer.alloc(NTP_LENGTH);
		question[0] = NTP_CLIENT;
		writeNtpTime(question, 40);
		const answered = once(socket, "message", { signal: AbortSignal.timeout(PATIENCE) });
		socket.send(question, NTP_PORT, context.address("services"));
		await answered.catch(() => undefined);
	} finally {
		socket.close();
	}
}

export function answerTime(question: Buffer): Buffer | undefined {
	if (question.length < NTP_LENGTH || (question[0]! & 7) !== 3) return undefined;
	const answer = Buffer.alloc(NTP_LENGTH);
	answer[0] = NTP_SERVER;
	answer[1] = 2;
	answer[2] = 6;
	answer.writeInt8(-20, 3);
	answer.write("GPS", 12, "latin1");
	writeNtpTime(answer, 16);
	question.copy(answer, 24, 40, 48);
	writeNtpTime(answer, 32);
	writeNtpTime(answer, 40);
	return answer;
}

function writeNtpTime(bytes: Buffer, offset: number): void {
	const now = Date.now() / 1000 + NTP_EPOCH;
	bytes.writeUInt32BE(Math.floor(now), offset);
	bytes.writeUInt32BE(Math.floor((now % 1) * 4294967296), offset + 4);
}

/** Offsets of RFC 2131 section 2, and the options of RFC 2132 that the lab uses. */
const DHCP = { clientPort: 68, serverPort: 67, xid: 4, flags: 10, yiaddr: 16, siaddr: 20, chaddr: 28, cookie: 236, options: 240 } as const;
const DHCP_COOKIE = 0x63825363;
const DHCP_BROADCAST = 0x8000;
/** BOOTP receivers may insist on it (RFC 1542 2.1). */
const DHCP_LENGTH = 300;
const OPTION = {
	mask: 1,
	router: 3,
	dns: 6,
	hostName: 12,
	domain: 15,
	requestedIp: 50,
	lease: 51,
	type: 53,
	server: 54,
	parameters: 55,
	vendor: 60,
	client: 61,
	end: 255,
};
const MESSAGE = { discover: 1, offer: 2, request: 3, ack: 5, nak: 6 } as const;
const LEASE_SECONDS = 86_400;

type DhcpOptions = readonly (readonly [code: number, value: Buffer])[];

/** Gets an address by DHCP and puts it on the interface. The second time it only renews, as a machine that wakes up does. */
export async function joinByDhcp(context: HostContext): Promise<string> {
	const socket = createSocket({ type: "udp4", reuseAddr: true });
	await new Promise<void>((done) => socket.bind(DHCP.clientPort, "0.0.0.0", done));
	socket.setBroadcast(true);
	try {
		const mac = Buffer.from(context.host.mac.replaceAll(":", ""), "hex");
		const xid = Math.floor(context.random.next() * 0xffffffff);
		const common: DhcpOptions = [
			[OPTION.client, Buffer.concat([Buffer.from([1]), mac])],
			[OPTION.hostName, Buffer.from(context.name)],
			[OPTION.vendor, Buffer.from("plant-client 1.0")],
			[OPTION.parameters, Buffer.from([OPTION.mask, OPTION.dns, OPTION.domain, OPTION.lease])],
		];
		const ask = async (type: number, expected: number, options: DhcpOptions): Promise<Buffer> => {
			const message = dhcpMessage(1, xid, mac, [[OPTION.type, Buffer.from([type])], ...common, ...options]);
			const answer = dhcpAnswer(socket, xid, expected);
			socket.send(message, DHCP.serverPort, "255.255.255.255");
			return answer;
		};
		const offer = await ask(MESSAGE.discover, MESSAGE.offer, []);
		const server = dhcpOption(offer, OPTION.server) ?? Buffer.alloc(4);
		const offered = offer.subarray(DHCP.yiaddr, DHCP.yiaddr + 4);
		const ack = await ask(MESSAGE.request, MESSAGE.ack, [
			[OPTION.requestedIp, offered],
			[OPTION.server, server],
		]);
		const ip = [...ack.subarray(DHCP.yiaddr, DHCP.yiaddr + 4)].join(".");
		execFileSync("ip", ["addr", "replace", `${ip}/${NETWORK.bits}`, "dev", "eth0"]);
		return ip;
	} finally {
		socket.close();
	}
}

/** The server's answer to a client's message, or undefined for a message that is none of its business. `leases` maps MAC to address; `router` is the way out, where there is one. */
export function answerDhcp(
	question: Buffer,
	server: string,
	leases: Readonly<Record<string, string>>,
	router?: string,
): Buffer | undefined {
	if (question.length < DHCP.options || question[0] !== 1 || question.readUInt32BE(DHCP.cookie) !== DHCP_COOKIE) return undefined;
	const mac = question.subarray(DHCP.chaddr, DHCP.chaddr + 6);
	const ip = leases[mac.toString("hex").replace(/(..)(?=.)/g, "$1:")];
	const type = dhcpOption(question, OPTION.type)?.[0];
	if (ip === undefined || (type !== MESSAGE.discover && type !== MESSAGE.request)) return undefined;
	const lease = Buffer.alloc(4);
	lease.writeUInt32BE(LEASE_SECONDS);
	const answer = dhcpMessage(2, question.readUInt32BE(DHCP.xid), mac, [
		[OPTION.type, Buffer.from([type === MESSAGE.discover ? MESSAGE.offer : MESSAGE.ack])],
		[OPTION.server, ipBytes(server)],
		[OPTION.lease, lease],
		[OPTION.mask, Buffer.from([255, 255, 255, 0])],
		...(router === undefined ? [] : [[OPTION.router, ipBytes(router)] as const]),
		[OPTION.dns, ipBytes(server)],
		[OPTION.domain, Buffer.from(NETWORK.domain)],
	]);
	ipBytes(ip).copy(answer, DHCP.yiaddr);
	ipBytes(server).copy(answer, DHCP.siaddr);
	return answer;
}

function dhcpMessage(operation: number, xid: number, mac: Buffer, options: DhcpOptions): Buffer {
	const message = Buffer.alloc(DHCP_LENGTH + 100);
	message[0] = operation;
	message[1] = 1;
	message[2] = 6;
	message.writeUInt32BE(xid, DHCP.xid);
	message.writeUInt16BE(DHCP_BROADCAST, DHCP.flags);
	mac.copy(message, DHCP.chaddr);
	message.writeUInt32BE(DHCP_COOKIE, DHCP.cookie);
	let at = DHCP.options;
	for (const [code, value] of options) {
		message[at++] = code;
		message[at++] = value.length;
		at += value.copy(message, at);
	}
	message[at++] = OPTION.end;
	return message.subarray(0, Math.max(at, DHCP_LENGTH));
}

function dhcpOption(message: Buffer, wanted: number): Buffer | undefined {
	for (let at = DHCP.options; at + 1 < message.length && message[at] !== OPTION.end; at += 2 + message[at + 1]!) {
		if (message[at] === wanted) return message.subarray(at + 2, at + 2 + message[at + 1]!);
	}
	return undefined;
}

async function dhcpAnswer(socket: Socket, xid: number, type: number): Promise<Buffer> {
	const signal = AbortSignal.timeout(PATIENCE);
	for (;;) {
		const [message] = (await once(socket, "message", { signal })) as [Buffer];
		if (message.length > DHCP.options && message.readUInt32BE(DHCP.xid) === xid && dhcpOption(message, OPTION.type)?.[0] === type)
			return message;
	}
}

function ipBytes(ip: string): Buffer {
	return Buffer.from(ip.split(".").map(Number));
}

/** RFC 1035 section 4.1. */
const DNS_HEADER = 12;
const TYPE_A = 1;
const TIME_TO_LIVE = 3600;

/** One question, answered with the address that `find` gives, or "no such name". */
export function answerName(question: Buffer, find: (name: string) => string | undefined): Buffer | undefined {
	if (question.length < DNS_HEADER + 5 || (question[2]! & 0x80) !== 0 || question.readUInt16BE(4) !== 1) return undefined;
	const labels: string[] = [];
	let at = DNS_HEADER;
	for (let length = question[at]!; length !== 0; length = question[at]!) {
		labels.push(question.toString("latin1", at + 1, at + 1 + length));
		at += 1 + length;
		if (at >= question.length) return undefined;
	}
	if (at + 5 > question.length) return undefined;
	const name = labels.join(".").toLowerCase();
	const address = find(name);
	const isFound = address !== undefined && question.readUInt16BE(at + 1) === TYPE_A;
	const header = Buffer.alloc(DNS_HEADER);
	question.copy(header, 0, 0, 2);
	// Authoritative answer, recursion desired as asked, "no such name" where there is none.
	header.writeUInt16BE(0x8480 | ((question[2]! & 1) << 8) | (address === undefined ? 3 : 0), 2);
	header.writeUInt16BE(1, 4);
	header.writeUInt16BE(isFound ? 1 : 0, 6);
	const parts = [header, question.subarray(DNS_HEADER, at + 5)];
	if (isFound) {
		const record = Buffer.alloc(16);
		record.writeUInt16BE(0xc000 | DNS_HEADER, 0);
		record.writeUInt16BE(TYPE_A, 2);
		record.writeUInt16BE(1, 4);
		record.writeUInt32BE(TIME_TO_LIVE, 6);
		record.writeUInt16BE(4, 10);
		for (const [index, part] of address.split(".").entries()) record[12 + index] = Number(part);
		parts.push(record);
	}
	return Buffer.concat(parts);
}
