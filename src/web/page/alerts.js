/** The list of alerts: newest first, each opens to its reasons, advice, innocent causes, parties and evidence. */
import { TECHNIQUES } from "./techniques.js";
import { byId, count, make, number, plain, say } from "./text.js";
import { boxNow, exact, time } from "./time.js";
import { isMuted, Verdict } from "./verdict.js";

/** Elements the page holds; older ones are fetched again on demand. */
const MOST = 300;
const BARS = { informational: 0, low: 1, medium: 2, high: 3, critical: 4 };

export const bandOf = (name) => (Object.hasOwn(BARS, name) ? name : "informational");

/** Severity as bars, word and number: colour only repeats it. */
export function severityMark(name, severity) {
	const band = bandOf(name);
	const bars = make("span", "bars");
	bars.setAttribute("aria-hidden", "true");
	for (let i = 1; i <= 4; i++) bars.append(make("i", i <= BARS[band] ? "on" : ""));
	const mark = make(
		"span",
		`severity ${band}`,
		bars,
		make("b", "", band),
		severity === undefined ? null : make("span", "points", number(severity)),
	);
	return mark;
}

export class AlertList {
	#items = new Map();
	#list = byId("alertList");
	#empty = byId("alertEmpty");
	#older = byId("older");
	#band = byId("band");
	#fetchPage;
	#announce;
	#command;
	#since = 0;
	#oldest;
	#hasOlder = false;
	#serial = 0;

	/** `fetchPage({before, minSeverity})` gives one page; `announce(text)` tells a screen reader; `command(value)` carries out a command. */
	constructor({ fetchPage, announce, command }) {
		this.#fetchPage = fetchPage;
		this.#announce = announce;
		this.#command = command;
		this.#band.addEventListener("change", () => void this.reload());
		this.#older.addEventListener("click", () => void this.#more());
	}

	set since(seconds) {
		this.#since = seconds;
	}

	get all() {
		return [...this.#items.values()].map((item) => item.alert);
	}

	clear() {
		this.#items.clear();
		this.#list.replaceChildren();
	}

	get #minSeverity() {
		return Number(this.#band.value);
	}

	async reload() {
		const minSeverity = this.#minSeverity;
		const page = await this.#fetchPage({ minSeverity });
		if (minSeverity !== this.#minSeverity) return;
		const kept = new Set(page.alerts.map((alert) => alert.id));
		for (const [id, item] of this.#items) {
			if (kept.has(id) || (item.isOpen && item.alert.severity >= minSeverity)) continue;
			item.element.remove();
			this.#items.delete(id);
		}
		this.#take(page);
	}

	async #more() {
		this.#older.disabled = true;
		try {
			this.#take(await this.#fetchPage({ minSeverity: this.#minSeverity, before: this.#oldest }));
		} finally {
			this.#older.disabled = false;
		}
	}

	#take({ alerts, isFull }) {
		for (const alert of alerts) this.#put(alert);
		if (alerts.length > 0) this.#oldest = alerts[alerts.length - 1].id;
		this.#hasOlder = isFull;
		this.#arrange();
	}

	/** A change that was pushed. `isWanted` shows it whatever the choice of severity. */
	push(alert, { isWanted = false } = {}) {
		const old = this.#items.get(alert.id);
		if (old === undefined && alert.severity < this.#minSeverity && !isWanted) return;
		if (old !== undefined && old.alert.revision >= alert.revision) return;
		this.#put(alert);
		this.#arrange();
		if (old === undefined && !isWanted) {
			const { element } = this.#items.get(alert.id) ?? {};
			element?.classList.add("fresh");
			if (alert.severity >= 30) this.#announce(`New alert, ${bandOf(alert.severityName)}: ${alert.title}`);
		}
	}

	/** Opens one alert and brings it into view; gives false when it is not in the list. */
	open(id) {
		const item = this.#items.get(id);
		if (item === undefined) return false;
		this.#toggle(item, true);
		item.element.scrollIntoView({ block: "start", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
		item.button.focus({ preventScroll: true });
		return true;
	}

	#put(alert) {
		const old = this.#items.get(alert.id);
		if (old !== undefined) {
			if (old.alert.revision < alert.revision) this.#fill(old, alert);
			return;
		}
		const element = make("li", "alert");
		const button = make("button", "title");
		button.type = "button";
		button.setAttribute("aria-expanded", "false");
		const details = make("div", "details");
		details.id = `details${++this.#serial}`;
		details.hidden = true;
		button.setAttribute("aria-controls", details.id);
		const item = {
			alert,
			element,
			button,
			details,
			isOpen: false,
			verdict: undefined,
			summary: make("div", "summary"),
			sentence: make("p", "sentence wire"),
		};
		element.append(make("div", "top", item.summary, make("h3", "", button), item.sentence), details);
		element.firstChild.addEventListener("click", (event) => {
			// A person who selects the sentence to copy it does not want to open it.
			if (event.target !== button && String(getSelection()) !== "") return;
			this.#toggle(item, !item.isOpen);
		});
		this.#items.set(alert.id, item);
		this.#fill(item, alert);
	}

	#fill(item, alert) {
		item.alert = alert;
		item.element.dataset.band = bandOf(alert.severityName);
		item.element.classList.toggle("closed", alert.status === "closed");
		say(item.button, alert.title);
		say(item.sentence, alert.sentence);
		item.summary.replaceChildren(
			severityMark(alert.severityName, alert.severity),
			alert.ts > this.#since ? make("span", "tag new", "new") : "",
			alert.status === "closed" ? make("span", "tag", alert.closed?.isLearned ? "learned" : "closed") : "",
			isMuted(alert) ? make("span", "tag", "muted") : "",
			alert.permit ? make("span", "tag", "permitted") : "",
			make("span", "when", time(alert.last), alert.count > 1 ? make("span", "times", `${number(alert.count)} times`) : null),
		);
		if (item.isOpen) this.#showDetails(item);
	}

	/** The form stays where it is, with what was typed into it and its focus. */
	#showDetails(item) {
		item.verdict ??= new Verdict(this.#command);
		item.verdict.show(item.alert);
		const form = item.verdict.element;
		if (form.parentNode !== item.details) item.details.prepend(form);
		for (const part of [...item.details.children]) if (part !== form) part.remove();
		item.details.append(...details(item.alert));
	}

	#toggle(item, isOpen) {
		item.isOpen = isOpen;
		item.button.setAttribute("aria-expanded", String(isOpen));
		item.details.hidden = !isOpen;
		item.element.classList.toggle("open", isOpen);
		if (isOpen) this.#showDetails(item);
		else item.details.replaceChildren();
	}

	#arrange() {
		const items = [...this.#items.values()].sort((a, b) => b.alert.last - a.alert.last || (a.alert.id < b.alert.id ? 1 : -1));
		for (const item of items.splice(MOST)) {
			item.element.remove();
			this.#items.delete(item.alert.id);
			this.#hasOlder = true;
			this.#oldest = items[items.length - 1].alert.id;
		}
		items.forEach((item, index) => {
			// Moving an element takes its focus away, so only what stands elsewhere is moved.
			if (this.#list.children[index] !== item.element) this.#list.insertBefore(item.element, this.#list.children[index] ?? null);
		});
		this.#older.hidden = !this.#hasOlder;
		this.#empty.hidden = items.length > 0;
		say(
			this.#empty,
			this.#minSeverity > 0
				? "No alert of this severity. Show all to see the others."
				: "No alert yet. When something differs from what a PLC normally does, it appears here by itself, with its reasons.",
		);
	}
}

function details(alert) {
	return [
		block("What to do first", list("ol", alert.advice, "Look at the two devices and ask who works there.")),
		block(`Why ${plain(alert.severityName)}`, sum(alert)),
		block("Innocent causes", list("ul", alert.causes, "None is known.")),
		block("Who", ...parties(alert)),
		alert.operation ? block("What was sent", operation(alert.operation)) : null,
		alert.examples ? block("Counted together", ...many(alert)) : null,
		block("Evidence", ...evidence(alert)),
		alert.techniques.length > 0 ? block("ATT&CK for ICS", techniques(alert.techniques)) : null,
		block("Record", record(alert)),
	].filter((part) => part !== null);
}

const block = (title, ...children) => make("section", "", make("h4", "", title), ...children);

function list(tag, lines, empty) {
	if (lines.length === 0) return make("p", "", empty);
	return make(tag, "wire", ...lines.map((line) => make("li", "", line)));
}

const signed = (points) => (points < 0 ? `−${number(-points)}` : `+${number(points)}`);

function sum(alert) {
	const table = make("table", "points");
	let total = 0;
	alert.reasons.forEach((reason, index) => {
		total += reason.points;
		table.append(
			make("tr", "", make("td", "", index === 0 ? number(reason.points) : signed(reason.points)), make("td", "wire", reason.text)),
		);
	});
	const cut = total === alert.severity ? "" : ` (the sum ${number(total)} is cut to 0–100)`;
	table.append(make("tr", "total", make("td", "", number(alert.severity)), make("td", "", `${bandOf(alert.severityName)}${cut}`)));
	return table;
}

/** Terms and descriptions; entries without a value are left out. */
export function terms(...entries) {
	const element = make("dl", "terms");
	for (const [term, value] of entries) {
		if (value === undefined || value === null || value === "") continue;
		element.append(make("dt", "", term), make("dd", "wire", value));
	}
	return element;
}

function parties(alert) {
	const one = (title, party) =>
		make(
			"div",
			"party",
			make("h5", "", title),
			make("p", "wire strong", party.name ?? party.ip ?? party.mac ?? "unknown"),
			terms(
				["Address", party.ip === undefined ? undefined : party.port === undefined ? party.ip : `${party.ip} port ${party.port}`],
				["Role", party.role],
				["Vendor", party.vendor],
				["Hardware", party.mac],
				["Zone", party.isZoneGuessed ? `${party.zone} (guessed)` : party.zone],
			),
		);
	return [make("div", "parties", one("From", alert.source), alert.destination ? one("To", alert.destination) : null)];
}

function operation(done) {
	const more = done.pointCount - done.points.length;
	return terms(
		["Operation", done.name],
		["Unit", done.unit],
		["Points", `${done.points.join(", ")}${more > 0 ? ` and ${number(more)} more` : ""}`],
		["Values", done.values.map((value) => (value === null ? "not a number" : String(value))).join(", ")],
		["Outcome", done.outcomeCode === undefined ? done.outcome : `${done.outcome} (code ${done.outcomeCode})`],
	);
}

function evidence({ evidence: seen }) {
	const parts = [
		terms(
			["File", seen.file],
			[seen.frames.length === 1 ? "Frame" : "Frames", seen.frames.length === 0 ? "none is kept" : seen.frames.join(", ")],
		),
	];
	if (seen.filter) {
		const code = make("code", "wire", seen.filter);
		const row = make("div", "filter", code);
		// The clipboard is there on an encrypted page and on localhost only.
		if (navigator.clipboard) {
			const copy = make("button", "quiet", "Copy");
			copy.type = "button";
			copy.setAttribute("aria-label", "Copy the filter");
			copy.addEventListener("click", async () => {
				try {
					await navigator.clipboard.writeText(seen.filter);
					say(copy, "Copied");
				} catch {
					say(copy, "Not allowed");
				}
			});
			row.append(copy);
		}
		parts.push(make("p", "hint", "Capture filter for the traffic behind it:"), row);
	}
	return parts;
}

/** Of an alert that stands for many: who they are about, and the first of them. */
function many({ addresses = [], examples }) {
	const shown = addresses.slice(0, 32);
	const more = addresses.length - shown.length;
	return [
		terms(["Addresses", `${shown.join(", ")}${more > 0 ? ` and ${number(more)} more` : ""}`]),
		make("p", "hint", "The first of them:"),
		list(
			"ul",
			examples.map(({ ts, sentence }) => `${exact(ts)}: ${sentence}`),
			"",
		),
	];
}

const techniques = (ids) =>
	make(
		"ul",
		"plainList",
		...ids.map((id) => make("li", "", make("b", "mono", id), ` ${Object.hasOwn(TECHNIQUES, id) ? TECHNIQUES[id] : ""}`)),
	);

const record = (alert) =>
	terms(
		["First seen", exact(alert.ts)],
		["Last seen", exact(alert.last)],
		["Seen", count(alert.count, "time")],
		[
			"Kind",
			`${alert.type} (${alert.nature === "fact" ? "suspicious in itself" : alert.nature === "deviation" ? "differs from what was learned" : "about the monitor"})`,
		],
		["Protocol", alert.protocol],
		["Confidence", `${Math.round(alert.confidence * 100)} %`],
		["Sensor", `${alert.site} / ${alert.sensor}`],
		["Id", alert.id],
		["Counted on in", alert.partOf],
	);

/** Alerts that came after `since`, of those loaded. */
export const newSince = (alerts, since) => alerts.filter((alert) => alert.ts > since && alert.ts <= boxNow() + 60 && alert.severity >= 30);
