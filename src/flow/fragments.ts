/**
 * Puts IP fragments together: IPv4 (RFC 791, 3.2) and IPv6 (RFC 8200, 4.5). Where fragments overlap the first copy of a byte is used and the overlap counted: RFC 5722
 * forbids it for IPv6, and nobody innocent does it for IPv4. Whatever arrives costs time and memory within the bounds below.
 */
import { u8, u16, u32 } from "../wire/bytes.ts";
import type { Packet } from "../wire/packet.ts";

/** Datagrams in pieces at the same time. */
export const MAX_DATAGRAMS = 1024;
/** Bytes of all pieces held: 64 datagrams of the largest size. */
export const MAX_FRAGMENT_BYTES = 4 << 20;
/** Pieces of one datagram: the largest one over links of 576 bytes, which is more than is met. */
export const MAX_PIECES = 128;
/** Microseconds from the first piece; RFC 791 suggests 15 s, RFC 8200 demands 60 s, Linux takes 30 s. */
export const FRAGMENT_TIME = 30_000_000;
/** The largest payload that the length fields can name. */
const MAX_DATAGRAM = 65_535;
/** The longest IPv4 header; that of IPv6 has 40 bytes once the extension headers are left out. */
const MAX_HEADER = 60;
const V6_HEADER = 40;

interface Piece {
	from: number;
	bytes: Uint8Array;
}

interface Datagram {
	hash: number;
	source: Int32Array;
	destination: Int32Array;
	id: number;
	protocol: number;
	version: number;
	time: number;
	/** Sorted by `from`, without overlap. */
	pieces: Piece[];
	/** Bytes of the pieces. */
	held: number;
	/** Length of the whole, or -1 while the last fragment is missing. */
	length: number;
	/** The IP header of the fragment at offset 0, once it is there. */
	header: Uint8Array | undefined;
	/** What the fragment at offset 0 announces. */
	ipProtocol: number;
	/** Others with the same hash. */
	next: Datagram | undefined;
}

interface FragmentCounters {
	/** Fragments seen. */
	fragments: number;
	/** Datagrams put together. */
	reassembled: number;
	/** Fragments that overlapped others of their datagram. */
	fragmentOverlaps: number;
	/** Fragments with impossible lengths, or cut by the snap length. */
	fragmentsRefused: number;
	/** Datagrams given up because their time was over. */
	fragmentsExpired: number;
	/** Datagrams given up because a bound was reached. */
	fragmentsEvicted: number;
}

export class Fragments {
	readonly counters: FragmentCounters = {
		fragments: 0,
		reassembled: 0,
		fragmentOverlaps: 0,
		fragmentsRefused: 0,
		fragmentsExpired: 0,
		fragmentsEvicted: 0,
	};
	/** After `add` said true: an IP header of `headerLength` bytes and the whole payload, up to `end`. Lent. */
	readonly bytes = new Uint8Array(MAX_HEADER + MAX_DATAGRAM);
	headerLength = 0;
	end = 0;

	/** By hash; oldest first in `#ages`. */
	readonly #datagrams = new Map<number, Datagram>();
	readonly #ages = new Set<Datagram>();
	#held = 0;

	/** Bytes held, for the bound. */
	get held(): number {
		return this.#held;
	}

	/**
	 * Takes a packet that `isFragment`. True when its datagram is whole: then `bytes` holds it, and `packet.ipProtocol` is set to what follows its
	 * header, ready for `PacketParser.resume`.
	 */
	add(packet: Packet, time: number): boolean {
		this.counters.fragments++;
		this.#expire(time);
		const { bytes, ipHeader, ipPayload, end } = packet;
		const isV4 = packet.ipVersion === 4;
		const control = isV4 ? u16(bytes, ipHeader + 6) : u16(bytes, ipPayload - 6);
		const from = isV4 ? (control & 0x1fff) * 8 : control & 0xfff8;
		const hasMore = (control & (isV4 ? 0x2000 : 1)) !== 0;
		const id = isV4 ? u16(bytes, ipHeader + 4) : u32(bytes, ipPayload - 4);
		const length = end - ipPayload;
		const wireEnd = isV4 ? ipHeader + u16(bytes, ipHeader + 2) : ipHeader + V6_HEADER + u16(bytes, ipHeader + 4);
		if (length <= 0 || wireEnd !== end || from + length > MAX_DATAGRAM || (hasMore && length % 8 !== 0)) {
			this.counters.fragmentsRefused++;
			return false;
		}
		const datagram = this.#find(packet, id, time);
		const to = from + length;
		if (hasMore) {
			if (datagram.length >= 0 && to > datagram.length) return this.#refuse();
		} else {
			const last = datagram.pieces.at(-1);
			const known = last === undefined ? 0 : last.from + last.bytes.length;
			if (datagram.length < 0 && known <= to) datagram.length = to;
			else if (datagram.length !== to) return this.#refuse();
		}
		if (from === 0 && datagram.header === undefined) {
			datagram.header = bytes.slice(ipHeader, isV4 ? ipHeader + ((u8(bytes, ipHeader) & 15) << 2) : ipHeader + V6_HEADER);
			datagram.ipProtocol = packet.ipProtocol;
		}
		this.#insert(datagram, bytes, ipPayload, from, to);
		if (datagram.held === datagram.length && datagram.header !== undefined) {
			this.#assemble(datagram, datagram.header);
			packet.ipProtocol = datagram.ipProtocol;
			this.#remove(datagram);
			this.counters.reassembled++;
			return true;
		}
		if (datagram.pieces.length > MAX_PIECES) this.#evict(datagram);
		while (this.#ages.size > MAX_DATAGRAMS || this.#held > MAX_FRAGMENT_BYTES) this.#evict(this.#oldest()!);
		return false;
	}

	#refuse(): false {
		this.counters.fragmentsRefused++;
		return false;
	}

	#find(packet: Readonly<Packet>, id: number, time: number): Datagram {
		const { source, destination, ipVersion } = packet;
		// the protocol tells datagrams of IPv4 apart, for IPv6 the identification alone does (RFC 8200, 4.5)
		const protocol = ipVersion === 4 ? packet.ipProtocol : 0;
		let hash = id ^ (protocol << 24);
		for (let word = 0; word < 4; word++) hash = Math.imul(hash ^ source[word]! ^ (destination[word]! >>> 7), 0x9e3779b1) ^ (hash >>> 15);
		const first = this.#datagrams.get(hash);
		for (let entry = first; entry !== undefined; entry = entry.next) {
			if (
				entry.id === id &&
				entry.protocol === protocol &&
				entry.version === ipVersion &&
				isSame(entry.source, source) &&
				isSame(entry.destination, destination)
			)
				return entry;
		}
		const datagram: Datagram = {
			hash,
			source: source.slice(),
			destination: destination.slice(),
			id,
			protocol,
			version: ipVersion,
			time,
			pieces: [],
			held: 0,
			length: -1,
			header: undefined,
			ipProtocol: 0,
			next: first,
		};
		this.#datagrams.set(hash, datagram);
		this.#ages.add(datagram);
		return datagram;
	}

	/** Adds those bytes of `from` to `to` that no piece holds yet. */
	#insert(datagram: Datagram, bytes: Uint8Array, payload: number, from: number, to: number): void {
		const { pieces } = datagram;
		let start = from;
		let at = pieces.length;
		while (at > 0 && pieces[at - 1]!.from + pieces[at - 1]!.bytes.length > from) at--;
		let isOverlap = false;
		while (start < to) {
			const piece = pieces[at];
			const stop = piece === undefined || piece.from > to ? to : piece.from;
			if (start < stop) {
				pieces.splice(at, 0, { from: start, bytes: bytes.slice(payload + start - from, payload + stop - from) });
				datagram.held += stop - start;
				this.#held += stop - start;
				at++;
				start = stop;
			}
			if (start >= to || piece === undefined) break;
			isOverlap = true;
			start = Math.max(start, piece.from + piece.bytes.length);
			at++;
		}
		if (isOverlap) this.counters.fragmentOverlaps++;
	}

	#assemble(datagram: Datagram, header: Uint8Array): void {
		this.bytes.set(header, 0);
		this.headerLength = header.length;
		for (const piece of datagram.pieces) this.bytes.set(piece.bytes, header.length + piece.from);
		this.end = header.length + datagram.length;
	}

	#oldest(): Datagram | undefined {
		return this.#ages.values().next().value;
	}

	#expire(time: number): void {
		for (let oldest = this.#oldest(); oldest !== undefined; oldest = this.#oldest()) {
			const age = time - oldest.time;
			// a clock that was set back must not keep them for ever
			if (age < FRAGMENT_TIME && age > -FRAGMENT_TIME) return;
			this.#remove(oldest);
			this.counters.fragmentsExpired++;
		}
	}

	#evict(datagram: Datagram): void {
		this.#remove(datagram);
		this.counters.fragmentsEvicted++;
	}

	#remove(datagram: Datagram): void {
		this.#held -= datagram.held;
		this.#ages.delete(datagram);
		const first = this.#datagrams.get(datagram.hash);
		if (first === datagram) {
			if (datagram.next === undefined) this.#datagrams.delete(datagram.hash);
			else this.#datagrams.set(datagram.hash, datagram.next);
			return;
		}
		for (let entry = first; entry !== undefined; entry = entry.next) if (entry.next === datagram) entry.next = datagram.next;
	}
}

const isSame = (a: Int32Array, b: Int32Array): boolean => a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3];
