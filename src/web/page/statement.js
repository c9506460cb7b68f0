/** The statement on top: is the plant safe, what changed, what must I do. */
import { newSince, severityMark } from "./alerts.js";
import { blindness, isWhollyBlind } from "./sensor.js";
import { byId, count, make, number, say } from "./text.js";
import { ago, time } from "./time.js";

/** What the page says, from what it knows: {level, title, text, todo}. Pure, but for the clock. */
export function judge(status, link) {
	const { attention, plcs } = status;
	const mute = plcs.filter((plc) => plc.state === "unanswered");
	const learning = plcs.filter((plc) => plc.maturity < 1);
	const blind = blindness(status);
	const urgent = (attention.bands.critical ?? 0) + (attention.bands.high ?? 0);
	const least = attention.atLeast ? "At least " : "";
	const others =
		mute.length === 0 ? "" : mute.length === 1 ? `${mute[0].name} does not answer.` : `${number(mute.length)} PLCs do not answer.`;

	if (link === "lost") {
		return {
			level: "blind",
			title: "No contact with the box",
			text: `What you see below is from ${ago(status.time)}. The page tries again by itself.`,
			todo: "Check that the box is on and that this computer reaches it.",
		};
	}
	if (blind.length > 0 && urgent === 0) {
		return {
			level: "blind",
			title: isWhollyBlind(status) ? "Spanwatch cannot see the plant" : "Spanwatch sees only a part of the plant",
			text: blind.join(" "),
			todo: "Check the cable, the switch and its mirror port; then the service on the box.",
		};
	}
	if (attention.count > 0) {
		const number_ = urgent > 0 ? urgent : attention.count;
		return {
			level: urgent > 0 ? "urgent" : "look",
			title: `${least}${count(number_, "alert")} ${number_ === 1 ? "needs" : "need"} ${urgent > 0 ? "you now" : "a look"}`,
			text: [
				urgent > 0 && attention.count > urgent ? `${count(attention.count - urgent, "more", "more")} of lower severity.` : "",
				others,
				...blind,
			]
				.filter(Boolean)
				.join(" "),
			todo: attention.top?.advice ?? "Open the alert and read what was seen.",
		};
	}
	if (mute.length > 0) {
		return {
			level: "look",
			title: mute.length === 1 ? `${mute[0].name} does not answer` : `${number(mute.length)} PLCs do not answer`,
			text: "There is no open alert.",
			todo: "Ask whether it was switched off on purpose; if not, check its power and network.",
		};
	}
	if (plcs.length === 0) {
		return {
			level: "learning",
			title: "No PLC seen yet",
			text: "Spanwatch listens. PLCs appear as soon as they answer somebody.",
			todo: "If this stays, check that the mirror port copies the PLCs' traffic in both directions.",
		};
	}
	if (learning.length > 0) {
		return {
			level: "learning",
			title: "Nothing unusual so far",
			text: `Still learning ${learning.length === plcs.length ? `what is normal for ${all(plcs)}` : `${number(learning.length)} of ${number(plcs.length)} PLCs`}: until that is done, some changes are recorded and not alarmed.`,
			todo: "Nothing. Let the plant run as it normally does.",
		};
	}
	return {
		level: "calm",
		title: "Everything is normal",
		text: `Nothing differs from what ${all(plcs)} normally ${plcs.length === 1 ? "does" : "do"}.`,
		todo: "Nothing.",
	};
}

const all = (plcs) => (plcs.length === 1 ? "the PLC" : plcs.length === 2 ? "both PLCs" : `all ${number(plcs.length)} PLCs`);

/** Draws it; `onOpen(id)` opens the most severe alert. Gives the judgement. */
export function showStatement({ status, link, alerts, assets, since, hasVisited, onOpen }) {
	const said = judge(status, link);
	byId("statement").dataset.level = said.level;
	say(byId("statementTitle"), said.title);
	say(byId("statementText"), said.text);
	byId("statementText").hidden = said.text === "";

	const fresh = newSince(alerts, since).length;
	const devices = assets.filter((asset) => asset.firstSeen > since).length;
	const news = [fresh > 0 ? count(fresh, "new alert") : "", devices > 0 ? count(devices, "new device") : ""].filter(Boolean).join(" and ");
	const changed = make(
		"dd",
		"",
		make("b", "", news === "" ? "Nothing new" : news),
		hasVisited ? " since your last visit, " : " in the last 24 hours",
		hasVisited ? time(since) : null,
	);

	const todo = make("dd", "wire", said.todo);
	const { top } = status.attention;
	const facts = [make("dt", "", "What changed"), changed, make("dt", "", "What to do"), todo];
	if (top !== null && link !== "lost") {
		const button = make("button", "open", make("span", "wire", top.title));
		button.type = "button";
		button.addEventListener("click", () => onOpen(top.id));
		facts.unshift(
			make("dt", "", "Most severe"),
			make("dd", "", severityMark(top.severityName, top.severity), " ", button, " ", make("span", "when", time(top.last))),
		);
	}
	const fingerprint =
		facts.map((fact) => fact.textContent.replace(/\d+ (s|min|h) ago|just now/g, "")).join("|") + (top?.id ?? "") + (top?.last ?? "");
	// The button may have the focus: it is replaced only when it says something else.
	if (byId("facts").dataset.fingerprint !== fingerprint) {
		const hadFocus = byId("facts").contains(document.activeElement);
		byId("facts").dataset.fingerprint = fingerprint;
		byId("facts").replaceChildren(...facts);
		if (hadFocus) byId("facts").querySelector("button")?.focus({ preventScroll: true });
	}
	return said;
}

export function clearStatement() {
	delete byId("facts").dataset.fingerprint;
	for (const id of ["statementTitle", "statementText", "facts"]) byId(id).replaceChildren();
}
