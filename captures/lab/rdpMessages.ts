/** Messages of RDP as it begins, written from [MS-RDPBCGR] 4.1 and 2.2.1, T.124 and T.125. */
const le16 = (value: number): Buffer => Buffer.from([value & 255, (value >> 8) & 255]);
const le32 = (value: number): Buffer => Buffer.concat([le16(value & 0xffff), le16(value >>> 16)]);
const utf16 = (text: string, size: number): Buffer => Buffer.concat([Buffer.from(text, "utf16le"), Buffer.alloc(size)]).subarray(0, size);

/** RFC 1006, 6. */
export function tpkt(contents: Buffer): Buffer {
	const length = contents.length + 4;
	return Buffer.concat([Buffer.from([3, 0, length >> 8, length & 255]), contents]);
}
/** X.224, 13.3, 13.4 and 13.7. */
const connection = (code: number, variable: Buffer): Buffer =>
	tpkt(Buffer.concat([Buffer.from([6 + variable.length, code, 0, 0, 0, 0, 0]), variable]));
export const data = (contents: Buffer): Buffer => tpkt(Buffer.concat([Buffer.from([2, 0xf0, 0x80]), contents]));

const negotiation = (type: number, flags: number, value: number): Buffer =>
	Buffer.concat([Buffer.from([type, flags]), le16(8), le32(value)]);

/** 2.2.1.1; without `protocols` nothing is negotiated. */
export const request = (cookie: string, protocols?: number, flags = 0): Buffer =>
	connection(
		0xe0,
		Buffer.concat([
			Buffer.from(cookie === "" ? "" : `${cookie}\r\n`),
			...(protocols === undefined ? [] : [negotiation(1, flags, protocols)]),
		]),
	);
/** 2.2.1.2 */
export const response = (protocol?: number): Buffer =>
	connection(0xd0, protocol === undefined ? Buffer.alloc(0) : negotiation(2, 0x1f, protocol));
export const failure = (code: number): Buffer => connection(0xd0, negotiation(3, 0, code));

/** X.690, 8.1.3. */
function ber(tag: readonly number[], contents: Buffer): Buffer {
	const length = contents.length < 128 ? [contents.length] : [0x82, contents.length >> 8, contents.length & 255];
	return Buffer.concat([Buffer.from([...tag, ...length]), contents]);
}
const PARAMETERS = ber([0x30], Buffer.from("0201220201020201000201010201000201010202fff8020102", "hex"));
/** X.691, 10.9. */
const counted = (contents: Buffer): Buffer =>
	Buffer.concat([
		contents.length < 128 ? Buffer.from([contents.length]) : Buffer.from([0x80 | (contents.length >> 8), contents.length & 255]),
		contents,
	]);
export const block = (type: number, contents: Buffer): Buffer => Buffer.concat([le16(type), le16(contents.length + 4), contents]);

/** T.125, 7 and T.124, 8.7: the settings of a client, or of a server, in the beginning of a connection. */
export function clientSettings(...blocks: readonly Buffer[]): Buffer {
	const conference = Buffer.concat([Buffer.from("000800100001c000", "hex"), Buffer.from("Duca"), counted(Buffer.concat(blocks))]);
	const user = Buffer.concat([Buffer.from("000500147c0001", "hex"), counted(conference)]);
	const selectors = Buffer.from("0401010401010101ff", "hex");
	return data(ber([0x7f, 0x65], Buffer.concat([selectors, PARAMETERS, PARAMETERS, PARAMETERS, ber([4], user)])));
}
export function serverSettings(...blocks: readonly Buffer[]): Buffer {
	const conference = Buffer.concat([Buffer.from("14760a01010001c000", "hex"), Buffer.from("McDn"), counted(Buffer.concat(blocks))]);
	const user = Buffer.concat([Buffer.from("000500147c0001", "hex"), counted(conference)]);
	return data(ber([0x7f, 0x66], Buffer.concat([Buffer.from("0a0100020100", "hex"), PARAMETERS, ber([4], user)])));
}

/** 2.2.1.3.2 */
export const clientCore = (name: string, build: number, layout = 0x409): Buffer =>
	block(
		0xc001,
		Buffer.concat([
			le32(0x80004),
			le16(1280),
			le16(1024),
			le16(0xca01),
			le16(0xaa03),
			le32(layout),
			le32(build),
			utf16(name, 32),
			le32(4),
			le32(0),
			le32(12),
			Buffer.alloc(64),
			le16(0xca01),
			le16(1),
			le32(0),
			le16(24),
			le16(7),
			le16(1),
			utf16("69712-783-0357974-42714", 64),
		]),
	);
/** 2.2.1.3.3 */
export const clientSecurity = block(0xc002, Buffer.concat([le32(0x1b), le32(0)]));
/** 2.2.1.3.4 */
export const clientNetwork = (...names: readonly string[]): Buffer =>
	block(
		0xc003,
		Buffer.concat([
			le32(names.length),
			...names.map((name) => Buffer.concat([Buffer.from(name.padEnd(8, "\0"), "latin1"), le32(0xc0000000)])),
		]),
	);
/** 2.2.1.4.2 */
export const serverCore = block(0x0c01, le32(0x80004));
/** 2.2.1.4.3: with a random and `certificate` where something is encrypted. */
export const serverSecurity = (method: number, level: number, certificate: Buffer = Buffer.alloc(0)): Buffer =>
	block(
		0x0c02,
		Buffer.concat([
			le32(method),
			le32(level),
			...(method === 0 ? [] : [le32(32), le32(certificate.length), Buffer.alloc(32, 0x5a), certificate]),
		]),
	);
/** 2.2.1.4.3.1: a chain. */
export const chainOf = (...certificates: readonly Buffer[]): Buffer =>
	Buffer.concat([le32(2), le32(certificates.length), ...certificates.flatMap((der) => [le32(der.length), der]), Buffer.alloc(8)]);

/** T.125, 7: what both do to share channels. */
export const ERECT_DOMAIN = data(Buffer.from("0401000100", "hex"));
export const ATTACH_USER = data(Buffer.from("28", "hex"));
export const ATTACHED = data(Buffer.from("2e000006", "hex"));
export const JOIN = data(Buffer.from("38000603ef", "hex"));
export const JOINED = data(Buffer.from("3e00000603ef03ef", "hex"));

/** 2.2.1.10 and 2.2.1.11: a message of the client on the channel of input and output. */
export function sent(flags: number, contents: Buffer): Buffer {
	const all = Buffer.concat([le16(flags), le16(0), contents]);
	return data(Buffer.concat([Buffer.from("64000603eb70", "hex"), counted(all)]));
}
export const EXCHANGE = sent(0x0001, Buffer.concat([le32(72), Buffer.alloc(72, 0x33)]));
export const ENCRYPTED_INFORMATION = sent(0x0048, Buffer.alloc(200, 0x77));
/** 2.2.1.11.1.1 */
export function information(domain: string, user: string, password: string, isUnicode = true): Buffer {
	const encoded = (text: string) => Buffer.from(text, isUnicode ? "utf16le" : "latin1");
	const end = Buffer.alloc(isUnicode ? 2 : 1);
	const texts = [domain, user, password, "", ""].map(encoded);
	return sent(
		0x0040,
		Buffer.concat([
			le32(0),
			le32(isUnicode ? 0x13b : 0x12b),
			...texts.map(({ length }) => le16(length)),
			...texts.flatMap((text) => [text, end]),
		]),
	);
}
