/** The page: who is there, what is loaded, and what is drawn when something changes. */
import { Advisories } from "./advisories.js";
import { AlertList } from "./alerts.js";
import { get, listen, post } from "./api.js";
import { AssetDetails } from "./assetDetails.js";
import { AuditList } from "./audit.js";
import { DeviceTable } from "./devices.js";
import { Door } from "./door.js";
import { PermitList } from "./permits.js";
import { Placing } from "./placing.js";
import { PlcList } from "./plcs.js";
import { showSensor } from "./sensor.js";
import { clearStatement, showStatement } from "./statement.js";
import { byId, plain, say } from "./text.js";
import { setBoxTime, tick } from "./time.js";

const PAGE = 50;
const DAY = 86400;
/** Devices change slowly; a new one changes the count, which is noticed at once. */
const ASSETS_EVERY_MS = 60_000;
const POLL_MS = 10_000;
/** The engine says once a second what is new of devices. */
const PLACED_AFTER_MS = 1500;
/** A break shorter than this is a reconnect, and not worth a scare. */
const LOST_AFTER_MS = 6000;
const ALIVE_EVERY_MS = 60_000;
const LINKS = { live: "Live", polling: "Every 10 seconds", lost: "No contact", starting: "Connecting" };

const announce = (text) => say(byId("announce"), text);
const page = { status: undefined, advisories: undefined, link: "starting", since: 0, hasVisited: false, level: "", isIn: false };
let stop = () => {};
let lostTimer;
let assetsTime = 0;
let assetsRunning = false;

/** Carries out a command of the person here, and shows what it changed. */
async function command(value) {
	const answer = await post("api/commands", value);
	announce(answer.sentence);
	void loadPeople();
	return answer;
}

const alerts = new AlertList({
	announce,
	command,
	fetchPage: async ({ before, minSeverity }) => {
		const query = new URLSearchParams({ limit: String(PAGE) });
		if (minSeverity > 0) query.set("minSeverity", String(minSeverity));
		if (before !== undefined) query.set("before", before);
		try {
			const answer = await get(`api/alerts?${query}`);
			return { alerts: answer.alerts, isFull: answer.alerts.length === PAGE };
		} catch (error) {
			failed(error);
			return { alerts: [], isFull: false };
		}
	},
});
const plcs = new PlcList();
const placing = new Placing(async (value) => {
	const answer = await command(value);
	setTimeout(() => void loadAssets(), PLACED_AFTER_MS);
	return answer;
});
const advisories = new Advisories({
	fetchOf: (id) => get(`api/advisories?${new URLSearchParams({ asset: id })}`),
	onChange: () => devices.draw(),
	onShow: () => devices.find("affected"),
});
const details = new AssetDetails({
	fetchOf: (id) => get(`api/asset?${new URLSearchParams({ id })}`),
	onChange: () => devices.draw(),
});
const devices = new DeviceTable(placing, advisories, details);
const permits = new PermitList(command);
const audit = new AuditList({
	command,
	fetchPage: async (query) => {
		const words = new URLSearchParams(Object.entries(query).map(([name, one]) => [name, String(one)]));
		return (await get(`api/audit?${words}`)).entries;
	},
});
const door = new Door({ onEntered: () => void begin(), onStale: () => void begin() });

const nameOf = (address) => names.get(address) ?? address;
const names = new Map();

/** Finds out who is there, and shows the door or the plant. */
async function begin(text) {
	try {
		const session = await get("api/session");
		if (session.user === null) return leave({ setup: session.setup, text });
		enter(session);
	} catch (error) {
		byId("starting").hidden = false;
		say(byId("starting"), `${error.message} Trying again.`);
		setTimeout(() => void begin(text), 3000);
	}
}

function leave({ setup, text }) {
	stop();
	stop = () => {};
	Object.assign(page, { status: undefined, advisories: undefined, link: "starting", isIn: false, level: "" });
	clearTimeout(lostTimer);
	lostTimer = undefined;
	// What was shown stays with the person who was logged in.
	alerts.clear();
	plcs.clear();
	names.clear();
	devices.show({ assets: [], total: 0 });
	advisories.clear();
	details.clear();
	placing.close();
	permits.clear();
	audit.clear();
	clearStatement();
	for (const id of ["sensorBody", "footer", "place", "who", "announce"]) byId(id).replaceChildren();
	byId("starting").hidden = true;
	byId("bar").hidden = true;
	byId("plant").hidden = true;
	byId("door").hidden = false;
	document.title = setup ? "Make the first login – Spanwatch" : "Log in – Spanwatch";
	door.show({ setup, text });
}

function enter(session) {
	page.isIn = true;
	page.hasVisited = session.previousVisit !== null;
	page.since = session.previousVisit ?? Date.now() / 1000 - DAY;
	alerts.since = page.since;
	devices.since = page.since;
	say(byId("who"), session.user);
	byId("starting").hidden = true;
	byId("door").hidden = true;
	byId("bar").hidden = false;
	byId("plant").hidden = false;
	byId("main").focus({ preventScroll: true });
	stop();
	stop = listen({ onEvent, onState });
	void refresh();
}

async function refresh() {
	try {
		const [status] = await Promise.all([get("api/status"), alerts.reload(), loadAssets(), loadPeople()]);
		take(status);
		openLinked();
	} catch (error) {
		failed(error);
	}
}

async function loadAssets() {
	if (assetsRunning) return;
	assetsRunning = true;
	try {
		const answer = await get("api/assets");
		assetsTime = Date.now();
		void loadPeople();
		names.clear();
		for (const asset of answer.assets) {
			if (asset.name === undefined) continue;
			for (const ip of asset.ips) names.set(ip, asset.ips.length === 1 || asset.name === ip ? asset.name : `${asset.name} (${ip})`);
		}
		devices.show(answer);
		draw();
	} catch (error) {
		failed(error);
	} finally {
		assetsRunning = false;
	}
}

/** Maintenance windows, mutes and the audit log: others may have changed them. */
async function loadPeople() {
	if (!page.isIn) return;
	try {
		permits.show(await get("api/permits"));
		await audit.reload();
	} catch (error) {
		failed(error);
	}
}

/** The numbers of all devices; the advisories of one are fetched when a person opens them. */
async function loadAdvisories(revision) {
	page.advisories = revision;
	try {
		const answer = await get("api/advisories?limit=0");
		if (page.isIn) advisories.show(answer);
	} catch (error) {
		page.advisories = undefined;
		failed(error);
	}
}

function take(status) {
	if (!page.isIn) return;
	const isNewCount = page.status !== undefined && page.status.counts.assets !== status.counts.assets;
	page.status = status;
	setBoxTime(status.time);
	if (page.advisories !== status.advisories.revision) void loadAdvisories(status.advisories.revision);
	if (isNewCount || Date.now() - assetsTime > ASSETS_EVERY_MS) void loadAssets();
	draw();
}

function draw() {
	const { status, link, since, hasVisited } = page;
	if (status === undefined || !page.isIn) return;
	const said = showStatement({
		status,
		link,
		since,
		hasVisited,
		alerts: alerts.all,
		assets: devices.all,
		onOpen: (id) => void openAlert(id),
	});
	if (page.level !== "" && page.level !== said.level) announce(said.title);
	page.level = said.level;
	plcs.show(status, nameOf);
	showSensor(status, link);
	say(byId("place"), `${status.site} · ${status.sensor}`);
	const { count, atLeast } = status.attention;
	document.title = plain(`${count > 0 ? `(${count}${atLeast ? "+" : ""}) ` : ""}${status.site} – Spanwatch`);
	tick();
}

function onEvent(name, data) {
	if (name === "end") return void begin("You were logged out. That happens after 30 minutes without a sign of you, and after 12 hours.");
	if (name === "reload") return void alerts.reload();
	if (name === "alert") {
		alerts.push(data);
		return draw();
	}
	take(data);
}

function onState(state) {
	if (state === "lost") {
		lostTimer ??= setTimeout(() => setLink("lost"), LOST_AFTER_MS);
		return;
	}
	clearTimeout(lostTimer);
	lostTimer = undefined;
	const wasAway = page.link !== "starting";
	setLink(state);
	if (state === "live" && wasAway) void refresh();
	if (state === "polling") void refresh();
}

function setLink(link) {
	page.link = link;
	byId("link").dataset.link = link;
	say(byId("link"), LINKS[link]);
	draw();
}

function failed(error) {
	if (!page.isIn) return;
	if (error.status === 401) void begin("You were logged out. That happens after 30 minutes without a sign of you, and after 12 hours.");
	else if (error.status === 0 && page.link === "polling") setLink("lost");
}

/** Opens an alert, fetching it when the list does not hold it. */
async function openAlert(id) {
	if (alerts.open(id)) return;
	try {
		alerts.push(await get(`api/alerts/${encodeURIComponent(id)}`), { isWanted: true });
		alerts.open(id);
	} catch (error) {
		announce(error.message);
		failed(error);
	}
}

/** `#alert/<id>` in the address opens that alert: for links in messages. */
function openLinked() {
	const match = /^#alert\/(.{1,200})$/.exec(location.hash);
	if (match !== null) void openAlert(decodeURIComponent(match[1]));
}

byId("logout").addEventListener("click", async () => {
	try {
		page.isIn = false;
		stop();
		await post("api/logout");
		await begin("You are logged out.");
	} catch (error) {
		announce(error.message);
		void begin();
	}
});
addEventListener("hashchange", openLinked);

let aliveTime = 0;
const alive = () => {
	if (!page.isIn || Date.now() - aliveTime < ALIVE_EVERY_MS) return;
	aliveTime = Date.now();
	get("api/session", { own: false }).catch(failed);
};
addEventListener("pointerdown", alive, { passive: true });
addEventListener("keydown", alive, { passive: true });

setInterval(tick, 1000);
setInterval(() => {
	if (page.isIn && page.link !== "live" && page.link !== "starting") {
		get("api/status").then((status) => {
			if (page.link === "lost") setLink("polling");
			take(status);
			void alerts.reload();
		}, failed);
	}
}, POLL_MS);

void begin();
