/** What we say of DNP3 in every public capture, against tshark, and against what Zeek, ICSNPP and Suricata said of the same bytes. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { capturesOf, comparedOf, hasCaptures, isWhole, type Line, linesOf, outputsOf, pathOf } from "./captures.ts";
import { compareDnp3 } from "./dnp3Tshark.ts";
import { Tally } from "./tally.ts";
import { hasTshark } from "./tshark.ts";
import { compareRows, flag, type Reason, type Row, rowsOf, text, UNSET } from "./zeekLog.ts";

const PATIENCE = 900_000;
/** Captures that are read at once. */
const AT_ONCE = 3;

async function inTurns<T>(items: readonly string[], work: (item: string) => Promise<T>): Promise<T[]> {
	const results: T[] = [];
	const left = [...items];
	await Promise.all(
		Array.from({ length: AT_ONCE }, async () => {
			for (let item = left.shift(); item !== undefined; item = left.shift()) results.push(await work(item));
		}),
	);
	return results;
}

describe.skipIf(!hasCaptures || !hasTshark)("DNP3 against tshark", () => {
	it("says the same of every frame of every capture, or it is known why not", { timeout: PATIENCE }, async () => {
		const tallies = await inTurns(comparedOf("DNP3"), (capture) => compareDnp3(capture));
		const sum = (of: (tally: Tally) => number) => tallies.reduce((total, tally) => total + of(tally), 0);
		const reasons: Record<string, number> = {};
		for (const { explained } of tallies) for (const [reason, rows] of explained) reasons[reason] = (reasons[reason] ?? 0) + rows;
		console.log(
			`${tallies.length} captures, ${sum(({ compared }) => compared)} frames: ${sum(({ equal }) => equal)} equal, ${sum(({ different }) => different)} explained, ${sum(({ unexplained }) => unexplained)} not; ${sum(({ equalFields }) => equalFields)} of ${sum(({ fields }) => fields)} fields the same`,
			reasons,
		);
		expect(tallies.flatMap(({ examples }) => examples)).toEqual([]);
		expect(tallies.length).toBeGreaterThan(isWhole ? 150 : 30);
		expect(sum(({ equal }) => equal)).toBeGreaterThan(isWhole ? 10_000 : 1_000);
	});

	it("sees one value that is altered", { timeout: PATIENCE }, async () => {
		const capture = capturesOf("DNP3").find((name) => name.endsWith("read_and_response.pcap"))!;
		const tally = await compareDnp3(capture, (line) => {
			if (line.objects?.[0]?.points?.[0]?.value !== undefined) line.objects[0].points[0].value = 1 - line.objects[0].points[0].value;
			return line;
		});
		expect(tally.unexplained).toBe(1);
	});
});

/** What Zeek's script does (scripts/base/protocols/dnp3/main.zeek): the latest request's name stands beside the next response of the connection. */
function zeekRows(lines: readonly Line[]): Row[] {
	const rows: Row[] = [];
	const asked = new Map<string, string>();
	const flowOf = ({ client, server }: Line): string => [client.ip, client.port, server.ip, server.port].join(" ");
	const row = (line: Line, request: string, reply: string, iin: string): Row => ({
		"id.orig_h": text(line.client.ip),
		"id.orig_p": text(line.client.port),
		"id.resp_h": text(line.server.ip),
		"id.resp_p": text(line.server.port),
		fc_request: request,
		fc_reply: reply,
		iin,
	});
	const last = new Map<string, Line>();
	for (const line of lines) {
		if (line.kind === "unanswered" || line.function === undefined || line.sender !== undefined) continue;
		const flow = flowOf(line);
		if (line.functionCode < 128) {
			asked.set(flow, line.function);
			last.set(flow, line);
			continue;
		}
		rows.push(row(line, asked.get(flow) ?? UNSET, line.function, String(((line.iin & 255) << 8) | (line.iin >> 8))));
		asked.delete(flow);
	}
	for (const [flow, request] of asked) rows.push(row(last.get(flow)!, request, UNSET, UNSET));
	return rows;
}

/** ICSNPP: a row for each object header, and one for each control. */
function objectRows(lines: readonly Line[]): { dnp3_objects: Row[]; dnp3_control: Row[] } {
	const found: { dnp3_objects: Row[]; dnp3_control: Row[] } = { dnp3_objects: [], dnp3_control: [] };
	for (const line of lines) {
		if (line.kind === "unanswered") continue;
		const isOrig = line.functionCode < 128;
		const [from, to] = isOrig ? [line.client, line.server] : [line.server, line.client];
		const ends = {
			"id.orig_h": text(line.client.ip),
			"id.orig_p": text(line.client.port),
			"id.resp_h": text(line.server.ip),
			"id.resp_p": text(line.server.port),
			is_orig: flag(isOrig),
			source_h: text(from.ip),
			source_p: text(from.port),
			destination_h: text(to.ip),
			destination_p: text(to.port),
			function_code: line.function,
		};
		for (const object of line.objects ?? []) {
			if (object.group === 12) {
				for (const point of object.points) {
					found.dnp3_control.push({
						...ends,
						block_type: object.name,
						index_number: text(point.index),
						trip_control_code: point.tripCloseCode,
						operation_type: point.operationType,
						clear_bit: flag(point.clear === true),
						execute_count: text(point.executeCount),
						on_time: text(point.onTime),
						off_time: text(point.offTime),
						status_code: isOrig ? UNSET : point.status,
					});
				}
				continue;
			}
			found.dnp3_objects.push({
				...ends,
				object_type: object.name,
				object_count: object.start === undefined ? UNSET : text(object.count),
				range_low: text(object.start),
				range_high: text(object.stop),
			});
		}
	}
	return found;
}

const LOGS = /(^|\/)dnp3(_objects|_control)?\.log$/;
const REASONS: readonly Reason[] = [
	{
		reason: "theirs: ICSNPP does not log what is in unsolicited responses",
		log: "dnp3_objects.log",
		fields: [],
		applies: (theirs, _, row) => theirs === "" && row.function_code === "UNSOLICITED_RESPONSE",
	},
];

describe.skipIf(!hasCaptures)("DNP3 against recorded outputs", () => {
	const outputs = outputsOf((protocols) => protocols.includes("DNP3"));

	it("has the rows of Zeek and ICSNPP", { timeout: PATIENCE }, async () => {
		const tallies: Tally[] = [];
		for (const { capture, file } of outputs) {
			const log = LOGS.exec(file)?.[0].replace("/", "");
			if (log === undefined) continue;
			const lines = await linesOf(capture, ["dnp3"]);
			const rows = log === "dnp3.log" ? zeekRows(lines) : objectRows(lines)[log.replace(".log", "") as "dnp3_objects" | "dnp3_control"];
			const tally = new Tally(capture, file);
			const theirs = rowsOf(file);
			compareRows(tally, { log, theirs, ours: rows, key: Object.keys(rows[0] ?? {}).slice(0, 6), reasons: REASONS });
			tallies.push(tally);
		}
		for (const { peer, compared, equal, different, unexplained } of tallies)
			console.log(`${peer}: ${compared} rows, ${equal} equal, ${different} explained, ${unexplained} not`);
		expect(tallies.flatMap(({ examples }) => examples)).toEqual([]);
		expect(tallies.length).toBeGreaterThan(10);
	});

	it("has the events of Suricata", { timeout: PATIENCE }, async () => {
		let events = 0;
		for (const { capture, file } of outputs.filter((one) => one.file.endsWith("test.yaml"))) {
			const lines = await linesOf(capture, ["dnp3"]);
			for (const { filter } of parse(readFileSync(pathOf(file), "utf8")).checks) {
				const match = filter.match as Record<string, unknown>;
				if (match.event_type !== "dnp3") continue;
				const fits = lines.filter(
					(line) =>
						line.functionCode === match["dnp3.application.function_code"] &&
						line.sequence === match["dnp3.application.control.sequence"] &&
						line.source === match["dnp3.src"] &&
						line.destination === match["dnp3.dst"],
				);
				expect(fits.length, `${file}: ${JSON.stringify(match)}`).toBe(filter.count);
				for (const line of fits) {
					const object = line.objects?.[0];
					if (match["dnp3.application.objects[0].group"] === undefined) continue;
					expect([object.group, object.variation, object.count ?? 0]).toEqual([
						match["dnp3.application.objects[0].group"],
						match["dnp3.application.objects[0].variation"],
						match["dnp3.application.objects[0].count"],
					]);
				}
				events++;
			}
		}
		expect(events).toBeGreaterThan(2);
	});
});
