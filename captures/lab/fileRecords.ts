/** Files of a PLC of the lab (functions 20 and 21, V1.1b3 6.14 and 6.15): one record a request, as most clients ask. modbus-serial has none. */

const PDU = 7;
const READ = 20;
const WRITE = 21;
const REFERENCE = 6;
const LONGEST = 120;

export class FileRecords {
	/** Registers by file number. */
	readonly #files = new Map<number, Uint16Array>([
		[1, Uint16Array.from({ length: 64 }, (_, at) => 0x5300 + at)],
		[4, Uint16Array.from({ length: 64 }, (_, at) => 0x4c00 + at)],
	]);

	/** The answer to an ADU about one record; undefined where it is about none. */
	answer(request: Buffer): Buffer | undefined {
		const code = request[PDU];
		if ((code !== READ && code !== WRITE) || request.length < PDU + 9) return undefined;
		const [file, first, length] = [3, 5, 7].map((at) => request.readUInt16BE(PDU + at)) as [number, number, number];
		const registers = this.#files.get(file);
		if (request[PDU + 2] !== REFERENCE || registers === undefined || length > LONGEST || first + length > registers.length)
			return framed(request, [code | 0x80, 2]);
		if (code === WRITE) {
			if (request.length !== PDU + 9 + 2 * length) return framed(request, [code | 0x80, 3]);
			for (let at = 0; at < length; at++) registers[first + at] = request.readUInt16BE(PDU + 9 + 2 * at);
			return Buffer.from(request);
		}
		const words = [...registers.subarray(first, first + length)].flatMap((word) => [word >> 8, word & 255]);
		return framed(request, [code, words.length + 2, words.length + 1, REFERENCE, ...words]);
	}
}

function framed(request: Buffer, pdu: readonly number[]): Buffer {
	const header = Buffer.from(request.subarray(0, PDU));
	header.writeUInt16BE(pdu.length + 1, 4);
	return Buffer.concat([header, Buffer.from(pdu)]);
}
