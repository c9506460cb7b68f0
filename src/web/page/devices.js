/** The table of devices, to search in. */
import { byId, count, make, number, plain, say } from "./text.js";
import { boxNow, time } from "./time.js";

const SHOWN = 200;
const FEW = 15;

export class DeviceTable {
	#assets = [];
	#total = 0;
	#since = 0;
	#isWhole = false;
	#find = byId("find");
	#drawn = "";
	#placing;
	#advisories;
	#details;

	/** `placing` shows where a device belongs, `advisories` what is said of it by its makers, `details` what it says itself. */
	constructor(placing, advisories, details) {
		this.#placing = placing;
		this.#advisories = advisories;
		this.#details = details;
		// On a narrow page the rows are drawn as blocks, and browsers then forget that this is a table.
		const table = byId("deviceTable");
		table.setAttribute("role", "table");
		for (const [selector, role] of Object.entries({ "thead, tbody": "rowgroup", tr: "row", th: "columnheader" })) {
			for (const element of table.querySelectorAll(selector)) element.setAttribute("role", role);
		}
		this.#find.addEventListener("input", () => this.draw());
	}

	/** Shows those that these words fit. */
	find(words) {
		this.#find.value = words;
		this.draw();
	}

	set since(seconds) {
		this.#since = seconds;
	}

	get all() {
		return this.#assets;
	}

	show({ assets, total }) {
		this.#assets = [...assets].sort(
			(a, b) => Number(b.isControl) - Number(a.isControl) || label(a).localeCompare(label(b), undefined, { numeric: true }),
		);
		this.#total = total;
		this.draw();
	}

	/** Draws what has changed. */
	draw() {
		const words = this.#find.value.toLowerCase().split(/\s+/).filter(Boolean);
		const found = this.#assets.filter((asset) => {
			const text = `${searchText(asset)} ${this.#advisories.wordsOf(asset.id)}`;
			return words.every((word) => text.includes(word));
		});
		const shown = found.slice(0, this.#isWhole || words.length > 0 ? SHOWN : FEW);
		const fingerprint = JSON.stringify([
			shown,
			this.#since,
			found.length,
			shown.map(({ id }) => [this.#advisories.fingerprint(id), this.#details.fingerprint(id)]),
		]);
		if (fingerprint === this.#drawn) return;
		this.#drawn = fingerprint;
		const rows = byId("deviceRows");
		// The button that has the focus is drawn anew: the one in its place gets it.
		const buttons = [...rows.querySelectorAll("button")];
		const focused = buttons.find((button) => button === document.activeElement)?.getAttribute("aria-label");
		rows.replaceChildren(
			...shown.flatMap((asset) => {
				const isNew = asset.firstSeen > this.#since && asset.firstSeen <= boxNow() + 60;
				const lists = [this.#details.list(asset.id), this.#advisories.list(asset.id)].filter((list) => list !== null);
				return [
					row(asset, isNew, {
						place: this.#placing.cell(asset, label(asset)),
						details: this.#details.mark(asset.id, label(asset)),
						advisories: this.#advisories.mark(asset.id, label(asset)),
					}),
					...lists.map(below),
				];
			}),
		);
		if (focused) [...rows.querySelectorAll("button")].find((button) => button.getAttribute("aria-label") === focused)?.focus();
		byId("deviceTable").hidden = shown.length === 0;
		say(
			byId("deviceSum"),
			words.length > 0 ? `${number(found.length)} of ${number(this.#total)}` : this.#total === 0 ? "" : count(this.#total, "device"),
		);

		const note = byId("deviceEmpty");
		note.hidden = shown.length > 0 && shown.length === found.length;
		if (this.#total === 0)
			say(note, "No device seen yet. Devices appear with their first frame: check the cable and the mirror port if this stays empty.");
		else if (shown.length === 0) say(note, "No device fits. Try a part of a name, an address, a vendor or a role.");
		else if (this.#isWhole || words.length > 0) say(note, `${number(found.length - shown.length)} more: type above to narrow the list.`);
		else {
			const more = make("button", "quiet wide", `Show all ${number(found.length)} devices`);
			more.type = "button";
			more.addEventListener("click", () => {
				this.#isWhole = true;
				this.draw();
			});
			note.replaceChildren(more);
		}
	}
}

const label = (asset) => asset.name ?? asset.ips[0] ?? asset.macs[0] ?? asset.id;

const searchText = (asset) =>
	[
		label(asset),
		...asset.names.map((entry) => entry.name),
		...asset.ips,
		...asset.macs,
		asset.vendor,
		asset.model,
		asset.productCode,
		asset.firmware,
		asset.serialNumber,
		asset.operatingSystem,
		asset.application,
		(asset.changes ?? []).length > 0 ? "changed" : "",
		...asset.roles,
		...asset.services,
		asset.zone?.is,
	]
		.join(" ")
		.toLowerCase();

function row(asset, isNew, { place, details, advisories }) {
	const name = label(asset);
	const others = asset.ips.filter((ip) => ip !== name);
	const vendor = [asset.vendor, asset.model, asset.firmware, asset.operatingSystem, asset.application].filter(Boolean).join(" · ");
	const isChanged = (asset.changes ?? []).length > 0;
	// Long names break at their dots before they break anywhere.
	const title = make(
		"b",
		"",
		...plain(name)
			.split(/(?<=\.)(?=[^.])/)
			.flatMap((part) => [make("wbr"), part]),
	);
	return tr(
		[
			"Device",
			make(
				"span",
				"",
				title,
				isNew ? " " : null,
				isNew ? make("span", "tag new", "new") : null,
				isChanged ? " " : null,
				isChanged ? make("span", "tag warn", "changed") : null,
				others.length > 0 ? make("span", "sub", others.slice(0, 4).join(", ")) : null,
			),
		],
		["Role", asset.roles.join(", ")],
		["Zone and level", place],
		["Vendor", make("span", "", vendor, details, advisories)],
		["Serves", asset.services.join(", ")],
		[
			"Hardware",
			make(
				"span",
				"mono",
				asset.macs.slice(0, 4).join(", "),
				asset.vlans.length > 0 ? make("span", "sub", `VLAN ${asset.vlans.join(", ")}`) : null,
			),
		],
		["First seen", time(asset.firstSeen)],
		["Last seen", time(asset.lastSeen)],
	);
}

/** A row below a device's own, over all columns. */
function below(content) {
	const cell = make("td", "wire below", content);
	cell.colSpan = 8;
	cell.setAttribute("role", "cell");
	const element = make("tr", "", cell);
	element.setAttribute("role", "row");
	return element;
}

function tr(...cells) {
	const element = make("tr");
	element.setAttribute("role", "row");
	for (const [title, value] of cells) {
		const cell = make(
			"td",
			"wire",
			value === "" || (value instanceof Node && value.textContent === "") ? make("span", "none", "–") : value,
		);
		cell.setAttribute("role", "cell");
		cell.dataset.title = title;
		element.append(cell);
	}
	return element;
}
