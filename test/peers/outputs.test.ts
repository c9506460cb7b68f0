/** What we say of Modbus and OPC UA, row by row against every output of a peer that lies beside a capture. What differs is explained in a table, or fails. */
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { hasCaptures, type Line, outputsOf } from "./captures.ts";
import { ndpiFlowsIn } from "./connections.ts";
import { compareOutputs, LOG_REASONS, MODBUS, OPCUA } from "./recordedOutputs.ts";
import { reasonsOf, sum } from "./tally.ts";

describe.skipIf(!hasCaptures)("Modbus and OPC UA against recorded outputs", () => {
	it.each([
		["Modbus", MODBUS, 16, 600, 4200],
		["OPC UA", OPCUA, 44, 210, 4700],
	] as const)("says every row of %s", async (_, protocol, files, rows, fields) => {
		const { tallies, unread } = await compareOutputs(protocol);
		expect(unread).toEqual([]);
		expect(tallies.flatMap(({ examples }) => examples)).toEqual([]);
		expect(tallies.filter(({ compared }) => compared === 0).map(({ peer }) => peer)).toEqual([]);
		expect(tallies.length).toBeGreaterThanOrEqual(files);
		expect(sum(tallies, ({ compared }) => compared)).toBeGreaterThanOrEqual(rows);
		expect(sum(tallies, ({ equalFields }) => equalFields)).toBeGreaterThanOrEqual(fields);
	});

	it("compares every field, but for times, ids that join logs, the state of a connection, and packing", async () => {
		const left = [...(await compareOutputs(MODBUS)).tallies, ...(await compareOutputs(OPCUA)).tallies].flatMap((tally) => [...tally.left]);
		const others = [...new Set(left)].filter((field) => !/\.(ts|uid|\w+_link_id)$/.test(field));
		expect(others.sort()).toEqual([
			...[
				"conn_state",
				"duration",
				"history",
				"ip_proto",
				"local_orig",
				"local_resp",
				"missed_bytes",
				"orig_ip_bytes",
				"resp_ip_bytes",
			].map((field) => `conn.${field}`),
			"conn.tunnel_parents",
			// how something was packed, and how deep it was in the parser
			"opcua_binary.req_encoding_mask",
			"opcua_binary.res_encoding_mask",
			"opcua_binary_read_results.level",
			"opcua_binary_status_code_detail.source_level",
		]);
	});

	it("has no reason that explains nothing", async () => {
		const tallies = [...(await compareOutputs(MODBUS)).tallies, ...(await compareOutputs(OPCUA)).tallies];
		expect(
			reasonsOf(tallies)
				.map(([reason]) => reason)
				.sort(),
		).toEqual([...new Set(LOG_REASONS.map(({ reason }) => reason))].sort());
	});

	/** One value of ours that is wrong, and the logs that show it. */
	it.each<[string, { name: string; listed: string }, (line: Line) => boolean, (line: Line) => void, string[]]>([
		[
			"a register",
			MODBUS,
			({ kind, transactionId, values }) => kind === "response" && transactionId === 6 && values?.length === 8,
			(line) => line.values[3]++,
			["modbus_detailed.log"],
		],
		[
			"a mask",
			MODBUS,
			({ kind, andMask }) => kind === "request" && andMask !== undefined,
			(line) => line.andMask++,
			["modbus_mask_write_register.log"],
		],
		[
			"an exception",
			MODBUS,
			({ kind, exceptionCode, functionCode }) => kind === "exception" && functionCode === 43 && exceptionCode === 4,
			(line) => line.exceptionCode++,
			["compressed-output"],
		],
		[
			"a node id",
			OPCUA,
			({ kind, service }) => kind === "request" && service === "Read",
			(line) => {
				line.parameters.nodesToRead[0].nodeId = "ns=1;s=the.question";
			},
			["opcua_binary_read_nodes_to_read.log"],
		],
		[
			"a status",
			OPCUA,
			({ kind, service }) => kind === "response" && service === "Write",
			(line) => {
				line.parameters.results[0].code = 0x80350000;
			},
			["opcua_binary_status_code_detail.log"],
		],
		[
			"a reference",
			OPCUA,
			({ kind, service }) => kind === "response" && service === "Browse",
			(line) => {
				line.parameters.results[0].references[0].isForward = false;
			},
			["opcua_binary_browse_response_references.log"],
		],
		["a size", OPCUA, ({ kind }) => kind === "hello", (line) => line.parameters.receiveBufferSize++, ["opcua_binary.log"]],
		[
			"a sequence number",
			OPCUA,
			({ kind, service }) => kind === "request" && service === "CloseSecureChannel",
			(line) => line.sequenceNumber++,
			["opcua_binary.log"],
		],
	])("sees %s that is wrong", async (_, protocol, isMeant, alter, logs) => {
		let altered = 0;
		const { tallies } = await compareOutputs(protocol, (line) => {
			if (altered > 0 || !isMeant(line)) return;
			altered++;
			alter(line);
		});
		expect(altered).toBe(1);
		expect(tallies.filter(({ unexplained }) => unexplained > 0).map(({ peer }) => basename(peer))).toEqual(logs);
	});
});

it.skipIf(!hasCaptures)("is of one mind with nDPI where there is neither", () => {
	const wanted = ["Modbus", "OPC UA"];
	const flows = outputsOf((protocols) => !protocols.some((one) => wanted.includes(one)))
		.filter(({ file }) => file.includes("nDPI/") && file.endsWith(".out"))
		.flatMap(({ file }) => ndpiFlowsIn(file));
	expect(flows.filter(({ protocol }) => /Modbus|OPC|UMAS/i.test(protocol!))).toEqual([]);
	expect(flows.length).toBeGreaterThan(300);
});
