/** The commands that one message carries: one in a frame, several in a direct PDU, or some inside of another one, which passes them on to a device behind it (77) or asks for several at once (78). */
import { u8, u16 } from "../../src/wire/bytes.ts";
import { COMMAND, isDone } from "./codes.ts";
import type { HartObservation } from "./observation.ts";
import {
	ADDRESS,
	addressEnd,
	DELIMITER,
	DIRECT_STATUS,
	FRAME_TYPE,
	frameEnd,
	HEADER,
	isChecked,
	MESSAGE_ID,
	NONE,
	PREAMBLE,
} from "./wire.ts";

/** Most commands of one message; what is behind them is counted. */
export const MAX_COMMANDS = 64;

/** One command, with where its data lies. */
export interface CarriedCommand {
	/** -1 where it is addressed by type and number; those are then not. */
	polling: number;
	deviceType: number;
	deviceId: number;
	isPrimary: boolean;
	isBurst: boolean;
	isPublished: boolean;
	command: number;
	responseCode: number;
	deviceStatus: number;
	extendedStatus: number;
	card: number;
	channel: number;
	carrier: number;
	start: number;
	end: number;
}

/** A list of commands, and why there are not more of them: "" where that is all. */
export interface Carried {
	readonly commands: CarriedCommand[];
	violation: string;
	isCut: boolean;
}

const blank = (): CarriedCommand => ({
	polling: -1,
	deviceType: -1,
	deviceId: -1,
	isPrimary: false,
	isBurst: false,
	isPublished: false,
	command: -1,
	responseCode: -1,
	deviceStatus: -1,
	extendedStatus: -1,
	card: -1,
	channel: -1,
	carrier: -1,
	start: 0,
	end: 0,
});

/** All commands of the message at `start`, which is whole. */
export function carriedBy(bytes: Uint8Array, start: number, end: number, isAnswer: boolean): Carried {
	const carried: Carried = { commands: [], violation: "", isCut: false };
	const body = start + HEADER.body;
	if (u8(bytes, start + HEADER.id) === MESSAGE_ID.direct) direct(carried, bytes, body, end, isAnswer);
	else frame(carried, bytes, body, end, isAnswer);
	return carried;
}

function frame(carried: Carried, bytes: Uint8Array, body: number, end: number, isAnswer: boolean): void {
	let start = body;
	while (start < end && u8(bytes, start) === PREAMBLE) start++;
	const last = frameEnd(bytes, start, end, isAnswer);
	if (last === NONE) carried.violation = "frame";
	else if (last !== end) carried.violation = "length";
	else if (!isChecked(bytes, start, end)) carried.violation = "checksum";
	else framed(carried, blank(), bytes, start, end - 1, isAnswer);
}

/** Delimiter, address, command, count and data, up to `end`; of a frame, and of what command 77 passes on. */
function framed(carried: Carried, one: CarriedCommand, bytes: Uint8Array, start: number, end: number, isAnswer: boolean): void {
	const delimiter = u8(bytes, start);
	const at = addressEnd(start, delimiter);
	if (end - at < 2 || end - at - 2 < u8(bytes, at + 1)) {
		carried.violation = "length";
		return;
	}
	const first = u8(bytes, start + 1);
	one.isPrimary = (first & ADDRESS.primary) !== 0;
	one.isBurst = (first & ADDRESS.burst) !== 0;
	one.isPublished = (delimiter & DELIMITER.type) === FRAME_TYPE.burst;
	if ((delimiter & DELIMITER.long) === 0) one.polling = first & ADDRESS.rest;
	else {
		one.deviceType = ((first & ADDRESS.rest) << 8) | u8(bytes, start + 2);
		one.deviceId = (u8(bytes, start + 3) << 16) | u16(bytes, start + 4);
	}
	one.command = u8(bytes, at);
	one.start = at + 2;
	one.end = one.start + u8(bytes, at + 1);
	if (isAnswer) {
		if (one.end - one.start < 2) {
			carried.violation = "length";
			return;
		}
		one.responseCode = u8(bytes, one.start);
		one.deviceStatus = u8(bytes, one.start + 1);
		one.start += 2;
	}
	add(carried, one, bytes, isAnswer);
}

/** Adds a command, or those inside of it. */
function add(carried: Carried, one: CarriedCommand, bytes: Uint8Array, isAnswer: boolean): void {
	// What is refused carries nothing.
	const carries = !isAnswer || (isDone(one.responseCode) && one.start < one.end);
	if (one.command === COMMAND.extended && carries) {
		if (one.end - one.start < 2) {
			carried.violation = "length";
			return;
		}
		one.command = u16(bytes, one.start);
		one.start += 2;
	} else if (one.command === COMMAND.toSubDevice && carries && one.carrier < 0) {
		// A request says with how many preambles, in front of what is passed on.
		const inner = one.start + (isAnswer ? 2 : 3);
		if (one.end - inner < 4) {
			carried.violation = "length";
			return;
		}
		const passed: CarriedCommand = { ...blank(), card: u8(bytes, one.start), channel: u8(bytes, one.start + 1), carrier: one.command };
		framed(carried, passed, bytes, inner, one.end, isAnswer);
		return;
	} else if (one.command === COMMAND.aggregated && carries && one.carrier < 0) {
		if (isAnswer) one.extendedStatus = u8(bytes, one.start);
		const first = one.start + (isAnswer ? 2 : 1);
		list(carried, { ...one, carrier: one.command }, bytes, first, one.end, isAnswer);
		return;
	}
	carried.commands.push(one);
}

/** Number, count and data of commands behind each other, all to the device of `like`. */
function list(carried: Carried, like: CarriedCommand, bytes: Uint8Array, start: number, end: number, isAnswer: boolean): void {
	let at = start;
	while (at < end && carried.violation === "") {
		if (carried.commands.length >= MAX_COMMANDS) {
			carried.isCut = true;
			return;
		}
		const one: CarriedCommand = { ...like, command: u16(bytes, at), start: at + 3 };
		one.end = one.start + u8(bytes, at + 2);
		if (end - at < 3 || one.end > end || (isAnswer && one.end === one.start)) {
			carried.violation = "length";
			return;
		}
		if (isAnswer) one.responseCode = u8(bytes, one.start++);
		at = one.end;
		add(carried, one, bytes, isAnswer);
	}
}

function direct(carried: Carried, bytes: Uint8Array, body: number, end: number, isAnswer: boolean): void {
	if (end - body < DIRECT_STATUS) {
		carried.violation = "length";
		return;
	}
	const like = blank();
	if (isAnswer) {
		like.deviceStatus = u8(bytes, body);
		like.extendedStatus = u8(bytes, body + 1);
	}
	list(carried, like, bytes, body + DIRECT_STATUS, end, isAnswer);
}

/** A polling address of 0 is the server's own; a device behind it is known by its number, or by its polling address; without any the server is meant. */
const unitOf = ({ polling, deviceId }: CarriedCommand): number => (deviceId > 0 ? deviceId : polling > 0 ? polling : -1);

/** The command as the observation's own. */
export function take(o: HartObservation, one: CarriedCommand): void {
	o.polling = one.polling;
	o.deviceType = one.deviceType;
	o.deviceId = one.deviceId;
	o.isPrimary = one.isPrimary;
	o.isBurst = one.isBurst;
	o.command = one.command;
	o.responseCode = one.responseCode;
	o.deviceStatus = one.deviceStatus;
	o.extendedStatus = one.extendedStatus;
	o.card = one.card;
	o.channel = one.channel;
	o.carrier = one.carrier;
	o.octets = one.end - one.start;
	o.unit = unitOf(one);
}
