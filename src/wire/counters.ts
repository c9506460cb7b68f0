/** What the wire layer counts. Plain numbers, one fixed shape. */

export interface WireCounters {
	/** Frames of a link type that is not decoded, or too short for their link header. */
	unreadable: number;
	/** Frames cut by the snap length of the capture. */
	cut: number;
	/** IP or transport headers whose lengths contradict each other. */
	malformed: number;
	/** Mirror transports taken off. */
	tunnels: number;
	/** Mirror transports left on because there were `MAX_TUNNELS` around them already. */
	tunnelsTooDeep: number;
	/** IPv6 packets with more than `MAX_EXTENSIONS` extension headers, or frames with more than `MAX_TAGS` VLAN tags. */
	headersTooMany: number;
}

export const wireCounters = (): WireCounters => ({
	unreadable: 0,
	cut: 0,
	malformed: 0,
	tunnels: 0,
	tunnelsTooDeep: 0,
	headersTooMany: 0,
});
