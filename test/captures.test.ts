/** Each recording of the lab against what it must yield: decode lines, alerts, and silence. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { alertLines, type Decoded, decodeRecording, type Expectation, type Watched, watchRecording } from "../captures/lab/expectation.ts";
import type { Alert } from "../src/alert/alert.ts";
import { records } from "../src/app/records.ts";

const FOLDER = fileURLToPath(new URL("../captures/", import.meta.url));
/** An alert below this is informational. */
const LOW = 30;
/** The first alert of an attack is out within this, seconds of capture time. */
const DELAY = 2;

interface Finding {
	type: string;
	source?: string;
	destination?: string;
	points?: string[];
	values?: number[];
}
interface Entry {
	name: string;
	file: string;
	verdict: "benign" | "attack";
	routine: boolean;
	recorded: string;
	frames: number;
	attack?: { start: number; end: number };
	mustFind: Finding[];
	mayFind: string[];
	withoutPermit?: Finding[];
	expect?: Expectation;
}
const index = JSON.parse(readFileSync(`${FOLDER}index.json`, "utf8")) as { captures: Entry[]; hosts: { ip: string; mac: string }[] };

const text = (file: string): string => (existsSync(FOLDER + file) ? readFileSync(FOLDER + file, "utf8") : "");
const macOf = (ip: string): string | undefined => index.hosts.find((host) => host.ip === ip)?.mac;

/** One end of an alert is this host: by its address, or by its card before it had one; or by its name on a serial line. */
const isParty = (party: Alert["source"] | undefined, ip: string | undefined): boolean =>
	ip === undefined ||
	party?.ip === ip ||
	party?.line === ip ||
	(party?.ip === undefined && party?.mac !== undefined && party.mac === macOf(ip));

const hasAll = <T>(all: readonly T[] | undefined, some: readonly T[] | undefined): boolean =>
	some === undefined || some.every((one) => all?.includes(one));

/** An alert says it itself, or names it as a reason: what one host does within a moment is one happening, and one alert. */
function says(alert: Alert, finding: Finding): boolean {
	if (!isParty(alert.source, finding.source)) return false;
	if (alert.type === finding.type) {
		const { operation } = alert;
		return (
			isParty(alert.destination, finding.destination) &&
			hasAll(operation?.points, finding.points) &&
			hasAll(operation?.values, finding.values)
		);
	}
	if (finding.points !== undefined || finding.values !== undefined) return false;
	if (finding.destination !== undefined && !isParty(alert.destination, finding.destination)) return false;
	const { title } = records.get(finding.type)!;
	const words = finding.type === "new-talker" ? "is none of the usual clients of this PLC" : `${title} at the same time`;
	return alert.reasons.some((reason) => reason.text.includes(words) || reason.text.startsWith(`${title} at the same time`));
}

describe.each(index.captures)("$file", (entry) => {
	let decoded: Decoded;
	let watched: Watched;
	beforeAll(async () => {
		decoded = await decodeRecording(FOLDER + entry.file);
		watched = await watchRecording(FOLDER, entry.file);
	});

	it("is decoded as expected", () => {
		const { alerts: _, ...expected } = entry.expect!;
		expect(decoded.sample).toBe(text(`${entry.name}.observations.jsonl`));
		const { sample: __, ...got } = decoded;
		expect(got).toEqual(expected);
	});

	it("raises the alerts that are expected, word for word", () => {
		const expected = text(`${entry.name}.alerts.jsonl`);
		expect(alertLines(watched.alerts)).toBe(expected);
		expect(entry.expect!.alerts).toBe(watched.alerts.length);
	});

	it("raises each once, in the order of time, with a sum that is its severity", () => {
		expect(new Set(watched.alerts.map(({ id }) => id)).size).toBe(watched.alerts.length);
		const times = watched.alerts.map(({ ts }) => ts);
		expect(times).toEqual([...times].sort((one, other) => one - other));
		for (const { reasons, severity, evidence, count } of watched.alerts) {
			const sum = reasons.reduce((all, { points }) => all + points, 0);
			expect(severity).toBe(Math.max(0, Math.min(100, sum)));
			expect(count).toBeGreaterThan(0);
			expect(evidence.file).toBe(entry.file);
			expect(evidence.frames.length).toBeGreaterThan(0);
			for (const frame of evidence.frames) expect(frame).toBeLessThanOrEqual(entry.frames);
		}
	});

	if (entry.verdict === "benign") {
		it.runIf(entry.withoutPermit === undefined)("raises no alert above informational", () => {
			expect(watched.alerts.filter(({ severity }) => severity >= LOW).map(({ sentence }) => sentence)).toEqual([]);
		});
		it.runIf(entry.withoutPermit !== undefined)("raises what a permit would cover, and nothing else", () => {
			for (const finding of entry.withoutPermit ?? [])
				expect(
					watched.alerts.some((alert) => says(alert, finding)),
					finding.type,
				).toBe(true);
			const others = watched.alerts.filter(({ type, severity }) => severity >= LOW && !entry.mayFind.includes(type));
			expect(others.map(({ sentence }) => sentence)).toEqual([]);
		});
	} else {
		it("raises every alert that it must, naming hosts, points and values", () => {
			for (const finding of entry.mustFind)
				expect(
					watched.alerts.some((alert) => says(alert, finding)),
					JSON.stringify(finding),
				).toBe(true);
		});

		it("raises nothing that has no part in the attack", () => {
			const allowed = new Set([...entry.mustFind.map(({ type }) => type), ...entry.mayFind]);
			const begin = Date.parse(entry.recorded) / 1000 + entry.attack!.start;
			for (const alert of watched.alerts.filter(({ severity }) => severity >= LOW)) {
				expect(allowed.has(alert.type), alert.sentence).toBe(true);
				expect(alert.ts, alert.sentence).toBeGreaterThanOrEqual(begin - 0.01);
			}
		});

		it("raises its first alert within two seconds", () => {
			const begin = Date.parse(entry.recorded) / 1000 + entry.attack!.start;
			const first = Math.min(...watched.alerts.filter(({ severity }) => severity >= LOW).map(({ id }) => watched.given.get(id)!));
			expect(first - begin).toBeGreaterThan(-0.01);
			expect(first - begin).toBeLessThan(DELAY);
		});
	}
});
