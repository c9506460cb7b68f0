/** Offsets and lengths of the encapsulation (CIP Vol. 2, 2-3). All numbers are little-endian but those of socket addresses. */

/** 2-3.1: the header. */
export const HEADER = 24;
export const OFFSET = { command: 0, length: 2, session: 4, status: 8, context: 12, options: 20 } as const;
/** 2-3.3: bytes behind the header. */
export const MAX_DATA = 65_511;
/** 2-4.4: protocol version and option flags. */
export const REGISTRATION = 4;
/** 2-4.7, 2-4.8: interface handle and time-out, before the items. */
export const PREFIX = 6;
/** 2-6: number of items; then type and length of each. */
export const ITEM_COUNT = 2;
export const ITEM_HEADER = 4;
/** Items of one message that are looked at: of the two addresses, data and two sockets that a message may have, and what is to come. */
export const MAX_ITEMS = 8;
/** 2-4.2: socket address and all before the product's name. */
export const IDENTITY = {
	version: 0,
	family: 2,
	port: 4,
	ip: 6,
	vendor: 18,
	deviceType: 20,
	productCode: 22,
	major: 24,
	minor: 25,
	status: 26,
	serial: 28,
	nameLength: 32,
	name: 33,
} as const;
/** 2-4.6: version, capability flags, name of 16 bytes. */
export const SERVICES = { version: 0, flags: 2, name: 4, length: 20 } as const;
/** 2-6.2: connection id and sequence number of an I/O message. */
export const SEQUENCED = 8;
/** A connected message has its sequence count before it (CIP Vol. 1, 3-4.4, classes 1 to 3). */
export const SEQUENCE = 2;
