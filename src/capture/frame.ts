/** One captured frame, as every source of frames (file, standard input, live interface) hands it to the engine. */

/** Link types that are decoded (numbers of the LINKTYPE_ registry, https://www.tcpdump.org/linktypes.html). */
export const LINK_TYPE = {
	null: 0,
	ethernet: 1,
	/** Raw IP as some systems write it in files (DLT_RAW is 12 or 14 there). */
	rawBsd: 12,
	rawOpenBsd: 14,
	raw: 101,
	loop: 108,
	linuxSll: 113,
	ipv4: 228,
	ipv6: 229,
	/** Serial lines. */
	rtacSerial: 250,
	linuxSll2: 276,
} as const;

/**
 * A frame on loan: the source overwrites it at the next call, so whoever keeps any of it copies it.
 * The bytes of the frame are `bytes[start]` to `bytes[start + capturedLength - 1]`; what lies outside belongs to others.
 */
export interface Frame {
	/** Counted from 1 per source (file, standard input or the whole of a live capture). */
	number: number;
	/** Microseconds since the epoch; a fraction where the capture has nanoseconds. */
	time: number;
	/** Bytes that are here. */
	capturedLength: number;
	/** Bytes that were on the wire; more than `capturedLength` when the capture was cut by its snap length. */
	wireLength: number;
	/** A LINKTYPE_ number; not necessarily one of `LINK_TYPE`. */
	linkType: number;
	/** Which interface of the source saw it, counted from 0 in the order in which the source declared them. */
	interfaceId: number;
	/** Its name, where the source says it. From a capture it is any text. */
	interfaceName?: string;
	bytes: Uint8Array;
	start: number;
}

/** Takes one frame on loan. */
export type OnFrame = (frame: Readonly<Frame>) => void;
