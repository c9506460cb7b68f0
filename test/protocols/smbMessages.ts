/** Messages of SMB, NTLM and remote procedure calls, written out from [MS-SMB2], [MS-CIFS], [MS-NLMP] and [C706]. */
import { hex, join } from "../support/decoderHarness.ts";

export const le16 = (value: number): Uint8Array => Uint8Array.of(value & 255, (value >> 8) & 255);
export const le32 = (value: number): Uint8Array =>
	Uint8Array.of(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, (value >>> 24) & 255);
export const wide = (text: string): Uint8Array =>
	Uint8Array.from([...text].flatMap((letter) => [letter.charCodeAt(0) & 255, letter.charCodeAt(0) >> 8]));
export const narrow = (text: string): Uint8Array => new TextEncoder().encode(text);
export const zeros = (count: number): Uint8Array => new Uint8Array(count);

/** Behind the header of a session. */
export const packet = (...parts: readonly Uint8Array[]): Uint8Array => {
	const body = join(...parts);
	return join(Uint8Array.of(0, (body.length >> 16) & 255, (body.length >> 8) & 255, body.length & 255), body);
};

export interface Head {
	id?: number;
	status?: number;
	tree?: number;
	session?: number;
	/** Besides the flag of an answer. */
	flags?: number;
	next?: number;
}

const header = (command: number, { id = 1, status = 0, tree = 5, session = 0x11, flags = 0, next = 0 }: Head): Uint8Array =>
	join(
		hex("fe534d42 4000 0000"),
		le32(status),
		le16(command),
		le16(1),
		le32(flags),
		le32(next),
		le32(id),
		le32(0),
		le32(0xfeff),
		le32(tree),
		le32(session),
		le32(0),
		zeros(16),
	);
/** One command as it stands in a message. */
export const ask = (command: number, body: Uint8Array, head: Head = {}): Uint8Array => join(header(command, head), body);
export const answer = (command: number, body: Uint8Array, head: Head = {}): Uint8Array =>
	join(header(command, { ...head, flags: (head.flags ?? 0) | 1 }), body);
/** The body of an answer that refuses. */
export const ERROR = hex("0900 0000 00000000 00");

/** Offsets of buffers are from the header: 64 bytes before the body. */
const HEADER = 64;

export const negotiate = (dialects: readonly number[], head: Head = {}): Uint8Array =>
	ask(0, join(le16(36), le16(dialects.length), le16(1), le16(0), le32(0x7f), zeros(16), zeros(8), ...dialects.map(le16)), head);
export const negotiated = (dialect: number, head: Head = {}, mode = 1): Uint8Array =>
	answer(
		0,
		join(
			le16(65),
			le16(mode),
			le16(dialect),
			le16(0),
			zeros(16),
			le32(7),
			le32(65_536),
			le32(65_536),
			le32(65_536),
			zeros(16),
			le16(128),
			le16(0),
			le32(0),
		),
		head,
	);
export const sessionSetup = (token: Uint8Array, head: Head = {}): Uint8Array =>
	ask(1, join(le16(25), Uint8Array.of(0, 1), le32(1), le32(0), le16(HEADER + 24), le16(token.length), zeros(8), token), head);
export const sessionAnswer = (token: Uint8Array, head: Head = {}, flags = 0): Uint8Array =>
	answer(1, join(le16(9), le16(flags), le16(HEADER + 8), le16(token.length), token), head);
export const treeConnect = (path: string, head: Head = {}): Uint8Array =>
	ask(3, join(le16(9), le16(0), le16(HEADER + 8), le16(2 * path.length), wide(path)), { tree: 0, ...head });
export const treeAnswer = (type: number, head: Head = {}): Uint8Array =>
	answer(3, join(le16(16), Uint8Array.of(type, 0), le32(0), le32(0), le32(0x1f01ff)), head);
export const create = (name: string, head: Head = {}, { disposition = 1, options = 0 } = {}): Uint8Array =>
	ask(
		5,
		join(
			le16(57),
			Uint8Array.of(0, 0),
			le32(2),
			zeros(16),
			le32(0x12019f),
			le32(0),
			le32(7),
			le32(disposition),
			le32(options),
			le16(HEADER + 56),
			le16(2 * name.length),
			le32(0),
			le32(0),
			name === "" ? zeros(1) : wide(name),
		),
		head,
	);
export const fileId = (number: number): Uint8Array => join(le32(number), le32(0), le32(number), le32(0));
export const RELATED = new Uint8Array(16).fill(0xff);
export const created = (id: number, head: Head = {}, { action = 1, size = 0, attributes = 0x20 } = {}): Uint8Array =>
	answer(
		5,
		join(
			le16(89),
			Uint8Array.of(0, 0),
			le32(action),
			zeros(32),
			le32(size),
			le32(0),
			le32(size),
			le32(0),
			le32(attributes),
			le32(0),
			fileId(id),
			le32(0),
			le32(0),
		),
		head,
	);
export const close = (id: Uint8Array, head: Head = {}): Uint8Array => ask(6, join(le16(24), le16(0), le32(0), id), head);
export const closed = (head: Head = {}): Uint8Array => answer(6, join(le16(60), zeros(58)), head);
export const read = (id: Uint8Array, length: number, head: Head = {}): Uint8Array =>
	ask(8, join(le16(49), Uint8Array.of(0x50, 0), le32(length), zeros(8), id, zeros(16), zeros(1)), head);
export const readAnswer = (data: Uint8Array, head: Head = {}): Uint8Array =>
	answer(8, join(le16(17), Uint8Array.of(HEADER + 16, 0), le32(data.length), le32(0), le32(0), data), head);
export const write = (id: Uint8Array, data: Uint8Array, head: Head = {}): Uint8Array =>
	ask(9, join(le16(49), le16(HEADER + 48), le32(data.length), zeros(8), id, zeros(16), data), head);
export const written = (count: number, head: Head = {}): Uint8Array =>
	answer(9, join(le16(17), le16(0), le32(count), le32(0), le32(0)), head);
export const transceive = (id: Uint8Array, data: Uint8Array, head: Head = {}): Uint8Array =>
	ask(
		11,
		join(
			le16(57),
			le16(0),
			le32(0x0011c017),
			id,
			le32(HEADER + 56),
			le32(data.length),
			le32(0),
			le32(0),
			le32(0),
			le32(1024),
			le32(1),
			le32(0),
			data,
		),
		head,
	);
export const transceived = (id: Uint8Array, data: Uint8Array, head: Head = {}): Uint8Array =>
	answer(
		11,
		join(le16(49), le16(0), le32(0x0011c017), id, le32(HEADER + 48), le32(0), le32(HEADER + 48), le32(data.length), le32(0), le32(0), data),
		head,
	);
export const setInfo = (id: Uint8Array, informationClass: number, data: Uint8Array, head: Head = {}): Uint8Array =>
	ask(17, join(le16(33), Uint8Array.of(1, informationClass), le32(data.length), le16(HEADER + 32), le16(0), le32(0), id, data), head);
export const infoSet = (head: Head = {}): Uint8Array => answer(17, le16(2), head);
export const renameTo = (name: string): Uint8Array => join(zeros(16), le32(2 * name.length), wide(name));
export const queryDirectory = (id: Uint8Array, pattern: string, head: Head = {}): Uint8Array =>
	ask(
		14,
		join(le16(33), Uint8Array.of(37, 0), le32(0), id, le16(HEADER + 32), le16(2 * pattern.length), le32(65_536), wide(pattern)),
		head,
	);
export const directory = (data: Uint8Array, head: Head = {}): Uint8Array =>
	answer(14, join(le16(9), le16(HEADER + 8), le32(data.length), data), head);

/** Several commands in one message: each begins at a place that is divided by eight. */
export function chain(...commands: readonly Uint8Array[]): Uint8Array {
	return packet(
		...commands.map((command, index) => {
			if (index === commands.length - 1) return command;
			const padded = join(command, zeros(-command.length & 7));
			padded.set(le32(padded.length), 20);
			return padded;
		}),
	);
}

const VERSION = hex("0a00 6345 000000 0f");
const SIGNATURE = narrow("NTLMSSP\0");

/** [MS-NLMP] 2.2.1.1, without names. */
export const ntlmNegotiate = (): Uint8Array => join(SIGNATURE, le32(1), le32(0xe2088297), zeros(16), VERSION);

/** Fields of length and offset, and the texts behind them. */
function fields(first: number, parts: readonly Uint8Array[]): { places: Uint8Array[]; data: Uint8Array } {
	let at = first;
	const places = parts.map((part) => {
		const place = join(le16(part.length), le16(part.length), le32(at));
		at += part.length;
		return place;
	});
	return { places, data: join(...parts) };
}

export function ntlmChallenge({ computer = "PLANT-SRV", domain = "PLANT", dns = "srv.plant.example", version = VERSION } = {}): Uint8Array {
	const pair = (id: number, text: string) => join(le16(id), le16(2 * text.length), wide(text));
	const information = join(pair(2, domain), pair(1, computer), pair(4, "plant.example"), pair(3, dns), le32(0));
	const { places, data } = fields(56, [wide(domain), information]);
	return join(SIGNATURE, le32(2), places[0]!, le32(0xe2898215), zeros(8), zeros(8), places[1]!, version, data);
}

export function ntlmAuthenticate({
	user = "operator",
	domain = "PLANT",
	workstation = "HMI-1",
	response = 96,
	flags = 0xe2888215,
} = {}): Uint8Array {
	const { places, data } = fields(88, [
		zeros(response > 0 ? 24 : 0),
		zeros(response),
		wide(domain),
		wide(user),
		wide(workstation),
		zeros(16),
	]);
	return join(SIGNATURE, le32(3), ...places, le32(flags), VERSION, zeros(16), data);
}

/** [C706] 12.6.3.1. */
export const pdu = (type: number, callId: number, body: Uint8Array, flags = 3): Uint8Array =>
	join(Uint8Array.of(5, 0, type, flags), hex("10000000"), le16(16 + body.length), le16(0), le32(callId), body);
export const SVCCTL = hex("81bb7a36 4498 f135 ad32 98f038001003");
export const NDR = hex("045d888a eb1c c911 9fe8 08002b104860 02000000");
export const bind = (uuid: Uint8Array, callId = 1): Uint8Array =>
	pdu(11, callId, join(le16(4280), le16(4280), le32(0), Uint8Array.of(1, 0, 0, 0), le16(0), Uint8Array.of(1, 0), uuid, le32(2), NDR));
export const bindAck = (callId = 1): Uint8Array => pdu(12, callId, join(le16(4280), le16(4280), le32(1), zeros(28)));
export const request = (operation: number, stub: Uint8Array, callId = 2): Uint8Array =>
	pdu(0, callId, join(le32(stub.length), le16(0), le16(operation), stub));
export const response = (stub: Uint8Array, callId = 2): Uint8Array => pdu(2, callId, join(le32(stub.length), le16(0), le16(0), stub));
export const fault = (status: number, callId = 2): Uint8Array => pdu(3, callId, join(le32(0), le32(0), le32(status), le32(0)));
/** A string of NDR, filled up to four bytes. */
export const ndr = (text: string): Uint8Array => {
	const count = text.length + 1;
	return join(le32(count), le32(0), le32(count), wide(`${text}\0`), zeros((-2 * count) & 3));
};
export const HANDLE = new Uint8Array(20).fill(7);
export const createService = (name: string, program: string): Uint8Array =>
	request(12, join(HANDLE, ndr(name), le32(0x20000), ndr(name), le32(0xf01ff), le32(0x10), le32(3), le32(0), ndr(program), zeros(24)));
export const startService = (handle = HANDLE): Uint8Array => request(19, join(handle, le32(0), le32(0)), 3);

export interface OldHead {
	status?: number;
	tree?: number;
	user?: number;
	id?: number;
	flags?: number;
	flags2?: number;
}
/** A message of SMB1; words and bytes as they are. */
export const old = (
	command: number,
	words: Uint8Array,
	bytes: Uint8Array,
	{ status = 0, tree = 9, user = 3, id = 1, flags = 0x18, flags2 = 0xc807 }: OldHead = {},
): Uint8Array =>
	packet(
		hex("ff534d42"),
		Uint8Array.of(command),
		le32(status),
		Uint8Array.of(flags),
		le16(flags2),
		zeros(12),
		le16(tree),
		le16(0x1234),
		le16(user),
		le16(id),
		Uint8Array.of(words.length / 2),
		words,
		le16(bytes.length),
		bytes,
	);
export const oldAnswer = (command: number, words: Uint8Array, bytes: Uint8Array, head: OldHead = {}): Uint8Array =>
	old(command, words, bytes, { flags: 0x98, ...head });
export const NO_ANDX = hex("ff00 0000");
/** Unicode behind the 33 + 2 * words bytes of header and count: one byte fills up where that is odd. */
const text16 = (text: string): Uint8Array => wide(`${text}\0`);

export const oldNegotiate = (...dialects: readonly string[]): Uint8Array =>
	old(0x72, zeros(0), join(...dialects.map((name) => narrow(`\x02${name}\0`))));
/** Security mode 3: users, and challenges for their passwords; 1: passwords as they are. */
export const oldNegotiated = (index: number, mode = 3): Uint8Array =>
	oldAnswer(
		0x72,
		join(
			le16(index),
			Uint8Array.of(mode),
			le16(50),
			le16(1),
			le32(16_644),
			le32(65_536),
			le32(0),
			le32(0x0000_f3fd & ~0x8000_0000),
			zeros(8),
			le16(0),
			Uint8Array.of(mode & 2 ? 8 : 0),
		),
		join(zeros(mode & 2 ? 8 : 0), wide("PLANT\0"), wide("OLD-SRV\0")),
	);
export const oldLogin = (user: string, password: Uint8Array, { id = 2, isNative = true } = {}): Uint8Array =>
	old(
		0x73,
		join(NO_ANDX, le16(16_644), le16(50), le16(0), le32(0), le16(password.length), le16(0), le32(0), le32(0xd4)),
		join(
			password,
			zeros((password.length + 61) & 1),
			text16(user),
			text16("PLANT"),
			...(isNative ? [text16("Windows 5.1"), text16("Windows 2000 LAN Manager")] : []),
		),
		{ id },
	);
export const oldLoggedIn = (head: OldHead = {}, action = 0): Uint8Array =>
	oldAnswer(0x73, join(NO_ANDX, le16(action)), join(zeros(1), text16("Unix"), text16("Samba 3.0.20"), text16("PLANT")), { id: 2, ...head });
export const oldTree = (path: string, service = "?????", head: OldHead = {}): Uint8Array =>
	old(0x75, join(NO_ANDX, le16(8), le16(1)), join(zeros(1), text16(path), narrow(`${service}\0`)), { id: 3, ...head });
export const oldTreeAnswer = (service: string, head: OldHead = {}): Uint8Array =>
	oldAnswer(0x75, join(NO_ANDX, le16(1), le32(0x1ff), le32(0x1ff)), join(narrow(`${service}\0`), text16("NTFS")), { id: 3, ...head });
export const oldCreate = (name: string, head: OldHead = {}, disposition = 1, options = 0): Uint8Array =>
	old(
		0xa2,
		join(
			NO_ANDX,
			zeros(1),
			le16(2 * name.length),
			le32(0),
			le32(0),
			le32(0x2019f),
			zeros(8),
			le32(0),
			le32(7),
			le32(disposition),
			le32(options),
			le32(2),
			zeros(1),
		),
		join(zeros(1), text16(name)),
		{ id: 4, ...head },
	);
export const oldCreated = (fid: number, head: OldHead = {}, action = 1): Uint8Array =>
	oldAnswer(
		0xa2,
		join(NO_ANDX, zeros(1), le16(fid), le32(action), zeros(32), le32(0x20), zeros(8), le32(100), le32(0), le16(0), le16(7), zeros(1)),
		zeros(0),
		{ id: 4, ...head },
	);
export const oldRead = (fid: number, head: OldHead = {}): Uint8Array =>
	old(0x2e, join(NO_ANDX, le16(fid), le32(0), le16(100), le16(0), le32(0), le16(0), le32(0)), zeros(0), { id: 5, ...head });
export const oldReadAnswer = (data: Uint8Array, head: OldHead = {}): Uint8Array =>
	oldAnswer(0x2e, join(NO_ANDX, le16(0), le16(0), le16(0), le16(data.length), le16(59), zeros(10)), data, { id: 5, ...head });
export const oldWrite = (fid: number, data: Uint8Array, head: OldHead = {}): Uint8Array =>
	old(0x2f, join(NO_ANDX, le16(fid), le32(0), le32(0), le16(0), le16(0), le16(0), le16(data.length), le16(63), le32(0)), data, {
		id: 6,
		...head,
	});
export const oldWritten = (count: number, head: OldHead = {}): Uint8Array =>
	oldAnswer(0x2f, join(NO_ANDX, le16(count), le16(0), le32(0)), zeros(0), { id: 6, ...head });
export const oldClose = (fid: number, head: OldHead = {}): Uint8Array => old(0x04, join(le16(fid), le32(0)), zeros(0), { id: 7, ...head });
export const oldClosed = (head: OldHead = {}): Uint8Array => oldAnswer(0x04, zeros(0), zeros(0), { id: 7, ...head });
/** TRANSACTION on a pipe with all of its data. */
export const oldTransact = (fid: number, data: Uint8Array, head: OldHead = {}): Uint8Array => {
	const name = join(zeros(1), text16("\\PIPE\\"), zeros(2));
	const at = 32 + 1 + 32 + 2 + name.length;
	return old(
		0x25,
		join(
			le16(0),
			le16(data.length),
			le16(0),
			le16(1024),
			zeros(2),
			le16(0),
			le32(0),
			le16(0),
			le16(0),
			le16(at),
			le16(data.length),
			le16(at),
			Uint8Array.of(2, 0),
			le16(0x26),
			le16(fid),
		),
		join(name, data),
		{ id: 8, ...head },
	);
};
export const oldTransacted = (data: Uint8Array, head: OldHead = {}): Uint8Array =>
	oldAnswer(
		0x25,
		join(le16(0), le16(data.length), le16(0), le16(0), le16(56), le16(0), le16(data.length), le16(56), le16(0), zeros(2)),
		join(zeros(1), data),
		{ id: 8, ...head },
	);
/** TRANSACTION2 with its parameters. */
export const oldTransaction2 = (subcommand: number, parameters: Uint8Array, data = zeros(0), head: OldHead = {}): Uint8Array => {
	const at = 32 + 1 + 30 + 2 + 3;
	return old(
		0x32,
		join(
			le16(parameters.length),
			le16(data.length),
			le16(10),
			le16(1024),
			zeros(2),
			le16(0),
			le32(0),
			le16(0),
			le16(parameters.length),
			le16(at),
			le16(data.length),
			le16(at + parameters.length),
			Uint8Array.of(1, 0),
			le16(subcommand),
		),
		join(zeros(3), parameters, data),
		{ id: 9, ...head },
	);
};
export const oldTransacted2 = (head: OldHead = {}): Uint8Array =>
	oldAnswer(0x32, join(le16(0), le16(0), le16(0), le16(0), le16(56), le16(0), le16(0), le16(56), le16(0), zeros(2)), zeros(1), {
		id: 9,
		...head,
	});
/** NT_TRANSACT of which `there` of `total` bytes of data are here. */
export const oldNtTransact = (code: number, total: number, there: number, head: OldHead = {}): Uint8Array =>
	old(
		0xa0,
		join(
			Uint8Array.of(1, 0, 0),
			le32(0),
			le32(total),
			le32(0),
			le32(0),
			le32(0),
			le32(75),
			le32(there),
			le32(75),
			Uint8Array.of(0),
			le16(code),
			zeros(1),
		),
		zeros(1 + there),
		{ id: 10, ...head },
	);
export const oldInterim = (command: number, head: OldHead = {}): Uint8Array => oldAnswer(command, zeros(0), zeros(0), { id: 10, ...head });
export const oldSecondary = (command: number, head: OldHead = {}): Uint8Array => old(command, zeros(18), zeros(64), { id: 10, ...head });

/** RFC 1001, 14.1. */
export const netbiosName = (name: string, type: number): Uint8Array => {
	const letters = [...narrow(name.padEnd(15)), type].flatMap((byte) => [0x41 + (byte >> 4), 0x41 + (byte & 15)]);
	return Uint8Array.of(32, ...letters, 0);
};
export const sessionRequest = (called: string, calling: string): Uint8Array =>
	join(hex("81000044"), netbiosName(called, 0x20), netbiosName(calling, 0));
export const POSITIVE = hex("82000000");
export const KEEP_ALIVE = hex("85000000");
export const encrypted = (length = 64): Uint8Array =>
	packet(hex("fd534d42"), zeros(16), zeros(16), le32(length), le16(0), le16(1), le32(0x11), le32(0), zeros(length));
export const compressed = (originalSize: number, offset: number): Uint8Array =>
	packet(hex("fc534d42"), le32(originalSize), le16(1), le16(0), le32(offset), zeros(32));
