/** S7comm and S7comm-plus messages written out, and the making of others. */
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import type { Sample } from "../contract/stream.ts";
import { hex, join } from "../support/decoderHarness.ts";

/** A packet of ISO transport (RFC 1006, 6) with the contents of one data TPDU (X.224, 13.7); `isLast` false where the message goes on. */
export function packet(contents: Uint8Array | string, isLast = true): Uint8Array {
	const body = typeof contents === "string" ? hex(contents) : contents;
	const length = body.length + 7;
	return join(Uint8Array.of(3, 0, length >> 8, length & 255, 2, 0xf0, isLast ? 0x80 : 0), body);
}

/** Connection request and confirmation: calling and called selector in hex. */
export const connection = (calling: string, called: string): readonly [Uint8Array, Uint8Array] => {
	const parameters = `c0010a c1${size(calling)}${calling} c2${size(called)}${called}`;
	const make = (code: string, references: string): Uint8Array => {
		const body = hex(`${code}${references}00${parameters}`);
		return join(Uint8Array.of(3, 0, 0, body.length + 5, body.length), body);
	};
	return [make("e0", "00000001"), make("d0", "00010004")];
};
const size = (selector: string): string => (selector.length / 2).toString(16).padStart(2, "0");

const both = (value: number): readonly [number, number] => [value >> 8, value & 255];

function message(rosctr: number, reference: number, parameters: string, data: string, error?: string): Uint8Array {
	const first = hex(parameters);
	const second = hex(data);
	const header = Uint8Array.of(0x32, rosctr, 0, 0, ...both(reference), ...both(first.length), ...both(second.length));
	return packet(join(header, hex(error ?? ""), first, second));
}

/** A job, and its acknowledgement with data; parameters and data in hex. */
export const job = (reference: number, parameters: string, data = ""): Uint8Array => message(1, reference, parameters, data);
export const answer = (reference: number, parameters: string, data = "", error = "0000"): Uint8Array =>
	message(3, reference, parameters, data, error);
/** An acknowledgement without data. */
export const acknowledgement = (reference: number, error: string): Uint8Array => message(2, reference, "", "", error);

/** Userdata: type and group, sub-function, sequence; contents in hex, undefined where it has only a return code. */
export const ask = (reference: number, group: number, subFunction: number, contents?: string): Uint8Array =>
	message(
		7,
		reference,
		`000112 04 11 ${byte(0x40 | group)} ${byte(subFunction)} 00`,
		contents === undefined ? "0a000000" : octets(contents),
	);
export function tell(
	reference: number,
	group: number,
	subFunction: number,
	contents?: string,
	{ sequence = 1, unit = 0, hasMore = false, error = "0000", type = 8 } = {},
): Uint8Array {
	const parameters = `000112 08 12 ${byte((type << 4) | group)} ${byte(subFunction)} ${byte(sequence)} ${byte(unit)} ${hasMore ? "01" : "00"} ${error}`;
	return message(7, reference, parameters, contents === undefined ? "0a000000" : octets(contents));
}
const byte = (value: number): string => value.toString(16).padStart(2, "0");
const octets = (contents: string): string => {
	const { length } = hex(contents);
	return `ff09${length.toString(16).padStart(4, "0")}${contents}`;
};

/** An S7ANY address: transport size, count, block, area, bit address. */
export const any = (transport: number, count: number, db: number, area: number, bits: number): string =>
	`120a10${byte(transport)}${count.toString(16).padStart(4, "0")}${db.toString(16).padStart(4, "0")}${byte(area)}${bits.toString(16).padStart(6, "0")}`;

const request = (name: string, bytes: Uint8Array): Sample => ({ name, bytes, direction: TO_SERVER });
const response = (name: string, bytes: Uint8Array): Sample => ({ name, bytes, direction: TO_CLIENT });
const pair = (name: string, asked: Uint8Array, told: Uint8Array): Sample[] => [
	request(`${name}, request`, asked),
	response(`${name}, answer`, told),
];

/** Rack 0, slot 2, as a programming device. */
const [CONNECT, ACCEPT] = connection("0100", "0102");
export const SETUP = "f0 00 0001 0001 01e0";
/** DB1.DBW4 as INT, DB1.DBX0.3, MW10, three bytes from IB0. */
export const READ = `04 04 ${any(5, 1, 1, 0x84, 32)} ${any(1, 1, 1, 0x84, 3)} ${any(4, 1, 0, 0x83, 80)} ${any(2, 3, 0, 0x81, 0)}`;
export const READ_DATA = "ff04 0010 fffe  ff03 0001 01 00  ff04 0010 0102  ff04 0018 0a0b0c";
/** DB1.DBD8 as REAL and T5. */
export const WRITE = `05 02 ${any(8, 1, 1, 0x84, 64)} ${any(29, 1, 0, 0x1d, 5)}`;
export const WRITE_DATA = "0007 0004 41200000  0004 0010 2100";
const FILE = "5f3041 3030303031 50"; // _0A00001P: DB1, passive
export const MODULES = `0011 0000 001c 0002
	0001 36455337203331352d32454831342d304142 3020 00c0 0003 0001
	0007 2020202020202020202020202020202020202020 00c0 5603 0207`;
const COMPONENT = (index: string, text: string): string =>
	`${index}${[...text].map((letter) => byte(letter.charCodeAt(0))).join("")}${"00".repeat(32 - text.length)}`;
export const COMPONENTS = `001c 0000 0022 0003 ${COMPONENT("0001", "station_1")} ${COMPONENT("0005", "S C-B1U393142011")} ${COMPONENT("0007", "CPU 315-2 PN/DP")}`;

/** Whole messages in both directions: one of each kind. */
export const CONVERSATIONS: readonly (readonly Sample[])[] = [
	[...pair("connection", CONNECT, ACCEPT), ...pair("setup", job(1, SETUP), answer(1, SETUP))],
	pair("read", job(2, READ), answer(2, "04 04", READ_DATA)),
	pair("write", job(3, WRITE, WRITE_DATA), answer(3, "05 02", "ff0a")),
	pair("refused job", job(4, READ), answer(4, "", "", "8104")),
	[
		...pair("request download", job(5, `1a 00 0100 00000000 09 ${FILE} 0d 31 303030323136 303030303838`), answer(5, "1a")),
		response("download block, request of the controller", job(0x6501, `1b 00 0000 00000000 09 ${FILE}`)),
		request("download block, its answer", answer(0x6501, "1b 00", "0004 00fb 70700101")),
		response("download ended, request of the controller", job(0x6502, `1c 00 0000 00000000 09 ${FILE}`)),
		request("download ended, its answer", answer(0x6502, "1c")),
		...pair("insert block", job(6, `28 000000000000fd 000a 0100 3041 3030303031 50 05 5f494e5345`), answer(6, "28")),
	],
	[
		...pair(
			"start upload",
			job(7, `1d 00 0000 00000000 09 ${FILE.replace(/50$/, "41")}`),
			answer(7, "1d 00 0000 00000007 07 30303030323136"),
		),
		...pair("upload", job(8, "1e 00 0000 00000007"), answer(8, "1e 00", "0002 00fb 7070")),
		...pair("end upload", job(9, "1f 00 0000 00000007"), answer(9, "1f")),
	],
	pair("stop", job(10, "29 0000000000 09 505f50524f4752414d"), answer(10, "29")),
	pair("start", job(11, "28 000000000000fd 0000 09 505f50524f4752414d"), answer(11, "28")),
	pair("modules", ask(12, 4, 1, "0011 0000"), tell(12, 4, 1, MODULES)),
	pair("password", ask(13, 5, 1, "213a1b1d6e681b1d"), tell(13, 5, 1)),
	[
		...pair("subscription", ask(14, 2, 1, `0001 01 01 ${any(4, 1, 1, 0x84, 32)}`), tell(14, 2, 1, "0001 ff04 0010 0007", { sequence: 2 })),
		response("its push", tell(0, 2, 1, "0001 ff04 0010 0008", { type: 0, sequence: 2 })),
	],
	pair("clock", ask(15, 7, 2, "00 19 26 11 28 10 00 00 12 37"), tell(15, 7, 2)),
	[
		...pair("modify", ask(16, 1, 8, `0002 000e 0000 0001 0201 0000 0004 0009 0002 beef`), tell(16, 1, 8, undefined, { sequence: 3 })),
		response("operating mode", packet(hex("32 07 0000 0000 0008 0000 00010010 10 00 00 00"))),
	],
];

/** S7comm-plus: header, data, trailer. */
export function plus(version: number, data: string): Uint8Array {
	const body = hex(data);
	const head = Uint8Array.of(0x72, version, ...both(body.length));
	return packet(join(head, body, Uint8Array.of(0x72, version, 0, 0)));
}
/** A request: function, sequence, session, then its set; and an answer. */
export const plusRequest = (functionCode: number, sequence: number, set: string, version = 2, session = 0x3c0): Uint8Array =>
	plus(
		version,
		`31 0000 ${functionCode.toString(16).padStart(4, "0")} 0000 ${sequence.toString(16).padStart(4, "0")} ${session.toString(16).padStart(8, "0")} 34 ${set}`,
	);
export const plusAnswer = (functionCode: number, sequence: number, set: string, version = 2): Uint8Array =>
	plus(version, `32 0000 ${functionCode.toString(16).padStart(4, "0")} 0000 ${sequence.toString(16).padStart(4, "0")} 34 ${set}`);

const QUALIFIER = "000004e8 89690012 00000000 896a0013 00 896b0004 00 00";
const TEXT = (id: string, text: string): string =>
	`a3 ${id} 0015 ${byte(text.length)}${[...text].map((letter) => byte(letter.charCodeAt(0))).join("")}`;
const [PLUS_CONNECT, PLUS_ACCEPT] = connection("0600", "53494d415449432d524f4f542d4553");

/** A session: the client says who it is, the controller answers with a struct that has its product. */
export const SESSION = `0000011d 00 04 00 00000000 a1 000000d3 821f 00 00 ${TEXT("8169", "ServerSession_1")} ${TEXT("8229", "STEP 7")} ${TEXT("822a", "ES-1")} a2 00000000`;
export const SESSION_ANSWER = `00 02 8707 8708 a1 00000120 821f 00 00 a3 8232 00 17 0000013a 823f 00 15 1b 313b36455337203231342d31484533302d30584230203b56322e32 00 a2 00000000`;
/** DB1 by symbol (id 10), and MW100 by bytes. */
export const ADDRESSES = "00 88d0b88001 02 9376 0a  00 52 04 9d18 03 64 02";
export const PLUS_READ = `00000000 02 0b ${ADDRESSES} ${QUALIFIER} 00000000`;
export const PLUS_VALUES = "00 01 00 07 fffe 02 00 02 2a 00 00 00000000";
export const PLUS_WRITE = `00000000 02 0b ${ADDRESSES} 01 00 07 0005 02 00 02 2b 00 ${QUALIFIER} 00000000`;
export const STOP_STATE = `00000034 01 9077 00 08 01 ${QUALIFIER} 00 00000000`;
/** OB1 "Main" into the program. */
export const CREATE_BLOCK = `00000003 00 04 00 00000000 a1 8a320000 9457 00 00 ${TEXT("8169", "Main")} a3 9359 00 03 0001 a2 00000000`;

export const PLUS_CONVERSATIONS: readonly (readonly Sample[])[] = [
	[
		...pair("connection", PLUS_CONNECT, PLUS_ACCEPT),
		...pair("session", plusRequest(0x4ca, 1, SESSION, 1, 0x120), plusAnswer(0x4ca, 1, SESSION_ANSWER, 1)),
	],
	pair("read", plusRequest(0x54c, 2, PLUS_READ), plusAnswer(0x54c, 2, PLUS_VALUES)),
	pair("write", plusRequest(0x542, 3, PLUS_WRITE), plusAnswer(0x542, 3, "00 00 00000000")),
	pair("stop", plusRequest(0x4f2, 4, STOP_STATE), plusAnswer(0x4f2, 4, "00 00000000")),
	pair("block", plusRequest(0x4ca, 5, CREATE_BLOCK), plusAnswer(0x4ca, 5, "00 00 00000000")),
	pair("explore", plusRequest(0x4bb, 6, "00000003 00 01 00 01 00 01 8169 00000000"), plusAnswer(0x4bb, 6, "00 00000003 00000000")),
];
