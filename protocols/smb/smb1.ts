/** Messages of SMB1 ([MS-CIFS] 2.2.4 to 2.2.7, [MS-SMB] 2.2.4): a header, words, bytes; some commands name another one that follows in the same message (AndX). */
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { u8, u16le, u32le } from "../../src/wire/bytes.ts";
import { utf8Of, utf16Of } from "../../src/wire/text.ts";
import { pipeData } from "./calls.ts";
import {
	ACTIONS,
	ANDX,
	DELETE_ON_CLOSE,
	DIRECTORY,
	DISPOSITIONS,
	NOTIFY_CHANGE,
	ntTransactName,
	OLD,
	OLD_COMMAND,
	REASON,
	type Reason,
	SERVICES,
	STATUS,
	TRANS2,
	TRANSACT_PIPE,
	trans2Name,
} from "./codes.ts";
import type { Asked, Connection, OpenFile } from "./connection.ts";
import type { Said, SmbObservation } from "./observation.ts";
import { readToken } from "./security.ts";
import { userOf } from "./smb2.ts";
import { SMB1, SMB1_FLAG, SMB1_FLAG2 } from "./wire.ts";

/** Commands of one message. */
const MAX_CHAIN = 8;
/** Dialects of one offer that are read; Windows offers six, Samba twelve. */
const MAX_DIALECTS = 32;
/** Bytes of a text that are kept; of a path its end. */
const MAX_TEXT = 512;
/** [MS-CIFS] 2.2.4.52.2: security mode. */
const MODE = { user: 0x1, challenge: 0x2, signingRequired: 0x8 } as const;
/** [MS-SMB] 2.2.3.1: capabilities. */
const EXTENDED_SECURITY = 0x8000_0000;
/** [MS-CIFS] 2.2.4.53.2: logged in as guest. */
const GUEST = 1;
const NO_DIALECT = 0xffff;
/** [MS-CIFS] 2.2.8.4 and [MS-FSCC] 2.4: information levels that remove a file. */
const DISPOSITION_LEVELS: ReadonlySet<number> = new Set([0x0102, 1013]);
/** What an implant takes for the answer to a knock is the multiplex id, raised by this. */
const BACKDOOR_ANSWER = 0x10;
/** Ends that are no failure of a read or write. */
const USUAL_ENDS: ReadonlySet<number> = new Set([0xc0000011, 0xc000004b, 0xc00000b0, 0xc00000d9, 0xc0000120, 0xc000014b]);

export class Smb1 {
	readonly #connection: Connection;
	/** Dialects that the client offered, in its order. */
	#offered: readonly string[] = [];
	#bytes: Uint8Array = new Uint8Array(0);
	/** Of the message: header, end of what is here, end. */
	#start = 0;
	#end = 0;
	#stop = 0;
	#isUnicode = false;
	#treeId = -1;
	#userId = -1;
	#status = 0;
	/** Of the command in hand: words, how many, bytes and where they end. */
	#words = 0;
	#wordCount = 0;
	#at = 0;
	#last = 0;

	constructor(connection: Connection) {
		this.#connection = connection;
	}

	/** A message from `start` to `stop`, of which is here what is before `end`. */
	message(bytes: Uint8Array, start: number, end: number, stop: number, direction: Direction): void {
		const connection = this.#connection;
		this.#bytes = bytes;
		this.#start = start;
		this.#end = end;
		this.#stop = stop;
		if (end - start < SMB1.least) {
			this.#malformed(REASON.short, direction);
			return;
		}
		const first = u8(bytes, start + SMB1.command);
		const isReply = (u8(bytes, start + SMB1.flags) & SMB1_FLAG.reply) !== 0;
		if (isReply !== (direction === TO_CLIENT)) {
			// [MS-CIFS] 3.3.4.2: the server takes back what it lent, as a question of its own.
			if (direction === TO_CLIENT && first === OLD_COMMAND.locking) return;
			this.#malformed(REASON.direction, direction, OLD + first);
			return;
		}
		const flags2 = u16le(bytes, start + SMB1.flags2);
		this.#isUnicode = (flags2 & SMB1_FLAG2.unicode) !== 0;
		this.#status = u32le(bytes, start + SMB1.status);
		// Without the flag, class and code have an unused byte between them.
		if ((flags2 & SMB1_FLAG2.ntStatus) === 0) this.#status = (this.#status & 0xffff00ff) >>> 0;
		this.#treeId = u16le(bytes, start + SMB1.treeId);
		this.#userId = u16le(bytes, start + SMB1.userId);
		const multiplex = u16le(bytes, start + SMB1.multiplex);
		const key = (u16le(bytes, start + SMB1.process) + 65_536 * u16le(bytes, start + SMB1.processHigh)) * 65_536 + multiplex;
		let asked = isReply ? this.#asked(first, key) : undefined;
		let chain: Asked | undefined;
		let latest: Asked | undefined;
		let command = first;
		let at = start + SMB1.size;
		for (let count = 0; count < MAX_CHAIN; count++) {
			if (!this.#block(at, command, direction)) break;
			if (isReply) {
				const own = asked?.command === OLD + command ? asked : undefined;
				this.#reply(command, own);
				if (own !== undefined) asked = own.next;
			} else {
				const one = this.#question(command, key);
				if (one !== undefined) {
					if (latest === undefined) chain = one;
					else latest.next = one;
					latest = one;
				}
			}
			if (!ANDX.has(command) || this.#wordCount < 2) break;
			command = u8(bytes, this.#words);
			if (command === OLD_COMMAND.none) break;
			const next = start + u16le(bytes, this.#words + 2);
			// 2.2.3.4: a reply of an error may name a next command that is not there.
			if (isReply && (this.#status !== STATUS.ok || next === start)) break;
			if (next <= at || next >= stop) {
				this.#malformed(REASON.offset, direction, OLD + command);
				break;
			}
			at = next;
		}
		if (chain !== undefined) connection.ask(key, chain);
	}

	/** What a reply is for. The first of several goes on waiting where its question is not whole yet. */
	#asked(command: number, key: number): Asked | undefined {
		const connection = this.#connection;
		const asked = connection.peek(1, key);
		const isInterim = asked?.isPartial === true && u8(this.#bytes, this.#start + SMB1.size) === 0 && this.#status === STATUS.ok;
		if (isInterim) {
			connection.postpone(1, key);
			return undefined;
		}
		if (asked === undefined && command === OLD_COMMAND.transaction2) this.#backdoor(key);
		return connection.take(1, key);
	}

	/** The answer of an implant to its knock. */
	#backdoor(key: number): void {
		const knock = this.#connection.peek(1, key - BACKDOOR_ANSWER);
		if (knock?.said.subFunction !== trans2Name(TRANS2.sessionSetup)) return;
		const out = this.#connection.begin("exploit", 1, knock.command, knock.said);
		out.reason = "backdoor answer";
		out.requestFrame = knock.frame;
		out.isFromServer = true;
		this.#connection.emit(out);
	}

	#malformed(reason: Reason, direction: Direction, command = -1): void {
		this.#connection.malformed(1, reason, direction === TO_CLIENT, this.#stop - this.#start, command);
	}

	/** Words and bytes of the command whose count of words is at `at`. */
	#block(at: number, command: number, direction: Direction): boolean {
		const bytes = this.#bytes;
		const isHere = at < this.#end;
		this.#wordCount = isHere ? u8(bytes, at) : 0;
		this.#words = at + 1;
		const counted = this.#words + 2 * this.#wordCount;
		this.#at = counted + 2;
		if (!isHere || this.#at > this.#stop) {
			this.#malformed(REASON.words, direction, OLD + command);
			return false;
		}
		if (this.#at > this.#end) {
			this.#connection.context.count("long-chain");
			return false;
		}
		// Writes above 64 KiB do not fit in the count, and some systems leave it 0 or too large: what is there counts.
		this.#last = this.#end;
		const byteCount = u16le(bytes, counted);
		if (!ANDX.has(command) || u8(bytes, this.#words) === OLD_COMMAND.none) return true;
		this.#last = Math.min(this.#end, this.#at + byteCount);
		return true;
	}

	/** Where `length` bytes at `offset` of the message lie; undefined where they do not lie in it. Fewer may be here. */
	#place(offset: number, length: number): readonly [number, number] | undefined {
		if (length === 0) return [this.#start, this.#start];
		const from = this.#start + offset;
		return offset < SMB1.size || from + length > this.#stop ? undefined : [from, from + length];
	}

	/** The text at the front of the bytes, ended by a zero; what is behind it comes next. */
	#text(isUnicode: boolean): string {
		const bytes = this.#bytes;
		let at = this.#at;
		if (!isUnicode) {
			const found = bytes.subarray(0, this.#last).indexOf(0, at);
			const stop = found < 0 ? this.#last : found;
			this.#at = Math.min(this.#last, stop + 1);
			return utf8Of(bytes, Math.max(at, stop - MAX_TEXT), stop);
		}
		// 2.2.1.1: aligned to two bytes from the header.
		at += (at - this.#start) & 1;
		let stop = at;
		while (stop + 1 < this.#last && u16le(bytes, stop) !== 0) stop += 2;
		this.#at = Math.min(this.#last, stop + 2);
		return utf16Of(bytes, Math.max(at, stop - MAX_TEXT), Math.max(at, stop));
	}

	/** A path behind the byte that says what follows (2.2.1.1: buffer format 4). */
	#path(): string {
		this.#at++;
		return this.#text(this.#isUnicode);
	}

	/** A text that takes all of a place. */
	#whole([start, stop]: readonly [number, number]): string {
		const end = Math.min(stop, this.#end);
		const from = this.#isUnicode ? start + ((start - this.#start) & 1) : start;
		const text = this.#isUnicode
			? utf16Of(this.#bytes, Math.max(from, end - MAX_TEXT), Math.max(from, end))
			: utf8Of(this.#bytes, Math.max(from, end - MAX_TEXT), end);
		return text.replace(/\ufffd+$/, "");
	}

	#file(id: number): OpenFile {
		return this.#connection.fileAt(`1:${id}`, 1, this.#treeId, this.#userId);
	}

	#question(command: number, key: number): Asked | undefined {
		const connection = this.#connection;
		const bytes = this.#bytes;
		const words = this.#words;
		const count = this.#wordCount;
		const said: Said = {};
		let file: OpenFile | undefined;
		let amount = 0;
		let isPatient = false;
		let isPartial = false;
		const word = (at: number): number => (2 * count >= at + 2 ? u16le(bytes, words + at) : 0);
		const long = (at: number): number => (2 * count >= at + 4 ? u32le(bytes, words + at) : 0);
		const of = (id: number): OpenFile => {
			const found = this.#file(id);
			said.fileName = found.name;
			said.share = found.share;
			return found;
		};
		switch (command) {
			case OLD_COMMAND.negotiate: {
				const dialects: string[] = [];
				while (this.#at < this.#last && dialects.length < MAX_DIALECTS) {
					this.#at++;
					dialects.push(this.#text(false));
				}
				said.dialects = this.#offered = dialects;
				break;
			}
			case OLD_COMMAND.sessionSetup:
				this.#login(said, count, word);
				break;
			case OLD_COMMAND.treeConnectAndx: {
				const length = word(6);
				if (connection.isShareLevel && connection.isPasswordClear && length > 1) said.isPasswordInClear = true;
				this.#at = Math.min(this.#last, this.#at + length);
				said.share = this.#text(this.#isUnicode);
				said.shareType = SERVICES[this.#text(false)] ?? "";
				break;
			}
			case OLD_COMMAND.treeConnect: {
				said.share = this.#path();
				if (this.#path() !== "" && connection.isPasswordClear) said.isPasswordInClear = true;
				this.#at++;
				said.shareType = SERVICES[this.#text(false)] ?? "";
				break;
			}
			case OLD_COMMAND.ntCreate: {
				if (count < 24) break;
				const options = long(39);
				said.fileName = this.#text(this.#isUnicode);
				said.disposition = DISPOSITIONS[long(35)] ?? "";
				said.isDirectory = (options & DIRECTORY) !== 0;
				said.isDeleted = (options & DELETE_ON_CLOSE) !== 0;
				file = connection.newFile(said.fileName, 1, this.#treeId, this.#userId, said.isDirectory);
				file.isDeleted = said.isDeleted;
				said.share = file.share;
				break;
			}
			case OLD_COMMAND.openAndx:
			case OLD_COMMAND.open:
			case OLD_COMMAND.create:
				said.fileName = command === OLD_COMMAND.openAndx ? this.#text(this.#isUnicode) : this.#path();
				file = connection.newFile(said.fileName, 1, this.#treeId, this.#userId, false);
				said.share = file.share;
				break;
			case OLD_COMMAND.close:
				file = of(word(0));
				break;
			case OLD_COMMAND.readAndx:
				file = of(word(4));
				isPatient = file.pipe !== undefined;
				break;
			case OLD_COMMAND.read:
				file = of(word(0));
				isPatient = file.pipe !== undefined;
				break;
			case OLD_COMMAND.writeAndx: {
				file = of(word(4));
				amount = word(20) + 65_536 * word(18);
				const place = this.#place(word(22), amount);
				if (place === undefined) {
					this.#malformed(REASON.offset, TO_SERVER, OLD + command);
					break;
				}
				this.#pipe(file, place, TO_SERVER);
				break;
			}
			case OLD_COMMAND.write:
				file = of(word(0));
				amount = word(2);
				break;
			case OLD_COMMAND.createDirectory:
			case OLD_COMMAND.deleteDirectory:
			case OLD_COMMAND.delete:
			case OLD_COMMAND.checkDirectory:
			case OLD_COMMAND.queryInformation:
				said.fileName = this.#path();
				said.share = connection.tree(this.#treeId)?.share ?? "";
				said.isDeleted = command === OLD_COMMAND.delete || command === OLD_COMMAND.deleteDirectory;
				said.isDirectory = command === OLD_COMMAND.createDirectory || command === OLD_COMMAND.deleteDirectory;
				break;
			case OLD_COMMAND.rename:
				said.fileName = this.#path();
				said.newName = this.#path();
				said.share = connection.tree(this.#treeId)?.share ?? "";
				said.subFunction = "rename";
				break;
			case OLD_COMMAND.transaction: {
				if (count < 14) break;
				isPartial = word(0) > word(18) || word(2) > word(22);
				const setups = u8(bytes, words + 26);
				const name = this.#text(this.#isUnicode);
				said.subFunction = name;
				if (setups < 2 || word(28) !== TRANSACT_PIPE) break;
				file = of(word(30));
				said.subFunction = "TRANSACT_NMPIPE";
				const place = this.#place(word(24), word(22));
				if (place === undefined) this.#malformed(REASON.offset, TO_SERVER, OLD + command);
				else this.#pipe(file, place, TO_SERVER);
				break;
			}
			case OLD_COMMAND.transaction2: {
				if (count < 15) break;
				isPartial = word(0) > word(18) || word(2) > word(22);
				const subcommand = word(28);
				said.subFunction = trans2Name(subcommand);
				const place = this.#place(word(20), word(18));
				if (place === undefined) {
					this.#malformed(REASON.offset, TO_SERVER, OLD + command);
					break;
				}
				file = this.#transaction2(subcommand, place, this.#place(word(24), word(22)), said);
				if (subcommand === TRANS2.sessionSetup) this.#exploit(OLD + command, "backdoor", said);
				break;
			}
			case OLD_COMMAND.ntTransact: {
				if (count < 19) break;
				isPartial = long(3) > long(19) || long(7) > long(27);
				said.subFunction = ntTransactName(u16le(bytes, words + 36));
				isPatient = u16le(bytes, words + 36) === NOTIFY_CHANGE;
				break;
			}
			// These have no answer of their own. One transaction that goes on as another kind is what a fault of Windows was used by (CVE-2017-0143 and its kin).
			case OLD_COMMAND.transactionSecondary:
			case OLD_COMMAND.transaction2Secondary:
			case OLD_COMMAND.ntTransactSecondary: {
				const before = connection.peek(1, key);
				if (before?.isPartial === true && before.command !== OLD + command - 1) {
					before.isPartial = false;
					this.#exploit(OLD + command, "mixed transaction", before.said);
				}
				return undefined;
			}
			case OLD_COMMAND.ntCancel:
				return undefined;
			case OLD_COMMAND.locking:
				isPatient = true;
				break;
		}
		const { time, frame } = connection.context.clock;
		return {
			version: 1,
			command: OLD + command,
			time,
			frame,
			sessionId: this.#userId,
			treeId: this.#treeId,
			said,
			file,
			amount,
			isPatient,
			isPartial,
			next: undefined,
		};
	}

	#exploit(command: number, reason: string, said: Said): void {
		const out = this.#connection.begin("exploit", 1, command, said);
		out.reason = reason;
		this.#connection.emit(out);
	}

	/** 2.2.4.53.1 and [MS-SMB] 2.2.4.6.1: by the number of its words. */
	#login(said: Said, count: number, word: (at: number) => number): void {
		const connection = this.#connection;
		const from = this.#at;
		if (count === 12) {
			const stop = Math.min(this.#last, from + word(14));
			readToken(this.#bytes, from, stop, said);
			this.#at = stop;
		} else if (count === 13 || count === 10) {
			const lengths = count === 13 ? [word(14), word(16)] : [word(14), 0];
			const total = lengths[0]! + lengths[1]!;
			// 2.2.4.53.1: who logs in as nobody sends one zero byte.
			const hasPassword = lengths.some((length) => length > 1);
			said.isPasswordInClear = hasPassword && connection.isPasswordClear;
			said.mechanism = said.isPasswordInClear ? "password" : hasPassword ? (lengths[1]! > 24 ? "NTLMv2" : "NTLMv1") : "";
			this.#at = Math.min(this.#last, from + total);
			said.user = this.#text(this.#isUnicode);
			said.domain = this.#text(this.#isUnicode);
			said.isAnonymous = said.user === "" && !hasPassword;
		} else return;
		said.clientSystem = this.#text(this.#isUnicode);
		said.clientManager = this.#text(this.#isUnicode);
	}

	#transaction2(
		subcommand: number,
		[start, stop]: readonly [number, number],
		data: readonly [number, number] | undefined,
		said: Said,
	): OpenFile | undefined {
		const bytes = this.#bytes;
		const isHere = (length: number): boolean => stop - start >= length && start + length <= this.#end;
		said.share = this.#connection.tree(this.#treeId)?.share ?? "";
		switch (subcommand) {
			case TRANS2.findFirst:
				if (isHere(12)) said.fileName = this.#whole([start + 12, stop]);
				return undefined;
			case TRANS2.queryPath:
			case TRANS2.setPath:
				if (isHere(6)) said.fileName = this.#whole([start + 6, stop]);
				return undefined;
			case TRANS2.queryFile:
			case TRANS2.setFile: {
				if (!isHere(4)) return undefined;
				const file = this.#file(u16le(bytes, start));
				said.fileName = file.name;
				said.share = file.share;
				const isRemoved = subcommand === TRANS2.setFile && DISPOSITION_LEVELS.has(u16le(bytes, start + 2));
				if (isRemoved && data !== undefined && data[1] > data[0] && data[0] < this.#end) said.isDeleted = u8(bytes, data[0]) !== 0;
				return file;
			}
			default:
				return undefined;
		}
	}

	#pipe(file: OpenFile | undefined, [start, stop]: readonly [number, number], direction: Direction): void {
		if (file?.pipe === undefined || stop === start) return;
		pipeData(this.#connection, file, file.pipe, this.#bytes, start, Math.min(stop, this.#end), stop, direction, this.#userId);
	}

	#reply(command: number, asked: Asked | undefined): void {
		const connection = this.#connection;
		const bytes = this.#bytes;
		const words = this.#words;
		const status = this.#status;
		const isGood =
			status === STATUS.ok || status === STATUS.overflow || (status === STATUS.moreProcessing && command === OLD_COMMAND.sessionSetup);
		switch (command) {
			case OLD_COMMAND.read:
			case OLD_COMMAND.readAndx:
			case OLD_COMMAND.write:
			case OLD_COMMAND.writeAndx:
				if (isGood) {
					this.#moved(command, asked);
					return;
				}
				if (asked === undefined || USUAL_ENDS.has(status)) return;
				break;
			// Later pieces of an answer have no question left; and several echoes answer one.
			case OLD_COMMAND.transaction:
			case OLD_COMMAND.transaction2:
			case OLD_COMMAND.ntTransact:
			case OLD_COMMAND.echo:
				if (asked === undefined) return;
		}
		if (command === OLD_COMMAND.transaction && isGood && asked?.file?.pipe !== undefined && this.#wordCount >= 10) {
			const place = this.#place(u16le(bytes, words + 14), u16le(bytes, words + 12));
			if (place !== undefined) this.#pipe(asked.file, place, TO_CLIENT);
		}
		const out = connection.answer(asked, 1, OLD + command, status, this.#userId, this.#treeId);
		if (isGood) this.#contents(out, asked, command);
		// A close that is refused ends it all the same: nothing more comes.
		if (command === OLD_COMMAND.close && asked?.file !== undefined) connection.closed(asked.file, out);
		if (isGood && command !== OLD_COMMAND.negotiate) out.isOldVersion = connection.speaksOld();
		connection.emit(out);
	}

	#moved(command: number, asked: Asked | undefined): void {
		const { file } = asked ?? {};
		if (file === undefined) return;
		const bytes = this.#bytes;
		const words = this.#words;
		const count = this.#wordCount;
		switch (command) {
			case OLD_COMMAND.readAndx: {
				if (count < 12) return;
				const amount = u16le(bytes, words + 10) + 65_536 * u16le(bytes, words + 14);
				this.#connection.moved(file, true, amount);
				const place = this.#place(u16le(bytes, words + 12), amount);
				if (place !== undefined) this.#pipe(file, place, TO_CLIENT);
				return;
			}
			case OLD_COMMAND.writeAndx:
				if (count >= 6) this.#connection.moved(file, false, u16le(bytes, words + 4) + 65_536 * u16le(bytes, words + 8));
				return;
			default:
				if (count >= 1) this.#connection.moved(file, command === OLD_COMMAND.read, u16le(bytes, words));
		}
	}

	#contents(out: SmbObservation, asked: Asked | undefined, command: number): void {
		const connection = this.#connection;
		const bytes = this.#bytes;
		const words = this.#words;
		const count = this.#wordCount;
		switch (command) {
			case OLD_COMMAND.negotiate:
				this.#negotiated(out);
				return;
			case OLD_COMMAND.sessionSetup: {
				out.isGuest = count >= 3 && (u16le(bytes, words + 4) & GUEST) !== 0;
				if (count === 4) {
					const stop = Math.min(this.#last, this.#at + u16le(bytes, words + 6));
					const { mechanism } = out;
					readToken(bytes, this.#at, stop, out);
					if (mechanism !== "") out.mechanism = mechanism;
					this.#at = stop;
				}
				out.serverSystem = this.#text(this.#isUnicode);
				out.serverManager = this.#text(this.#isUnicode);
				if (count === 3) out.targetDomain = this.#text(this.#isUnicode);
				if (this.#status === STATUS.ok) connection.login(this.#userId, userOf(out));
				return;
			}
			case OLD_COMMAND.treeConnectAndx:
			case OLD_COMMAND.treeConnect:
				if (command === OLD_COMMAND.treeConnectAndx) out.shareType = SERVICES[this.#text(false)] ?? out.shareType;
				else if (count >= 2) this.#treeId = u16le(bytes, words + 2);
				out.treeId = this.#treeId;
				out.user = connection.userOf(this.#userId);
				connection.opened(this.#treeId, { share: out.share, type: out.shareType });
				return;
			case OLD_COMMAND.ntCreate:
				if (count < 34) return;
				out.action = ACTIONS[u32le(bytes, words + 7)] ?? "";
				out.fileSize = u32le(bytes, words + 55);
				out.isDirectory = u8(bytes, words + 67) !== 0;
				this.#open(out, asked, u16le(bytes, words + 5));
				return;
			case OLD_COMMAND.openAndx:
				if (count < 15) return;
				out.fileSize = u32le(bytes, words + 12);
				out.action = ["", "opened", "created", "overwritten"][u16le(bytes, words + 22) & 3]!;
				this.#open(out, asked, u16le(bytes, words + 4));
				return;
			case OLD_COMMAND.open:
			case OLD_COMMAND.create:
				if (count < 1) return;
				out.action = command === OLD_COMMAND.create ? "created" : "opened";
				this.#open(out, asked, u16le(bytes, words));
				return;
			case OLD_COMMAND.transaction2:
				if (asked?.file !== undefined && asked.said.isDeleted === true) asked.file.isDeleted = true;
		}
	}

	#open(out: SmbObservation, asked: Asked | undefined, id: number): void {
		const file = asked?.file;
		if (file === undefined) return;
		this.#connection.keep(`1:${id}`, file);
		if (file.pipe !== undefined && out.share !== "") out.shareType = "pipe";
		out.user = file.user;
	}

	/** 2.2.4.52.2 and [MS-SMB] 2.2.4.5.2: by the number of its words. */
	#negotiated(out: SmbObservation): void {
		const connection = this.#connection;
		const bytes = this.#bytes;
		const words = this.#words;
		const count = this.#wordCount;
		const index = count >= 1 ? u16le(bytes, words) : NO_DIALECT;
		if (index === NO_DIALECT) return;
		out.dialect = this.#offered[index] ?? `dialect ${index}`;
		out.isOldVersion = connection.speaksOld();
		if (count < 13) {
			// Core: shares have the passwords, and they are sent as they are.
			connection.isPasswordClear = connection.isShareLevel = true;
			return;
		}
		const mode = u8(bytes, words + 2);
		connection.isShareLevel = (mode & MODE.user) === 0;
		connection.isPasswordClear = (mode & MODE.challenge) === 0;
		out.isSigningRequired = (mode & MODE.signingRequired) !== 0;
		if (count < 17) return;
		if ((u32le(bytes, words + 19) & EXTENDED_SECURITY) !== 0) {
			connection.isPasswordClear = false;
			return;
		}
		this.#at = Math.min(this.#last, this.#at + u8(bytes, words + 33));
		// The domain and the name of the server, in Unicode though the header may not say so.
		const isUnicode = (u32le(bytes, words + 19) & 4) !== 0;
		out.targetDomain = this.#unaligned(isUnicode);
		out.computer = this.#unaligned(isUnicode);
	}

	/** [MS-CIFS] 2.2.4.52.2: what follows a challenge is not padded. */
	#unaligned(isUnicode: boolean): string {
		if (!isUnicode) return this.#text(false);
		const bytes = this.#bytes;
		const at = this.#at;
		let stop = at;
		while (stop + 1 < this.#last && u16le(bytes, stop) !== 0) stop += 2;
		this.#at = Math.min(this.#last, stop + 2);
		return utf16Of(bytes, at, Math.min(stop, at + MAX_TEXT));
	}
}
