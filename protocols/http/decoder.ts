/**
 * HTTP/1.0 and 1.1 over TCP (RFC 9110, 9112): heads of requests and responses, each response joined to its request. Bodies are stepped over, whatever frames them
 * (RFC 9112, 6.3); after a change of protocol (101, CONNECT) nothing more is looked at. Whoever calls keeps an unfinished head; what was searched of it is remembered here.
 */
import { type DecoderContext, PROBE, type Probe, REJECT, type Stream, type StreamDecoder } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { u8 } from "../../src/wire/bytes.ts";
import { STATUS } from "./codes.ts";
import { type Head, headOf, requestOf } from "./head.ts";
import { isManagement, MAX_SOAP, managementOf } from "./management.ts";
import { type HttpObservation, type HttpRequest, NONE, newObservation } from "./observation.ts";
import { CR, FITS, isTokenByte, LF, lineFeed, MORE, requestAt, seekRequest, seekStatus, statusAt, withoutReturn } from "./wire.ts";

/** Bytes of a head that is waited for; servers take 8 to 32 KiB. */
const MAX_HEAD = 65_536;
/** Bytes of a line that gives the size of a chunk, or of a trailer field. */
const MAX_CHUNK_LINE = 4096;
/** Requests of one flow that wait for their response; the oldest gives way. */
const PENDING = 64;
/** Microseconds after which no response will come. The protocol names no time; browsers wait minutes, devices 5 to 60 s. */
const TIMEOUT = 60_000_000;
/** Users of one flow whose login is remembered. */
const USERS = 16;

export const httpTcp: StreamDecoder<HttpObservation> = {
	ports: [80, 8080],
	carriesFiles: true,
	maxMessage: MAX_HEAD,
	probe,
	sender,
	open: (context) => new HttpStream(context),
};

function probe(bytes: Uint8Array, start: number, end: number, isHinted?: boolean): Probe {
	if (start >= end) return PROBE.more;
	const status = statusAt(bytes, start, end);
	if (status === FITS) return PROBE.certain;
	const request = requestAt(bytes, start, end, isHinted === true);
	if (request === FITS) return PROBE.certain;
	return status === MORE || request === MORE ? PROBE.more : PROBE.mismatch;
}

function sender(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined {
	if (statusAt(bytes, start, end) === FITS) return "server";
	return requestAt(bytes, start, end, true) === FITS ? "client" : undefined;
}

/** What the next bytes of a direction are. */
const MODE = {
	head: 0,
	/** So many bytes more. */
	length: 1,
	/** RFC 9112, 7.1. */
	chunkSize: 2,
	chunkData: 3,
	chunkEnd: 4,
	trailer: 5,
	/** All until the connection ends: a body without a length, or another protocol. */
	rest: 6,
} as const;

class Side {
	mode: (typeof MODE)[keyof typeof MODE] = MODE.head;
	/** Bytes of the body, or of the chunk, that are still to come. */
	skip = 0;
	/** Bytes at the front that were searched for the end of a line, and how many of them are whole lines of a head. */
	searched = 0;
	lines = 0;

	restart(): void {
		this.mode = MODE.head;
		this.skip = this.searched = this.lines = 0;
	}
}

class HttpStream implements Stream {
	deadline = Number.POSITIVE_INFINITY;
	readonly #context: DecoderContext<HttpObservation>;
	readonly #out = newObservation();
	readonly #sides: readonly [Side, Side] = [new Side(), new Side()];
	readonly #pending: HttpRequest[] = [];
	/** Responses that belong to requests which are no longer waited for. */
	#owed = 0;
	/** Said before in this flow. */
	#agent = "";
	#server = "";
	#realm = "";
	/** A request of WS-Management whose body comes, and the beginning of it. */
	#managed: HttpRequest | undefined;
	#body = new Uint8Array(0);
	#bodyLength = 0;
	/** Users whose credentials were shown, with whether they were let in. */
	readonly #users = new Map<string, boolean>();

	constructor(context: DecoderContext<HttpObservation>) {
		this.#context = context;
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		const side = this.#sides[direction];
		let at = start;
		while (at < end) {
			const before = at;
			const { mode } = side;
			if (mode === MODE.rest) return end - start;
			if (mode === MODE.length || mode === MODE.chunkData) {
				const taken = Math.min(side.skip, end - at);
				side.skip -= taken;
				if (direction === TO_SERVER && this.#managed !== undefined) this.#manage(bytes, at, at + taken, side.skip === 0);
				at += taken;
				if (side.skip === 0) side.mode = mode === MODE.length ? MODE.head : MODE.chunkEnd;
				continue;
			}
			at = mode === MODE.head ? this.#head(bytes, at, end, direction) : this.#chunkLine(bytes, at, end, direction);
			if (at < 0) return before === start ? REJECT : before - start;
			if (at === before) break;
			side.searched = side.lines = 0;
		}
		return at - start;
	}

	/** Lost bytes may have been any number of messages: what waits for an answer is forgotten, and another protocol may have ended. */
	gap(direction: Direction): void {
		this.#sides[direction].restart();
		this.#managed = undefined;
		for (const side of this.#sides) if (side.mode === MODE.rest) side.restart();
		this.#pending.length = 0;
		this.#owed = 0;
		this.deadline = Number.POSITIVE_INFINITY;
	}

	seek(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		const side = this.#sides[direction];
		side.mode = MODE.head;
		side.lines = 0;
		const found = direction === TO_CLIENT ? seekStatus(bytes, start, end) : seekRequest(bytes, start, end, side.searched);
		side.searched = found < 0 ? end - (-1 - found) : 0;
		return found;
	}

	expire(now: number): void {
		let first = this.#pending[0];
		while (first !== undefined && first.time + TIMEOUT <= now) {
			this.#pending.shift();
			this.#owed++;
			const out = this.#begin("unanswered", TO_SERVER);
			out.time = first.time + TIMEOUT;
			out.frame = first.frame;
			out.request = first;
			this.#context.emit(out);
			first = this.#pending[0];
		}
		this.deadline = first === undefined ? Number.POSITIVE_INFINITY : first.time + TIMEOUT;
	}

	/** A head at `at`: where it ends, `at` where it is not whole, -1 where there is none. */
	#head(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		const side = this.#sides[direction];
		// RFC 9112, 2.2: empty lines before a start line are ignored.
		if (side.lines === 0 && (u8(bytes, start) === CR || u8(bytes, start) === LF)) {
			if (u8(bytes, start) === LF) return start + 1;
			if (end - start < 2) return start;
			return u8(bytes, start + 1) === LF ? start + 2 : -1;
		}
		if (side.lines === 0) {
			const fit = direction === TO_CLIENT ? statusAt(bytes, start, end) : requestAt(bytes, start, end, true);
			if (fit === MORE) {
				side.searched = 0;
				return start;
			}
			if (fit !== FITS) return -1;
		}
		let line = start + side.lines;
		let from = start + side.searched;
		for (;;) {
			const feed = lineFeed(bytes, from, end);
			if (feed < 0) break;
			if (feed - start >= MAX_HEAD) break;
			if (line > start && withoutReturn(bytes, line, feed) === line) {
				this.#message(bytes, start, line, direction);
				return feed + 1;
			}
			line = from = feed + 1;
		}
		side.lines = line - start;
		side.searched = end - start;
		if (end - start < MAX_HEAD) return start;
		this.#malformed("head-length", direction);
		return -1;
	}

	/** A line between the parts of a chunked body at `at`, or the end of a chunk. */
	#chunkLine(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		const side = this.#sides[direction];
		const feed = lineFeed(bytes, start + side.searched, end);
		if (feed < 0 || feed - start >= MAX_CHUNK_LINE) {
			side.searched = end - start;
			if (feed < 0 && end - start < MAX_CHUNK_LINE && (side.mode !== MODE.chunkEnd || (end - start === 1 && u8(bytes, start) === CR)))
				return start;
			return this.#badChunk(direction);
		}
		const stop = withoutReturn(bytes, start, feed);
		if (side.mode === MODE.trailer) {
			if (stop === start) side.mode = MODE.head;
		} else if (side.mode === MODE.chunkEnd) {
			if (stop !== start) return this.#badChunk(direction);
			side.mode = MODE.chunkSize;
		} else {
			const size = sizeOf(bytes, start, stop);
			if (size < 0) return this.#badChunk(direction);
			side.skip = size;
			side.mode = size === 0 ? MODE.trailer : MODE.chunkData;
		}
		return feed + 1;
	}

	#badChunk(direction: Direction): number {
		this.#malformed("chunk", direction);
		return -1;
	}

	#malformed(violation: string, direction: Direction): void {
		this.#sides[direction].restart();
		const out = this.#begin("malformed", direction);
		out.violations = [violation];
		this.#context.emit(out);
	}

	#begin(kind: HttpObservation["kind"], direction: Direction): HttpObservation {
		const out = this.#out;
		const { clock, flow } = this.#context;
		out.kind = kind;
		out.time = clock.time;
		out.frame = clock.frame;
		out.isFromServer = direction === TO_CLIENT;
		out.ends.client = flow.client.ip;
		out.ends.server = flow.server.ip;
		out.request = undefined;
		out.version = out.contentType = out.upgrade = out.statusMessage = out.server = out.realm = out.location = out.fileName = "";
		out.contentLength = out.statusCode = out.latency = -1;
		out.isChunked = out.isNewAgent = out.isNewServer = out.isNewPassword = false;
		out.challenges = NONE;
		out.login = "";
		out.attack = out.management = undefined;
		out.violations = NONE;
		return out;
	}

	/** A whole head: `end` is where its empty line begins. */
	#message(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const head = headOf(bytes, start, end, direction === TO_CLIENT);
		const out = this.#begin(direction === TO_CLIENT ? "response" : "request", direction);
		out.version = head.version;
		out.contentType = head.contentType;
		out.contentLength = head.contentLength;
		out.isChunked = head.isChunked;
		out.upgrade = head.upgrade;
		out.violations = head.violations;
		if (direction === TO_CLIENT) this.#response(head, out);
		else this.#request(head, out);
	}

	#request(head: Head, out: HttpObservation): void {
		const side = this.#sides[TO_SERVER];
		side.mode = head.isChunked ? MODE.chunkSize : head.contentLength > 0 ? MODE.length : MODE.head;
		side.skip = Math.max(0, head.contentLength);
		const { clock } = this.#context;
		const isKnown = this.#users.get(`${head.scheme} ${head.userName}`) === true;
		const request = requestOf(head, clock.time, clock.frame, isKnown);
		if (this.#pending.length >= PENDING) {
			this.#context.count("pending-bound");
			this.#pending.shift();
			this.#owed++;
		}
		this.#pending.push(request);
		this.deadline = this.#pending[0]!.time + TIMEOUT;
		out.request = request;
		out.isNewAgent = request.userAgent !== "" && request.userAgent !== this.#agent;
		if (out.isNewAgent) this.#agent = request.userAgent;
		out.isNewPassword = request.hasPassword && !this.#users.has(`${request.scheme} ${request.userName}`);
		if (request.scheme !== "" && this.#users.size < USERS && !this.#users.has(`${request.scheme} ${request.userName}`))
			this.#users.set(`${request.scheme} ${request.userName}`, false);
		out.attack = head.attack;
		this.#context.emit(out);
		const isManaged = side.mode === MODE.length && isManagement(request.method, request.path, head.contentType);
		this.#managed = isManaged ? request : undefined;
		this.#bodyLength = 0;
	}

	/** Bytes of the body of a request of WS-Management; said when it is whole, or when enough of it came. */
	#manage(bytes: Uint8Array, start: number, end: number, isWhole: boolean): void {
		if (this.#body.length === 0) this.#body = new Uint8Array(MAX_SOAP);
		const part = bytes.subarray(start, Math.min(end, start + MAX_SOAP - this.#bodyLength));
		this.#body.set(part, this.#bodyLength);
		this.#bodyLength += part.length;
		if (!isWhole && this.#bodyLength < MAX_SOAP) return;
		const request = this.#managed;
		const management = managementOf(this.#body, 0, this.#bodyLength);
		this.#managed = undefined;
		if (management === undefined) return;
		const out = this.#begin("management", TO_SERVER);
		out.request = request;
		out.management = management;
		this.#context.emit(out);
	}

	#response(head: Head, out: HttpObservation): void {
		const { statusCode } = head;
		const isInterim = statusCode >= 100 && statusCode < 200 && statusCode !== STATUS.switching;
		let request: HttpRequest | undefined;
		if (isInterim) request = this.#owed > 0 ? undefined : this.#pending[0];
		else if (this.#owed > 0) this.#owed--;
		else {
			request = this.#pending.shift();
			this.deadline = this.#pending.length === 0 ? Number.POSITIVE_INFINITY : this.#pending[0]!.time + TIMEOUT;
		}
		out.request = request;
		out.statusCode = statusCode;
		out.statusMessage = head.statusMessage;
		out.server = head.server;
		out.challenges = head.challenges;
		out.realm = head.realm;
		out.location = head.location;
		out.fileName = head.fileName;
		if (request !== undefined) out.latency = Math.max(0, out.time - request.time);
		out.isNewServer = request?.isProxied !== true && (head.server !== this.#server || head.realm !== this.#realm);
		if (out.isNewServer) {
			this.#server = head.server;
			this.#realm = head.realm;
		}
		if (request !== undefined && !isInterim) out.login = this.#login(request, head);
		this.#frame(head, request);
		this.#context.emit(out);
	}

	/** What the response says of the credentials of its request. */
	#login(request: HttpRequest, head: Head): HttpObservation["login"] {
		if (!request.isLogin) return "";
		const { statusCode } = head;
		const user = `${request.scheme} ${request.userName}`;
		const isRefused =
			statusCode === STATUS.unauthorized ||
			statusCode === STATUS.proxyAuthentication ||
			(statusCode === STATUS.forbidden && this.#users.get(user) !== true);
		// RFC 7616, 3.3: only the nonce was too old.
		if (isRefused && head.isStale) return "";
		if (!isRefused && this.#users.has(user)) this.#users.set(user, true);
		return isRefused ? "refused" : "ok";
	}

	/** RFC 9112, 6.3. */
	#frame(head: Head, request: HttpRequest | undefined): void {
		const side = this.#sides[TO_CLIENT];
		const { statusCode } = head;
		side.mode = MODE.head;
		side.skip = 0;
		if (statusCode === STATUS.switching || (request?.method === "CONNECT" && statusCode >= 200 && statusCode < 300)) {
			for (const one of this.#sides) one.mode = MODE.rest;
			return;
		}
		if (statusCode < 200 || statusCode === STATUS.noContent || statusCode === STATUS.notModified || request?.method === "HEAD") return;
		if (head.isChunked) side.mode = MODE.chunkSize;
		else if (head.hasEncoding) side.mode = MODE.rest;
		else if (head.contentLength >= 0) {
			side.skip = head.contentLength;
			side.mode = head.contentLength > 0 ? MODE.length : MODE.head;
		} else if (!head.hasLength) side.mode = MODE.rest;
	}
}

/** RFC 9112, 7.1: hexadecimal digits, then extensions that are not looked at; -1 where it is none, or larger than a number holds. */
function sizeOf(bytes: Uint8Array, start: number, end: number): number {
	let size = 0;
	let at = start;
	for (; at < end && isTokenByte(u8(bytes, at)); at++) {
		const digit = Number.parseInt(String.fromCharCode(u8(bytes, at)), 16);
		if (Number.isNaN(digit)) return -1;
		size = size * 16 + digit;
		if (size > Number.MAX_SAFE_INTEGER) return -1;
	}
	if (at === start) return -1;
	const next = at < end ? u8(bytes, at) : 0x3b;
	return next === 0x3b || next === 0x20 || next === 0x09 ? size : -1;
}
