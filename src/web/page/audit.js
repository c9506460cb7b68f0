/** The audit log: who said and did what, newest first. Entries are only ever added. */
import { byId, make, plain, say } from "./text.js";
import { time } from "./time.js";
import { commandButton } from "./verdict.js";

const PAGE = 20;
const WORDS = {
	login: "Logged in",
	logout: "Logged out",
	"user-made": "Made the login",
	learn: "Learn",
	mute: "Mute",
	close: "Close",
	unlearn: "Unlearn",
	permit: "Permit",
	place: "Place",
	undo: "Undo",
	indicators: "Read the indicator lists again",
};
const UNDONE = new Set(["learn", "mute", "close", "unlearn", "permit", "place"]);

export class AuditList {
	#list = byId("auditList");
	#older = byId("auditOlder");
	#fetchPage;
	#command;
	#oldest;
	#newest = "";

	/** `fetchPage({limit, before})` gives entries; `command(value)` carries one out. */
	constructor({ fetchPage, command }) {
		this.#fetchPage = fetchPage;
		this.#command = command;
		this.#older.addEventListener("click", () => void this.#more());
	}

	clear() {
		this.#newest = "";
		this.#list.replaceChildren();
		this.#older.hidden = true;
	}

	/** Shows the newest ones, where there are newer ones than before. */
	async reload() {
		const entries = await this.#fetchPage({ limit: PAGE });
		if ((entries[0]?.id ?? "") === this.#newest) return;
		this.#newest = entries[0].id;
		this.#list.replaceChildren();
		this.#take(entries);
	}

	async #more() {
		this.#older.disabled = true;
		try {
			this.#take(await this.#fetchPage({ limit: PAGE, before: this.#oldest }));
		} finally {
			this.#older.disabled = false;
		}
	}

	#take(entries) {
		this.#list.append(...entries.map((entry) => this.#item(entry)));
		this.#oldest = entries.at(-1)?.id ?? this.#oldest;
		this.#older.hidden = entries.length < PAGE;
	}

	#item(entry) {
		const action = Object.hasOwn(WORDS, entry.action) ? WORDS[entry.action] : entry.action;
		const who = [entry.user ?? "somebody unknown", entry.via, entry.address].filter(Boolean).join(", ");
		const problem = make("p", "problem");
		problem.setAttribute("role", "alert");
		const head = make("div", "top", make("b", "", action), make("span", "wire", who), make("span", "when", time(entry.time)));
		if (entry.outcome === "failed") head.append(make("span", "tag warn", "failed"));
		const item = make("li", "entry", head);
		if (entry.words) item.append(make("p", "wire", entry.words));
		if (entry.why) item.append(make("p", "hint wire", `Why: ${entry.why}`));
		if (entry.omitted) item.append(make("p", "hint", `${entry.omitted} more of this kind before it were left out`));
		if (UNDONE.has(entry.action) && entry.outcome === "ok") {
			const button = commandButton("Undo", async () => {
				button.disabled = true;
				try {
					await this.#command({ verb: "undo", entry: entry.id, why: "undone in the audit log" });
				} catch (error) {
					say(problem, plain(error.message));
				} finally {
					button.disabled = false;
				}
			});
			head.append(button);
		}
		item.append(problem);
		return item;
	}
}
