/** The PLC cards: those that need a look first. */
import { terms } from "./alerts.js";
import { byId, count, make, number, say } from "./text.js";
import { time } from "./time.js";

const FIRST = 12;
const STATES = {
	talking: ["Talking", "good"],
	unanswered: ["Does not answer", "bad"],
	silent: ["Silent", "idle"],
};
const SHOWN_CLIENTS = 4;

export class PlcList {
	#cards = new Map();
	#list = byId("plcList");
	#more = byId("morePlcs");
	#isWhole = false;
	#last;

	constructor() {
		this.#more.addEventListener("click", () => {
			this.#isWhole = !this.#isWhole;
			this.show(...this.#last);
		});
	}

	clear() {
		this.#cards.clear();
		this.#list.replaceChildren();
	}

	/** `nameOf(ip)` gives what people call an address. */
	show(status, nameOf) {
		this.#last = [status, nameOf];
		const { byAddress } = status.attention;
		const open = (plc) => byAddress[plc.ip] ?? 0;
		const rank = (plc) => (plc.state === "unanswered" ? 2 : 0) + (open(plc) > 0 ? 1 : 0);
		const plcs = [...status.plcs].sort((a, b) => rank(b) - rank(a) || a.name.localeCompare(b.name, undefined, { numeric: true }));
		const shown = this.#isWhole ? plcs : plcs.slice(0, FIRST);

		const kept = new Set(shown.map((plc) => plc.id));
		for (const [id, card] of this.#cards) {
			if (kept.has(id)) continue;
			card.element.remove();
			this.#cards.delete(id);
		}
		shown.forEach((plc, index) => {
			const names = [...plc.readers, ...plc.writers, plc.lastWrite?.client ?? ""].map(nameOf);
			const fingerprint = JSON.stringify([plc, open(plc), names]);
			let card = this.#cards.get(plc.id);
			if (card === undefined) this.#cards.set(plc.id, (card = { element: make("li", "plc"), fingerprint: "" }));
			if (card.fingerprint !== fingerprint) {
				card.fingerprint = fingerprint;
				fill(card.element, plc, open(plc), nameOf);
			}
			if (this.#list.children[index] !== card.element) this.#list.insertBefore(card.element, this.#list.children[index] ?? null);
		});

		const total = status.counts.plcs;
		const talking = plcs.filter((plc) => plc.state === "talking").length;
		say(byId("plcSum"), total === 0 ? "" : `${number(talking)} of ${number(total)} talking`);
		this.#more.hidden = plcs.length <= FIRST;
		say(this.#more, this.#isWhole ? "Show fewer" : `Show all ${number(plcs.length)} PLCs`);
		byId("plcEmpty").hidden = total > 0;
		say(
			byId("plcEmpty"),
			"No PLC seen yet. A PLC appears once it answers somebody in a protocol that Spanwatch reads. If this stays empty, check that the mirror port copies the PLC's switch port in both directions.",
		);
	}
}

const TRAITS = { members: "Who does what", cadence: "Rhythm", sequence: "Order", schedule: "Hours", volume: "Amount", job: "Regular jobs" };

/** How far each trait is, what holds it up, and when it will judge. */
const traitTerms = (traits) =>
	traits.map(({ trait, maturity, reason, forecast }) => [
		TRAITS[trait] ?? trait,
		make("span", "", make("b", "", `${Math.round(maturity * 100)} %`), `, ${forecast}`, maturity < 1 ? `: ${reason}` : ""),
	]);

function fill(element, plc, openAlerts, nameOf) {
	const [word, look] = STATES[plc.state] ?? ["Unknown", "idle"];
	const learned = Math.round(plc.maturity * 100);
	const meter = make("progress");
	meter.max = 100;
	meter.value = learned;
	meter.setAttribute("aria-label", "Learned");
	const write = plc.lastWrite;
	element.dataset.look = openAlerts > 0 && look !== "bad" ? "alert" : look;
	const trouble = [
		plc.refused > 0 ? `${number(plc.refused)} refused` : "",
		plc.unanswered > 0 ? `${number(plc.unanswered)} unanswered` : "",
	].filter(Boolean);
	const place = [plc.ip === plc.name ? "" : plc.ip, plc.unit === undefined ? "" : `unit ${plc.unit}`, plc.protocol].filter(Boolean);
	const parts = [
		make("div", "top", make("h3", "wire", plc.name), make("span", `state ${look}`, word)),
		make("p", "sub wire", place.join(" · ")),
		openAlerts > 0 ? make("p", "flag", count(openAlerts, "open alert")) : null,
		make("div", "learned", make("span", "", "Learned ", make("b", "", `${learned} %`)), meter, make("p", "hint wire", plc.maturityReason)),
		plc.traits === undefined ? null : terms(...traitTerms(plc.traits)),
		plc.shadow === undefined ? null : make("p", "hint wire", plc.shadow),
		terms(
			["Last write", write === undefined ? "none seen" : lastWrite(write, nameOf)],
			["Written by", clients(plc.writers, nameOf)],
			["Read by", clients(plc.readers, nameOf)],
			[
				"Requests",
				make(
					"span",
					"",
					`${count(plc.operations, "operation")} on ${count(plc.points, "point")}`,
					trouble.length > 0 ? ", " : ", none refused",
					trouble.length > 0 ? make("b", "", trouble.join(", ")) : null,
				),
			],
			["Last answer", time(plc.lastAnswer)],
		),
	];
	element.replaceChildren(...parts.filter((part) => part !== null));
}

const lastWrite = (write, nameOf) =>
	make(
		"span",
		"",
		make("b", "", nameOf(write.client)),
		" wrote ",
		make("b", "", write.value ?? "a value"),
		" to ",
		make("b", "mono", write.point),
		", ",
		time(write.time),
	);

function clients(addresses, nameOf) {
	if (addresses.length === 0) return "nobody";
	const more = addresses.length - SHOWN_CLIENTS;
	return addresses.slice(0, SHOWN_CLIENTS).map(nameOf).join(", ") + (more > 0 ? ` and ${number(more)} more` : "");
}
