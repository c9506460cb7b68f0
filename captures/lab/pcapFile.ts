/** The times of the frames in a classic pcap file, as tcpdump writes it here (little endian, microseconds). Only for the lab's own recordings. */
import { readFileSync } from "node:fs";

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const MAGIC = 0xa1b2c3d4;

/** Seconds since the epoch, one a frame. */
export function frameTimes(file: string): number[] {
	const bytes = readFileSync(file);
	if (bytes.length < FILE_HEADER || bytes.readUInt32LE(0) !== MAGIC)
		throw new Error(`${file} is not a pcap file of microseconds, little endian.`);
	const times: number[] = [];
	for (let at = FILE_HEADER; at + RECORD_HEADER <= bytes.length; at += RECORD_HEADER + bytes.readUInt32LE(at + 8)) {
		times.push(bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) / 1e6);
	}
	return times;
}
