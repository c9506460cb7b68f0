/**
 * What outlives one message: names of nodes, sessions, subscriptions with their items, certificates, parts of messages. One for the whole engine, because
 * sessions and subscriptions outlive the TCP connection (OPC 10000-4, 5.7.1 and 5.14.1). Every table has a bound; the oldest entry gives way.
 */
import type { CertificateFacts } from "../../src/decode/protocol.ts";
import { attributeName, VALUE_ATTRIBUTE } from "./codes.ts";
import { Conduct } from "./conduct.ts";
import { Definitions, MAX_ENTRIES } from "./definitions.ts";
import { hash, nodeIdText } from "./text.ts";
import { Items, Walk } from "./walk.ts";

/** Node names kept as text: a big server shows some ten thousand in traffic. When full all are forgotten; it only costs making them again. */
const NAMES = 32_768;
const NAME_SLOTS = NAMES * 2;
/** Bytes of the encoded ids behind them. */
const NAME_BYTES = 2 << 20;
/** Sessions of all servers; servers allow tens to hundreds each. */
const SESSIONS = 2048;
/** Subscriptions of all servers, and the items in all of them. */
const SUBSCRIPTIONS = 4096;
const SUBSCRIBED_ITEMS = 131_072;
/** Names of event fields held by the items. */
const EVENT_FIELDS = 65_536;
/** Names of nodes for people, of all servers. */
const NODE_NAMES = 16_384;
/** Aliases given out by RegisterNodes, of all sessions. */
const ALIASES = 32_768;
/** Servers whose definitions are kept. */
const DEFINING_SERVERS = 1024;
/** Certificates read: one per application of the site. */
const CERTIFICATES = 256;
/** A chain of three with keys of 4096 bits has about 6000. */
const CERTIFICATE_BYTES = 16_384;
/** Bytes of unfinished messages of all flows. */
const PARTS_BYTES = 32 << 20;
/** Unfinished messages of all flows. */
const PARTS = 1024;

/** Kinds of names: an attribute id, or this for a method. */
export const METHOD_NAME = 255;

/** A node id's text and its attribute, from bytes, made once. */
export class Names {
	readonly #slots = new Int32Array(NAME_SLOTS);
	readonly #hashes = new Int32Array(NAMES);
	readonly #starts = new Int32Array(NAMES);
	readonly #lengths = new Int32Array(NAMES);
	readonly #kinds = new Int32Array(NAMES);
	readonly #texts: string[] = [];
	#arena = new Uint8Array(4096);
	#used = 0;
	readonly #count: (what: string) => void;

	constructor(count: (what: string) => void) {
		this.#count = count;
	}

	/** The point name of a node and attribute: `ns=2;s=Speed`, `ns=2;s=Speed#DisplayName`, `method:ns=2;s=Start`. */
	get(bytes: Uint8Array, start: number, end: number, kind: number): string {
		const length = end - start;
		const key = hash(bytes, start, end, kind) | 0;
		let slot = (key & 0x7fffffff) % NAME_SLOTS;
		for (let index = this.#slots[slot]! - 1; index >= 0; index = this.#slots[slot]! - 1) {
			if (
				this.#hashes[index] === key &&
				this.#kinds[index] === kind &&
				this.#lengths[index] === length &&
				this.#same(index, bytes, start)
			) {
				return this.#texts[index]!;
			}
			if (++slot === NAME_SLOTS) slot = 0;
		}
		const text = nameText(nodeIdText(bytes, start), kind);
		if (length > NAME_BYTES >> 4) return text;
		if (this.#texts.length === NAMES || this.#used + length > NAME_BYTES) {
			this.#count("names");
			this.#slots.fill(0);
			this.#texts.length = 0;
			this.#used = 0;
			slot = (key & 0x7fffffff) % NAME_SLOTS;
		}
		if (this.#used + length > this.#arena.length) {
			const grown = new Uint8Array(Math.min(NAME_BYTES, Math.max(this.#used + length, this.#arena.length * 2)));
			grown.set(this.#arena);
			this.#arena = grown;
		}
		this.#arena.set(bytes.subarray(start, end), this.#used);
		const index = this.#texts.length;
		this.#hashes[index] = key;
		this.#kinds[index] = kind;
		this.#starts[index] = this.#used;
		this.#lengths[index] = length;
		this.#texts.push(text);
		this.#slots[slot] = index + 1;
		this.#used += length;
		return text;
	}

	#same(index: number, bytes: Uint8Array, start: number): boolean {
		const arena = this.#arena;
		const from = this.#starts[index]!;
		const length = this.#lengths[index]!;
		for (let at = 0; at < length; at++) if (arena[from + at] !== bytes[start + at]) return false;
		return true;
	}
}

function nameText(node: string, kind: number): string {
	if (kind === METHOD_NAME) return `method:${node}`;
	return kind === VALUE_ATTRIBUTE || kind === 0 ? node : `${node}#${attributeName(kind)}`;
}

/** A user's session with a server (Part 4, 5.7). */
export interface Session {
	/** The public id, as text; undefined where its creation was not seen. */
	id: string | undefined;
	/** The secret token's bytes, only to recognise it again. */
	readonly token: Uint8Array;
	name: string | undefined;
	/** The application name or URI that the client gave. */
	client: string | undefined;
	/** Type of the identity token, e.g. `UserNameIdentityToken`. */
	identity: string | undefined;
	user: string | undefined;
	/** What RegisterNodes gave other ids to: from the new name to the old. */
	aliases: Map<string, string> | undefined;
	/** Address from which it was used last. */
	host: string | undefined;
	/** Subscriptions that it was seen to make, and still has. */
	subscriptions: number;
	/** All its reports were stopped, and none begun since. */
	stopped: Stopped | undefined;
}

/** Reports that a client stopped: by which service, of how many items or subscriptions, when. */
export interface Stopped {
	readonly service: string;
	readonly count: number;
	readonly time: number;
	readonly frame: number;
}

export interface SubscribedItem {
	/** Point name. */
	readonly name: string;
	readonly attribute: number;
	readonly itemId: number;
	/** Of an event item: what its fields are called, in their order. */
	readonly fields: readonly string[] | undefined;
}

/** Monitored items of one subscription, by the handle that its notifications carry (Part 4, 5.13.1). */
export class Subscription {
	readonly key: string;
	readonly byHandle = new Map<number, SubscribedItem>();
	readonly handles = new Map<number, number>();
	/** False once it gave way to others. */
	isKept = true;
	/** Microseconds within which the server owes a message, by the limits that it agreed to (Part 4, 5.14.2); 0 where that was not seen. */
	keepAlive = 0;
	/** Capture time of its latest message; of its creation before the first. */
	lastTime = 0;

	constructor(key: string) {
		this.key = key;
	}
}

/** Parts of one message, put together. */
export class Parts {
	bytes = new Uint8Array(8192);
	length = 0;
	chunks = 0;
	/** Of all chunks, headers included. */
	wireSize = 0;
	isKept = true;
}

interface KnownCertificate {
	readonly der: Uint8Array;
	readonly facts: CertificateFacts | undefined;
}

export class Memory {
	readonly names: Names;
	readonly walk = new Walk(new Items());
	readonly conduct: Conduct;
	readonly #sessions = new Map<string, Session>();
	readonly #subscriptions = new Map<string, Subscription>();
	#items = 0;
	#fields = 0;
	#aliases = 0;
	readonly #nodeNames = new Map<string, string>();
	readonly #count: (what: string) => void;
	readonly #definitions = new Map<string, Definitions>();
	#definitionsLeft = MAX_ENTRIES;
	readonly #certificates = new Map<number, KnownCertificate>();
	readonly #parts = new Set<Parts>();
	#partsBytes = 0;

	/** `count` counts the bounds that are reached. */
	constructor(count: (what: string) => void) {
		this.#count = count;
		this.names = new Names(count);
		this.conduct = new Conduct(count);
	}

	/** What a node of a server was called in passing. */
	nodeName(server: string, node: string): string | undefined {
		return this.#nodeNames.get(`${server} ${node}`);
	}

	nameNode(server: string, node: string, name: string): void {
		const key = `${server} ${node}`;
		if (this.#nodeNames.size >= NODE_NAMES && !this.#nodeNames.has(key)) {
			this.#nodeNames.delete(this.#nodeNames.keys().next().value!);
			this.#count("node-names");
		}
		this.#nodeNames.set(key, name);
	}

	/** How a server's data is made, as far as it was said; undefined where nothing was. */
	definitions(server: string): Definitions | undefined {
		return this.#definitions.get(server);
	}

	/** As `definitions`, for one that says something now. */
	defining(server: string): Definitions {
		let known = this.#definitions.get(server);
		if (known !== undefined) return known;
		if (this.#definitions.size >= DEFINING_SERVERS) this.#dropDefinitions(this.#definitions.keys().next().value!);
		known = new Definitions(
			{
				take: (count) => this.#makeRoom(server, count),
				give: (count) => {
					this.#definitionsLeft += count;
				},
			},
			this.#count,
		);
		this.#definitions.set(server, known);
		return known;
	}

	/** Servers that were first to say something give way to one that has more to say. */
	#makeRoom(server: string, count: number): boolean {
		for (const oldest of this.#definitions.keys()) {
			if (this.#definitionsLeft >= count) break;
			if (oldest !== server) this.#dropDefinitions(oldest);
		}
		if (this.#definitionsLeft < count) return false;
		this.#definitionsLeft -= count;
		return true;
	}

	#dropDefinitions(server: string): void {
		const known = this.#definitions.get(server)!;
		this.#definitions.delete(server);
		this.#definitionsLeft += known.size;
		known.isKept = false;
		this.#count("definitions-forgotten");
	}

	session(server: string, token: Uint8Array, start: number, end: number): Session | undefined {
		return this.#sessions.get(sessionKey(server, token, start, end));
	}

	/** Makes the session of a token, or renews it. */
	addSession(server: string, token: Uint8Array, start: number, end: number): Session {
		const key = sessionKey(server, token, start, end);
		this.#dropSession(key);
		if (this.#sessions.size >= SESSIONS) {
			this.#dropSession(this.#sessions.keys().next().value!);
			this.#count("sessions");
		}
		const session: Session = {
			id: undefined,
			token: token.slice(start, end),
			name: undefined,
			client: undefined,
			identity: undefined,
			user: undefined,
			aliases: undefined,
			host: undefined,
			subscriptions: 0,
			stopped: undefined,
		};
		this.#sessions.set(key, session);
		return session;
	}

	closeSession(server: string, token: Uint8Array): void {
		this.#dropSession(sessionKey(server, token, 0, token.length));
	}

	/** Remembers that `alias` stands for `name` in a session; false when there is no room. */
	addAlias(session: Session, alias: string, name: string): boolean {
		session.aliases ??= new Map();
		if (!session.aliases.has(alias)) {
			if (this.#aliases >= ALIASES) return false;
			this.#aliases++;
		}
		session.aliases.set(alias, name);
		return true;
	}

	dropAlias(session: Session, alias: string): void {
		if (session.aliases?.delete(alias)) this.#aliases--;
	}

	subscription(server: string, id: number): Subscription | undefined {
		return this.#subscriptions.get(`${server} ${id}`);
	}

	addSubscription(server: string, id: number): Subscription {
		const key = `${server} ${id}`;
		this.#dropSubscription(key);
		if (this.#subscriptions.size >= SUBSCRIPTIONS) {
			this.#dropSubscription(this.#subscriptions.keys().next().value!);
			this.#count("subscriptions");
		}
		const subscription = new Subscription(key);
		this.#subscriptions.set(key, subscription);
		return subscription;
	}

	dropSubscription(server: string, id: number): void {
		this.#dropSubscription(`${server} ${id}`);
	}

	addItem(subscription: Subscription, clientHandle: number, item: SubscribedItem): void {
		if (!subscription.isKept) return;
		this.dropItem(subscription, item.itemId);
		const replaced = subscription.byHandle.get(clientHandle);
		if (replaced !== undefined) this.dropItem(subscription, replaced.itemId);
		while (this.#items >= SUBSCRIBED_ITEMS) {
			this.#dropSubscription(this.#subscriptions.keys().next().value!);
			this.#count("subscribed-items");
		}
		if (!subscription.isKept) return;
		const fields = item.fields?.length ?? 0;
		const hasRoom = this.#fields + fields <= EVENT_FIELDS;
		if (hasRoom) this.#fields += fields;
		else this.#count("event-fields");
		subscription.byHandle.set(clientHandle, hasRoom ? item : { ...item, fields: undefined });
		subscription.handles.set(item.itemId, clientHandle);
		this.#items++;
	}

	dropItem(subscription: Subscription, itemId: number): SubscribedItem | undefined {
		const handle = subscription.handles.get(itemId);
		if (handle === undefined) return undefined;
		const item = subscription.byHandle.get(handle);
		subscription.handles.delete(itemId);
		if (subscription.byHandle.delete(handle)) this.#items--;
		this.#fields -= item?.fields?.length ?? 0;
		return item;
	}

	/** The facts of a certificate, read the first time it is seen. */
	certificate(
		bytes: Uint8Array,
		start: number,
		end: number,
		read: (der: Uint8Array) => CertificateFacts | undefined,
	): CertificateFacts | undefined {
		if (end - start > CERTIFICATE_BYTES) {
			this.#count("certificate-too-long");
			return undefined;
		}
		const key = hash(bytes, start, end, 0);
		const known = this.#certificates.get(key);
		if (known !== undefined && isSame(known.der, bytes, start, end)) return known.facts;
		if (this.#certificates.size >= CERTIFICATES) {
			this.#certificates.delete(this.#certificates.keys().next().value!);
			this.#count("certificates");
		}
		const der = bytes.slice(start, end);
		const facts = read(der);
		this.#certificates.set(key, { der, facts });
		return facts;
	}

	/** Begins to put a message together. */
	openParts(): Parts {
		if (this.#parts.size >= PARTS) {
			this.closeParts(this.#parts.values().next().value!);
			this.#count("parts");
		}
		const parts = new Parts();
		this.#parts.add(parts);
		this.#partsBytes += parts.bytes.length;
		return parts;
	}

	/** Adds bytes behind the parts; the oldest messages of the site give way when there is too much of it. */
	addPart(parts: Parts, bytes: Uint8Array, start: number, end: number): void {
		if (!parts.isKept) return;
		const length = parts.length + end - start;
		if (length > parts.bytes.length) {
			const grown = new Uint8Array(length * 2);
			grown.set(parts.bytes.subarray(0, parts.length));
			this.#partsBytes += grown.length - parts.bytes.length;
			parts.bytes = grown;
			while (this.#partsBytes > PARTS_BYTES && parts.isKept) {
				this.closeParts(this.#parts.values().next().value!);
				this.#count("parts-bytes");
			}
			if (!parts.isKept) return;
		}
		parts.bytes.set(bytes.subarray(start, end), parts.length);
		parts.length = length;
	}

	closeParts(parts: Parts): void {
		if (!this.#parts.delete(parts)) return;
		parts.isKept = false;
		this.#partsBytes -= parts.bytes.length;
		parts.bytes = new Uint8Array(0);
	}

	#dropSession(key: string): void {
		const session = this.#sessions.get(key);
		if (session === undefined) return;
		this.#aliases -= session.aliases?.size ?? 0;
		session.aliases = undefined;
		this.#sessions.delete(key);
	}

	#dropSubscription(key: string): void {
		const subscription = this.#subscriptions.get(key);
		if (subscription === undefined) return;
		this.#items -= subscription.byHandle.size;
		for (const { fields } of subscription.byHandle.values()) this.#fields -= fields?.length ?? 0;
		subscription.isKept = false;
		subscription.byHandle.clear();
		subscription.handles.clear();
		this.#subscriptions.delete(key);
	}
}

/** Longest token that is remembered as itself; servers use 16 to 32 bytes. */
export const MAX_TOKEN = 128;

function sessionKey(server: string, token: Uint8Array, start: number, end: number): string {
	let key = `${server} ${hash(token, start, end, 0)} `;
	for (let at = start; at < Math.min(end, start + MAX_TOKEN); at++) key += String.fromCharCode(token[at]!);
	return key;
}

export function isSame(one: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
	if (one.length !== end - start) return false;
	for (let at = 0; at < one.length; at++) if (one[at] !== bytes[start + at]) return false;
	return true;
}

const memories = new WeakMap<object, Memory>();

/** The memory of the engine that has this clock and counts with `count`. */
export function memoryOf(clock: object, count: (what: string) => void): Memory {
	let memory = memories.get(clock);
	if (memory === undefined) {
		memory = new Memory(count);
		memories.set(clock, memory);
	}
	return memory;
}
