/** Offsets and lengths of ICMP (RFC 792), ICMPv6 (RFC 4443, 2.1), and neighbour discovery (RFC 4861, 4). */

/** Type, code, checksum, four bytes that the type defines. */
export const HEADER = 8;
export const OFFSET = {
	type: 0,
	code: 1,
	/** Echo (RFC 792, "Echo or Echo Reply Message"; RFC 4443, 4.1). */
	identifier: 4,
	sequence: 6,
	data: 8,
	/** RFC 792, "Redirect Message". */
	gateway: 4,
	/** RFC 4861, 4.3 to 4.5: the address that is asked for, told, or redirected to. */
	target: 8,
	/** RFC 4861, 4.5. */
	redirected: 24,
} as const;

/** Where the options of neighbour discovery begin, by type (RFC 4861, 4.1 to 4.5). */
export const OPTIONS: ReadonlyMap<number, number> = new Map([
	[133, 8],
	[134, 16],
	[135, 24],
	[136, 24],
	[137, 40],
]);
/** RFC 4861, 4.6: type, length in units of eight bytes. */
export const OPTION_UNIT = 8;
export const OPTION = { sourceLink: 1, targetLink: 2 } as const;

/** Of the quoted packet (RFC 791, 3.1; RFC 8200, 3): addresses, protocol, and where its ports are. */
export const V4 = { shortest: 20, protocol: 9, source: 12, destination: 16 } as const;
export const V6 = { header: 40, next: 6, source: 8, destination: 24 } as const;
/** IANA protocol numbers whose headers begin with two ports. */
export const PORTED: ReadonlySet<number> = new Set([6, 17, 132]);
