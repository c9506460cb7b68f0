/** Beginnings of programs, as their formats say them: headers, and nothing that runs. */

/** Microsoft PE Format: a DOS header that points to the signature, and the machine. */
export function windowsProgram(machine: number, signature = 0x80): Buffer {
	const bytes = Buffer.alloc(signature + 24);
	bytes.write("MZ", 0, "latin1");
	bytes.writeUInt32LE(signature, 60);
	bytes.write("PE\0\0", signature, "latin1");
	bytes.writeUInt16LE(machine, signature + 4);
	return bytes;
}

/** System V gABI, 4: the identification, an executable of this machine. */
export function elfImage({ machine, isBigEndian = false }: { machine: number; isBigEndian?: boolean }): Buffer {
	const bytes = Buffer.alloc(64);
	bytes.write("\x7fELF", 0, "latin1");
	bytes.set([1, isBigEndian ? 2 : 1, 1], 4);
	for (const [value, at] of [
		[2, 16],
		[machine, 18],
	] as const)
		if (isBigEndian) bytes.writeUInt16BE(value, at);
		else bytes.writeUInt16LE(value, at);
	if (isBigEndian) bytes.writeUInt32BE(1, 20);
	else bytes.writeUInt32LE(1, 20);
	return bytes;
}
