/**
 * A converter between a line that speaks ASCII and servers that speak RTU (MODBUS over Serial Line V1.02, 2.5.2), as plants have them: the package has an ASCII client and
 * no ASCII server.
 */
export class AsciiConverter {
	#text = "";
	#answer = Buffer.alloc(0);

	/** Requests that are whole, as RTU; what is none is dropped. */
	toServers(bytes: Uint8Array): Uint8Array[] {
		const frames = (this.#text + Buffer.from(bytes).toString("latin1")).split("\r\n");
		this.#text = frames.pop()!;
		return frames.flatMap((frame) => {
			const adu = Buffer.from(frame.slice(frame.indexOf(":") + 1), "hex");
			if (adu.length < 3 || lrcOf(adu) !== 0) return [];
			const body = adu.subarray(0, -1);
			const crc = crcOf(body);
			return [Buffer.concat([body, Buffer.of(crc & 255, crc >> 8)])];
		});
	}

	/** An answer as ASCII, once its CRC is right. */
	fromServers(bytes: Uint8Array): Uint8Array[] {
		this.#answer = Buffer.concat([this.#answer, bytes]);
		if (this.#answer.length < 4 || crcOf(this.#answer) !== 0) return [];
		const body = this.#answer.subarray(0, -2);
		this.#answer = Buffer.alloc(0);
		const adu = Buffer.concat([body, Buffer.of(-lrcOf(body) & 255)]);
		return [Buffer.from(`:${adu.toString("hex").toUpperCase()}\r\n`, "latin1")];
	}
}

/** The sum of the bytes (6.2.1): 0 with the LRC. */
const lrcOf = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => sum + byte, 0) & 255;

/** 6.2.2; 0 with the CRC. */
function crcOf(bytes: Uint8Array): number {
	let crc = 0xffff;
	for (const byte of bytes) {
		crc ^= byte;
		for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
	}
	return crc;
}
