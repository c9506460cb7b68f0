/** People who may log in: names and scrypt hashes in the store, kind "user"; what they did, kind "audit". */
import { randomBytes, randomInt, scrypt, timingSafeEqual } from "node:crypto";
import { type AuditEntry, AuditLog } from "../store/audit.ts";
import type { Change, Store } from "../store/store.ts";
import { WebError } from "./error.ts";

/** 32 MiB and about 0.2 s on a PC: the OWASP cheat sheet's equal of N = 2^17 with a quarter of the memory, which a small box has. */
const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** Hashes run one at a time; more than this many waiting are sent away, so that guessing costs the box neither memory nor its thread pool. */
const MAX_WAITING = 8;
const MIN_PASSWORD = 12;
export const MAX_PASSWORD = 256;
export const MAX_NAME = 64;
/** Failed logins written to the audit log in a minute; the next entry tells how many were left out. */
const MAX_FAILURES_PER_MINUTE = 20;

interface UserRecord {
	name: string;
	algorithm: "scrypt";
	N: number;
	r: number;
	p: number;
	/** base64 */
	salt: string;
	hash: string;
	/** Seconds since the epoch. */
	created: number;
	lastLogin?: number;
}

const keyOf = (name: string): string => name.normalize("NFKC").trim().toLowerCase();

/** Letters, digits, marks, spaces and . _ - @ '; nothing invisible. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._@'-]*$/u;

export class Users {
	readonly #store: Store;
	readonly #clock: () => number;
	readonly #audit: AuditLog;
	#queue: Promise<unknown> = Promise.resolve();
	#waiting = 0;
	#failureMinute = 0;
	#failures = 0;
	#omitted = 0;

	/** `clock` gives milliseconds since the epoch. */
	constructor(store: Store, clock: () => number) {
		this.#store = store;
		this.#clock = clock;
		this.#audit = new AuditLog(store);
	}

	async isEmpty(): Promise<boolean> {
		for await (const _ of this.#store.list("user", { limit: 1 })) return false;
		return true;
	}

	/** Makes the first user; throws WebError when there is one already or name or password will not do. Gives the name as stored. */
	async addFirst(name: string, password: string, address: string): Promise<string> {
		const shown = name.normalize("NFKC").trim();
		if (shown.length === 0 || shown.length > MAX_NAME || !NAME.test(shown)) {
			throw new WebError("WEB_NAME_INVALID", 400, `Choose a name of 1 to ${MAX_NAME} letters and digits that starts with one of them.`);
		}
		const length = [...password].length;
		if (length < MIN_PASSWORD || length > MAX_PASSWORD) {
			throw new WebError(
				"WEB_PASSWORD_SHORT",
				400,
				`Choose a password of ${MIN_PASSWORD} to ${MAX_PASSWORD} characters; a few unrelated words are good and easy to remember.`,
			);
		}
		const salt = randomBytes(SALT_BYTES);
		return this.#inTurn(async () => {
			const hash = await derive(password, salt, COST);
			if (!(await this.isEmpty())) throw new WebError("WEB_SETUP_DONE", 409, "The first user exists already: log in instead.");
			const now = this.#clock() / 1000;
			const record: UserRecord = {
				name: shown,
				algorithm: "scrypt",
				N: COST.N,
				r: COST.r,
				p: COST.p,
				salt: salt.toString("base64"),
				hash: hash.toString("base64"),
				created: now,
				lastLogin: now,
			};
			await this.#store.batch(
				[
					{ kind: "user", key: keyOf(shown), value: record },
					this.#entryOf({ time: now, action: "user-made", outcome: "ok", user: shown, address }),
				],
				{ durable: true },
			);
			return shown;
		});
	}

	/** The user whose password it is, with the login before this one; undefined when name or password is wrong, after the same time for both. */
	async login(name: string, password: string, address: string): Promise<{ name: string; previousVisit: number | undefined } | undefined> {
		return this.#inTurn(async () => {
			const record = (await this.#store.get("user", keyOf(name))) as UserRecord | undefined | null;
			const cost = record ? { N: record.N, r: record.r, p: record.p, maxmem: 256 * record.N * record.r } : COST;
			const salt = record ? Buffer.from(record.salt, "base64") : Buffer.alloc(SALT_BYTES);
			const wanted = record ? Buffer.from(record.hash, "base64") : Buffer.alloc(HASH_BYTES);
			const hash = await derive(password, salt, cost);
			const equal = wanted.length === hash.length && timingSafeEqual(hash, wanted);
			const now = this.#clock() / 1000;
			if (!record || !equal) {
				await this.#failed(now, record?.name, address);
				return undefined;
			}
			await this.#store.batch(
				[
					{ kind: "user", key: keyOf(name), value: { ...record, lastLogin: now } },
					this.#entryOf({ time: now, action: "login", outcome: "ok", user: record.name, address }),
				],
				{ durable: true },
			);
			return { name: record.name, previousVisit: record.lastLogin };
		});
	}

	async loggedOut(user: string, address: string): Promise<void> {
		await this.#store.batch([this.#entryOf({ time: this.#clock() / 1000, action: "logout", outcome: "ok", user, address })], {
			durable: false,
		});
	}

	async #failed(time: number, user: string | undefined, address: string): Promise<void> {
		const minute = Math.floor(time / 60);
		if (minute !== this.#failureMinute) {
			this.#failureMinute = minute;
			this.#failures = 0;
		}
		if (++this.#failures > MAX_FAILURES_PER_MINUTE) {
			this.#omitted++;
			return;
		}
		const entry: AuditEntry = { time, action: "login", outcome: "failed", address };
		if (user !== undefined) entry.user = user;
		if (this.#omitted > 0) entry.omitted = this.#omitted;
		this.#omitted = 0;
		await this.#store.batch([this.#entryOf(entry)], { durable: false });
	}

	#entryOf(entry: AuditEntry): Change {
		return this.#audit.add(entry).change;
	}

	async #inTurn<T>(work: () => Promise<T>): Promise<T> {
		if (this.#waiting >= MAX_WAITING) throw new WebError("WEB_BUSY", 503, "Too many logins at once: try again in a few seconds.", 5);
		this.#waiting++;
		const turn = this.#queue.then(work);
		this.#queue = turn.catch(() => {});
		try {
			return await turn;
		} finally {
			this.#waiting--;
		}
	}
}

const derive = (password: string, salt: Buffer, cost: { N: number; r: number; p: number; maxmem: number }): Promise<Buffer> =>
	new Promise((resolve, reject) => {
		// The same password typed on two keyboards may differ in composition only.
		scrypt(password.normalize("NFKC"), salt, HASH_BYTES, cost, (error, hash) => (error ? reject(error) : resolve(hash)));
	});

/** Crockford's base 32: no letter is taken for a digit. */
const CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** 80 random bits for a person to type: XXXX-XXXX-XXXX-XXXX. */
export function makeSetupCode(): string {
	let code = "";
	for (let i = 0; i < 16; i++) code += (i > 0 && i % 4 === 0 ? "-" : "") + CODE_LETTERS[randomInt(32)]!;
	return code;
}

/** Compares in constant time, forgiving case, dashes, spaces, and O, I, L for the digits they look like. */
export function isSetupCode(typed: string, code: string): boolean {
	const plain = (text: string) =>
		Buffer.from(text.toUpperCase().replace(/[\s-]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1").padEnd(32, " ").slice(0, 32));
	const [a, b] = [plain(typed), plain(code)];
	return a.length === b.length && timingSafeEqual(a, b);
}
