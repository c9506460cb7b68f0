/** TCP segments of one direction that wait for the bytes before them: sorted, without overlap. The first copy of a byte stays. */

interface HeldSegment {
	/** Sequence number of the first byte. */
	sequence: number;
	/** The bytes that were captured; fewer than `length` in a cut frame. */
	bytes: Uint8Array;
	length: number;
}

export class HeldSegments {
	readonly segments: HeldSegment[] = [];
	/** Captured bytes of all. */
	bytes = 0;
	/** Microseconds of the last byte delivered, or of the first held where none was since. */
	progress: number;
	/** Packets of the other side at that time: when more come, its acknowledgments can be seen. */
	answers: number;

	constructor(time: number, answers: number) {
		this.progress = time;
		this.answers = answers;
	}

	/**
	 * Adds those of `length` bytes from `sequence` on, `captured` of which are at `start`, that are not held yet; none of them precedes `next`.
	 * False where a byte was held with other content.
	 */
	add(next: number, sequence: number, bytes: Uint8Array, start: number, captured: number, length: number): boolean {
		const { segments } = this;
		// offsets from `next` stand for sequence numbers, which wrap
		const first = (sequence - next) | 0;
		const end = first + length;
		let from = first;
		let isSame = true;
		for (let at = 0; from < end; at++) {
			const segment = segments[at];
			const segmentFrom = segment === undefined ? end : (segment.sequence - next) | 0;
			const stop = segmentFrom < end ? segmentFrom : end;
			if (from < stop) {
				const piece = bytes.slice(start + Math.min(from - first, captured), start + Math.min(stop - first, captured));
				segments.splice(at, 0, { sequence: (next + from) | 0, bytes: piece, length: stop - from });
				this.bytes += piece.length;
				from = stop;
				if (segment === undefined) break;
				continue;
			}
			if (segment === undefined) break;
			const segmentEnd = segmentFrom + segment.length;
			if (segmentEnd <= from) continue;
			const both = Math.min(segmentFrom + segment.bytes.length, first + captured, end);
			for (let byte = from; byte < both && isSame; byte++) isSame = segment.bytes[byte - segmentFrom] === bytes[start + byte - first];
			from = segmentEnd;
		}
		return isSame;
	}

	/** Takes the first segment out. */
	shift(): HeldSegment | undefined {
		const segment = this.segments.shift();
		if (segment !== undefined) this.bytes -= segment.bytes.length;
		return segment;
	}
}
