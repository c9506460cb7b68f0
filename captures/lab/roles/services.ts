/** The plant's DNS, DHCP and time server. */
import { createSocket, type Socket } from "node:dgram";
import { answerDhcp, answerTime } from "../everyday.ts";
import type { Actions, HostContext } from "../host.ts";
import { addressOf, HOSTS, LEASES, NETWORK } from "../plant.ts";

/** RFC 1035 section 4.1. */
const DNS_HEADER = 12;
const TYPE_A = 1;
const TIME_TO_LIVE = 3600;

export async function start(context: HostContext): Promise<Actions> {
	if (context.isLoopback) return {};
	const dns = await listen(53, context.ip);
	dns.on("message", (question, from) => {
		const answer = answerName(question);
		if (answer !== undefined) dns.send(answer, from.port, from.address);
	});
	const time = await listen(123, context.ip);
	time.on("message", (question, from) => {
		const answer = answerTime(question);
		if (answer !== undefined) time.send(answer, from.port, from.address);
	});
	const dhcp = await listen(67, "0.0.0.0");
	dhcp.setBroadcast(true);
	dhcp.on("message", (question) => {
		const answer = answerDhcp(question, context.ip, LEASES);
		if (answer !== undefined) dhcp.send(answer, 68, "255.255.255.255");
	});
	return {};
}

async function listen(port: number, ip: string): Promise<Socket> {
	const socket = createSocket("udp4");
	socket.on("error", () => {});
	await new Promise<void>((done) => socket.bind(port, ip, done));
	return socket;
}

/** One question, answered with the host's address or "no such name". */
function answerName(question: Buffer): Buffer | undefined {
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
	const host = HOSTS.find((one) => `${one.name}.${NETWORK.domain}` === name);
	const isFound = host !== undefined && question.readUInt16BE(at + 1) === TYPE_A;
	const header = Buffer.alloc(DNS_HEADER);
	question.copy(header, 0, 0, 2);
	// Authoritative answer, recursion desired as asked, "no such name" where there is none.
	header.writeUInt16BE(0x8480 | ((question[2]! & 1) << 8) | (host === undefined ? 3 : 0), 2);
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
		for (const [index, part] of addressOf(host.name).split(".").entries()) record[12 + index] = Number(part);
		parts.push(record);
	}
	return Buffer.concat(parts);
}
