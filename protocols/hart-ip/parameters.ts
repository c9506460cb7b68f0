/**
 * What is behind a command, by layouts: fields one behind the other, as HCF_SPEC-127 (6) and HCF_SPEC-151 (7) have them. A device of an older revision says less, one of a newer more: a layout is read as far as the
 * data goes, and what a command needs at least is said in `LEAST`.
 */
import { u8, u16, u32 } from "../../src/wire/bytes.ts";
import { hexOf, visible } from "../../src/wire/text.ts";
import { COMMAND, LOCK, unitName, VARIABLE, variableName } from "./codes.ts";
import type { HartObservation } from "./observation.ts";

type Kind =
	| "u8"
	| "u16"
	| "u24"
	| "u32"
	| "f32"
	| "unit"
	| "date"
	/** Of the day. */
	| "time"
	| "extended"
	/** A device variable, an analog channel: what is behind it is about it. */
	| "code"
	| "channel"
	/** All codes up to the end. */
	| "codes"
	| "channels"
	/** Code, class, unit, value, status; code, unit, value; channel, unit, value: again and again. */
	| "slots9"
	| "slots33"
	| "slots62"
	| "packed"
	| "text"
	| "hex"
	/** A value of the dynamic variable with this code, in the unit that was said before; of what `code` or `channel` named where it is 0. */
	| "value";
type Field = readonly [name: string, kind: Kind, argument: number];

/** "name:kind:argument", with blanks between. */
const layout = (text: string): readonly Field[] =>
	text.split(" ").map((field) => {
		const [name, kind, argument = "0"] = field.split(":");
		return [name!, kind as Kind, Number(argument)];
	});

const IDENTITY = layout(
	"expansion:u8 expandedDeviceType:u16 requestPreambles:u8 universalRevision:u8 deviceRevision:u8 softwareRevision:u8 hardwareAndSignaling:u8 flags:u8 deviceNumber:u24 responsePreambles:u8 lastDeviceVariable:u8 configurationChanges:u16 extended:extended manufacturer:u16 privateLabel:u16 deviceProfile:u8",
);
const DYNAMIC = `unit:unit pv:value:${VARIABLE.pv} unit:unit sv:value:${VARIABLE.sv} unit:unit tv:value:${VARIABLE.tv} unit:unit qv:value:${VARIABLE.qv}`;
const LOOP_CONFIGURATION = layout("pollingAddress:u8 loopCurrentMode:u8");
const MESSAGE = layout("message:packed:24");
const TAG = layout("tag:packed:6 descriptor:packed:12 date:date");
const LONG_TAG = layout("longTag:text:32");
const ASSEMBLY = layout("finalAssemblyNumber:u24");
const UNIT_TAG = layout("unitTag:text:32 unitDescriptor:packed:12 unitDate:date");
const CHANNEL_DAMPING = layout("channel:channel damping:f32");
const CHANNEL_TRIM = layout("channel:channel unit:unit level:f32");
const MEASURED = layout("measuredCurrent:f32");
const ZEROED = layout("code:code");

/** What a request says; of most that write the answer says the same. */
const ASKED: ReadonlyMap<number, readonly Field[]> = new Map([
	[6, LOOP_CONFIGURATION],
	[9, layout("codes:codes")],
	[11, layout("tag:packed:6")],
	[17, MESSAGE],
	[18, TAG],
	[19, ASSEMBLY],
	[21, LONG_TAG],
	[22, LONG_TAG],
	[33, layout("codes:codes")],
	[34, layout("damping:f32")],
	[35, layout("unit:unit upperRange:f32 lowerRange:f32")],
	[38, layout("configurationChanges:u16")],
	[39, layout("control:u8")],
	[40, layout(`fixedCurrent:value:${VARIABLE.loopCurrent}`)],
	[44, layout("unit:unit")],
	[45, MEASURED],
	[46, MEASURED],
	[47, layout("transferFunction:u8")],
	[49, layout("transducerSerialNumber:u24")],
	[51, layout("assignedPv:u8 assignedSv:u8 assignedTv:u8 assignedQv:u8")],
	[52, ZEROED],
	[53, layout("code:code unit:unit")],
	[54, ZEROED],
	[55, layout("code:code damping:f32")],
	[56, layout("code:code transducerSerialNumber:u24")],
	[58, UNIT_TAG],
	[59, layout("responsePreambles:u8")],
	[60, layout("channel:channel")],
	[62, layout("channels:channels")],
	[63, layout("channel:channel")],
	[64, CHANNEL_DAMPING],
	[65, layout("channel:channel unit:unit upperRange:f32 lowerRange:f32")],
	[66, layout("channel:channel unit:unit fixedLevel:value")],
	[67, CHANNEL_TRIM],
	[68, CHANNEL_TRIM],
	[69, layout("channel:channel transferFunction:u8")],
	[70, layout("channel:channel")],
	[71, layout("lockCode:u8")],
	[72, layout("squawk:u8")],
	[75, layout("card:u8 channelNumber:u8 pollingAddress:u8")],
	[79, layout("code:code writeCode:u8 unit:unit value:value status:u8")],
	[80, ZEROED],
	[81, ZEROED],
	[82, layout("code:code trimPoint:u8 unit:unit trimValue:f32")],
	[83, ZEROED],
	[84, layout("index:u16")],
	[85, layout("card:u8 channelNumber:u8")],
	[86, layout("index:u16")],
	[87, layout("masterMode:u8")],
	[88, layout("retryCount:u8")],
	[89, layout("timeSetCode:u8 date:date timeOfDay:time")],
	[101, layout("index:u16")],
	[102, layout("index:u16 burstMessage:u8")],
	[103, layout("burstMessage:u8 updatePeriod:time maximumPeriod:time")],
	[105, layout("burstMessage:u8")],
	[108, layout("burstCommand:u8 burstMessage:u8")],
	[109, layout("burstControl:u8 burstMessage:u8")],
	[526, layout("simulationMode:u8")],
	[539, layout("port:u16")],
	[540, layout("port:u16")],
	[544, layout("port:u16")],
	[545, layout("syslogServer:text:64")],
	[773, layout("networkId:u16")],
	[775, layout("networkTag:text:32")],
]);

/** What an answer says, where it is not what the request does. */
const ANSWERED: ReadonlyMap<number, readonly Field[]> = new Map([
	[0, IDENTITY],
	[1, layout(`unit:unit pv:value:${VARIABLE.pv}`)],
	[2, layout(`loopCurrent:value:${VARIABLE.loopCurrent} percentRange:value:${VARIABLE.percentRange}`)],
	[3, layout(`loopCurrent:value:${VARIABLE.loopCurrent} ${DYNAMIC}`)],
	[7, LOOP_CONFIGURATION],
	[8, layout("pvClass:u8 svClass:u8 tvClass:u8 qvClass:u8")],
	[9, layout("extended:extended slots:slots9 timeOfDay:time")],
	[11, IDENTITY],
	[12, MESSAGE],
	[13, TAG],
	[14, layout("transducerSerialNumber:u24 unit:unit upperLimit:f32 lowerLimit:f32 minimumSpan:f32")],
	[
		15,
		layout(
			"alarmSelection:u8 transferFunction:u8 unit:unit upperRange:f32 lowerRange:f32 damping:f32 writeProtect:u8 reserved:u8 analogChannelFlags:u8",
		),
	],
	[16, ASSEMBLY],
	[20, LONG_TAG],
	[21, IDENTITY],
	[33, layout("slots:slots33")],
	[
		48,
		layout(
			"deviceSpecificStatus:hex:6 extended:extended operatingMode:u8 standardizedStatus0:u8 standardizedStatus1:u8 analogChannelSaturated:u8 standardizedStatus2:u8 standardizedStatus3:u8 analogChannelFixed:u8 moreDeviceSpecificStatus:hex:11",
		),
	],
	[50, layout("assignedPv:u8 assignedSv:u8 assignedTv:u8 assignedQv:u8")],
	[
		54,
		layout(
			"code:code transducerSerialNumber:u24 unit:unit upperLimit:f32 lowerLimit:f32 damping:f32 minimumSpan:f32 class:u8 family:u8 updatePeriod:time properties:u8",
		),
	],
	[57, UNIT_TAG],
	[60, layout("channel:channel unit:unit level:value percentRange:f32")],
	[61, layout(`unit:unit level:f32 ${DYNAMIC}`)],
	[62, layout("slots:slots62")],
	[
		63,
		layout(
			"channel:channel alarmSelection:u8 transferFunction:u8 unit:unit upperRange:f32 lowerRange:f32 damping:f32 analogChannelFlags:u8",
		),
	],
	[70, layout("channel:channel unit:unit upperEndpoint:f32 lowerEndpoint:f32 upperLimit:f32 lowerLimit:f32")],
	[73, IDENTITY],
	[74, layout("cards:u8 channelsPerCard:u8 subDevicesPerChannel:u8 devices:u16 delayedResponses:u8 masterMode:u8 retryCount:u8")],
	[75, IDENTITY],
	[76, layout("lockStatus:u8")],
	[80, layout("code:code unit:unit lowerTrimPoint:f32 upperTrimPoint:f32")],
	[
		84,
		layout(
			"index:u16 card:u8 channelNumber:u8 manufacturer:u16 expandedDeviceType:u16 deviceNumber:u24 universalRevision:u8 longTag:text:32 deviceRevision:u8 deviceProfile:u8 privateLabel:u16",
		),
	],
	[90, layout("date:date timeOfDay:time")],
	[110, layout(DYNAMIC)],
	[774, layout("networkId:u16")],
	[776, layout("networkTag:text:32")],
]);

/** Octets that a request has at least. */
const LEAST: ReadonlyMap<number, number> = new Map([
	[6, 1],
	[9, 1],
	[11, 6],
	[17, 24],
	[18, 21],
	[19, 3],
	[21, 32],
	[22, 32],
	[33, 1],
	[34, 4],
	[35, 9],
	[40, 4],
	[44, 1],
	[45, 4],
	[46, 4],
	[47, 1],
	[52, 1],
	[53, 2],
	[55, 5],
	[66, 6],
	[71, 1],
	[79, 7],
	[82, 7],
	[83, 1],
]);
/** And its answer, where it is done. */
const ANSWER_LEAST: ReadonlyMap<number, number> = new Map([
	[0, 12],
	[1, 5],
	[2, 8],
	[3, 9],
	[11, 12],
	[12, 24],
	[13, 21],
	[20, 32],
	[21, 12],
	[48, 6],
]);

/** Reads what is behind a command; false where the command needs more. */
export function readAsked(o: HartObservation, bytes: Uint8Array, start: number, end: number): boolean {
	if (end - start < (LEAST.get(o.command) ?? 0)) return false;
	read(o, ASKED.get(o.command), bytes, start, end);
	return true;
}

export function readAnswered(o: HartObservation, bytes: Uint8Array, start: number, end: number): boolean {
	if (end - start < (ANSWER_LEAST.get(o.command) ?? 0)) return false;
	if (end === start) return true;
	o.variableCount = 0;
	o.isChannel = false;
	read(o, ANSWERED.get(o.command) ?? ASKED.get(o.command), bytes, start, end);
	return true;
}

const SIZES: Readonly<Partial<Record<Kind, number>>> = {
	u8: 1,
	u16: 2,
	u24: 3,
	u32: 4,
	f32: 4,
	unit: 1,
	date: 3,
	time: 4,
	extended: 1,
	code: 1,
	channel: 1,
	value: 4,
};
/** A class, an analog channel: not a variable. */
const NO_UNIT = -1;

const FLOAT = new DataView(new ArrayBuffer(4));
/** What is not known is sent as NaN. */
function f32(bytes: Uint8Array, at: number): number {
	FLOAT.setUint32(0, u32(bytes, at));
	return FLOAT.getFloat32(0);
}

function read(o: HartObservation, fields: readonly Field[] | undefined, bytes: Uint8Array, start: number, end: number): void {
	if (fields === undefined) return;
	const details: Record<string, unknown> = {};
	let at = start;
	let unit = NO_UNIT;
	let code = 0;
	for (const [name, kind, argument] of fields) {
		const size = SIZES[kind] ?? argument;
		if (end - at < Math.max(1, size)) break;
		switch (kind) {
			case "u8":
				details[name] = u8(bytes, at);
				break;
			case "u16":
				details[name] = u16(bytes, at);
				break;
			case "u24":
				details[name] = (u8(bytes, at) << 16) | u16(bytes, at + 1);
				break;
			case "u32":
				details[name] = u32(bytes, at);
				break;
			case "f32":
				details[name] = f32(bytes, at);
				break;
			case "unit":
				unit = u8(bytes, at);
				break;
			case "date":
				if (u8(bytes, at + 1) !== 0) details[name] = dateOf(bytes, at);
				break;
			case "time":
				details[name] = timeOf(bytes, at);
				break;
			case "extended":
				o.extendedStatus = u8(bytes, at);
				break;
			case "code":
				code = u8(bytes, at);
				details.variable = variableName(code);
				details.variableCode = code;
				break;
			case "channel":
				code = u8(bytes, at);
				o.isChannel = true;
				details.analogChannel = code;
				break;
			case "value":
				o.variable(argument === 0 ? code : argument, unit, f32(bytes, at));
				break;
			case "codes":
			case "channels":
				o.isChannel = kind === "channels";
				for (; at < end; at++) o.variable(u8(bytes, at), NO_UNIT, Number.NaN);
				break;
			case "slots9":
				for (; end - at >= 8; at += 8) o.variable(u8(bytes, at), u8(bytes, at + 2), f32(bytes, at + 3), u8(bytes, at + 7));
				break;
			case "slots33":
			case "slots62":
				o.isChannel = kind === "slots62";
				for (; end - at >= 6; at += 6) o.variable(u8(bytes, at), u8(bytes, at + 1), f32(bytes, at + 2));
				break;
			case "packed":
				details[name] = packedOf(bytes, at, at + size);
				break;
			case "text":
				details[name] = latinOf(bytes, at, at + size);
				break;
			case "hex":
				details[name] = hexOf(bytes, at, at + size);
				break;
		}
		at += size;
	}
	if (unit !== NO_UNIT && o.variableCount === 0) details.units = unitName(unit);
	if (o.command === COMMAND.lock && typeof details.lockCode === "number") details.lock = LOCK[details.lockCode] ?? "unknown";
	if (details.expansion !== undefined) identify(details);
	if (Object.keys(details).length > 0) o.details = details;
}

/** Up to revision 6 the two octets of the type are manufacturer and type; from 7 on the manufacturer stands for itself, behind. */
const EXPANDED_SINCE = 7;

function identify(details: Record<string, unknown>): void {
	delete details.expansion;
	const hardware = details.hardwareAndSignaling;
	if (typeof hardware === "number") {
		details.hardwareRevision = hardware >> 3;
		details.physicalSignaling = hardware & 7;
		delete details.hardwareAndSignaling;
	}
	const type = details.expandedDeviceType;
	if (typeof type === "number" && Number(details.universalRevision) < EXPANDED_SINCE) details.manufacturer = type >> 8;
}

/** ISO 8859-1, without the zeros and blanks that fill it up. */
function latinOf(bytes: Uint8Array, start: number, end: number): string {
	let text = "";
	for (let at = start; at < end && u8(bytes, at) !== 0; at++) text += String.fromCharCode(u8(bytes, at));
	return visible(text).trimEnd();
}

/** Four characters of six bits in three octets; the upper of the two bits that are missing is the complement of the next (HCF_SPEC-127, 5.1). */
function packedOf(bytes: Uint8Array, start: number, end: number): string {
	let text = "";
	for (let at = start; at < end; at += 3) {
		const word = (u8(bytes, at) << 16) | u16(bytes, at + 1);
		for (let shift = 18; shift >= 0; shift -= 6) {
			const six = (word >> shift) & 0x3f;
			text += String.fromCharCode((six & 0x20) === 0 ? six | 0x40 : six);
		}
	}
	return text.trimEnd();
}

const two = (value: number): string => String(value).padStart(2, "0");
/** Day, month and years since 1900; the month is 0 where it was never set. */
const dateOf = (bytes: Uint8Array, at: number): string => `${1900 + u8(bytes, at + 2)}-${two(u8(bytes, at + 1))}-${two(u8(bytes, at))}`;
/** Since midnight, or a period: 1/32 ms. In seconds. */
const timeOf = (bytes: Uint8Array, at: number): number => Math.round(u32(bytes, at) / 32) / 1000;
