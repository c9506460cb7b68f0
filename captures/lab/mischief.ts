/** How a PLC of the lab answers when something is wrong with it, or somebody has taken it over: busy, late, twice, with other content, with less than was asked. */
import { setTimeout as sleep } from "node:timers/promises";

export const MISCHIEF = ["busy", "acknowledge", "late", "twice", "differing", "mismatched"] as const;
export type MischiefKind = (typeof MISCHIEF)[number];

const PDU = 7;
/** What it is played on: answers to "read holding registers" of at least two registers. */
const READ_HOLDING = 3;
const EXCEPTION: Readonly<Partial<Record<MischiefKind, number>>> = { acknowledge: 5, busy: 6 };
/** Milliseconds: shorter than any client waits. */
const LATE = 450;

export class Mischief {
	#kind: MischiefKind = "twice";
	#left = 0;

	/** The next `count` answers. */
	plan(kind: MischiefKind, count: number): void {
		this.#kind = kind;
		this.#left = count;
	}

	/** Sends what is left of honesty: `answer` is an ADU of the server. */
	async send(answer: Buffer, write: (bytes: Buffer) => void): Promise<void> {
		const isPlayed = this.#left > 0 && answer[PDU] === READ_HOLDING && answer.length > PDU + 2 + 2;
		if (!isPlayed) {
			write(answer);
			return;
		}
		this.#left--;
		const kind = this.#kind;
		const code = EXCEPTION[kind];
		if (code !== undefined) write(shortened(answer, [READ_HOLDING | 0x80, code]));
		else if (kind === "mismatched") write(shortened(answer, [READ_HOLDING, 2, answer[PDU + 2]!, answer[PDU + 3]!]));
		else if (kind === "late") {
			await sleep(LATE);
			write(answer);
		} else {
			const again = Buffer.from(answer);
			if (kind === "differing") again.writeUInt16BE(again.readUInt16BE(PDU + 2) ^ 1, PDU + 2);
			write(answer);
			write(again);
		}
	}
}

/** The header of an answer around another PDU. */
function shortened(answer: Buffer, pdu: readonly number[]): Buffer {
	const header = Buffer.from(answer.subarray(0, PDU));
	header.writeUInt16BE(pdu.length + 1, 4);
	return Buffer.concat([header, Buffer.from(pdu)]);
}
