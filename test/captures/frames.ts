/** Frames of a classic pcap, and bytes of a serial line in pcapng, read in the plainest way: a second opinion for tests of the lab, independent of the engine. */

export interface PlainFrame {
	number: number;
	time: number;
	source: string;
	destination: string;
	etherType: number;
	/** Source and destination, of IPv4 or ARP. */
	addresses: string[];
	/** 6, 17, or 0 for none. */
	protocol: number;
	ports: [source: number, destination: number];
	payload: Buffer;
	bytes: Buffer;
}

export function readFrames(file: Buffer): PlainFrame[] {
	const frames: PlainFrame[] = [];
	for (let at = 24; at + 16 <= file.length; ) {
		const length = file.readUInt32LE(at + 8);
		const bytes = file.subarray(at + 16, at + 16 + length);
		frames.push(readFrame(frames.length + 1, file.readUInt32LE(at) + file.readUInt32LE(at + 4) / 1e6, bytes));
		at += 16 + length;
	}
	return frames;
}

function readFrame(number: number, time: number, bytes: Buffer): PlainFrame {
	const mac = (at: number) => bytes.toString("hex", at, at + 6).replace(/(..)(?=.)/g, "$1:");
	const ip = (at: number) => [...bytes.subarray(at, at + 4)].join(".");
	const frame: PlainFrame = {
		number,
		time,
		source: mac(6),
		destination: mac(0),
		etherType: bytes.readUInt16BE(12),
		addresses: [],
		protocol: 0,
		ports: [0, 0],
		payload: bytes.subarray(bytes.length),
		bytes,
	};
	if (frame.etherType === 0x0806) frame.addresses = [ip(28), ip(38)];
	if (frame.etherType !== 0x0800) return frame;
	frame.addresses = [ip(26), ip(30)];
	frame.protocol = bytes[23]!;
	const transport = 14 + (bytes[14]! & 15) * 4;
	const end = 14 + bytes.readUInt16BE(16);
	frame.ports = [bytes.readUInt16BE(transport), bytes.readUInt16BE(transport + 2)];
	frame.payload = bytes.subarray(transport + (frame.protocol === 6 ? (bytes[transport + 12]! >> 4) * 4 : 8), end);
	return frame;
}

/** Whether the checksum of a TCP segment fits (RFC 9293 3.1). */
export function isSummed(frame: PlainFrame): boolean {
	const transport = 14 + (frame.bytes[14]! & 15) * 4;
	const segment = frame.bytes.subarray(transport, 14 + frame.bytes.readUInt16BE(16));
	let sum = frame.protocol + segment.length;
	for (let at = 26; at < 34; at += 2) sum += frame.bytes.readUInt16BE(at);
	for (let at = 0; at < segment.length; at += 2) sum += at + 1 < segment.length ? segment.readUInt16BE(at) : segment[at]! << 8;
	while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
	return sum === 0xffff;
}

/** The recording of one serial line (pcapng, little endian, one interface, LINKTYPE_RTAC_SERIAL): times in seconds, kinds of events, bytes. */
export function readLine(file: Buffer): { name: string; linkType: number; pieces: { time: number; event: number; data: Uint8Array }[] } {
	const line = { name: "", linkType: -1, pieces: [] as { time: number; event: number; data: Uint8Array }[] };
	for (let at = 0; at + 12 <= file.length; at += file.readUInt32LE(at + 4)) {
		const type = file.readUInt32LE(at);
		if (type === 1) {
			line.linkType = file.readUInt16LE(at + 8);
			// The first option is its name.
			line.name = file.toString("utf8", at + 20, at + 20 + file.readUInt16LE(at + 18));
		} else if (type === 6) {
			const micros = file.readUInt32LE(at + 12) * 2 ** 32 + file.readUInt32LE(at + 16);
			const bytes = file.subarray(at + 28, at + 28 + file.readUInt32LE(at + 20));
			line.pieces.push({ time: micros / 1e6, event: bytes[8]!, data: bytes.subarray(12) });
		}
	}
	return line;
}
