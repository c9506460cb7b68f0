/** The sensor about itself: does it see everything, and does what it says get out. */
import { byId, count, make, number, say, size } from "./text.js";
import { boxNow, clockDifference, exact, time } from "./time.js";

const STATES = {
	up: ["Up", "good"],
	down: ["Down", "bad"],
	deaf: ["Deaf: open, but no frame comes", "bad"],
	ended: ["Read to its end", "idle"],
};
/** Without news for so long the sensor is not believed to be running. */
const STALE_SECONDS = 30;
const MAX_COUNTERS = 100;
/** Mirror ports lose a frame now and then: one in so many is worth no alarm. */
const FEW_PER = 100_000;

/** What keeps the sensor from seeing the plant, as sentences; empty when it sees. */
export function blindness(status) {
	const { health } = status;
	if (health === null) return ["The sensor has not reported since this box started."];
	if (status.time - health.time > STALE_SECONDS) return [`The sensor last reported ${Math.round(status.time - health.time)} seconds ago.`];
	if (health.interfaces.length === 0) return ["No interface is monitored."];
	return health.interfaces
		.filter((one) => one.state === "down" || one.state === "deaf")
		.map((one) => (one.state === "down" ? `Interface ${one.name} is down.` : `Interface ${one.name} is open but delivers no frames.`));
}

/** True when nothing is seen at all, not only a part. */
export function isWhollyBlind(status) {
	return (
		blindness(status).length > 0 &&
		!status.health?.interfaces.some((one) => one.state === "up" && status.time - status.health.time <= STALE_SECONDS)
	);
}

const drops = (health) => health.interfaces.reduce((sum, one) => sum + one.kernelDrops + one.interfaceDrops, 0);

let isListOpen = false;

export function showSensor(status, link) {
	const { health, outputs } = status;
	const parts = [];
	const blind = blindness(status);
	for (const sentence of blind) {
		parts.push(
			make(
				"p",
				"note bad",
				sentence,
				" ",
				"While it is blind, an attack would not be seen: check cable, switch and mirror port, and the service on the box.",
			),
		);
	}
	if (health !== null) {
		const lost = drops(health);
		say(byId("sensorSum"), `${number(health.framesPerSecond)} frames a second`);
		parts.push(
			make(
				"ul",
				"tiles",
				tile("Frames a second", number(health.framesPerSecond), `${number(health.frames)} in all, ${size(health.bytes)}`),
				tile("Dropped", number(lost), lost === 0 ? "nothing was missed" : "frames that came too fast and were not seen", lost > 0),
				tile(
					"Holes in connections",
					number(health.gaps),
					health.gaps === 0 ? "every stream is whole" : "where the mirror port lost frames",
					health.gaps * FEW_PER > health.frames,
				),
				tile("Doubles", number(health.duplicates), "delivered twice by the mirror, read once"),
				tile(
					"Cut short",
					number(health.cut),
					health.cut === 0 ? "all frames are whole" : "frames that were not captured whole",
					health.cut > 0,
				),
				tile("Not understood", number(health.rejected), "messages that break their protocol's rules"),
				tile("Connections", number(health.flows), "followed now"),
				tile("Memory", size(health.memory), "of the engine"),
			),
		);
		parts.push(
			table(
				"Interfaces",
				["Interface", "State", "Frames", "Dropped", "Last frame"],
				health.interfaces.map((one) => {
					const [word, look] = STATES[one.state] ?? [one.state, "idle"];
					const dropped = one.kernelDrops + one.interfaceDrops;
					return [
						make("b", "", one.name),
						make("span", `state ${look}`, word),
						number(one.frames),
						dropped === 0 ? "none" : make("b", "", number(dropped)),
						time(one.lastFrame),
					];
				}),
				"No interface is monitored: start Spanwatch with --interface and the name of the mirror port's interface.",
			),
		);
		if (health.captureTime > 0 && Math.abs(health.time - health.captureTime) > 60) {
			parts.push(
				make(
					"p",
					"note",
					`The newest frame is of ${exact(health.captureTime)}. In a replay that is the time of the recording; on a live interface it means that nothing has come since.`,
				),
			);
		}
	}
	parts.push(
		table(
			"Where alerts go",
			["Output", "State", "Waiting"],
			outputs.map((one) => [make("b", "", one.name), one.state, one.waiting === 0 ? "none" : make("b", "", count(one.waiting, "message"))]),
			"Alerts are shown on this page only. Name an MQTT broker in the configuration to send them to your SOC.",
		),
	);
	const counters = Object.entries(health?.counters ?? {}).filter(([, value]) => value > 0);
	if (counters.length > 0) {
		const more = make("details", "", make("summary", "", `${count(counters.length, "bound or event", "bounds and events")} counted`));
		const body = make("dl", "terms");
		for (const [name, value] of counters.slice(0, MAX_COUNTERS)) body.append(make("dt", "wire", name), make("dd", "", number(value)));
		more.append(body);
		more.open = isListOpen;
		more.addEventListener("toggle", () => {
			isListOpen = more.open;
		});
		parts.push(more);
	}
	const difference = Math.round(clockDifference());
	if (Math.abs(difference) > 60) {
		parts.push(
			make(
				"p",
				"note",
				`The box's clock is ${number(Math.abs(difference))} seconds ${difference > 0 ? "ahead of" : "behind"} this computer's: one of them is wrong.`,
			),
		);
	}

	// The focus may stand on the list of counters: a redraw must not take it away.
	const hadFocus = document.activeElement?.tagName === "SUMMARY" && byId("sensorBody").contains(document.activeElement);
	byId("sensorBody").replaceChildren(...parts);
	if (hadFocus) byId("sensorBody").querySelector("summary")?.focus({ preventScroll: true });
	byId("footer").replaceChildren(
		make("p", "", `Spanwatch ${status.version} · ${status.site} / ${status.sensor}`),
		make("p", "", "It listens only: it never sends into the plant."),
		link === "lost"
			? make("p", "", "No contact with the box since ", time(status.time))
			: make("p", "", "As of ", time(Math.min(status.time, boxNow()))),
	);
}

const tile = (title, value, note, isBad = false) =>
	make(
		"li",
		isBad ? "tile bad" : "tile",
		make("span", "name", title, isBad ? make("span", "tag warn", "check") : null),
		make("b", "", value),
		make("span", "hint", note),
	);

function table(title, heads, rows, empty) {
	const head = make("h3", "", title);
	if (rows.length === 0) return make("div", "sub", head, make("p", "empty", empty));
	const element = make("table", "small");
	const first = make("tr");
	for (const text of heads) {
		const cell = make("th", "", text);
		cell.scope = "col";
		first.append(cell);
	}
	element.append(
		make("thead", "", first),
		make("tbody", "", ...rows.map((cells) => make("tr", "", ...cells.map((cell) => make("td", "wire", cell))))),
	);
	return make("div", "sub", head, element);
}
