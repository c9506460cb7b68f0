/** Sessions: in memory only, so a restart ends them all. The table holds digests of the tokens, never the tokens. */
import { createHash, randomBytes } from "node:crypto";

export interface Session {
	readonly user: string;
	/** Seconds since the epoch of the login before this one; undefined at the first. */
	readonly previousVisit: number | undefined;
	/** Milliseconds of the box's clock. */
	readonly opened: number;
	used: number;
}

/** Without a sign of a person. */
const IDLE_MS = 30 * 60_000;
/** However busy: one shift. */
const ABSOLUTE_MS = 12 * 60 * 60_000;
/** Far more than the people of one site; the session that was idle longest makes room. */
const MAX_SESSIONS = 128;
/** 256 bits in base64url. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

const digest = (token: string): string => createHash("sha256").update(token).digest("base64");

export class Sessions {
	readonly #table = new Map<string, Session>();

	/** Gives the token for the cookie. */
	open(user: string, previousVisit: number | undefined, now: number): string {
		const token = randomBytes(32).toString("base64url");
		for (const [key, session] of this.#table) if (!isAlive(session, now)) this.#table.delete(key);
		if (this.#table.size >= MAX_SESSIONS) {
			let idlest: [string, Session] | undefined;
			for (const entry of this.#table) if (idlest === undefined || entry[1].used < idlest[1].used) idlest = entry;
			this.#table.delete(idlest![0]);
		}
		this.#table.set(digest(token), { user, previousVisit, opened: now, used: now });
		return token;
	}

	/** The living session of a token. `touch` says that a person did something, which starts the idle time anew. */
	find(token: string | undefined, now: number, touch: boolean): Session | undefined {
		if (token === undefined || !TOKEN.test(token)) return undefined;
		const key = digest(token);
		const session = this.#table.get(key);
		if (session === undefined) return undefined;
		if (!isAlive(session, now)) {
			this.#table.delete(key);
			return undefined;
		}
		if (touch) session.used = now;
		return session;
	}

	end(token: string | undefined): void {
		if (token !== undefined && TOKEN.test(token)) this.#table.delete(digest(token));
	}
}

const isAlive = (session: Session, now: number): boolean =>
	now - session.used < IDLE_MS &&
	now - session.opened < ABSOLUTE_MS &&
	// A clock that was set back must not make a session last for years.
	now - session.opened > -IDLE_MS;
