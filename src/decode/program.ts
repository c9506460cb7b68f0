/**
 * Programs in bytes that nobody decodes: the header of an executable, wherever it lies. It needs no protocol, so it works on any transfer in clear (SMB, FTP, HTTP, a channel
 * that malware made), and sees none that is compressed, encrypted or parted within the header.
 */

import { u16, u16le, u32, u32le } from "../wire/bytes.ts";

/** What was found. */
export interface ProgramImage {
	readonly format: "PE" | "ELF";
	/** The processor that it is for, or its number. */
	readonly machine: string;
}

/** `PE\0\0` and `\x7fELF`. Every fourth byte is looked at: any other than those of these two is in neither. */
const SIGNATURE = 4;
const IN_SIGNATURE = new Uint8Array(256);
for (const byte of Buffer.from("PE\0\0\x7fELF", "latin1")) IN_SIGNATURE[byte] = 1;
/** Microsoft PE Format, "MS-DOS Stub": behind a header of 64 bytes, at an offset that is a multiple of 8; what linkers write lies far below the limit. */
const DOS_HEADER = 64;
const MAX_STUB = 1024;
const STUB_STEP = 8;
const LFANEW = 60;
/** Signatures that are looked at in one piece: somebody may fill it with them. */
const MAX_CANDIDATES = 16;

/** Microsoft PE Format, "Machine Types". */
const PE_MACHINES: ReadonlyMap<number, string> = new Map([
	[0x014c, "x86"],
	[0x8664, "x86-64"],
	[0x01c0, "ARM"],
	[0x01c4, "ARM"],
	[0xaa64, "ARM64"],
	[0x0166, "MIPS"],
	[0x0200, "Itanium"],
]);
/** System V gABI, 4: e_machine. */
const ELF_MACHINES: ReadonlyMap<number, string> = new Map([
	[3, "x86"],
	[62, "x86-64"],
	[40, "ARM"],
	[183, "ARM64"],
	[8, "MIPS"],
	[20, "PowerPC"],
	[21, "PowerPC"],
	[243, "RISC-V"],
]);

/** The first executable whose header lies whole in these bytes, or undefined. The bytes are on loan. */
export function programIn(bytes: Uint8Array, start: number, end: number): ProgramImage | undefined {
	let candidates = 0;
	for (let at = start + SIGNATURE - 1; at < end; at += SIGNATURE) {
		if (IN_SIGNATURE[bytes[at]!] === 0) continue;
		for (let from = at - SIGNATURE + 1; from <= at; from++) {
			const isPe = bytes[from] === 0x50 && bytes[from + 1] === 0x45 && bytes[from + 2] === 0 && bytes[from + 3] === 0;
			const isElf = bytes[from] === 0x7f && bytes[from + 1] === 0x45 && bytes[from + 2] === 0x4c && bytes[from + 3] === 0x46;
			if (!isPe && !isElf) continue;
			const image = isPe ? portableExecutable(bytes, start, from, end) : elf(bytes, from, end);
			if (image !== undefined) return image;
			if (++candidates >= MAX_CANDIDATES) return undefined;
		}
	}
	return undefined;
}

/** The signature is at `at`: the machine behind it, and before it a DOS header that points here. */
function portableExecutable(bytes: Uint8Array, start: number, at: number, end: number): ProgramImage | undefined {
	if (at + 6 > end) return undefined;
	const machine = PE_MACHINES.get(u16le(bytes, at + 4));
	if (machine === undefined) return undefined;
	for (let stub = DOS_HEADER; stub <= MAX_STUB && stub <= at - start; stub += STUB_STEP) {
		const header = at - stub;
		if (bytes[header] === 0x4d && bytes[header + 1] === 0x5a && u32le(bytes, header + LFANEW) === stub) return { format: "PE", machine };
	}
	return undefined;
}

/** System V gABI, 4: the identification (class, byte order, version), then type, machine and version in that order. */
function elf(bytes: Uint8Array, at: number, end: number): ProgramImage | undefined {
	if (at + 24 > end) return undefined;
	const [bits, order] = [bytes[at + 4], bytes[at + 5]];
	if ((bits !== 1 && bits !== 2) || (order !== 1 && order !== 2) || bytes[at + 6] !== 1) return undefined;
	const [short, long] = order === 1 ? [u16le, u32le] : [u16, u32];
	const type = short(bytes, at + 16);
	const machine = short(bytes, at + 18);
	// Relocatable, executable or shared.
	if (type < 1 || type > 3 || long(bytes, at + 20) !== 1) return undefined;
	return { format: "ELF", machine: ELF_MACHINES.get(machine) ?? `machine ${machine}` };
}
