/** Messages of SMB2 and 3 ([MS-SMB2] 2.2.3 to 2.2.38), one by one or several that follow each other in one (3.2.4.1.4). */
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { u8, u16le, u32, u32le } from "../../src/wire/bytes.ts";
import { hexOf, utf16Of } from "../../src/wire/text.ts";
import { pipeData } from "./calls.ts";
import {
	ACTIONS,
	ANY_SMB2,
	COMMAND,
	controlName,
	DELETE_ON_CLOSE,
	DIRECTORY,
	DISPOSITIONS,
	dialectName,
	FSCTL,
	isSmb2Command,
	REASON,
	type Reason,
	SHARE_TYPES,
	STATUS,
} from "./codes.ts";
import type { Asked, Connection, OpenFile } from "./connection.ts";
import type { Said, SmbObservation } from "./observation.ts";
import { readToken } from "./security.ts";
import { MAGIC, SMB2, SMB2_FLAG, u64le } from "./wire.ts";

/** StructureSize by command, of questions and answers; odd where something follows that they count as one byte. -1 for what has none or several. */
const QUESTIONS = [36, 25, 4, 9, 4, 57, 24, 24, 49, 49, 48, 57, 4, 4, 33, 32, 41, 33, -1] as const;
const ANSWERS = [65, 9, 4, 16, 4, 89, 60, 4, 17, 17, 4, 49, -1, 4, 9, 9, 9, 2, -1] as const;
/** Dialects of one offer that are kept; six are defined. */
const MAX_DIALECTS = 16;
/** Bytes of a text that are kept; of a path its end. */
const MAX_TEXT = 512;
/** Where the file id stands in a question, by command (2.2.15 ff.). */
const FILE_AT: Readonly<Record<number, number>> = { 6: 8, 7: 8, 8: 16, 9: 16, 10: 8, 11: 8, 14: 8, 15: 8, 16: 24, 17: 16 };
const FILE_ID = 16;
/** 2.2.37: FileInformationClass of what moves or removes a file ([MS-FSCC] 2.4). */
const INFO = { file: 1, rename: 10, disposition: 13, dispositionEx: 64 } as const;
const RENAME = { length: 16, name: 20 } as const;
/** [MS-FSCC] 2.6. */
const ATTRIBUTE_DIRECTORY = 0x10;
const SIGNING_REQUIRED = 2;
/** 2.2.6. */
const SESSION_FLAG = { guest: 1, anonymous: 2 } as const;
/** Ends that are no failure of a read or write: of the file, or of a pipe. */
const USUAL_ENDS: ReadonlySet<number> = new Set([0xc0000011, 0xc000004b, 0xc00000b0, 0xc00000d9, 0xc0000120, 0xc000014b]);

export class Smb2 {
	readonly #connection: Connection;
	/** Of the message in hand: the file of its latest command, which the next one may take up. */
	#related: OpenFile | undefined = undefined;
	#relatedTree = -1;
	#relatedSession = -1;
	/** The command in hand: bytes from its header on, the end of what is here, and where it ends. */
	#bytes: Uint8Array = new Uint8Array(0);
	#at = 0;
	#end = 0;
	#stop = 0;

	constructor(connection: Connection) {
		this.#connection = connection;
	}

	/** A message from `start` to `stop`, of which is here what is before `end`. */
	message(bytes: Uint8Array, start: number, end: number, stop: number, direction: Direction): void {
		this.#related = undefined;
		this.#relatedTree = this.#relatedSession = -1;
		this.#bytes = bytes;
		for (let at = start; ; ) {
			this.#at = at;
			this.#stop = stop;
			if (stop - at < SMB2.size) {
				this.#malformed(REASON.short, direction);
				return;
			}
			if (end - at < SMB2.size) {
				this.#connection.context.count("long-chain");
				return;
			}
			if (u32(bytes, at) !== MAGIC.smb2 || u16le(bytes, at + SMB2.structureSize) !== SMB2.size) {
				this.#malformed(REASON.magic, direction);
				return;
			}
			const next = u32le(bytes, at + SMB2.next);
			if (next !== 0 && (next < SMB2.size || next > stop - at)) {
				this.#malformed(REASON.next, direction);
				return;
			}
			if (next !== 0) this.#stop = at + next;
			this.#end = Math.min(end, this.#stop);
			this.#command(direction);
			if (next === 0) return;
			at += next;
		}
	}

	#malformed(reason: Reason, direction: Direction, command = -1): void {
		this.#connection.malformed(2, reason, direction === TO_CLIENT, this.#stop - this.#at, command);
	}

	#command(direction: Direction): void {
		const bytes = this.#bytes;
		const at = this.#at;
		const command = u16le(bytes, at + SMB2.command);
		if (!isSmb2Command(command)) {
			this.#malformed(REASON.command, direction);
			return;
		}
		const flags = u32le(bytes, at + SMB2.flags);
		if (((flags & SMB2_FLAG.response) !== 0) !== (direction === TO_CLIENT)) {
			this.#malformed(REASON.direction, direction, command);
			return;
		}
		const isRelated = (flags & SMB2_FLAG.related) !== 0;
		const key = u64le(bytes, at + SMB2.messageId);
		let treeId = (flags & SMB2_FLAG.async) !== 0 ? -1 : u32le(bytes, at + SMB2.treeId);
		let sessionId = u64le(bytes, at + SMB2.sessionId);
		if (isRelated) {
			if (treeId === 0xffff_ffff) treeId = this.#relatedTree;
			if (u32le(bytes, at + SMB2.sessionId) === 0xffff_ffff && u32le(bytes, at + SMB2.sessionId + 4) === 0xffff_ffff)
				sessionId = this.#relatedSession;
		}
		this.#relatedTree = treeId;
		this.#relatedSession = sessionId;
		if (direction === TO_SERVER) this.#question(command, key, treeId, sessionId);
		else this.#answer(command, key, treeId, sessionId, (flags & SMB2_FLAG.async) !== 0);
	}

	/** Whether the fixed part is there, and of the size that it says; malformed, or counted, where not. */
	#isWhole(sizes: readonly number[], command: number, direction: Direction): boolean {
		const size = sizes[command]!;
		const body = this.#at + SMB2.size;
		const least = size < 0 ? 2 : size & ~1;
		if (this.#stop - body < least || (size >= 0 && u16le(this.#bytes, body) !== size)) {
			this.#malformed(REASON.structure, direction, command);
			return false;
		}
		if (this.#end - body >= least) return true;
		this.#connection.context.count("long-chain");
		return false;
	}

	/** Where `length` bytes at `offset` of the message lie, or undefined where they do not lie in it. Fewer may be here. */
	#place(offset: number, length: number): readonly [number, number] | undefined {
		if (length === 0) return [this.#at, this.#at];
		const start = this.#at + offset;
		return offset < SMB2.size || start + length > this.#stop ? undefined : [start, start + length];
	}

	#path([start, stop]: readonly [number, number]): string {
		const end = Math.min(stop, this.#end);
		return utf16Of(this.#bytes, Math.max(start, end - MAX_TEXT + ((end - start) & 1)), end);
	}

	#question(command: number, key: number, treeId: number, sessionId: number): void {
		const connection = this.#connection;
		if (!this.#isWhole(QUESTIONS, command, TO_SERVER)) return;
		const bytes = this.#bytes;
		const body = this.#at + SMB2.size;
		const said: Said = {};
		let file: OpenFile | undefined;
		let amount = 0;
		const fileAt = FILE_AT[command];
		if (fileAt !== undefined) {
			file = this.#file(body + fileAt, treeId, sessionId);
			if (file !== undefined) {
				said.fileName = file.name;
				said.share = file.share;
			}
		}
		switch (command) {
			case COMMAND.negotiate: {
				const count = u16le(bytes, body + 2);
				if (this.#stop - body - 36 < 2 * count) {
					this.#malformed(REASON.offset, TO_SERVER, command);
					return;
				}
				const dialects: string[] = [];
				for (let index = 0; index < Math.min(count, MAX_DIALECTS) && body + 38 + 2 * index <= this.#end; index++)
					dialects.push(dialectName(u16le(bytes, body + 36 + 2 * index)));
				said.dialects = dialects;
				said.isSigningRequired = (u16le(bytes, body + 4) & SIGNING_REQUIRED) !== 0;
				break;
			}
			case COMMAND.sessionSetup: {
				const place = this.#place(u16le(bytes, body + 12), u16le(bytes, body + 14));
				if (place === undefined) {
					this.#malformed(REASON.offset, TO_SERVER, command);
					return;
				}
				readToken(bytes, place[0], Math.min(place[1], this.#end), said);
				break;
			}
			case COMMAND.treeConnect: {
				const place = this.#place(u16le(bytes, body + 4), u16le(bytes, body + 6));
				if (place === undefined) {
					this.#malformed(REASON.offset, TO_SERVER, command);
					return;
				}
				said.share = this.#path(place);
				break;
			}
			case COMMAND.create: {
				const place = this.#place(u16le(bytes, body + 44), u16le(bytes, body + 46));
				if (place === undefined) {
					this.#malformed(REASON.offset, TO_SERVER, command);
					return;
				}
				const options = u32le(bytes, body + 40);
				said.fileName = this.#path(place);
				said.disposition = DISPOSITIONS[u32le(bytes, body + 36)] ?? "";
				said.isDirectory = (options & DIRECTORY) !== 0;
				said.isDeleted = (options & DELETE_ON_CLOSE) !== 0;
				file = connection.newFile(said.fileName, 2, treeId, sessionId, said.isDirectory);
				file.isDeleted = said.isDeleted;
				said.share = file.share;
				break;
			}
			case COMMAND.read:
				amount = u32le(bytes, body + 4);
				break;
			case COMMAND.write: {
				amount = u32le(bytes, body + 4);
				const place = this.#place(u16le(bytes, body + 2), amount);
				if (place === undefined) {
					this.#malformed(REASON.offset, TO_SERVER, command);
					return;
				}
				this.#pipe(file, place, TO_SERVER, sessionId);
				break;
			}
			case COMMAND.ioctl: {
				const control = u32le(bytes, body + 4);
				said.subFunction = controlName(control);
				const place = this.#place(u32le(bytes, body + 24), u32le(bytes, body + 28));
				if (place === undefined) {
					this.#malformed(REASON.offset, TO_SERVER, command);
					return;
				}
				if (control === FSCTL.transceive) this.#pipe(file, place, TO_SERVER, sessionId);
				break;
			}
			case COMMAND.queryDirectory: {
				const place = this.#place(u16le(bytes, body + 24), u16le(bytes, body + 26));
				if (place === undefined) {
					this.#malformed(REASON.offset, TO_SERVER, command);
					return;
				}
				said.subFunction = this.#path(place);
				break;
			}
			case COMMAND.setInfo: {
				const place = this.#place(u16le(bytes, body + 8), u32le(bytes, body + 4));
				if (place === undefined) {
					this.#malformed(REASON.offset, TO_SERVER, command);
					return;
				}
				if (u8(bytes, body + 2) === INFO.file) this.#setInfo(u8(bytes, body + 3), place, said);
				break;
			}
		}
		this.#related = file;
		if (command === COMMAND.cancel) return;
		const isPatient =
			command === COMMAND.changeNotify || command === COMMAND.lock || (file?.pipe !== undefined && command === COMMAND.read);
		const { time, frame } = connection.context.clock;
		connection.ask(key, {
			version: 2,
			command,
			time,
			frame,
			sessionId,
			treeId,
			said,
			file,
			amount,
			isPatient,
			isPartial: false,
			next: undefined,
		});
	}

	/** The file of an id, or of the command before where it is related to it. */
	#file(at: number, treeId: number, sessionId: number): OpenFile | undefined {
		const id = hexOf(this.#bytes, at, at + FILE_ID);
		if (id === NO_FILE) return this.#related;
		return this.#connection.fileAt(id, 2, treeId, sessionId);
	}

	#pipe(file: OpenFile | undefined, [start, stop]: readonly [number, number], direction: Direction, sessionId: number): void {
		if (file?.pipe === undefined || stop === start) return;
		pipeData(this.#connection, file, file.pipe, this.#bytes, start, Math.min(stop, this.#end), stop, direction, sessionId);
	}

	#setInfo(informationClass: number, [start, stop]: readonly [number, number], said: Said): void {
		const bytes = this.#bytes;
		if (informationClass === INFO.rename && stop - start >= RENAME.name) {
			const length = u32le(bytes, start + RENAME.length);
			said.subFunction = "rename";
			said.newName = this.#path([start + RENAME.name, Math.min(stop, start + RENAME.name + length)]);
		} else if ((informationClass === INFO.disposition || informationClass === INFO.dispositionEx) && stop > start) {
			said.subFunction = "delete";
			said.isDeleted = (u8(bytes, start) & 1) !== 0;
		}
	}

	#answer(command: number, key: number, treeId: number, sessionId: number, isAsync: boolean): void {
		const connection = this.#connection;
		const bytes = this.#bytes;
		const status = u32le(bytes, this.#at + SMB2.status);
		if (status === STATUS.pending && isAsync) {
			connection.postpone(2, key);
			return;
		}
		const found = connection.take(2, key);
		const asked = found?.command === command ? found : command === COMMAND.negotiate ? connection.takeNegotiation() : undefined;
		if (found !== undefined && asked === undefined) connection.context.count("another-answer");
		// 2.2.23.1: the server takes back what it lent, unasked.
		if (command === COMMAND.oplockBreak && asked === undefined) return;
		const isGood =
			status === STATUS.ok ||
			(status === STATUS.moreProcessing && command === COMMAND.sessionSetup) ||
			(status === STATUS.overflow && (command === COMMAND.read || command === COMMAND.ioctl));
		if (isGood && !this.#isWhole(ANSWERS, command, TO_CLIENT)) return;
		if (command === COMMAND.read || command === COMMAND.write) {
			if (isGood) {
				this.#moved(asked, command === COMMAND.read, sessionId);
				return;
			}
			if (asked === undefined || USUAL_ENDS.has(status)) return;
		}
		const out = connection.answer(asked, 2, command, status, sessionId, treeId);
		if (isGood) this.#contents(out, asked, command, treeId, sessionId);
		// A close that is refused ends it all the same: nothing more comes.
		if (command === COMMAND.close && asked?.file !== undefined) connection.closed(asked.file, out);
		connection.emit(out);
	}

	/** Data of a read came, or of a write went. */
	#moved(asked: Asked | undefined, isRead: boolean, sessionId: number): void {
		const { file } = asked ?? {};
		if (file === undefined) return;
		const bytes = this.#bytes;
		const body = this.#at + SMB2.size;
		const amount = u32le(bytes, body + 4);
		this.#connection.moved(file, isRead, isRead ? amount : Math.min(amount, asked!.amount));
		if (!isRead) return;
		const place = this.#place(u8(bytes, body + 2), amount);
		if (place === undefined) {
			this.#malformed(REASON.offset, TO_CLIENT, COMMAND.read);
			return;
		}
		this.#pipe(file, place, TO_CLIENT, sessionId);
	}

	#contents(out: SmbObservation, asked: Asked | undefined, command: number, treeId: number, sessionId: number): void {
		const connection = this.#connection;
		const bytes = this.#bytes;
		const body = this.#at + SMB2.size;
		switch (command) {
			case COMMAND.negotiate: {
				const revision = u16le(bytes, body + 4);
				out.dialect = dialectName(revision);
				out.isSigningRequired = (u16le(bytes, body + 2) & SIGNING_REQUIRED) !== 0;
				// Only a start: the client asks again.
				if (revision === ANY_SMB2) out.action = "negotiate again";
				return;
			}
			case COMMAND.sessionSetup: {
				const flags = u16le(bytes, body + 2);
				const place = this.#place(u16le(bytes, body + 4), u16le(bytes, body + 6));
				if (place !== undefined) {
					const { mechanism } = out;
					readToken(bytes, place[0], Math.min(place[1], this.#end), out);
					if (mechanism !== "") out.mechanism = mechanism;
				}
				if (out.status !== STATUS.ok) return;
				out.isGuest = (flags & SESSION_FLAG.guest) !== 0;
				out.isAnonymous ||= (flags & SESSION_FLAG.anonymous) !== 0;
				connection.login(sessionId, userOf(out));
				return;
			}
			case COMMAND.treeConnect:
				out.shareType = SHARE_TYPES[u8(bytes, body + 2)] ?? "";
				out.user = connection.userOf(sessionId);
				connection.opened(treeId, { share: out.share, type: out.shareType });
				return;
			case COMMAND.create: {
				const id = hexOf(bytes, body + 64, body + 64 + FILE_ID);
				out.action = ACTIONS[u32le(bytes, body + 4)] ?? "";
				out.fileSize = u64le(bytes, body + 48);
				out.isDirectory = (u32le(bytes, body + 56) & ATTRIBUTE_DIRECTORY) !== 0;
				const file = asked?.file;
				if (file !== undefined) {
					connection.keep(id, file);
					if (file.pipe !== undefined && out.share !== "") out.shareType = "pipe";
					out.user = file.user;
				}
				return;
			}
			case COMMAND.ioctl: {
				const place = this.#place(u32le(bytes, body + 32), u32le(bytes, body + 36));
				if (u32le(bytes, body + 4) === FSCTL.transceive && place !== undefined) {
					// What is called is said first, by the same object.
					const { status } = out;
					this.#pipe(asked?.file, place, TO_CLIENT, sessionId);
					connection.answer(asked, 2, command, status, sessionId, treeId);
				}
				return;
			}
			case COMMAND.setInfo:
				if (asked?.file !== undefined && asked.said.subFunction === "delete") asked.file.isDeleted = out.isDeleted;
				return;
		}
	}
}

/** 3.3.5.2.7.2: the file of the command before. */
const NO_FILE = "f".repeat(2 * FILE_ID);

/** Who logged in, with the domain where one was said. */
export const userOf = ({ user, domain }: Pick<SmbObservation, "user" | "domain">): string =>
	user === "" || domain === "" ? user : `${domain}\\${user}`;
