/** BACnet/IP on the wire (ASHRAE 135-2020): BVLC (J.2), NPDU (6.2) and APDU (20.1): offsets, lengths and flags. */

/** J.2: type, function, length of the whole with these four bytes. */
export const BVLC_TYPE = 0x81;
export const BVLC = { type: 0, function: 1, length: 2, body: 4 } as const;
/** J.2.5: address and port of the device that a forwarded message comes from. */
export const ORIGIN = 6;
/** J.2.2.1, J.2.4: address, port, mask. J.2.8: address, port, time to live, time that is left. J.2.9: address, port. */
export const ENTRY = { broadcast: 10, foreign: 10, deleted: 6 } as const;

/** 6.2.1, 6.2.2. */
export const NPDU_VERSION = 1;
export const CONTROL = {
	networkMessage: 0x80,
	destination: 0x20,
	source: 0x08,
	expectsReply: 0x04,
	priority: 0x03,
	reserved: 0x50,
} as const;
/** 6.2.3: a vendor's own message types have the vendor behind them. */
export const FIRST_PROPRIETARY_MESSAGE = 0x80;
/** 6.2.2.1: the network number of all networks. */
export const ALL_NETWORKS = 0xffff;

/** 20.1.2.1 to 20.1.9: the low bits of the first octet. */
export const FLAG = { segmented: 8, moreFollows: 4, segmentedResponse: 2, negative: 2, server: 1 } as const;

/** 20.2.1: class, and the values of the length field that mean something else. */
export const TAG = { context: 8, extendedNumber: 15, extendedLength: 5, opening: 6, closing: 7 } as const;
/** 20.2.1.3.1: the length follows in two or four octets. */
export const LENGTH = { two: 254, four: 255 } as const;

/** J.1.2. */
export const PORT = 47808;
