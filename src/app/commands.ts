/**
 * People's verbs: learn, mute, close, unlearn, permit, place, and undo for each. Whichever way a command comes, it is carried out here, one at a time: first it is on the
 * disk, the entry of the audit log together with what it changes; then it takes effect. What is on the disk and had no effect yet when the power went is taken up
 * at the next start.
 */
import type { Alert } from "../alert/alert.ts";
import type { AlertArchive } from "../alert/archive.ts";
import { type AlertBook, type AlertChange, foldOfDetection, type KeptAlert } from "../alert/book.ts";
import { MAX_MUTES, type Mute, type Mutes } from "../alert/mute.ts";
import { MAX_PERMITS, type Permit, type Permits } from "../alert/permit.ts";
import { type PlaceThing, type Thing, thingWords } from "../baseline/thing.ts";
import { type Command, readCommand } from "../config/command.ts";
import { CommandError } from "../config/commandError.ts";
import type { AuditEntry, AuditLog } from "../store/audit.ts";
import type { Change, Store } from "../store/store.ts";
import type { Actor, CommandAnswer } from "../web/view.ts";
import type { Taught, Teaching } from "./messages.ts";

/** Commands that wait for those before them; people do not give more at a time. */
const MAX_WAITING = 32;
/** Milliseconds for the engine to take a lesson; after that it is told again at its next start. */
const PATIENCE = 5000;
/** The longest mute, and the farthest end of a permit, seconds. */
const LONGEST = 366 * 86_400;
/** Things named in an answer. */
const NAMED = 4;

/** What the engine was told and did; kept, so that it can be told again after a crash and undone exactly. */
interface Lesson extends Teaching {
	alert?: string;
	/** What it really changed; absent until the engine has done it. */
	done?: Taught;
	/** The entry that undid it. */
	undone?: string;
}

/** An alert's change that the audit log already tells of, until it is in the store. */
interface Pending {
	id: string;
	action: "close" | "reopen";
	entry: string;
	time: number;
	by: string;
	why: string;
	isLearned: boolean;
}

export interface CommandsOptions {
	store: Store;
	audit: AuditLog;
	book: AlertBook;
	archive: AlertArchive;
	mutes: Mutes;
	permits: Permits;
	/** Milliseconds since the epoch. */
	clock: () => number;
	/** True where a device is known by this id or address. */
	isDevice: (address: string) => boolean;
	/** Stores and publishes, in the order of the calls. */
	keep: (alerts: readonly AlertChange[], records: readonly Change[]) => void;
	/** Tells the engine; false where none runs. */
	tell: (teaching: Teaching) => boolean;
}

type Given<Verb extends Command["verb"]> = Extract<Command, { verb: Verb }>;

const MUTE = "mute/";
const PERMIT = "permit/";
const LESSON = "lesson/";
const PENDING = "pending/";
const SEEN = "seen/";

export class Commands {
	readonly #options: CommandsOptions;
	#queue: Promise<unknown> = Promise.resolve();
	#waiting = 0;
	/** Lessons that the engine has not done yet, in order. */
	readonly #lessons = new Map<string, Lesson>();
	readonly #pupils = new Map<string, (taught: Taught | undefined) => void>();
	/** Ids of commands that came over a line on which they could be played again, with their times (seconds). */
	readonly #seen = new Map<string, number>();

	constructor(options: CommandsOptions) {
		this.#options = options;
	}

	/** Takes up what the store has. Call it after the book was restored. */
	async restore(): Promise<void> {
		const { store, mutes, permits } = this.#options;
		const stale: Change[] = [];
		const now = this.#now();
		for await (const [key, value] of store.list("verdict")) {
			if (key.startsWith(MUTE)) {
				const mute = value as Mute;
				if (mute.until > now) mutes.set(mute);
				else stale.push({ kind: "verdict", key, value: null });
			} else if (key.startsWith(PERMIT)) permits.set(value as Permit);
			else if (key.startsWith(LESSON)) {
				const lesson = value as Lesson;
				if (lesson.done === undefined) this.#lessons.set(lesson.id, lesson);
			} else if (key.startsWith(PENDING)) await this.#finish(value as Pending);
			else if (key.startsWith(SEEN)) this.#seen.set(key.slice(SEEN.length), value as number);
		}
		if (stale.length > 0) await store.batch(stale, { durable: false });
	}

	/** What an engine that starts must be told, after it has its baseline. */
	lessons(): Teaching[] {
		return [...this.#lessons.values()].map(({ id, admit, dismiss }) => ({ id, admit, dismiss }));
	}

	/** The engine did as it was told; the baseline that shows it was handed over before. */
	taught(id: string, done: Taught): void {
		const lesson = this.#lessons.get(id);
		if (lesson === undefined) return;
		this.#lessons.delete(id);
		this.#options.keep([], [{ kind: "verdict", key: LESSON + id, value: { ...lesson, done: pick(done) } satisfies Lesson }]);
		this.#pupils.get(id)?.(done);
	}

	/**
	 * Carries out one command. Throws a CommandError with one sentence where it cannot be done; then nothing changed. `once` names a command that must not be done
	 * twice, with its time in seconds.
	 */
	async run(value: unknown, actor: Actor, once?: { id: string; time: number }): Promise<CommandAnswer> {
		const read = readCommand(value);
		if ("problem" in read) throw new CommandError("COMMAND_INVALID", read.problem);
		if (this.#waiting >= MAX_WAITING) throw new CommandError("COMMAND_BUSY", "Too many commands at once: try again in a few seconds.");
		this.#waiting++;
		const turn = this.#queue.then(() => this.#do(read.command, actor, once));
		this.#queue = turn.catch(() => {});
		try {
			return await turn;
		} finally {
			this.#waiting--;
		}
	}

	/** True for a command that was done already, or is being done. */
	wasSeen(id: string): boolean {
		return this.#seen.has(id);
	}

	get seen(): number {
		return this.#seen.size;
	}

	/** Forgets those of before a time, in seconds: too old to be taken in any case. */
	forgetBefore(time: number): void {
		const gone: Change[] = [];
		for (const [id, at] of this.#seen) {
			if (at >= time) continue;
			this.#seen.delete(id);
			gone.push({ kind: "verdict", key: SEEN + id, value: null });
		}
		this.#options.keep([], gone);
	}

	#now(): number {
		return this.#options.clock() / 1000;
	}

	async #do(command: Command, actor: Actor, once: { id: string; time: number } | undefined): Promise<CommandAnswer> {
		const seen: Change[] = once === undefined ? [] : [{ kind: "verdict", key: SEEN + once.id, value: once.time }];
		const write: Write = async (about, changes) => {
			const { user, via, address } = actor;
			const { why, verb } = command;
			const entry: AuditEntry = { time: this.#now(), action: verb, outcome: "ok", user, via, ...(address && { address }), why, ...about };
			const { id, change } = this.#options.audit.add(entry);
			await this.#options.store.batch([change, ...seen, ...changes(id)], { durable: true });
			if (once !== undefined) this.#seen.set(once.id, once.time);
			return id;
		};
		switch (command.verb) {
			case "learn":
				return this.#learn(command, actor, write);
			case "close":
				return this.#close(command, actor, write);
			case "mute":
				return this.#mute(command, actor, write);
			case "permit":
				return this.#permit(command, actor, write);
			case "unlearn":
				return this.#unlearn(command, write);
			case "place":
				return this.#place(command, write);
			default:
				return this.#undo(command, actor, write);
		}
	}

	async #kept(id: string): Promise<KeptAlert> {
		const kept = this.#options.book.find(id) ?? (await this.#options.archive.kept(id));
		if (kept === undefined) throw new CommandError("COMMAND_UNKNOWN", `There is no alert ${id}; old ones are removed.`);
		return kept;
	}

	async #learn({ alert: id, why }: Given<"learn">, { user }: Actor, write: Write): Promise<CommandAnswer> {
		const { alert, things } = await this.#kept(id);
		if (things === undefined && alert.nature !== "deviation")
			throw new CommandError(
				"COMMAND_NOT_LEARNABLE",
				`“${alert.title}” is suspicious in itself and is never learned: close it, or mute it until a time.`,
			);
		const admit = things ?? [];
		const words = admit.length === 0 ? `Learned: “${alert.title}” is known from now on.` : `Learned: ${listed(admit)}.`;
		const entry = await write({ alert: id, words }, (entry) => [
			...this.#lessonRecord({ id: entry, admit, dismiss: [], alert: id }),
			...this.#pendingRecord(alert, "close", { entry, by: user, why, isLearned: true }),
		]);
		const done = await this.#teach({ id: entry, admit, dismiss: [], alert: id });
		await this.#finish(this.#pending(alert, "close", { entry, by: user, why, isLearned: true }));
		return { entry, sentence: admit.length === 0 ? words : this.#said(words, admit, done) };
	}

	async #unlearn(command: Given<"unlearn">, write: Write): Promise<CommandAnswer> {
		const { entry: earlier, thing } = command;
		if ((earlier === undefined) === (thing === undefined))
			throw new CommandError("COMMAND_INVALID", "unlearn: name either the entry that learned it or the thing to forget.");
		if (earlier !== undefined) return this.#undoLesson(earlier, write);
		const dismiss = [thing as Thing];
		const words = `Forgotten: ${listed(dismiss)}.`;
		const entry = await write({ words }, (entry) => this.#lessonRecord({ id: entry, admit: [], dismiss }));
		const done = await this.#teach({ id: entry, admit: [], dismiss });
		if (done !== undefined && done.dismissed.length === 0)
			return { entry, sentence: "Nothing of the kind was learned, so nothing changed." };
		return { entry, sentence: this.#said(words, [], done) };
	}

	async #undoLesson(earlier: string, write: Write): Promise<CommandAnswer> {
		const lesson = (await this.#options.store.get("verdict", LESSON + earlier)) as Lesson | undefined;
		if (lesson === undefined) throw new CommandError("COMMAND_UNKNOWN", `The entry ${earlier} learned or unlearned nothing.`);
		if (lesson.undone !== undefined) throw new CommandError("COMMAND_NOTHING", `That was undone already, by the entry ${lesson.undone}.`);
		if (lesson.done === undefined)
			throw new CommandError("COMMAND_BUSY", "That has not taken effect yet: wait until the engine runs, and try again.");
		const { admitted: dismiss, dismissed: admit } = lesson.done;
		const words = `Undone: ${listed([...dismiss, ...admit])}.`;
		const entry = await write({ entry: earlier, words }, (entry) => [
			...this.#lessonRecord({ id: entry, admit, dismiss }),
			{ kind: "verdict", key: LESSON + earlier, value: { ...lesson, undone: entry } },
		]);
		return { entry, sentence: this.#said(words, admit, await this.#teach({ id: entry, admit, dismiss })) };
	}

	async #close({ alert: id, why }: Given<"close">, { user }: Actor, write: Write): Promise<CommandAnswer> {
		const { alert } = await this.#kept(id);
		if (alert.status === "closed") throw new CommandError("COMMAND_NOTHING", "The alert is closed already.");
		const words = `Closed: “${alert.title}”.`;
		const by = (entry: string) => ({ entry, by: user, why, isLearned: false });
		const entry = await write({ alert: id, words }, (entry) => this.#pendingRecord(alert, "close", by(entry)));
		await this.#finish(this.#pending(alert, "close", by(entry)));
		return { entry, sentence: words };
	}

	async #mute({ alert: id, until, why }: Given<"mute">, { user }: Actor, write: Write): Promise<CommandAnswer> {
		const now = this.#now();
		if (until <= now || until > now + LONGEST)
			throw new CommandError("COMMAND_INVALID", "mute: until must lie in the future, at most 366 days from now.");
		const { key, alert } = await this.#kept(id);
		const { mutes, book } = this.#options;
		const fold = foldOfDetection({ ...alert, key });
		if (mutes.all.length >= MAX_MUTES && mutes.at(fold) === undefined)
			throw new CommandError("COMMAND_FULL", `There are ${MAX_MUTES} mutes already: undo some first.`);
		const older = mutes.at(fold);
		const words = `Muted until ${new Date(until * 1000).toISOString()}: “${alert.title}”.`;
		const muteOf = (entry: string): Mute => ({ id: entry, fold, title: alert.title, by: user, why, until, severity: alert.severity });
		const entry = await write({ alert: id, words }, (entry) => [
			{ kind: "verdict", key: MUTE + entry, value: muteOf(entry) },
			...(older === undefined ? [] : [{ kind: "verdict" as const, key: MUTE + older.id, value: null }]),
		]);
		mutes.set(muteOf(entry));
		this.#keep(book.again(fold));
		return { entry, sentence: words };
	}

	async #permit({ verb: _, ...asked }: Given<"permit">, { user }: Actor, write: Write): Promise<CommandAnswer> {
		const { permits } = this.#options;
		const now = this.#now();
		const { from, until, weekly, why } = asked;
		if (weekly === undefined && until === undefined)
			throw new CommandError("COMMAND_INVALID", "permit: give until, the end of the window, or weekly hours.");
		if (until !== undefined && (until <= Math.max(now, from ?? 0) || until > now + LONGEST))
			throw new CommandError("COMMAND_INVALID", "permit: until must lie in the future and after from, at most 366 days from now.");
		if (permits.all.length >= MAX_PERMITS)
			throw new CommandError("COMMAND_FULL", `There are ${MAX_PERMITS} maintenance windows already: undo some first.`);
		const who = asked.clients?.join(", ") ?? "everybody";
		const where = asked.plcs?.join(", ") ?? "all PLCs";
		const words = `Permitted: ${who} at ${where}, ${asked.verbs?.join(", ") ?? "all changes"}.`;
		const permitOf = (id: string): Permit => ({
			id,
			by: user,
			why,
			given: now,
			clients: asked.clients ?? [],
			plcs: asked.plcs ?? [],
			verbs: asked.verbs ?? [],
			...((from !== undefined || weekly === undefined) && { from: from ?? now }),
			...(until !== undefined && { until }),
			...(weekly !== undefined && { weekly }),
		});
		const entry = await write({ words }, (entry) => [{ kind: "verdict", key: PERMIT + entry, value: permitOf(entry) }]);
		permits.set(permitOf(entry));
		return { entry, sentence: words };
	}

	/** Where a device belongs; it is told to the engine as what is learned is, so it is undone in the same way. */
	async #place({ device, zone, level, criticality }: Given<"place">, write: Write): Promise<CommandAnswer> {
		const admit = Object.entries({ zone, level, criticality }).flatMap(([place, is]): PlaceThing[] =>
			is === undefined ? [] : [{ trait: "place", address: device, place: place as PlaceThing["place"], is }],
		);
		if (admit.length === 0) throw new CommandError("COMMAND_INVALID", "place: say its zone, its level or its criticality.");
		const words = `Placed: ${listed(admit)}.`;
		const entry = await write({ words }, (entry) => this.#lessonRecord({ id: entry, admit, dismiss: [] }));
		const said = this.#said(words, admit, await this.#teach({ id: entry, admit, dismiss: [] }));
		return {
			entry,
			sentence: this.#options.isDevice(device) ? said : `${said} No device ${device} was seen so far: it holds when one is.`,
		};
	}

	/** Takes back whatever an entry did. */
	async #undo({ entry: earlier, why }: Given<"undo">, { user }: Actor, write: Write): Promise<CommandAnswer> {
		const { mutes, permits, book, archive, audit, store } = this.#options;
		const permit = permits.get(earlier);
		if (permit !== undefined) {
			const words = `The maintenance window “${permit.why}” is over.`;
			const entry = await write({ entry: earlier, words }, () => [{ kind: "verdict", key: PERMIT + earlier, value: null }]);
			permits.delete(earlier);
			return { entry, sentence: words };
		}
		const mute = mutes.find(earlier);
		if (mute !== undefined) {
			const words = `No longer muted: “${mute.title}”.`;
			const entry = await write({ entry: earlier, words }, () => [{ kind: "verdict", key: MUTE + earlier, value: null }]);
			mutes.delete(mute);
			this.#keep(book.again(mute.fold));
			return { entry, sentence: words };
		}
		if ((await store.get("verdict", LESSON + earlier)) !== undefined) return this.#undoLesson(earlier, write);
		const about = await audit.get(earlier);
		if (about === undefined) throw new CommandError("COMMAND_UNKNOWN", `The audit log has no entry ${earlier}.`);
		const kept = about.alert === undefined ? undefined : await archive.kept(about.alert);
		if (about.action !== "close" || kept?.alert.closed?.id !== earlier)
			throw new CommandError("COMMAND_NOTHING", "There is nothing of that entry left to undo.");
		const { alert } = kept;
		const fold = foldOfDetection({ ...alert, key: kept.key });
		if (book.isOpen(fold)) throw new CommandError("COMMAND_NOTHING", "The same happened again since, and that alert is open.");
		const by = (entry: string) => ({ entry, by: user, why, isLearned: false });
		const words = `Open again: “${alert.title}”.`;
		const entry = await write({ entry: earlier, alert: alert.id, words }, (entry) => this.#pendingRecord(alert, "reopen", by(entry)));
		await this.#finish(this.#pending(alert, "reopen", by(entry)));
		return { entry, sentence: words };
	}

	#lessonRecord(lesson: Lesson): Change[] {
		return [{ kind: "verdict", key: LESSON + lesson.id, value: lesson }];
	}

	/** Tells the engine, and waits for it a while; undefined where it will only be told at its next start. */
	async #teach(lesson: Lesson): Promise<Taught | undefined> {
		this.#lessons.set(lesson.id, lesson);
		const { id, admit, dismiss } = lesson;
		if (!this.#options.tell({ id, admit, dismiss })) return undefined;
		return new Promise((resolve) => {
			const timer = setTimeout(() => this.#pupils.get(id)?.(undefined), PATIENCE);
			this.#pupils.set(id, (taught) => {
				clearTimeout(timer);
				this.#pupils.delete(id);
				resolve(taught);
			});
		});
	}

	#said(words: string, admit: readonly Thing[], done: Taught | undefined): string {
		if (done === undefined) return `${words} It takes effect when the engine runs again.`;
		const left = admit.length > 0 && done.refused.length > 0 ? ` Not done, as a bound was reached: ${listed(done.refused)}.` : "";
		return `${words}${left}`;
	}

	#pending({ id }: Alert, action: Pending["action"], by: Omit<Pending, "id" | "action" | "time">): Pending {
		return { id, action, time: this.#now(), ...by };
	}

	#pendingRecord(alert: Alert, action: Pending["action"], by: Omit<Pending, "id" | "action" | "time">): Change[] {
		return [{ kind: "verdict", key: PENDING + alert.id, value: this.#pending(alert, action, by) }];
	}

	/** Does to the alert what the audit log says, and stores it together with that it is done. */
	async #finish({ id, action, entry, time, by, why, isLearned }: Pending): Promise<void> {
		const { book, archive, keep } = this.#options;
		let change: AlertChange | undefined;
		if (action === "close") change = book.closeBy(id, { id: entry, time, by, why, isLearned });
		else {
			const kept = await archive.kept(id);
			if (kept?.alert.status === "closed") change = book.reopen(kept, time * 1e6);
		}
		keep(change === undefined ? [] : [change], [{ kind: "verdict", key: PENDING + id, value: null }]);
	}

	#keep(change: AlertChange | undefined): void {
		if (change !== undefined) this.#options.keep([change], []);
	}
}

/** Writes the entry and what it changes; gives the entry's id. */
type Write = (about: Pick<AuditEntry, "alert" | "entry" | "words">, changes: (entry: string) => Change[]) => Promise<string>;

const pick = ({ admitted, dismissed, refused }: Taught): Taught => ({ admitted, dismissed, refused });

const listed = (things: readonly Thing[]): string => {
	const more = things.length > NAMED ? `; and ${things.length - NAMED} more` : "";
	return things.length === 0 ? "nothing" : things.slice(0, NAMED).map(thingWords).join("; ") + more;
};
