/** What is known of a device and what says so: a button at each device, and below it the statements, the surest of each kind first. */
import { make, number, plain } from "./text.js";
import { time } from "./time.js";

const FIELDS = {
	vendor: "Vendor",
	model: "Model",
	productCode: "Product code",
	firmware: "Firmware",
	serialNumber: "Serial number",
	operatingSystem: "Operating system",
	application: "Program",
	name: "Name",
	role: "Role",
	address: "Address",
};
const fieldWords = (field) => (Object.hasOwn(FIELDS, field) ? FIELDS[field] : field);

export class AssetDetails {
	#fetchOf;
	#onChange;
	/** Devices of which it is shown, each with its list. */
	#open = new Map();

	/** `fetchOf(id)` gives the document of a device, or throws with a sentence; `onChange()` draws the devices again. */
	constructor({ fetchOf, onChange }) {
		this.#fetchOf = fetchOf;
		this.#onChange = onChange;
	}

	clear() {
		this.#open.clear();
	}

	/** Changes with what is drawn for a device. */
	fingerprint(id) {
		return this.#open.has(id);
	}

	/** The button of a device. */
	mark(id, label) {
		const button = make("button", "open", "What says so");
		button.type = "button";
		button.setAttribute("aria-expanded", String(this.#open.has(id)));
		button.setAttribute("aria-label", `What is known of ${plain(label)}, and what says so`);
		button.addEventListener("click", () => this.#toggle(id));
		return make("span", "detailsMark", button);
	}

	/** What is known of a device where a person opened it, else null. */
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
			parts = partsOf(await this.#fetchOf(id));
		} catch (error) {
			parts = [make("p", "problem", error.message)];
		}
		this.#open.get(id)?.replaceChildren(...parts);
	}
}

function partsOf({ facts, changes = [] }) {
	const list = make("dl", "terms");
	const add = (title, value, ...sub) => list.append(make("dt", "", title), make("dd", "wire", value, make("span", "sub", ...sub)));
	for (const { field, from, to, evidence, unit, seen } of [...changes].reverse())
		add(`${fieldWords(field)} changed`, `from ${plain(from)} to ${plain(to)}`, ...where({ evidence, unit, ...seen }));
	for (const { field, value, confidence, ...said } of facts)
		add(fieldWords(field), value, ...where(said), ` · ${Math.round(confidence * 100)}\u00a0% sure`);
	return facts.length === 0 ? [make("p", "hint", "Nothing but its address is known.")] : [list];
}

const where = ({ evidence, unit, protocol, frame, time: seconds }) => [
	plain(evidence),
	unit === undefined ? "" : ` · unit ${number(unit)}`,
	protocol === undefined ? "" : ` · ${protocol}`,
	frame === undefined ? "" : ` · frame ${frame}`,
	...(seconds === undefined ? [] : [" · ", time(seconds)]),
];
