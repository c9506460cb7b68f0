/** Security advisories of the devices: one line for all, a mark at each device that they concern, and below it the advisories themselves. */
import { severityMark } from "./alerts.js";
import { byId, count, link, make, number, plain, say } from "./text.js";

/** Advisories of one device that are drawn before a person asks for the others. */
const FEW = 4;
/** Remedies that are drawn open: what mends it comes first. */
const FEW_REMEDIES = 2;
/** Lower bounds of CVSS 3.1, section 5. */
const BANDS = [
	[9, "critical"],
	[7, "high"],
	[4, "medium"],
	[0.1, "low"],
];
/** What CSAF calls a remedy. */
const REMEDIES = {
	vendor_fix: "Fix",
	workaround: "Workaround",
	mitigation: "Mitigation",
	no_fix_planned: "No fix is planned",
	none_available: "There is no fix",
	fix_planned: "A fix is planned",
	optional_patch: "Patch",
};
const UNKNOWN = { affected: 0, mayBeAffected: 0 };

const scoreMark = (score) => {
	const mark = severityMark(BANDS.find(([least]) => score >= least)?.[1] ?? "informational");
	mark.append(make("span", "points", score.toFixed(1)));
	return mark;
};
const isScore = (score) => typeof score === "number" && Number.isFinite(score);
const advisories = (many) => count(many, "advisory", "advisories");

export class Advisories {
	#fetchOf;
	#onChange;
	#onShow;
	#byDevice = new Map();
	/** Devices whose advisories are shown, each with its list. */
	#open = new Map();
	/** What each list says as it was fetched. */
	#words = new WeakMap();
	#note = byId("advisoryNote");
	#problem = byId("advisoryProblem");

	/** `fetchOf(id)` gives the advisories of a device, or throws with a sentence; `onChange()` draws the devices again; `onShow()` shows those that are concerned. */
	constructor({ fetchOf, onChange, onShow }) {
		this.#fetchOf = fetchOf;
		this.#onChange = onChange;
		this.#onShow = onShow;
	}

	/** Takes the numbers of all devices. */
	show({ documents, devices, isComparing, problem, concerned, byDevice }) {
		this.#byDevice = new Map(Object.entries(byDevice));
		for (const id of this.#open.keys()) {
			if (this.#byDevice.has(id)) void this.#load(id);
			else this.#open.delete(id);
		}
		say(this.#problem, problem ?? "");
		this.#problem.hidden = problem === null;
		this.#note.hidden = false;
		this.#note.replaceChildren(...this.#sentences({ documents, devices, isComparing, concerned }));
		this.#onChange();
	}

	clear() {
		this.#byDevice.clear();
		this.#open.clear();
		for (const element of [this.#note, this.#problem]) {
			element.replaceChildren();
			element.hidden = true;
		}
	}

	#sentences({ documents, devices, isComparing, concerned }) {
		if (documents === 0 && isComparing) return ["The box reads its security advisories."];
		if (documents === 0)
			return [
				"No security advisories are on this box: bring CSAF 2.0 documents with ",
				make("code", "", "spanwatch advisories import FOLDER"),
				"; nothing is fetched.",
			];
		const affected = [...this.#byDevice.values()].filter((one) => one.affected > 0).length;
		const parts = [];
		if (affected > 0) parts.push(affected === 1 ? "1 device is affected" : `${number(affected)} devices are affected`);
		if (concerned > affected) parts.push(`${count(concerned - affected, "device")} may be`);
		const found = parts.length === 0 ? "none concerns a device here." : `${parts.join(", ")}.`;
		const sentences = [`${count(documents, "security advisory", "security advisories")}: ${found} `];
		if (concerned > 0) {
			const show = make("button", "open", "Show them");
			show.type = "button";
			show.addEventListener("click", this.#onShow);
			sentences.push(show, ". ");
		}
		sentences.push(
			`${number(devices.described)} of ${count(devices.total, "device")} said which model they are; of the others an advisory says nothing.`,
		);
		if (isComparing) sentences.push(" Not all are compared yet.");
		return sentences;
	}

	/** Words to search by. */
	wordsOf(id) {
		const { affected, mayBeAffected } = this.#byDevice.get(id) ?? UNKNOWN;
		return affected > 0 ? "affected advisory" : mayBeAffected > 0 ? "may be affected advisory" : "";
	}

	/** Changes with what is drawn for a device. */
	fingerprint(id) {
		return [this.#byDevice.get(id), this.#open.has(id)];
	}

	/** The mark of a device, which opens its advisories; null where there are none. */
	mark(id, label) {
		const { affected, mayBeAffected, score } = this.#byDevice.get(id) ?? UNKNOWN;
		if (affected + mayBeAffected === 0) return null;
		const words =
			affected === 0
				? `may be affected: ${advisories(mayBeAffected)}`
				: `affected: ${advisories(affected)}${mayBeAffected > 0 ? `, perhaps ${number(mayBeAffected)} more` : ""}`;
		const button = make("button", "open", words);
		button.type = "button";
		button.setAttribute("aria-expanded", String(this.#open.has(id)));
		button.setAttribute("aria-label", `${plain(label)} ${words}`);
		button.addEventListener("click", () => this.#toggle(id));
		return make("span", "advisoryMark", isScore(score) ? scoreMark(score) : null, button);
	}

	/** The advisories of a device where a person opened them, else null. */
	list(id) {
		return this.#open.get(id) ?? null;
	}

	#toggle(id) {
		if (this.#open.has(id)) this.#open.delete(id);
		else {
			this.#open.set(id, make("div", "", make("p", "hint", "Asking the box…")));
			void this.#load(id);
		}
		this.#onChange();
	}

	async #load(id) {
		let parts;
		try {
			const { matches, total } = await this.#fetchOf(id);
			parts = this.#parts(matches, total);
		} catch (error) {
			parts = [make("p", "problem", error.message)];
		}
		const list = this.#open.get(id);
		const words = JSON.stringify(parts.map((part) => part.textContent));
		// What a person unfolded stays so where nothing has changed.
		if (list === undefined || this.#words.get(list) === words) return;
		this.#words.set(list, words);
		list.replaceChildren(...parts);
	}

	#parts(matches, total) {
		const list = make("ol", "advisories", ...matches.slice(0, FEW).map(item));
		const parts = [list];
		if (matches.length > FEW) {
			const more = make("button", "quiet wide", `Show ${number(matches.length - FEW)} more`);
			more.type = "button";
			more.addEventListener("click", () => {
				list.append(...matches.slice(FEW).map(item));
				more.remove();
			});
			parts.push(more);
		}
		if (total > matches.length)
			parts.push(
				make("p", "hint", `These are the ${number(matches.length)} most serious of ${number(total)}: see all with spanwatch advisories.`),
			);
		return parts;
	}
}

const statusWords = ({ status, device }) => {
	if (status === "affected") return "Affected";
	return device.firmware === undefined ? "May be affected: its firmware is not known" : "May be affected";
};

function item(match) {
	const { advisory, title, status, score, vector, cves, product, affectedVersions, fixedVersions, remedies, url, why, confidence, unit } =
		match;
	const remedyItems = remedies.map(remedyItem);
	const more = remedyItems.slice(FEW_REMEDIES);
	const { vendor, model, productCode, firmware } = match.device;
	return make(
		"li",
		"advisory",
		make(
			"p",
			"summary",
			isScore(score) ? scoreMark(score) : null,
			make("b", status === "affected" ? "status affected" : "status", statusWords(match)),
			make("span", "wire when", advisory),
		),
		make("h4", "wire", title),
		make("p", "wire", why),
		terms(
			[
				"Device",
				[unit === undefined ? "" : `unit ${unit}`, vendor, model, productCode, firmware === undefined ? "firmware unknown" : firmware]
					.filter(Boolean)
					.join(" · "),
			],
			["Advisory's name", product],
			["Affected versions", affectedVersions.join("; ")],
			["Fixed in", fixedVersions.length > 0 ? fixedVersions.join(", ") : "no version that the advisory names"],
			["Vulnerabilities", cves.join(", ")],
			[
				"CVSS",
				isScore(score)
					? make("span", "", score.toFixed(1), vector === undefined ? null : make("span", "mono sub", ` ${vector}`))
					: "no score",
			],
			["How sure", `${Math.round(confidence * 100)}\u00a0%`],
			["Read it at", link(url)],
		),
		make("h5", "", "What to do"),
		remedyItems.length === 0
			? make("p", "hint", "The advisory says nothing of it.")
			: make("ul", "remedies", ...remedyItems.slice(0, FEW_REMEDIES)),
		more.length === 0 ? null : make("details", "", make("summary", "", `${number(more.length)} more`), make("ul", "remedies", ...more)),
	);
}

function remedyItem({ category, text, url }) {
	const name = Object.hasOwn(REMEDIES, category) ? REMEDIES[category] : category.replaceAll("_", " ");
	return make("li", "wire", make("b", "", name), `: ${plain(text)} `, link(url));
}

function terms(...rows) {
	const list = make("dl", "terms");
	for (const [name, value] of rows) if (value !== null && value !== "") list.append(make("dt", "", name), make("dd", "wire", value));
	return list;
}
