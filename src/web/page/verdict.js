/** What a person says to one alert: it is normal, be quiet about it, it is done. Each needs a reason, which goes into the audit log. */
import { make, plain, say } from "./text.js";
import { boxNow, exact } from "./time.js";

const MUTES = [
	["1 hour", 3600],
	["8 hours", 8 * 3600],
	["1 day", 86_400],
	["1 week", 7 * 86_400],
	["30 days", 30 * 86_400],
];
let serial = 0;

export const isMuted = (alert) => alert.muted !== undefined && alert.muted.until > boxNow();

/** A button that gives a command. */
export function commandButton(text, onClick, look = "quiet") {
	const button = make("button", look, text);
	button.type = "button";
	button.addEventListener("click", onClick);
	return button;
}

export class Verdict {
	element = make("section", "verdict");
	#command;
	#alert;
	#state = make("p", "hint wire");
	#learns = make("ul", "wire");
	#why = make("input", "");
	#mute = make("select", "");
	#problem = make("p", "problem");
	#learn;
	#close;
	#muteButton;
	#undo;
	#fields;
	#learnBlock;

	/** `command(value)` carries it out and gives the answer, or throws with a sentence. */
	constructor(command) {
		this.#command = command;
		const id = `why${++serial}`;
		this.#why.id = id;
		this.#why.maxLength = 500;
		this.#why.autocomplete = "off";
		const label = make("label", "", "Why");
		label.htmlFor = id;
		this.#mute.setAttribute("aria-label", "Mute for");
		for (const [text, seconds] of MUTES) {
			const option = make("option", "", text);
			option.value = String(seconds);
			this.#mute.append(option);
		}
		this.#mute.value = String(8 * 3600);
		this.#problem.setAttribute("role", "alert");
		this.#learn = commandButton("Learn", () => this.#give({ verb: "learn", alert: this.#alert.id }));
		this.#close = commandButton("Close", () => this.#give({ verb: "close", alert: this.#alert.id }));
		this.#muteButton = commandButton("Mute", () =>
			this.#give({ verb: "mute", alert: this.#alert.id, until: Math.round(boxNow() + Number(this.#mute.value)) }),
		);
		this.#undo = commandButton("", () => this.#give({ verb: "undo", entry: this.#alert.closed?.id ?? this.#alert.muted?.id }));
		this.#learnBlock = make("div", "", make("p", "hint", "Learn makes exactly this normal, and nothing beside it:"), this.#learns);
		this.#fields = make(
			"div",
			"verbs",
			make("div", "why", label, this.#why),
			this.#learn,
			this.#close,
			make("span", "pair", this.#muteButton, this.#mute),
			this.#undo,
		);
		// What was wrong is said of what stood there then.
		this.#why.addEventListener("input", () => say(this.#problem, ""));
		this.element.append(make("h4", "", "Your word"), this.#state, this.#learnBlock, this.#fields, this.#problem);
	}

	show(alert) {
		this.#alert = alert;
		const isOpen = alert.status === "open";
		const canLearn = alert.nature === "deviation" || alert.learns !== undefined;
		const { closed, permit } = alert;
		const lines = [];
		if (closed) lines.push(`${closed.isLearned ? "Learned" : "Closed"} by ${closed.by}, ${exact(closed.time)}: ${closed.why}`);
		if (isMuted(alert)) lines.push(`Muted by ${alert.muted.by} until ${exact(alert.muted.until)}: ${alert.muted.why}`);
		if (permit) lines.push(`Inside the maintenance window that ${permit.by} gave: ${permit.why}`);
		if (!canLearn) lines.push("This is suspicious in itself and is never learned: close it when it is settled, or mute it for a while.");
		say(this.#state, lines.join(" · "));
		this.#state.hidden = lines.length === 0;
		this.#learnBlock.hidden = alert.learns === undefined || closed?.isLearned === true;
		this.#learns.replaceChildren(...(alert.learns ?? []).map((line) => make("li", "", line)));
		this.#learn.hidden = !canLearn || closed?.isLearned === true;
		this.#close.hidden = !isOpen;
		const canUndo = closed !== undefined || isMuted(alert);
		this.#undo.hidden = !canUndo;
		if (canUndo) say(this.#undo, closed === undefined ? "End the mute" : closed.isLearned ? "Unlearn" : "Open again");
	}

	async #give(command) {
		const why = this.#why.value.trim();
		if (why === "") {
			say(this.#problem, "Say why: it goes into the audit log.");
			this.#why.focus();
			return;
		}
		const buttons = this.#fields.querySelectorAll("button");
		for (const button of buttons) button.disabled = true;
		try {
			await this.#command({ ...command, why });
			this.#why.value = "";
			say(this.#problem, "");
		} catch (error) {
			say(this.#problem, plain(error.message));
		} finally {
			for (const button of buttons) button.disabled = false;
		}
	}
}
