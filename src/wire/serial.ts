/**
 * Bytes of a serial line as captures hold them (LINKTYPE_RTAC_SERIAL, https://www.tcpdump.org/linktypes/LINKTYPE_RTAC_SERIAL.html): time (that of the frame again),
 * kind of event, state of the control lines, two reserved bytes, then what was on the line.
 */
import { u8 } from "./bytes.ts";

/** Seconds (4), microseconds (4), event (1), control lines (1), reserved (2); numbers in network order. */
export const SERIAL_HEADER = 12;
export const SERIAL_EVENT_AT = 8;

/** Kinds of events. What is not named here (control lines changed, the capture ended) says nothing about bytes. */
export const SERIAL_EVENT = {
	dataSent: 1,
	dataReceived: 2,
	sentEnd: 3,
	receivedEnd: 4,
	captureLost: 5,
	framingError: 7,
	parityError: 8,
	breakSeen: 9,
	overflow: 10,
} as const;

/** Event of the frame from `start` to `end`, or -1 where it is too short. */
export const serialEvent = (bytes: Uint8Array, start: number, end: number): number =>
	end - start < SERIAL_HEADER ? -1 : u8(bytes, start + SERIAL_EVENT_AT);

/** Bytes were lost before this event. */
export const isLoss = (event: number): boolean => event === SERIAL_EVENT.captureLost || event === SERIAL_EVENT.overflow;
