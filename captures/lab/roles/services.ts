/** The plant's DNS, DHCP and time server. */
import { createSocket, type Socket } from "node:dgram";
import { answerDhcp, answerName, answerTime } from "../everyday.ts";
import type { Actions, HostContext } from "../host.ts";
import { plantName } from "../intrusion.ts";
import { LEASES } from "../plant.ts";

export async function start(context: HostContext): Promise<Actions> {
	if (context.isLoopback) return {};
	const dns = await listen(53, context.ip);
	dns.on("message", (question, from) => {
		const answer = answerName(question, plantName);
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
