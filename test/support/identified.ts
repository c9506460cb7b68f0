/** A capture in which a client asks devices who they are (Modbus, function 43/14), and each answers. */
import { ethernet, FLAG, ipv4, tcp } from "../wire/frameBuilder.ts";
import { join, pcapHeader, pcapRecord } from "./pcapBuilder.ts";

const START = 1_750_000_000;
const CLIENT = { mac: "02:00:00:00:00:01", ip: "10.0.0.1" };

export interface Identified {
	ip: string;
	vendor: string;
	code: string;
	revision: string;
}

const adu = (pdu: readonly number[]): number[] => [0, 1, 0, 0, 0, pdu.length + 1, 1, ...pdu];
const objectOf = (id: number, text: string): number[] => [id, text.length, ...Buffer.from(text, "latin1")];

export function identifyingDevices(devices: readonly Identified[]): Uint8Array {
	const records: Uint8Array[] = [pcapHeader()];
	for (const [at, { ip, vendor, code, revision }] of devices.entries()) {
		const server = { mac: `02:00:00:00:01:${ip.split(".")[3]!.padStart(2, "0")}`, ip };
		const ask = adu([0x2b, 14, 1, 0]);
		const answer = adu([0x2b, 14, 1, 1, 0, 0, 3, ...objectOf(0, vendor), ...objectOf(1, code), ...objectOf(2, revision)]);
		const send = (isClient: boolean, flags: number, sequence: number, acknowledgment: number, payload: number[], step: number) => {
			const [from, to] = isClient ? [CLIENT, server] : [server, CLIENT];
			const ports = isClient ? { from: 40_000 + at, to: 502 } : { from: 502, to: 40_000 + at };
			const segment = tcp(payload, { ...ports, sequence, acknowledgment, flags });
			const packet = ipv4(6, segment, { source: from.ip, destination: to.ip, id: step });
			records.push(pcapRecord(START + at, step * 100, ethernet(0x0800, packet, { source: from.mac, destination: to.mac })));
		};
		send(true, FLAG.syn, 100, 0, [], 1);
		send(false, FLAG.syn | FLAG.ack, 500, 101, [], 2);
		send(true, FLAG.ack, 101, 501, [], 3);
		send(true, FLAG.psh | FLAG.ack, 101, 501, ask, 4);
		send(false, FLAG.psh | FLAG.ack, 501, 101 + ask.length, answer, 5);
	}
	return join(...records);
}
