/** Maintenance windows and mutes: what there is, and a form for a new window. */
import { byId, make, plain, say } from "./text.js";
import { boxNow, exact } from "./time.js";
import { commandButton } from "./verdict.js";

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

const listed = (text) =>
	text
		.split(/[\s,;]+/)
		.map((one) => one.trim())
		.filter((one) => one !== "");

function daysWords(days) {
	const monday = (day) => (day + 6) % 7;
	const sorted = [...days].sort((one, other) => monday(one) - monday(other));
	const isRun = sorted.length > 2 && sorted.every((day, at) => at === 0 || monday(day) === monday(sorted[at - 1]) + 1);
	return isRun ? `${DAYS[sorted[0]]}–${DAYS[sorted.at(-1)]}` : sorted.map((day) => DAYS[day]).join(", ");
}

/** When a window is open, in words. */
function whenWords({ from, until, weekly }) {
	const parts = (weekly ?? []).map((hours) => `${daysWords(hours.days)} ${hours.from}–${hours.to}`);
	if (weekly === undefined) parts.push(`${exact(from)} to ${exact(until)}`);
	else if (until !== undefined) parts.push(`until ${exact(until)}`);
	return parts.join("; ");
}

export class PermitList {
	#list = byId("permitList");
	#empty = byId("permitEmpty");
	#form = byId("permitForm");
	#command;
	#last = "";

	constructor(command) {
		this.#command = command;
		this.#form.addEventListener("submit", (event) => {
			event.preventDefault();
			void this.#give();
		});
		// What was wrong is said of what stood there then.
		this.#form.addEventListener("input", () => say(byId("permitProblem"), ""));
		byId("permitWhen").addEventListener("change", () => this.#showWhen());
		this.#showWhen();
	}

	clear() {
		this.#last = "";
		this.#list.replaceChildren();
		this.#form.reset();
		say(byId("permitProblem"), "");
		this.#showWhen();
	}

	#showWhen() {
		const isWeekly = byId("permitWhen").value === "weekly";
		byId("permitWeekly").hidden = !isWeekly;
		byId("permitOnce").hidden = isWeekly;
	}

	show({ permits, mutes }) {
		const text = JSON.stringify([permits, mutes]);
		if (text === this.#last) return;
		this.#last = text;
		this.#list.replaceChildren(...permits.map((permit) => this.#permit(permit)), ...mutes.map((mute) => this.#mute(mute)));
		this.#empty.hidden = permits.length + mutes.length > 0;
	}

	#item(title, tag, lines, id, undo) {
		const problem = make("p", "problem");
		problem.setAttribute("role", "alert");
		const button = commandButton(undo, async () => {
			button.disabled = true;
			try {
				await this.#command({ verb: "undo", entry: id, why: `${undo} on the page` });
			} catch (error) {
				say(problem, plain(error.message));
				button.disabled = false;
			}
		});
		return make(
			"li",
			"permit",
			make("div", "top", make("h3", "wire", title), make("span", "tag", tag), button),
			...lines.map((line) => make("p", "wire", line)),
			problem,
		);
	}

	#permit(permit) {
		const now = boxNow();
		const isOver = permit.until !== undefined && permit.until <= now;
		const who = permit.clients.length === 0 ? "Everybody" : permit.clients.join(", ");
		const where = permit.plcs.length === 0 ? "all PLCs" : permit.plcs.join(", ");
		const what = permit.verbs.length === 0 ? "all changes" : permit.verbs.join(", ");
		return this.#item(
			permit.why,
			isOver ? "over" : permit.weekly === undefined ? "once" : "weekly",
			[`${who} at ${where}: ${what}`, whenWords(permit), `Given by ${permit.by}, ${exact(permit.given)}`],
			permit.id,
			"End this window",
		);
	}

	#mute(mute) {
		return this.#item(mute.title, "muted", [`Until ${exact(mute.until)}`, `By ${mute.by}: ${mute.why}`], mute.id, "End this mute");
	}

	async #give() {
		const value = (id) => byId(id).value.trim();
		const command = { verb: "permit", why: value("permitWhy") };
		const clients = listed(value("permitClients"));
		const plcs = listed(value("permitPlcs"));
		const verbs = [...this.#form.querySelectorAll("input[name=verb]:checked")].map((box) => box.value);
		if (clients.length > 0) command.clients = clients;
		if (plcs.length > 0) command.plcs = plcs;
		if (verbs.length > 0) command.verbs = verbs;
		const problem = byId("permitProblem");
		if (value("permitWhen") === "weekly") {
			const days = [...this.#form.querySelectorAll("input[name=day]:checked")].map((box) => Number(box.value));
			if (days.length === 0) return say(problem, "Choose at least one day.");
			if (value("permitHourFrom") === "" || value("permitHourTo") === "") return say(problem, "Give the hours.");
			command.weekly = [{ days, from: value("permitHourFrom"), to: value("permitHourTo") }];
		} else {
			if (value("permitUntil") === "") return say(problem, "Say when the window ends.");
			// As on the wall here: the browser's zone.
			if (value("permitFrom") !== "") command.from = Date.parse(value("permitFrom")) / 1000;
			command.until = Date.parse(value("permitUntil")) / 1000;
		}
		if (command.why === "") return say(problem, "Say what the work is: it goes into the audit log.");
		const button = byId("permitButton");
		button.disabled = true;
		try {
			await this.#command(command);
			this.#form.reset();
			this.#showWhen();
			say(problem, "");
		} catch (error) {
			say(problem, plain(error.message));
		} finally {
			button.disabled = false;
		}
	}
}
