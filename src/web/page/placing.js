/** The form by which a person says where a device belongs: its zone, its Purdue level, what hangs on it. */
import { byId, make, plain, say } from "./text.js";
import { commandButton } from "./verdict.js";

const SURE = 100;

/** "OT (guessed)", "1 (guessed, 90 %)"; empty where nothing is known. */
function placedWords(placed) {
	if (placed === undefined) return "";
	if (placed.by !== "guess") return placed.is;
	return placed.confidence === undefined
		? `${placed.is} (guessed)`
		: `${placed.is} (guessed, ${Math.round(placed.confidence * SURE)}\u00a0%)`;
}

export class Placing {
	#form = byId("placingForm");
	#problem = byId("placingProblem");
	#command;
	#device;

	/** `command(value)` carries it out and gives the answer, or throws with a sentence. */
	constructor(command) {
		this.#command = command;
		this.#form.addEventListener("submit", (event) => {
			event.preventDefault();
			void this.#give();
		});
		byId("placingCancel").addEventListener("click", () => this.close());
		// What was wrong is said of what stood there then.
		this.#form.addEventListener("input", () => say(this.#problem, ""));
	}

	/** What is known of a device, each with what says so, and a button to correct it. */
	cell(asset, label) {
		const level = placedWords(asset.level);
		const lines = [level === "" ? "" : `level ${level}`, placedWords(asset.criticality)].filter(Boolean).join(", ");
		const evidence = [asset.zone, asset.level, asset.criticality].flatMap((placed) =>
			placed === undefined ? [] : [plain(placed.evidence)],
		);
		const words = make("span", "", placedWords(asset.zone) || "no zone told");
		words.title = evidence.join("\n");
		const button = commandButton("Correct", () => this.#open(asset, label));
		button.setAttribute("aria-label", `Correct where ${plain(label)} belongs`);
		return make("span", "", words, lines === "" ? null : make("span", "sub", lines), " ", button);
	}

	#open(asset, label) {
		this.#device = asset.id;
		this.#form.reset();
		say(byId("placingTitle"), `Where ${plain(label)} belongs`);
		byId("placingZone").value = asset.zone?.is ?? "";
		byId("placingLevel").value = asset.level?.is ?? "";
		byId("placingCriticality").value = asset.criticality?.is ?? "";
		this.#before = this.#said();
		say(this.#problem, "");
		this.#form.hidden = false;
		byId("placingWhy").focus({ preventScroll: true });
		this.#form.scrollIntoView({ block: "nearest" });
	}
	#before = {};

	#said() {
		return Object.fromEntries(
			["zone", "level", "criticality"].map((name) => [name, byId(`placing${name[0].toUpperCase()}${name.slice(1)}`).value]),
		);
	}

	close() {
		this.#device = undefined;
		this.#form.hidden = true;
	}

	async #give() {
		const why = byId("placingWhy").value.trim();
		// What was guessed and is left as it stands is confirmed by nobody.
		const said = Object.entries(this.#said()).filter(([name, is]) => is !== "" && is !== this.#before[name]);
		if (said.length === 0) return say(this.#problem, "Choose another zone, level or importance.");
		if (why === "") return say(this.#problem, "Say why: it goes into the audit log.");
		const button = byId("placingButton");
		button.disabled = true;
		try {
			await this.#command({ verb: "place", device: this.#device, ...Object.fromEntries(said), why });
			this.close();
		} catch (error) {
			say(this.#problem, plain(error.message));
		} finally {
			button.disabled = false;
		}
	}
}
