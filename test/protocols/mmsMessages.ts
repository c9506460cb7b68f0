/** MMS messages, made layer by layer from their octets (X.225, X.226, X.227, ISO 9506-2; IEC 61850-8-1). */
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import type { Sample } from "../contract/stream.ts";
import { hex, join } from "../support/decoderHarness.ts";
import { packet } from "./s7Samples.ts";

type Bytes = Uint8Array | string;
const bytesOf = (part: Bytes): Uint8Array => (typeof part === "string" ? hex(part) : part);

/** One element with a definite length: its tag as hex, its contents. */
export function tlv(tag: string, ...parts: readonly Bytes[]): Uint8Array {
	const body = join(...parts.map(bytesOf));
	const { length } = body;
	const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
	return join(hex(tag), Uint8Array.from(size), body);
}
/** The same with an indefinite length. */
export const open = (tag: string, ...parts: readonly Bytes[]): Uint8Array => join(hex(tag), hex("80"), ...parts.map(bytesOf), hex("0000"));
export const text = (tag: string, words: string): Uint8Array => tlv(tag, new TextEncoder().encode(words));
const number = (value: number): string =>
	value < 128 ? value.toString(16).padStart(2, "0") : `00${value.toString(16).padStart(value < 256 ? 2 : 4, "0")}`;
export const integer = (tag: string, value: number): Uint8Array => tlv(tag, number(value));

/** A PDU as data of an association (X.226: context 3), and on ISO transport. */
export const presented = (pdu: Bytes): Uint8Array => tlv("61", tlv("30", "020103", tlv("a0", pdu)));
export const data = (pdu: Bytes): Uint8Array => packet(join(hex("01000100"), presented(pdu)));

/** X.225, 8.3: a session message with user data. */
export function session(identifier: number, parameters: string, user: Uint8Array): Uint8Array {
	const item = (code: number, body: Uint8Array): Uint8Array =>
		join(
			Uint8Array.of(code),
			body.length < 255 ? Uint8Array.of(body.length) : Uint8Array.of(255, body.length >> 8, body.length & 255),
			body,
		);
	return packet(item(identifier, join(hex(parameters), item(0xc1, user))));
}
const CONNECT = "0506 130100 160102 14020002 33020001 34020001";
const ACCEPT = "0506 130100 160102 14020002 34020001";
/** ACSE and MMS, both with BER. */
const CONTEXTS = "a423 300f 020101 06045201 0001 3004 06025101 3010 020103 0605 28ca220201 3004 06025101";

/** CP and CPA of the normal mode with an association's PDU. */
const normal = (parameters: string, acse: Uint8Array): Uint8Array =>
	tlv("31", "a003800101", tlv("a2", parameters, tlv("61", tlv("30", "020101", tlv("a0", acse)))));

const DETAIL = tlv("a4", "800101", "810305f100", "820c03ee1c00000408000079ef18");
export const INITIATE = tlv("a8", integer("80", 65_000), "810105", "820105", "83010a", DETAIL);
export const INITIATED = tlv("a9", integer("80", 65_000), "810105", "820105", "83010a", DETAIL);
const information = (pdu: Bytes): Uint8Array => tlv("be", tlv("28", "06025101", "020103", tlv("a0", pdu)));

/** 1.0.9506.2.3: the context of MMS. */
const MMS = "a107 0605 28ca220203";
export const associate = (proof = ""): Uint8Array =>
	session(
		13,
		CONNECT,
		normal(`810400000001 820400000001 ${CONTEXTS}`, tlv("60", MMS, "a606 0604 2bce0f02 a703 02010c", proof, information(INITIATE))),
	);
export const associated = (result = 0, diagnostic = "a305a103020100"): Uint8Array =>
	session(
		14,
		ACCEPT,
		normal(
			"830400000001 a512 3007 800100 81025101 3007 800100 81025101",
			tlv("61", MMS, tlv("a2", integer("02", result)), diagnostic, information(INITIATED)),
		),
	);

/** A password by which the client proves who it is (X.227, 9: mechanism 2.2.3.1, charstring). */
export const PASSWORD = "8a0207 80 8b03520301 ac0a 8008 7375706572736574";

export const request = (id: number, service: Bytes): Uint8Array => data(tlv("a0", integer("02", id), service));
export const response = (id: number, service: Bytes): Uint8Array => data(tlv("a1", integer("02", id), service));
/** A refusal: the class's tag, its code. */
export const refusal = (id: number, errorClass: string, code: number): Uint8Array =>
	data(tlv("a2", integer("80", id), tlv("a2", tlv("a0", integer(errorClass, code)))));
export const rejection = (id: number, reason: string, code: number): Uint8Array =>
	data(tlv("a4", integer("80", id), integer(reason, code)));

/** `domain/item` as an ObjectName. */
export function object(name: string): Uint8Array {
	const [domain, item] = name.split("/");
	return item === undefined ? text("80", domain!) : tlv("a1", text("1a", domain!), text("1a", item));
}
export const variable = (name: string): Uint8Array => tlv("30", tlv("a0", object(name)));
export const read = (id: number, ...names: readonly string[]): Uint8Array =>
	request(id, tlv("a4", tlv("a1", tlv("a0", ...names.map(variable)))));
export const values = (id: number, ...found: readonly Bytes[]): Uint8Array => response(id, tlv("a4", tlv("a1", ...found)));
export const write = (id: number, name: string, value: Bytes): Uint8Array =>
	request(id, tlv("a5", tlv("a0", variable(name)), tlv("a0", value)));
export const written = (id: number, result = "8100"): Uint8Array => response(id, tlv("a5", result));
export const report = (...results: readonly Bytes[]): Uint8Array =>
	data(tlv("a3", tlv("a0", tlv("a1", text("80", "RPT")), tlv("a0", ...results))));

export const IDENTIFY = "8200";
export const identity = (id: number, revision = "3.1"): Uint8Array =>
	response(id, tlv("a2", text("80", "Relay Works"), text("81", "RW-61850"), text("82", revision)));
export const CONCLUDE = data("8b00");
export const CONCLUDED = data("8c00");
/** A session that is finished: release of the association. */
const control = (acse: Uint8Array): Uint8Array => tlv("61", tlv("30", "020101", tlv("a0", acse)));
export const RELEASE = session(9, "", control(tlv("62", "800100")));
export const RELEASED = session(10, "", control(tlv("63", "800100")));

export const POSITION = "IED1CTRL/CSWI1$ST$Pos$stVal";
export const CURRENT = "IED1MEAS/MMXU1$MX$A$phsA$cVal$mag$f";
export const OPERATE = "IED1CTRL/CSWI1$CO$Pos$Oper";
/** ctlVal, origin, ctlNum, T, Test, Check. */
export const operation = (value: string, interlock = "84020600"): Uint8Array =>
	tlv("a2", `8301${value}`, tlv("a2", "850103", text("89", "station")), "860101", "91085e000000000000 0a", "830100", interlock);
export const INTENSITY = "8705 08 42c80000";
export const CLOSED = "84020680";

const sample =
	(direction: 0 | 1) =>
	(name: string, bytes: Uint8Array): Sample => ({ name, bytes, direction });
const asks = sample(TO_SERVER);
const tells = sample(TO_CLIENT);
export const CONVERSATIONS: readonly (readonly Sample[])[] = [
	[
		asks("associate", associate()),
		tells("associated", associated()),
		asks("identify", request(1, IDENTIFY)),
		tells("identity", identity(1)),
		asks("read", read(2, POSITION, CURRENT)),
		tells("values", values(2, CLOSED, INTENSITY)),
		asks("operate", write(3, OPERATE, operation("01"))),
		tells("operated", written(3)),
		tells(
			"report",
			report(
				text("8a", "rpt01"),
				"84030678 00",
				"860107",
				"8c0600000000 3fff",
				text("8a", "IED1CTRL/LLN0$Status"),
				"840206c0",
				CLOSED,
				INTENSITY,
				"84020204",
				"84020204",
			),
		),
		asks("conclude", CONCLUDE),
		tells("concluded", CONCLUDED),
	],
	[asks("associate with a password", associate(PASSWORD)), tells("rejected", associated(1, "a305a10302010d"))],
	[
		asks("list of names", request(9, tlv("a1", tlv("a0", "800109"), tlv("a1", "8000")))),
		tells("names", response(9, tlv("a1", tlv("a0", text("1a", "IED1CTRL"), text("1a", "IED1MEAS")), "810100"))),
		asks("file", request(10, tlv("bf48", tlv("a0", text("19", "COMTRADE/FRA00001.DAT")), "810100"))),
		tells("no file", refusal(10, "8b", 7)),
	],
];
