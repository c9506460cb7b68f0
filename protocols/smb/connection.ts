/** What is known of one connection while it lasts: logins, shares, open files, and the commands and calls that wait for their answers. All of it is bounded. */
import type { DecoderContext } from "../../src/decode/protocol.ts";
import { COMMAND, callCode, OLD, OLD_COMMAND, type Reason } from "./codes.ts";
import { BLANK, newObservation, type Said, type SmbObservation } from "./observation.ts";

/** Commands of one version, and calls, that wait for their answers. Servers grant up to 8192 credits and use hundreds. */
const MAX_ASKED = 1024;
/** Those among them that may wait long: a notice of changes, a read of a pipe, a lock. */
const MAX_PATIENT = 256;
const MAX_CALLS = 256;
const MAX_SESSIONS = 64;
const MAX_TREES = 128;
const MAX_FILES = 1024;
/** Microseconds after which no answer will come. Windows gives up after 60 s, and asks whether the server lives before; nothing on a plant's network takes half of it. */
const TIMEOUT = 30_000_000;
/** Microseconds after which what went through an open file is said. */
const REPORT = 60_000_000;

export interface Tree {
	readonly share: string;
	readonly type: string;
}

/** Remote procedure calls through a named pipe. */
export interface Pipe {
	/** Interfaces by the id of their context. */
	readonly contexts: Map<number, { readonly index: number; readonly uuid: string }>;
	readonly calls: Map<number, Call>;
	/** Services by the handle under which they are open. */
	readonly handles: Map<string, string>;
	/** Bytes of a PDU that are stepped over, by direction. */
	readonly left: [number, number];
}

export interface Call {
	readonly time: number;
	readonly frame: number;
	readonly said: Said;
}

export interface OpenFile {
	readonly name: string;
	readonly share: string;
	readonly version: number;
	readonly user: string;
	readonly isDirectory: boolean;
	readonly pipe: Pipe | undefined;
	/** Under which it is known; empty before it is open. */
	key: string;
	isDeleted: boolean;
	/** Since it was said last. */
	bytesRead: number;
	bytesWritten: number;
	reads: number;
	writes: number;
	/** Time and frames of the first and the latest of these. */
	since: number;
	firstFrame: number;
	lastFrame: number;
}

/** A command that waits for its answer, and what it said already. */
export interface Asked {
	readonly version: number;
	readonly command: number;
	readonly time: number;
	readonly frame: number;
	readonly sessionId: number;
	readonly treeId: number;
	readonly said: Said;
	readonly file: OpenFile | undefined;
	/** Bytes of a write. */
	readonly amount: number;
	/** It may take as long as it takes. */
	readonly isPatient: boolean;
	/** More of it is to come before the answer: what it is continued by must fit. */
	isPartial: boolean;
	/** The command behind it in the same message of SMB1. */
	next: Asked | undefined;
}

/** The first entry gives way where there are too many. */
function bound<K, V>(map: Map<K, V>, most: number): V | undefined {
	if (map.size <= most) return undefined;
	const [key, value] = map.entries().next().value!;
	map.delete(key);
	return value;
}

export class Connection {
	deadline = Number.POSITIVE_INFINITY;
	readonly context: DecoderContext<SmbObservation>;
	readonly #out = newObservation();
	/** By version: in order of time. */
	readonly #asked: readonly [Map<number, Asked>, Map<number, Asked>] = [new Map(), new Map()];
	readonly #patient: readonly [Map<number, Asked>, Map<number, Asked>] = [new Map(), new Map()];
	readonly #calls = new Set<Call>();
	/** Users by session. */
	readonly #sessions = new Map<number, string>();
	readonly #trees = new Map<number, Tree>();
	readonly #files = new Map<string, OpenFile>();
	/** Files of which something is to be said, in order of time. */
	readonly #active = new Set<OpenFile>();
	/** SMB1: how passwords come, by the server's word. */
	isPasswordClear = false;
	isShareLevel = false;
	#isOldSaid = false;

	constructor(context: DecoderContext<SmbObservation>) {
		this.context = context;
	}

	/** An observation of now, with nothing in it. */
	begin(kind: SmbObservation["kind"], version: number, command: number, said?: Said): SmbObservation {
		const out = Object.assign(this.#out, BLANK, said);
		const { clock, flow } = this.context;
		out.kind = kind;
		out.version = version;
		out.command = command;
		out.time = clock.time;
		out.frame = clock.frame;
		out.ends.client = flow.client.ip;
		out.ends.server = flow.server.ip;
		return out;
	}

	emit(out: SmbObservation): void {
		this.context.emit(out);
	}

	malformed(version: number, reason: Reason, isFromServer: boolean, size: number, command = -1): void {
		const out = this.begin("malformed", version, command);
		out.reason = reason;
		out.isFromServer = isFromServer;
		out.size = size;
		this.emit(out);
	}

	/** An answer, with what was asked where that was seen. */
	answer(asked: Asked | undefined, version: number, command: number, status: number, sessionId: number, treeId: number): SmbObservation {
		const out = this.begin("exchange", version, command, asked?.said);
		out.status = status;
		out.sessionId = sessionId;
		out.treeId = treeId;
		out.isFromServer = true;
		if (asked !== undefined) {
			out.requestFrame = asked.frame;
			out.latency = out.time - asked.time;
			if (out.treeId < 0) out.treeId = asked.treeId;
		}
		return out;
	}

	/** True the first time: SMB1 is spoken. */
	speaksOld(): boolean {
		const isFirst = !this.#isOldSaid;
		this.#isOldSaid = true;
		return isFirst;
	}

	ask(key: number, asked: Asked): void {
		const map = (asked.isPatient ? this.#patient : this.#asked)[asked.version - 1]!;
		map.delete(key);
		map.set(key, asked);
		if (bound(map, asked.isPatient ? MAX_PATIENT : MAX_ASKED) !== undefined) this.context.count("waiting-bound");
	}

	/** What an answer is for; it waits no more. */
	take(version: number, key: number): Asked | undefined {
		const asked = this.peek(version, key);
		this.#asked[version - 1]!.delete(key);
		this.#patient[version - 1]!.delete(key);
		return asked;
	}

	/** The question of SMB1 that an answer of SMB2 is for: with it the client offered both ([MS-SMB2] 3.3.5.3). */
	takeNegotiation(): Asked | undefined {
		for (const [key, asked] of this.#asked[0]) {
			if (asked.command !== OLD + OLD_COMMAND.negotiate) return undefined;
			this.#asked[0].delete(key);
			return asked;
		}
		return undefined;
	}

	peek(version: number, key: number): Asked | undefined {
		return this.#asked[version - 1]!.get(key) ?? this.#patient[version - 1]!.get(key);
	}

	/** The server says that it takes its time. */
	postpone(version: number, key: number): void {
		const asked = this.#asked[version - 1]!.get(key);
		if (asked === undefined) return;
		this.#asked[version - 1]!.delete(key);
		const patient = this.#patient[version - 1]!;
		patient.set(key, asked);
		if (bound(patient, MAX_PATIENT) !== undefined) this.context.count("waiting-bound");
	}

	called(call: Call): void {
		this.#calls.add(call);
		if (this.#calls.size <= MAX_CALLS) return;
		this.#calls.delete(this.#calls.values().next().value!);
		this.context.count("calls-bound");
	}

	returned(call: Call): void {
		this.#calls.delete(call);
	}

	userOf(sessionId: number): string {
		return this.#sessions.get(sessionId) ?? "";
	}

	login(sessionId: number, user: string): void {
		this.#sessions.delete(sessionId);
		this.#sessions.set(sessionId, user);
		bound(this.#sessions, MAX_SESSIONS);
	}

	tree(treeId: number): Tree | undefined {
		return this.#trees.get(treeId);
	}

	opened(treeId: number, tree: Tree): void {
		this.#trees.delete(treeId);
		this.#trees.set(treeId, tree);
		if (bound(this.#trees, MAX_TREES) !== undefined) this.context.count("trees-bound");
	}

	/** One that was opened before the monitor saw it has no name. */
	fileAt(key: string, version: number, treeId: number, sessionId: number): OpenFile {
		const known = this.#files.get(key);
		if (known !== undefined) return known;
		const file = this.newFile("", version, treeId, sessionId, false);
		this.keep(key, file);
		return file;
	}

	newFile(name: string, version: number, treeId: number, sessionId: number, isDirectory: boolean): OpenFile {
		const tree = this.#trees.get(treeId);
		return {
			name,
			share: tree?.share ?? "",
			version,
			user: this.userOf(sessionId),
			isDirectory,
			pipe: isPipes(tree) || tree === undefined ? { contexts: new Map(), calls: new Map(), handles: new Map(), left: [0, 0] } : undefined,
			key: "",
			isDeleted: false,
			bytesRead: 0,
			bytesWritten: 0,
			reads: 0,
			writes: 0,
			since: 0,
			firstFrame: 0,
			lastFrame: 0,
		};
	}

	keep(key: string, file: OpenFile): void {
		file.key = key;
		this.#files.delete(key);
		this.#files.set(key, file);
		const oldest = bound(this.#files, MAX_FILES);
		if (oldest === undefined) return;
		this.context.count("files-bound");
		this.#report(oldest, this.context.clock.time);
	}

	/** So many bytes went through it. */
	moved(file: OpenFile, isRead: boolean, amount: number): void {
		const { time, frame } = this.context.clock;
		if (file.reads + file.writes === 0) {
			file.since = time;
			file.firstFrame = frame;
		}
		file.lastFrame = frame;
		if (isRead) {
			file.reads++;
			file.bytesRead += amount;
		} else {
			file.writes++;
			file.bytesWritten += amount;
		}
		this.#active.add(file);
	}

	/** It is closed; its totals are said by the observation. */
	closed(file: OpenFile, out: SmbObservation): void {
		if (file.key !== "") this.#files.delete(file.key);
		this.#total(file, out);
	}

	#total(file: OpenFile, out: SmbObservation): void {
		this.#active.delete(file);
		out.fileName = file.name;
		out.share = file.share;
		out.user = file.user;
		out.isDirectory = file.isDirectory;
		out.isDeleted = file.isDeleted;
		out.bytesRead = file.bytesRead;
		out.bytesWritten = file.bytesWritten;
		out.reads = file.reads;
		out.writes = file.writes;
		if (file.pipe !== undefined && isPipes({ share: file.share, type: "" })) out.shareType = "pipe";
		file.bytesRead = file.bytesWritten = file.reads = file.writes = 0;
	}

	#report(file: OpenFile, time: number): void {
		if (!this.#active.delete(file)) return;
		const out = this.begin("transfer", file.version, file.version === 1 ? OLD + OLD_COMMAND.close : COMMAND.close);
		out.time = time;
		out.frame = file.lastFrame;
		out.requestFrame = file.firstFrame;
		this.#total(file, out);
		this.emit(out);
	}

	/** Bytes were lost: what waits may have been answered by them. */
	gap(): void {
		for (const map of [...this.#asked, ...this.#patient]) map.clear();
		this.#calls.clear();
		for (const { pipe } of this.#files.values()) {
			if (pipe === undefined) continue;
			pipe.left[0] = pipe.left[1] = 0;
			pipe.calls.clear();
		}
		this.schedule();
	}

	expire(now: number): void {
		for (const waiting of this.#asked) {
			for (const [key, asked] of waiting) {
				if (asked.time + TIMEOUT > now) break;
				waiting.delete(key);
				for (let one: Asked | undefined = asked; one !== undefined; one = one.next) this.#unanswered(one.version, one.command, one);
			}
		}
		for (const call of this.#calls) {
			if (call.time + TIMEOUT > now) break;
			this.#calls.delete(call);
			const { interfaceIndex = -1, operation = 0, version = 2 } = call.said;
			this.#unanswered(version, callCode(interfaceIndex, operation), call);
		}
		for (const file of this.#active) {
			if (file.since + REPORT > now) break;
			this.#report(file, file.since + REPORT);
		}
		this.schedule();
	}

	#unanswered(version: number, command: number, { time, frame, said }: Pick<Asked, "time" | "frame" | "said">): void {
		const out = this.begin("unanswered", version, command, said);
		out.time = time + TIMEOUT;
		out.frame = frame;
		out.requestFrame = frame;
		this.emit(out);
	}

	schedule(): void {
		let due = Number.POSITIVE_INFINITY;
		for (const waiting of this.#asked) due = Math.min(due, waiting.values().next().value?.time ?? due);
		due = Math.min(due, this.#calls.values().next().value?.time ?? due);
		this.deadline = Math.min(due + TIMEOUT, (this.#active.values().next().value?.since ?? Number.POSITIVE_INFINITY) + REPORT);
	}
}

/** The share behind which there are pipes and no files. */
export const isPipes = (tree: Tree | undefined): boolean =>
	tree !== undefined && (tree.type === "pipe" || /(^|\\)ipc\$$/i.test(tree.share));
