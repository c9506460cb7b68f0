/**
 * SSH (RFC 4251 to 4254): the version lines, and what both sides offer, agree on and show before their keys are in use. Behind them only lengths are looked at: how a login ended, how much
 * went through. Of SSH 1 nothing is read behind the version lines.
 */
import { type DecoderContext, PROBE, type Probe, REJECT, type Stream, type StreamDecoder, seekBy } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { u8, u32 } from "../../src/wire/bytes.ts";
import { hasshOf, hostKeyFingerprint } from "../../src/wire/ssh.ts";
import { utf8Of } from "../../src/wire/text.ts";
import { framingOf, MESSAGE, macOf } from "./codes.ts";
import { LoginWatch } from "./login.ts";
import { type Agreement, type AlgorithmLists, newObservation, type SshObservation } from "./observation.ts";
import {
	bitsOf,
	hasVersionLine,
	INIT,
	lineEnd,
	MAX_LINE,
	MAX_PACKET,
	MAX_VERSION,
	MORE,
	NONE,
	PAYLOAD,
	packetAt,
	payloadEnd,
	stringEnd,
	versionAt,
} from "./wire.ts";

/** Microseconds without a word after which a session counts as over. */
const PATIENCE = 3_600_000_000;
/** Bytes of a description that are kept. */
const MAX_DESCRIPTION = 256;

export const sshTcp: StreamDecoder<SshObservation> = {
	ports: [22],
	maxMessage: MAX_PACKET,
	probe,
	open: (context) => new SshStream(context),
};

function probe(bytes: Uint8Array, start: number, end: number, isHinted?: boolean): Probe {
	const fit = versionAt(bytes, start, end);
	if (fit >= 0) return fit > 0 ? PROBE.certain : PROBE.more;
	// 4.2: a server may say something else first.
	if (isHinted === true) return hasVersionLine(bytes, start, end) ? PROBE.match : PROBE.mismatch;
	return isHinted === undefined ? packetFits(bytes, start, end) : PROBE.mismatch;
}

/** A packet in the clear of the key exchange; tells where one begins after bytes that are none. */
function packetFits(bytes: Uint8Array, start: number, end: number): Probe {
	const length = packetAt(bytes, start, end);
	if (length === NONE) return PROBE.mismatch;
	if (length === MORE || end - start <= PAYLOAD) return PROBE.more;
	const type = u8(bytes, start + PAYLOAD);
	const isKnown =
		(type >= MESSAGE.disconnect && type <= MESSAGE.debug) || (type >= MESSAGE.keyExchangeInit && type <= MESSAGE.lastOfMethod);
	return isKnown ? PROBE.match : PROBE.mismatch;
}

/** One direction. */
class Side {
	version = "";
	/** Major version that is spoken: 1 or 2, 0 while not known. 1.99 speaks 2 too (RFC 4253, 5.1). */
	major = 0;
	lists: AlgorithmLists | undefined = undefined;
	isEncrypted = false;
	/** Bytes were lost: a version line may begin anew. */
	mayBegin = false;
	/** Encrypted bytes. */
	bytes = 0;
}

class SshStream implements Stream {
	deadline = Number.POSITIVE_INFINITY;
	readonly #context: DecoderContext<SshObservation>;
	readonly #out = newObservation();
	readonly #sides: [Side, Side] = [new Side(), new Side()];
	#agreement: Agreement | undefined = undefined;
	#groupBits = -1;
	#login: LoginWatch | undefined = undefined;
	/** Of the first version line, of the first new keys, and of the latest encrypted bytes. */
	#startTime = 0;
	#startFrame = 0;
	#keyTime = 0;
	#lastTime = 0;
	#lastFrame = 0;

	constructor(context: DecoderContext<SshObservation>) {
		this.#context = context;
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		let side = this.#sides[direction];
		let at = start;
		while (at < end) {
			if (this.#isUnread(side)) {
				const fit = side.mayBegin ? versionAt(bytes, at, end) : -1;
				if (fit === 0) return 0;
				side.mayBegin = false;
				if (fit < 0) {
					if (side.isEncrypted) this.#encrypted(bytes, at, end, direction);
					return end - start;
				}
				this.#restart();
				side = this.#sides[direction];
			}
			const next = this.#clear(bytes, at, end, direction);
			if (next < 0) return at === start ? REJECT : at - start;
			if (next === at) break;
			at = next;
		}
		return at - start;
	}

	/** Encrypted bytes that are lost leave their lengths unknown. */
	gap(direction: Direction): void {
		const side = this.#sides[direction];
		side.mayBegin = true;
		if (side.isEncrypted && this.#login !== undefined) this.#login.isSure = false;
	}

	/** Where everything is encrypted nothing is sought. */
	seek(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		if (this.#isUnread(this.#sides[direction])) return start;
		return seekBy(probe, bytes, start, end);
	}

	/** Closed, or silent for long. */
	expire(_now: number): void {
		this.deadline = Number.POSITIVE_INFINITY;
		const login = this.#login;
		this.#login = undefined;
		if (login !== undefined) {
			login.end();
			this.#loggedIn(login, true);
		}
		const [client, server] = this.#sides;
		const out = this.#begin("session", TO_SERVER);
		out.time = this.#lastTime;
		out.frame = this.#lastFrame;
		out.bytes = [client.bytes, server.bytes];
		out.duration = this.#lastTime - this.#keyTime;
		this.#context.emit(out);
		client.bytes = server.bytes = 0;
		this.#keyTime = this.#lastTime;
	}

	/** Its bytes are encrypted, or both have said who they are and one knows SSH 1 alone. */
	#isUnread({ isEncrypted }: Side): boolean {
		const [client, server] = this.#sides;
		return isEncrypted || (client.major > 0 && server.major > 0 && Math.min(client.major, server.major) === 1);
	}

	#encrypted(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const { clock } = this.#context;
		this.#sides[direction].bytes += end - start;
		this.#lastTime = clock.time;
		this.#lastFrame = clock.frame;
		this.deadline = clock.time + PATIENCE;
		const login = this.#login;
		if (login === undefined) return;
		if (direction === TO_SERVER) login.client();
		else login.server(bytes, start, end, clock.time, clock.frame);
		if (!login.isOver) return;
		this.#login = undefined;
		this.#loggedIn(login, false);
	}

	/** One try alone may have been the question which ways there are (RFC 4252, 5.2). */
	#loggedIn(login: LoginWatch, isEnd: boolean): void {
		const isLetIn = login.time > 0;
		if (!isLetIn && (!isEnd || !login.isSure || login.answers < 2)) return;
		const out = this.#begin("login", TO_CLIENT);
		out.time = isLetIn ? login.time : this.#lastTime;
		out.frame = isLetIn ? login.frame : this.#lastFrame;
		out.isLetIn = isLetIn;
		out.answers = login.answers;
		this.#context.emit(out);
	}

	/** A line or a packet at `at`: where it ends, `at` where it is not whole, -1 where it is none. */
	#clear(bytes: Uint8Array, at: number, end: number, direction: Direction): number {
		const side = this.#sides[direction];
		const fit = versionAt(bytes, at, end);
		if (fit === 0) return at;
		if (fit > 0) {
			const stop = lineEnd(bytes, at, end, MAX_VERSION);
			if (stop > 0) this.#version(bytes, at, stop, direction);
			return stop === 0 ? at : stop;
		}
		if (bytes[at] === 0) {
			const length = packetAt(bytes, at, end);
			if (length === NONE) return -1;
			if (length === MORE || end - at < length) return at;
			this.#packet(bytes, at + PAYLOAD, payloadEnd(bytes, at, at + length), direction);
			return at + length;
		}
		if (side.version !== "" || side.lists !== undefined) return -1;
		const stop = lineEnd(bytes, at, end, MAX_LINE);
		return stop === 0 ? at : stop;
	}

	#version(bytes: Uint8Array, at: number, stop: number, direction: Direction): void {
		const { clock } = this.#context;
		const side = new Side();
		if (this.#sides[direction].version !== "") this.#restart();
		this.#sides[direction] = side;
		const line = utf8Of(bytes, at, stop - (bytes[stop - 2] === 13 ? 2 : 1));
		const dash = line.indexOf("-", 4);
		const space = line.indexOf(" ");
		side.version = line.slice(4, dash);
		side.major = side.version === "1.99" ? 2 : u8(bytes, at + 4) - 0x30;
		const other = this.#sides[direction === TO_SERVER ? TO_CLIENT : TO_SERVER];
		if (other.version === "") {
			this.#startTime = clock.time;
			this.#startFrame = clock.frame;
		}
		const out = this.#begin("version", direction);
		out.protocolVersion = side.version;
		out.software = line.slice(dash + 1, space < 0 ? undefined : space);
		out.comments = space < 0 ? "" : line.slice(space + 1);
		out.agreedVersion = other.major === 0 ? 0 : Math.min(side.major, other.major);
		this.#context.emit(out);
	}

	/** What was agreed on belongs to an earlier conversation. */
	#restart(): void {
		this.#sides[TO_SERVER] = new Side();
		this.#sides[TO_CLIENT] = new Side();
		this.#agreement = undefined;
		this.#groupBits = -1;
		this.#login = undefined;
	}

	#packet(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const type = u8(bytes, start);
		if (type === MESSAGE.keyExchangeInit) this.#init(bytes, start, end, direction);
		else if (type === MESSAGE.newKeys) this.#newKeys(direction);
		else if (type === MESSAGE.disconnect) this.#disconnect(bytes, start + 1, end, direction);
		else if (type >= MESSAGE.method && type <= MESSAGE.lastOfMethod) {
			if (direction === TO_CLIENT) this.#methodReply(bytes, type, start + 1, end);
		} else if (type >= MESSAGE.userAuth && type <= MESSAGE.lastOfConnection) {
			const out = this.#begin("early", direction);
			out.messageType = type;
			this.#context.emit(out);
		}
	}

	#init(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const texts: string[] = [];
		let at = start + INIT.lists;
		for (let count = 0; count < INIT.count; count++) {
			const stop = stringEnd(bytes, at, end);
			if (stop < 0) {
				this.#context.emit(this.#begin("malformed", direction));
				return;
			}
			texts.push(utf8Of(bytes, at + 4, stop));
			at = stop;
		}
		const [kex, hostKey, cipherUp, cipherDown, macUp, macDown, zipUp, zipDown] = texts as [
			string,
			string,
			string,
			string,
			string,
			string,
			string,
			string,
		];
		const lists: AlgorithmLists = {
			kex,
			hostKey,
			encryption: [cipherUp, cipherDown],
			mac: [macUp, macDown],
			compression: [zipUp, zipDown],
		};
		const side = this.#sides[direction];
		const isFirst = side.lists === undefined;
		side.lists = lists;
		const out = this.#begin("key-exchange-init", direction);
		out.lists = lists;
		out.hassh = hasshOf([kex, lists.encryption[direction], lists.mac[direction], lists.compression[direction]]);
		this.#context.emit(out);
		const [client, server] = this.#sides;
		if (isFirst && client.lists !== undefined && server.lists !== undefined) this.#agree(client.lists, server.lists, direction);
	}

	#agree(client: AlgorithmLists, server: AlgorithmLists, direction: Direction): void {
		const pair = (field: "encryption" | "mac" | "compression"): [string, string] => [
			chosen(client[field][TO_SERVER], server[field][TO_SERVER]),
			chosen(client[field][TO_CLIENT], server[field][TO_CLIENT]),
		];
		const cipher = pair("encryption");
		const mac = pair("mac");
		const agreement: Agreement = {
			kex: chosen(client.kex, server.kex),
			hostKey: chosen(client.hostKey, server.hostKey),
			cipher,
			mac: [macOf(cipher[TO_SERVER], mac[TO_SERVER]), macOf(cipher[TO_CLIENT], mac[TO_CLIENT])],
			compression: pair("compression"),
		};
		this.#agreement = agreement;
		const isWhole = [agreement.kex, agreement.hostKey, ...cipher, ...agreement.mac, ...agreement.compression].every((name) => name !== "");
		const out = this.#begin(isWhole ? "agreement" : "no-agreement", direction);
		if (!isWhole) this.#since(out);
		this.#context.emit(out);
	}

	/** The server's host key (RFC 4253, 8; RFC 4419, 5; RFC 4432, 6), or the group that it proposes. */
	#methodReply(bytes: Uint8Array, type: number, start: number, end: number): void {
		const kex = this.#agreement?.kex ?? "";
		const stop = stringEnd(bytes, start, end);
		if (kex.includes("group-exchange") && type === MESSAGE.reply) {
			if (stop > 0) this.#groupBits = bitsOf(bytes, start + 4, stop);
			return;
		}
		const awaited = kex.includes("group-exchange") ? MESSAGE.groupReply : kex.startsWith("rsa") ? MESSAGE.method : MESSAGE.reply;
		if (type !== awaited) return;
		const typeStop = stop < 0 ? -1 : stringEnd(bytes, start + 4, stop);
		if (typeStop <= start + 8) {
			this.#context.emit(this.#begin("malformed", TO_CLIENT));
			return;
		}
		const out = this.#begin("host-key", TO_CLIENT);
		out.hostKeyType = utf8Of(bytes, start + 8, Math.min(typeStop, start + 8 + MAX_DESCRIPTION));
		out.hostKeyBits = keyBits(out.hostKeyType, bytes, typeStop, stop);
		out.fingerprint = hostKeyFingerprint(bytes.subarray(start + 4, stop));
		out.groupBits = this.#groupBits;
		this.#context.emit(out);
	}

	#newKeys(direction: Direction): void {
		const { clock } = this.#context;
		const [client, server] = this.#sides;
		const side = this.#sides[direction];
		side.isEncrypted = true;
		if (client.isEncrypted !== server.isEncrypted) this.#keyTime = clock.time;
		this.#lastTime = clock.time;
		this.#lastFrame = clock.frame;
		this.deadline = clock.time + PATIENCE;
		const out = this.#begin("new-keys", direction);
		out.isComplete = client.isEncrypted && server.isEncrypted;
		if (out.isComplete) this.#since(out);
		const agreement = this.#agreement;
		// 7.1: from the first packet on it would be packed, and say nothing by its length.
		if (direction === TO_CLIENT && agreement?.compression[TO_CLIENT] !== "zlib") {
			const framing = agreement && framingOf(agreement.cipher[TO_CLIENT], agreement.mac[TO_CLIENT]);
			if (framing !== undefined) this.#login = new LoginWatch(framing);
		}
		this.#context.emit(out);
	}

	/** 11.1: a reason and its description. */
	#disconnect(bytes: Uint8Array, at: number, end: number, direction: Direction): void {
		const stop = stringEnd(bytes, at + 4, end);
		const out = this.#begin("disconnect", direction);
		if (stop > 0) {
			out.reason = u32(bytes, at);
			out.description = utf8Of(bytes, at + 8, Math.min(stop, at + 8 + MAX_DESCRIPTION));
		}
		this.#context.emit(out);
	}

	#since(out: SshObservation): void {
		out.requestFrame = this.#startFrame;
		out.latency = this.#startFrame === 0 ? -1 : Math.max(0, out.time - this.#startTime);
	}

	#begin(kind: SshObservation["kind"], direction: Direction): SshObservation {
		const out = this.#out;
		const { clock, flow } = this.#context;
		out.kind = kind;
		out.time = clock.time;
		out.frame = clock.frame;
		out.isFromServer = direction === TO_CLIENT;
		out.protocolVersion = out.software = out.comments = out.hassh = out.hostKeyType = out.fingerprint = out.description = "";
		out.agreedVersion = out.answers = out.requestFrame = 0;
		out.lists = undefined;
		out.agreement = this.#agreement;
		out.hostKeyBits = out.groupBits = out.reason = out.messageType = out.duration = out.latency = -1;
		out.isComplete = out.isLetIn = false;
		out.bytes = [0, 0];
		out.serverPort = flow.server.port ?? 0;
		out.ends.client = flow.client.ip;
		out.ends.server = flow.server.ip;
		return out;
	}
}

/** 7.1: the first on the client's list that is on the server's too; empty where none is. */
function chosen(client: string, server: string): string {
	const known = new Set(server.split(","));
	return client.split(",").find((name) => known.has(name)) ?? "";
}

/** Bits of a host key by its type (RFC 4253, 6.6; RFC 5656, 3.1; RFC 8709, 4), behind which its numbers are. */
function keyBits(type: string, bytes: Uint8Array, start: number, end: number): number {
	if (type === "ssh-ed25519") return 256;
	if (type === "ssh-ed448") return 448;
	const curve = /^ecdsa-sha2-nistp(256|384|521)$/.exec(type)?.[1];
	if (curve !== undefined) return Number(curve);
	if (type !== "ssh-rsa" && type !== "ssh-dss") return -1;
	const first = stringEnd(bytes, start, end);
	if (first < 0) return -1;
	// An exponent, then the modulus; of DSS the modulus comes first.
	const [from, to] = type === "ssh-dss" ? [start, first] : [first, stringEnd(bytes, first, end)];
	return to < 0 ? -1 : bitsOf(bytes, from + 4, to);
}
