/**
 * Services that hosts announce by multicast DNS (RFC 6763): an instance has a host and a port (SRV), and says about itself what its makers agreed on (TXT, `key=value`, 6.3). What of
 * it names the device goes to the host.
 */
import type { IdentityClaim, OperationSink } from "../../src/decode/protocol.ts";
import { TYPE } from "./codes.ts";
import type { DnsObservation, DnsRecord } from "./observation.ts";

type Field = "vendor" | "model" | "firmware" | "serialNumber";

/**
 * Keys by which services name the device they run on: printers (Bonjour Printing Specification 1.2.1: `ty`, `usb_MFG`, `usb_MDL`), accessories (HomeKit Accessory Protocol, 6.4: `md`), `_device-info`
 * (`model`), and the words that makers of cameras, gateways and controllers use where no specification has any. Those before win.
 */
const KEYS: Readonly<Record<string, Field>> = {
	usb_mfg: "vendor",
	manufacturer: "vendor",
	vendor: "vendor",
	mf: "vendor",
	usb_mdl: "model",
	ty: "model",
	model: "model",
	md: "model",
	fw: "firmware",
	firmware: "firmware",
	fwversion: "firmware",
	fw_version: "firmware",
	serial: "serialNumber",
	serialnumber: "serialNumber",
	sn: "serialNumber",
};
const ORDER = Object.keys(KEYS);
/** Text of a claim. */
const MAX_TEXT = 128;
/** Type of a service: `_http._tcp` (RFC 6763, 7). */
const SERVICE = /\._(?:tcp|udp)\.local$/i;

/** Key, in small letters, and value of a string; undefined where it has none. */
function pairOf(text: string): readonly [key: string, value: string] | undefined {
	const at = text.indexOf("=");
	const value = text.slice(at + 1, at + 1 + MAX_TEXT).trim();
	return at <= 0 || value === "" ? undefined : [text.slice(0, at).toLowerCase(), value];
}

/** Addresses of a host that the message names. */
const addressesOf = (records: readonly DnsRecord[], host: string): string[] =>
	records.flatMap(({ name, type, data }) =>
		name.toLowerCase() === host && (type === TYPE.a || type === TYPE.aaaa) && data !== undefined ? [data] : [],
	);

export function services({ answers, additionals, senderIp }: DnsObservation, sink: OperationSink): void {
	const records = [...answers, ...additionals];
	for (const { name, type, texts, timeToLive } of records) {
		if (type !== TYPE.txt || timeToLive === 0 || !SERVICE.test(name)) continue;
		const pairs = new Map(texts.map(pairOf).filter((pair) => pair !== undefined));
		const claim: Partial<Record<Field, string>> = {};
		for (const key of ORDER) if (pairs.has(key)) claim[KEYS[key]!] ??= pairs.get(key)!;
		if (Object.keys(claim).length === 0) continue;
		const host = records.find((one) => one.type === TYPE.srv && one.name === name)?.data?.toLowerCase();
		const said = host === undefined ? [] : addressesOf(records, host);
		// Another host may pass it on; where it does not say whose it is, it is the sender's.
		const ip = said.length === 0 || said.includes(senderIp) ? senderIp : said[0]!;
		if (ip !== "") sink.identity({ ip, ...claim, presumed: true, evidence: "DNS-SD" } satisfies IdentityClaim);
	}
}
