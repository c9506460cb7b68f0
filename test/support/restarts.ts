/** A capture in which many clients tell many PLCs to restart (Modbus, function 8, sub-function 1): each pair is an alert of its own, and a fact. */
import { ethernet, FLAG, ipv4, tcp } from "../wire/frameBuilder.ts";
import { join, pcapHeader, pcapRecord } from "./pcapBuilder.ts";

const RESTART = [0, 1, 0, 0, 0, 6, 1, 8, 0, 1, 0, 0];
const START = 1_750_000_000;

/** `count` pairs from number `first` on, `millis` apart. */
export function restartCapture(count: number, { first = 0, millis = 1 } = {}): Uint8Array {
	const records: Uint8Array[] = [pcapHeader()];
	for (let number = first; number < first + count; number++) {
		const host = `${number >> 8}.${number & 255}`;
		const client = {
			mac: `02:00:00:01:${(number >> 8).toString(16).padStart(2, "0")}:${(number & 255).toString(16).padStart(2, "0")}`,
			ip: `10.1.${host}`,
		};
		const server = { mac: client.mac.replace("02:00:00:01", "02:00:00:02"), ip: `10.2.${host}` };
		const send = (isClient: boolean, flags: number, sequence: number, acknowledgment: number, payload: number[], step: number) => {
			const [from, to] = isClient ? [client, server] : [server, client];
			const ports = isClient ? { from: 40_000, to: 502 } : { from: 502, to: 40_000 };
			const segment = tcp(payload, { ...ports, sequence, acknowledgment, flags });
			const frame = ethernet(0x0800, ipv4(6, segment, { source: from.ip, destination: to.ip, id: step }), {
				source: from.mac,
				destination: to.mac,
			});
			const micros = (number - first) * millis * 1000 + step * 100;
			records.push(pcapRecord(START + Math.floor(micros / 1e6), micros % 1e6, frame));
		};
		send(true, FLAG.syn, 100, 0, [], 1);
		send(false, FLAG.syn | FLAG.ack, 500, 101, [], 2);
		send(true, FLAG.ack, 101, 501, [], 3);
		send(true, FLAG.psh | FLAG.ack, 101, 501, RESTART, 4);
		send(false, FLAG.psh | FLAG.ack, 501, 101 + RESTART.length, RESTART, 5);
	}
	return join(...records);
}
