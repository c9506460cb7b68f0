/** IEC 60870-5-104, message by message and object by object against tshark. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { byFrame, capturesOf, type Line, linesOf } from "./captures.ts";
import { inPairs, Tally } from "./tally.ts";
import { type Branch, treesOf, version } from "./tshark.ts";

/** The lab's own recording; where this runs compiled, the project is one level further up. */
export const RECORDED = fileURLToPath(
	["../../captures/telecontrol-attack.pcap", "../../../captures/telecontrol-attack.pcap"]
		.map((path) => new URL(path, import.meta.url))
		.find((file) => existsSync(file))!,
);

const REASON = {
	length: "theirs: the objects do not fill the message; tshark reads on as if they did",
	order:
		"either: bit 1 of a bitstring is the lowest of its first octet (101, 7.2.6.13), so we read a number as all others are; tshark shows the octets in their order",
	control: "malformed: no format has the control field; tshark names the format of its lowest bits",
	undescribed: "theirs: the type is not dissected by tshark 4.0 (C_TS_NA, C_CD_NA, events of protection equipment, files)",
} as const;

/** What of a message is compared, by name; undefined where one side does not say it. */
type Said = Record<string, string | undefined>;

const flag = (value: unknown): string => (value ? "1" : "0");
/** As many digits as tshark shows of a float. */
const precise = (value: number): string =>
	Number.isInteger(value) || !Number.isFinite(value) ? String(value) : String(Number(value.toPrecision(6)));
/** A normalized value has steps of 2^-15; as many of them. */
const steps = (text: string | undefined): string | undefined =>
	text === undefined ? undefined : String(Math.round(Number(text) * 32_768));
const number = (text: string | undefined): string | undefined =>
	text === undefined ? undefined : text === "True" ? "1" : text === "False" ? "0" : precise(Number(text));

const NORMALIZED = new Set([9, 10, 21, 34, 48, 61, 110]);
const BITSTRINGS = new Set([7, 8, 33, 51, 64]);
const swapped = (text: string | undefined): string | undefined => {
	if (text === undefined) return undefined;
	const bits = Number(text);
	return precise(((bits & 255) * 0x1000000 + ((bits >>> 8) & 255) * 0x10000 + ((bits >>> 16) & 255) * 0x100 + (bits >>> 24)) >>> 0);
};
/** Types whose elements tshark 4.0 leaves as bytes. */
const UNDESCRIBED = new Set([17, 18, 19, 38, 39, 40, 41, 104, 106, ...Array.from({ length: 8 }, (_, index) => 120 + index)]);

// biome-ignore lint/suspicious/noExplicitAny: fields differ by type
type Item = Record<string, any>;

const RESETS = ["not used", "general reset of process", "reset of pending information with time tag of the event buffer"];
const STARTS = ["local power switch on", "local manual reset", "remote reset"];
const KINDS = ["not used", "threshold value", "smoothing factor", "low limit", "high limit"];
const QUALIFIERS = ["no additional definition", "short pulse duration", "long pulse duration", "persistent output"];
const FREEZES = ["read", "freeze without reset", "freeze with reset", "reset"];

const quality = (item: Item, names: readonly string[]): string => names.map((name) => flag(item[name])).join("");

/** One object of ours as text, in an order that both sides follow. */
function ourObject(line: Line, item: Item): string {
	const type: string = line.type;
	const parts: string[] = [String(item.address)];
	if (item.value !== undefined && NORMALIZED.has(line.typeId)) parts.push(steps(item.value)!);
	else if (item.value !== undefined) parts.push(typeof item.value === "string" ? item.value : precise(item.value));
	if (/^M_(SP|DP)_/.test(type)) parts.push(`siq ${quality(item, ["blocked", "substituted", "notTopical", "invalid"])}`);
	else if (/^M_(ST|BO|ME|PS)_/.test(type) && type !== "M_ME_ND_1")
		parts.push(`qds ${quality(item, ["overflow", "blocked", "substituted", "notTopical", "invalid"])}`);
	if (/^M_ST/.test(type)) parts.push(`transient ${flag(item.transient)}`);
	if (/^M_IT/.test(type)) parts.push(`bcr ${item.counterSequence} ${quality(item, ["carry", "adjusted", "invalid"])}`);
	if (/^C_(SC|DC|RC)/.test(type)) parts.push(`qu ${Math.max(0, QUALIFIERS.indexOf(item.qualifier))} ${flag(item.action === "select")}`);
	if (/^C_SE/.test(type)) parts.push(`ql ${item.qualifier ?? 0} ${flag(item.action === "select")}`);
	if (/^P_ME/.test(type)) parts.push(`qpm ${KINDS.indexOf(item.parameter)} ${flag(item.localChange)} ${flag(item.notInOperation)}`);
	if (type === "M_EI_NA_1") parts.push(`coi ${STARTS.indexOf(item.causeOfInitialization)} ${flag(item.parametersChanged)}`);
	if (type === "C_IC_NA_1") parts.push(`qoi ${item.qualifier === "station interrogation" ? 20 : item.qualifier}`);
	if (type === "C_CI_NA_1") parts.push(`qcc ${item.qualifier} ${FREEZES.indexOf(item.freeze)}`);
	if (type === "C_RP_NA_1") parts.push(`qrp ${RESETS.indexOf(item.qualifier)}`);
	if (item.time !== undefined) parts.push(`${item.time} ${flag(item.timeInvalid)}${flag(item.summerTime)}`);
	return parts.join(" ");
}

function ours(line: Line): Said {
	const isDescribed = !UNDESCRIBED.has(line.typeId);
	return {
		format: line.format,
		function: line.function,
		tx: line.sendSequence?.toString(),
		rx: line.receiveSequence?.toString(),
		...(line.typeId !== undefined && {
			type: line.type,
			count: String(line.numberOfObjects),
			sequence: flag(line.sequence),
			cause: String(line.causeOfTransmission),
			negative: flag(line.negative),
			test: flag(line.test),
			originator: String(line.originatorAddress),
			address: String(line.commonAddress),
			objects: isDescribed ? (line.objects ?? []).map((item: Item) => ourObject(line, item)).join("; ") : undefined,
		}),
	};
}

function fieldsOf(branch: Branch, fields = new Map<string, string>()): Map<string, string> {
	for (const child of branch.children) {
		if (child.name !== "") fields.set(child.name, child.show);
		fieldsOf(child, fields);
	}
	return fields;
}

const two = (text: string | undefined): string => String(Number(text)).padStart(2, "0");

/** One object of tshark's as the same text. */
function theirObject(address: string, branch: Branch): string {
	const fields = fieldsOf(branch);
	const get = (name: string): string | undefined => number(fields.get(`iec60870_asdu.${name}`));
	const parts: (string | undefined)[] = [address];
	const bits = (prefix: string, names: readonly string[]): string => names.map((name) => get(`${prefix}.${name}`) ?? "?").join("");
	const value =
		get("siq.spi") ??
		get("diq.dpi") ??
		get("vti.v") ??
		swapped(fields.get("iec60870_asdu.bitstring")) ??
		steps(fields.get("iec60870_asdu.normval")) ??
		get("scalval") ??
		get("float") ??
		get("bcr.count") ??
		get("sco.on") ??
		get("dco.on") ??
		get("rco.up");
	if (value !== undefined) parts.push(value);
	if (fields.has("iec60870_asdu.siq")) parts.push(`siq ${bits("siq", ["bl", "sb", "nt", "iv"])}`);
	if (fields.has("iec60870_asdu.diq")) parts.push(`siq ${bits("diq", ["bl", "sb", "nt", "iv"])}`);
	if (fields.has("iec60870_asdu.qds")) parts.push(`qds ${bits("qds", ["ov", "bl", "sb", "nt", "iv"])}`);
	if (fields.has("iec60870_asdu.vti")) parts.push(`transient ${get("vti.t")}`);
	if (get("bcr.count") !== undefined) parts.push(`bcr ${get("bcr.sq")} ${bits("bcr", ["cy", "ca", "iv"])}`);
	for (const kind of ["sco", "dco", "rco"])
		if (fields.has(`iec60870_asdu.${kind}`)) parts.push(`qu ${get(`${kind}.qu`)} ${get(`${kind}.se`)}`);
	if (fields.has("iec60870_asdu.qos")) parts.push(`ql ${get("qos.ql")} ${get("qos.se")}`);
	if (fields.has("iec60870_asdu.qpm")) parts.push(`qpm ${get("qpm.kpa")} ${get("qpm.lpc")} ${get("qpm.pop")}`);
	if (fields.has("iec60870_asdu.coi")) parts.push(`coi ${get("coi_r")} ${get("coi_i")}`);
	if (fields.has("iec60870_asdu.qoi")) parts.push(`qoi ${get("qoi")}`);
	if (fields.has("iec60870_asdu.qcc")) parts.push(`qcc ${get("rqt") === "5" ? "general request" : get("rqt")} ${get("frz")}`);
	if (fields.has("iec60870_asdu.qrp")) parts.push(`qrp ${get("qrp")}`);
	for (const kind of ["cp24time", "cp56time"]) {
		if (!fields.has(`iec60870_asdu.${kind}`)) continue;
		const milliseconds = Number(get(`${kind}.ms`));
		const seconds = `${two(String(Math.floor(milliseconds / 1000)))}.${String(milliseconds % 1000).padStart(3, "0")}`;
		const year = Number(get(`${kind}.year`) ?? 0);
		const time =
			kind === "cp24time"
				? `${two(get(`${kind}.min`))}:${seconds}`
				: `${year < 70 ? 2000 + year : 1900 + year}-${two(get(`${kind}.month`))}-${two(get(`${kind}.day`))}T${two(get(`${kind}.hour`))}:${two(get(`${kind}.min`))}:${seconds}`;
		parts.push(`${time} ${get(`${kind}.iv`)}${get(`${kind}.su`) ?? 0}`);
	}
	return parts.join(" ");
}

/** Control field and ASDU of one message, as tshark has them in two layers. */
function theirs(control: Branch, asdu: Branch | undefined): Said {
	const apci = fieldsOf(control);
	const format = { 0: "I", 1: "S", 3: "U" }[Number(apci.get("iec60870_104.type"))];
	const said: Said = {
		format,
		function: /\(([A-Z]+ (?:act|con))\)|(STARTDT|STOPDT|TESTFR) (act|con)/.exec(
			control.children.find(({ name }) => name === "iec60870_104.utype")?.label ?? "",
		)?.[0],
		tx: apci.get("iec60870_104.tx"),
		rx: apci.get("iec60870_104.rx"),
	};
	if (asdu === undefined) return said;
	const header = (name: string): string | undefined => number(asdu.children.find((child) => child.name === `iec60870_asdu.${name}`)?.show);
	const type = /: (\S+) \(/.exec(asdu.children.find(({ name }) => name === "iec60870_asdu.typeid")?.label ?? "")?.[1];
	const branches = asdu.children.filter(({ children }) => children.length > 0);
	// An object without an element is only its address.
	const objects = branches.length > 0 ? branches : [asdu];
	let address = 0;
	const isDescribed = !UNDESCRIBED.has(Number(header("typeid")));
	return {
		...said,
		type,
		count: header("numix"),
		sequence: header("sq"),
		cause: header("causetx"),
		negative: header("nega"),
		test: header("test"),
		originator: header("oa"),
		address: header("addr"),
		objects: isDescribed
			? objects
					.map((branch) => {
						const own = fieldsOf(branch).get("iec60870_asdu.ioa");
						address = own === undefined ? address + 1 : Number(own);
						return theirObject(String(address), branch);
					})
					.join("; ")
			: undefined,
	};
}

/** `alter` may change our lines, to prove that a difference is seen. */
export async function compareIec104(capture: string, alter: (line: Line) => void = () => {}): Promise<Tally> {
	const tally = new Tally(capture, `tshark ${version}`);
	const lines = (await linesOf(capture, ["iec104"])).filter(({ kind }) => kind !== "unanswered");
	lines.forEach(alter);
	const mine = byFrame(lines);
	const [controls, asdus] = await Promise.all([treesOf(capture, "iec60870_104"), treesOf(capture, "iec60870_asdu")]);
	for (const frame of [...new Set([...controls.keys(), ...mine.keys()])].sort((a, b) => a - b)) {
		const rest = [...(asdus.get(frame) ?? [])];
		const peers = (controls.get(frame) ?? []).map((control) =>
			theirs(control, Number(fieldsOf(control).get("iec60870_104.type")) === 0 ? rest.shift() : undefined),
		);
		const own = mine.get(frame) ?? [];
		for (let index = 0; index < Math.max(own.length, peers.length); index++) {
			const line = own[index];
			const peer = peers[index];
			if (line !== undefined) tally.saw("ours", line.type ?? line.function ?? line.format ?? line.kind);
			if (peer !== undefined) tally.saw("theirs", peer.type ?? peer.function ?? peer.format ?? "?");
			if (line === undefined || peer === undefined) {
				tally.differs(`frame ${frame}: only ${line === undefined ? `tshark says ${peer!.type ?? peer!.format}` : `we say ${line.kind}`}`);
				continue;
			}
			const said = ours(line);
			const names = [...new Set([...Object.keys(said), ...Object.keys(peer)])].filter((key) => said[key] !== peer[key]);
			const undescribed = UNDESCRIBED.has(line.typeId);
			if (names.length === 0 && BITSTRINGS.has(line.typeId)) tally.because([REASON.order]);
			else if (names.length === 0 && !undescribed) tally.same();
			else if (names.every((name) => name === "type") && undescribed) tally.because([REASON.undescribed]);
			else if (line.kind === "malformed" && line.violations.includes("length")) tally.because([REASON.length]);
			else if (line.kind === "malformed" && line.violations.includes("control")) tally.because([REASON.control]);
			else tally.differs(`frame ${frame}: ${names.map((key) => `${key}: ours ${said[key]}, tshark ${peer[key]}`).join("; ")}`);
		}
	}
	return tally;
}

export const compareAllIec104 = (): Promise<Tally[]> => inPairs([...capturesOf("IEC 104"), RECORDED], (capture) => compareIec104(capture));
