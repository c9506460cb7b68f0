/** Modbus/TCP against the logs that ICSNPP and Zeek wrote of the same captures: every row must be said by our lines. */
import { readFileSync } from "node:fs";
import { type Line, linesOf, pathOf } from "./captures.ts";
import { Tally } from "./tally.ts";

type Row = Record<string, string>;

/** Columns of a Zeek log that the test suite made anonymous in times; its fields where the log has lost them. */
function rowsOf(name: string, columns?: readonly string[]): Row[] {
	const lines = readFileSync(pathOf(name), "utf8").split("\n");
	const fields =
		columns ??
		lines
			.find((line) => line.startsWith("#fields"))!
			.split("\t")
			.slice(1);
	return lines
		.filter((line) => line !== "" && !line.startsWith("#"))
		.map((line) => line.split("\t"))
		.map((values) => Object.fromEntries(fields.map((field, at) => [field, values[at] ?? "-"])));
}

const UNSET = "-";
const listed = (values: readonly unknown[] | undefined): string =>
	values === undefined || values.length === 0
		? UNSET
		: values.map((value) => (typeof value === "boolean" ? Number(value) : value)).join(",");
const text = (value: unknown): string => (value === undefined ? UNSET : String(value));
const escaped = (hex: string | undefined): string => (hex === undefined ? UNSET : hex.replace(/../g, "\\x$&"));

/** A request with its answer, as our lines say it. */
interface Transaction {
	request: Line;
	answer: Line | undefined;
}

function transactionsOf(lines: readonly Line[]): Transaction[] {
	return lines
		.filter(({ kind }) => kind === "request")
		.map((request) => ({
			request,
			answer: lines.find((line) => line.requestFrame === request.frame && line.kind !== "unanswered" && line.kind !== "request"),
		}));
}

const ICSNPP = "cisagov+icsnpp-modbus/testing/";
const CAPTURE = `${ICSNPP}traces/modbus_example.pcap`;
const LOGS = `${ICSNPP}baseline/analyzer.basic/`;

/** Where the log of details has other words than we, and why. */
export const ICSNPP_REASONS: readonly {
	reason: string;
	func: string;
	field: string;
	applies: (theirs: string, ours: string) => boolean;
}[] = [
	{
		reason: "the log shows a coil answer's padding bits as data; we cut the bits to the quantity that was asked for",
		func: "READ_",
		field: "response_data",
		applies: (theirs, ours) => ours === UNSET && /^0(,0)*$/.test(theirs),
	},
	{
		reason: "the log's quantity of a file record is its byte count; we list the records",
		func: "_FILE_RECORD",
		field: "quantity",
		applies: (theirs, ours) => theirs === "0" && ours === UNSET,
	},
	{
		reason: "the log leaves out the quantity of a mask write, which is always one register",
		func: "MASK_WRITE_REGISTER",
		field: "quantity",
		applies: (theirs, ours) => theirs === UNSET && ours === "1",
	},
	{
		reason: "the log has address and values of function 23 in a log of their own, which is compared too",
		func: "READ_WRITE_MULTIPLE_REGISTERS",
		field: "",
		applies: (theirs) => theirs === UNSET,
	},
	{
		reason: "the log does not pair this function's answers; we do",
		func: "READ_EXCEPTION_STATUS REPORT_SLAVE_ID",
		field: "matched",
		applies: (theirs, ours) => theirs === UNSET && ours === "T",
	},
];

/** The row of details that our lines give. */
function detailsOf({ request, answer }: Transaction): Row {
	const isRead = [1, 2, 3, 4].includes(request.functionCode);
	return {
		"id.orig_h": text(request.client.ip),
		"id.orig_p": text(request.client.port),
		"id.resp_h": text(request.server.ip),
		"id.resp_p": text(request.server.port),
		tid: text(request.transactionId),
		unit: text(request.unitId),
		func: request.function,
		address: text(request.address),
		quantity: text(request.quantity ?? answer?.quantity),
		request_values: listed(request.values),
		response_values: isRead || request.functionCode === 5 || request.functionCode === 6 ? listed(answer?.values) : UNSET,
		matched: answer?.matched ? "T" : "F",
		request_subfunction_code: text(request.subFunctionName),
		response_subfunction_code: text(answer?.subFunctionName),
		request_data: request.functionCode === 8 ? escaped(request.data) : UNSET,
		response_data: request.functionCode === 8 ? escaped(answer?.data) : UNSET,
		exception_code: text(answer?.exception),
		mei_type: text(request.meiName),
	};
}

/** `alter` may change our lines, to prove that a difference is seen. */
export async function compareIcsnpp(alter: (line: Line) => void = () => {}): Promise<Tally[]> {
	const lines = await linesOf(CAPTURE, ["modbus"]);
	lines.forEach(alter);
	const transactions = transactionsOf(lines);
	const details = new Tally(CAPTURE, "ICSNPP modbus_detailed.log");
	const left = new Set(transactions);
	let last: Transaction | undefined;
	for (const row of rowsOf(`${LOGS}modbus_detailed.log`)) {
		const fits = ({ request }: Transaction) =>
			text(request.transactionId) === row.tid &&
			text(request.unitId) === row.unit &&
			request.function === row.func &&
			text(request.client.port) === row["id.orig_p"];
		let transaction = [...left].find(fits);
		// A function whose answers are not paired has a row for the answer too.
		if (transaction === undefined && last !== undefined && fits(last)) transaction = last;
		if (transaction === undefined) {
			details.differs(`no line for ${JSON.stringify(row)}`);
			continue;
		}
		left.delete(transaction);
		last = transaction;
		compareRow(details, row, detailsOf(transaction));
	}
	for (const { request } of left) details.differs(`no row for ${JSON.stringify(request)}`);
	return [details, masks(transactions), readsAndWrites(transactions), answers(lines)];
}

/** Of modbus.log, which the test suite stripped of its head. */
const LOG_FIELDS = ["ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "func", "exception"];

/** Zeek's own log: a row for each answer, with its function and exception. */
function answers(lines: readonly Line[]): Tally {
	const tally = new Tally(CAPTURE, "Zeek modbus.log");
	const left: string[] = [];
	for (const { kind, client, ...line } of lines) {
		if (kind !== "request") left.push([client.ip, client.port, line.function, line.exception ?? UNSET].join(" "));
	}
	for (const row of rowsOf(`${LOGS}modbus.log`, LOG_FIELDS)) {
		const key = [row["id.orig_h"], row["id.orig_p"], row.func!.replace(/_EXCEPTION$/, ""), row.exception].join(" ");
		const at = left.indexOf(key);
		if (at < 0) tally.differs(`no line for ${key}`);
		else {
			left.splice(at, 1);
			tally.same();
		}
	}
	for (const key of left) tally.differs(`no row for ${key}`);
	return tally;
}

function compareRow(tally: Tally, theirs: Row, ours: Row): void {
	const reasons = new Set<string>();
	const unexplained: string[] = [];
	for (const [field, value] of Object.entries(ours)) {
		if (theirs[field] === value) continue;
		const known = ICSNPP_REASONS.find(
			({ func, field: named, applies }) =>
				(theirs.func!.includes(func) || func.split(" ").includes(theirs.func!)) &&
				(named === "" || named === field) &&
				applies(theirs[field]!, value),
		);
		if (known === undefined) unexplained.push(`${field}: ours ${value}, ICSNPP ${theirs[field]}`);
		else reasons.add(known.reason);
	}
	if (unexplained.length > 0) tally.differs(`transaction ${theirs.tid} ${theirs.func}: ${unexplained.join("; ")}`);
	else if (reasons.size > 0) tally.because([...reasons].join("; and "));
	else tally.same();
}

function masks(transactions: readonly Transaction[]): Tally {
	const tally = new Tally(CAPTURE, "ICSNPP modbus_mask_write_register.log");
	for (const row of rowsOf(`${LOGS}modbus_mask_write_register.log`)) {
		const found = transactions.find(({ request }) => request.functionCode === 22 && text(request.transactionId) === row.tid);
		const line = row.request_response === "REQUEST" ? found?.request : found?.answer;
		const ours: Row = {
			...row,
			unit: text(line?.unitId),
			func: text(line?.function),
			address: text(line?.address),
			and_mask: text(line?.andMask),
			or_mask: text(line?.orMask),
		};
		compareRow(tally, row, ours);
	}
	return tally;
}

function readsAndWrites(transactions: readonly Transaction[]): Tally {
	const tally = new Tally(CAPTURE, "ICSNPP modbus_read_write_multiple_registers.log");
	for (const row of rowsOf(`${LOGS}modbus_read_write_multiple_registers.log`)) {
		const found = transactions.find(({ request }) => request.functionCode === 23 && text(request.transactionId) === row.tid);
		const ours: Row =
			row.request_response === "REQUEST"
				? {
						...row,
						unit: text(found?.request.unitId),
						func: text(found?.request.function),
						write_start_address: text(found?.request.writeAddress),
						write_registers: listed(found?.request.writeValues),
						read_start_address: text(found?.request.address),
						read_quantity: text(found?.request.quantity),
					}
				: { ...row, unit: text(found?.answer?.unitId), func: text(found?.answer?.function), read_registers: listed(found?.answer?.values) };
		compareRow(tally, row, ours);
	}
	return tally;
}
