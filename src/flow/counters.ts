/** What the flow layer counts. Plain numbers, one fixed shape. */

export interface FlowCounters {
	/** Flows opened. */
	flows: number;
	/** Flows that gave way to others because the table, or its share for flows without a conversation, was full. */
	flowsEvicted: number;
	/** Those of them that were conversations. */
	conversationsEvicted: number;
	/** Flows closed because nothing came for long. */
	flowsExpired: number;
	/** IP packets that are neither TCP nor UDP, or whose transport header was not there. */
	otherPackets: number;
	/** Holes in TCP streams that were given up, and their bytes. */
	gaps: number;
	lostBytes: number;
	/** TCP segments that came before bytes that precede them. */
	outOfOrder: number;
	/** Bytes that came again after they had been delivered. */
	retransmittedBytes: number;
	/** Segments of which a part came again. */
	overlaps: number;
	/** Segments that said something else than the first copy of the same bytes. */
	conflicts: number;
	/** Bytes that came after they had been given up, in time to be delivered. */
	lateBytes: number;
	/** Segments and resets far from where the stream is: forged, or of a connection that was not seen to begin. */
	strays: number;
	/** Holes given up because a bound on waiting segments was reached. */
	heldOverflows: number;
}

export const flowCounters = (): FlowCounters => ({
	flows: 0,
	flowsEvicted: 0,
	conversationsEvicted: 0,
	flowsExpired: 0,
	otherPackets: 0,
	gaps: 0,
	lostBytes: 0,
	outOfOrder: 0,
	retransmittedBytes: 0,
	overlaps: 0,
	conflicts: 0,
	lateBytes: 0,
	strays: 0,
	heldOverflows: 0,
});
