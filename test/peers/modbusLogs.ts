/** Modbus/TCP in the logs of ICSNPP and Zeek: their rows, made from our lines. */
import type { Line } from "./captures.ts";
import { escaped, listed, type Reason, type Row, text, UNSET } from "./zeekLog.ts";

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

const parties = ({ client, server }: Line): Row => ({
	"id.orig_h": text(client.ip),
	"id.orig_p": text(client.port),
	"id.resp_h": text(server.ip),
	"id.resp_p": text(server.port),
});

/** Who sent a message of the request or of the answer. */
const sender = (line: Line, isRequest: boolean): Row => {
	const [from, to] = isRequest ? [line.client, line.server] : [line.server, line.client];
	return {
		is_orig: isRequest ? "T" : "F",
		source_h: text(from.ip),
		source_p: text(from.port),
		destination_h: text(to.ip),
		destination_p: text(to.port),
	};
};

/** Functions of which the log of details has header and nothing more: request and answer are a row each, and not paired. */
const UNPAIRED: readonly number[] = [7, 11, 12, 17];

function detailsOf({ request, answer }: Transaction): Row {
	const isRead = [1, 2, 3, 4].includes(request.functionCode);
	return {
		...parties(request),
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

function masksOf({ request, answer }: Transaction): Row[] {
	return [request, answer]
		.filter((line): line is Line => line?.andMask !== undefined)
		.map((line) => ({
			...parties(line),
			...sender(line, line === request),
			tid: text(line.transactionId),
			unit: text(line.unitId),
			func: line.function,
			request_response: line === request ? "REQUEST" : "RESPONSE",
			address: text(line.address),
			and_mask: text(line.andMask),
			or_mask: text(line.orMask),
		}));
}

function readsAndWritesOf({ request, answer }: Transaction): Row[] {
	if (request.functionCode !== 23) return [];
	const head = (line: Line): Row => ({
		...parties(line),
		...sender(line, line === request),
		tid: text(line.transactionId),
		unit: text(line.unitId),
		func: line.function,
	});
	const asked: Row = {
		...head(request),
		request_response: "REQUEST",
		write_start_address: text(request.writeAddress),
		write_registers: listed(request.writeValues),
		read_start_address: text(request.address),
		read_quantity: text(request.quantity),
		read_registers: UNSET,
	};
	if (answer?.values === undefined) return [asked];
	return [
		asked,
		{
			...head(answer),
			request_response: "RESPONSE",
			write_start_address: UNSET,
			write_registers: UNSET,
			read_start_address: UNSET,
			read_quantity: UNSET,
			read_registers: listed(answer.values),
		},
	];
}

/** Zeek's own log has a row for each answer. */
function answersOf(lines: readonly Line[]): Row[] {
	return lines
		.filter(({ kind, sender }) => kind === "response" || kind === "exception" || kind === "unsolicited" || sender === "server")
		.map((line) => ({
			...parties(line),
			ts: line.ts.toFixed(6),
			func: line.exceptionCode === undefined ? text(line.function) : `${line.function}_EXCEPTION`,
			exception: text(line.exception),
		}));
}

/** Which of their columns say that two rows may be about the same, and our rows. */
export const MODBUS_LOGS: Readonly<
	Record<string, { key: readonly string[]; columns?: readonly string[]; rows: (lines: readonly Line[]) => Row[] }>
> = {
	modbus: {
		key: ["id.orig_h", "id.orig_p", "ts"],
		columns: ["ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "func", "exception"],
		rows: answersOf,
	},
	modbus_detailed: {
		key: ["id.orig_p", "tid", "unit", "func"],
		rows: (lines) =>
			transactionsOf(lines).flatMap((one) =>
				UNPAIRED.includes(one.request.functionCode) && one.answer !== undefined ? [detailsOf(one), detailsOf(one)] : [detailsOf(one)],
			),
	},
	modbus_mask_write_register: { key: ["id.orig_p", "tid", "request_response"], rows: (lines) => transactionsOf(lines).flatMap(masksOf) },
	modbus_read_write_multiple_registers: {
		key: ["id.orig_p", "tid", "request_response"],
		rows: (lines) => transactionsOf(lines).flatMap(readsAndWritesOf),
	},
};

/** Functions above 24 that we name, and Bro does not. */
const BRO_UNKNOWN: Readonly<Record<number, string>> = {
	41: "MULTIPLE_FUNCTION_CODES",
	43: "ENCAP_INTERFACE_TRANSPORT",
	90: "PROGRAM_UNITY",
	91: "OBJECT_MESSAGING",
	126: "PROGRAM_584_984_2",
	127: "REPORT_LOCAL_ADDRESS",
};
/** Functions of which Bro knows the requests alone. */
const BRO_SILENT: readonly string[] = [
	...["READ_EXCEPTION_STATUS", "DIAGNOSTICS", "PROGRAM_484", "POLL_484", "GET_COMM_EVENT_COUNTER", "GET_COMM_EVENT_LOG"],
	...["PROGRAM_584_984", "POLL_584_984", "REPORT_SLAVE_ID", "PROGRAM_884_U84", "RESET_COMM_LINK_884_U84"],
];

const detailed = (
	reason: Reason["reason"],
	functions: readonly string[],
	fields: readonly string[],
	applies: (theirs: string, ours: string) => boolean,
): Reason => ({
	reason,
	log: "modbus_detailed",
	fields,
	applies: (theirs, ours, row) => functions.includes(row.func!) && applies(theirs, ours),
});

/** Where these logs have other words than we, and why. */
export const MODBUS_LOG_REASONS: readonly Reason[] = [
	detailed(
		"theirs: a coil answer's padding bits are shown as data; we cut the bits to the quantity that was asked for",
		["READ_COILS", "READ_DISCRETE_INPUTS"],
		["response_data"],
		(theirs, ours) => ours === UNSET && /^0(,0)*$/.test(theirs),
	),
	detailed(
		"theirs: the quantity of a file record is its byte count, and the records are left out; we list them",
		["READ_FILE_RECORD", "WRITE_FILE_RECORD"],
		["quantity"],
		(theirs, ours) => theirs === "0" && ours === UNSET,
	),
	detailed(
		"theirs: the quantity of a mask write is left out; it is always one register",
		["MASK_WRITE_REGISTER"],
		["quantity"],
		(theirs, ours) => theirs === UNSET && ours === "1",
	),
	detailed(
		"either: address and values of function 23 are in a log of their own, which is compared too",
		["READ_WRITE_MULTIPLE_REGISTERS"],
		["address", "quantity"],
		(theirs, ours) => theirs === UNSET && ours !== UNSET,
	),
	detailed(
		"theirs: this function's answers are not paired; we do",
		["READ_EXCEPTION_STATUS", "REPORT_SLAVE_ID"],
		["matched"],
		(theirs, ours) => theirs === UNSET && ours === "T",
	),
	{
		reason:
			"theirs: the exception bit of a function that this Bro does not know is taken for a part of its number, and the code is not read",
		log: "modbus",
		fields: ["func"],
		applies: (theirs, ours) => {
			const code = Number(/^unknown-(\d+)$/.exec(theirs)?.[1]);
			const named = BRO_UNKNOWN[code - 0x80] ?? `unknown-${code - 0x80}`;
			return code >= 0x80 && ours === `${named}_EXCEPTION`;
		},
	},
	{
		reason:
			"theirs: the exception bit of a function that this Bro does not know is taken for a part of its number, and the code is not read",
		log: "modbus",
		fields: ["exception"],
		applies: (theirs, ours, { func }) => theirs === UNSET && ours !== UNSET && /^unknown-(1[2-9]\d|2\d\d)$/.test(func!),
	},
	{
		reason: "theirs: the exceptions of the first function and of the last that this Bro knows are logged twice, once without their code",
		log: "modbus",
		fields: [],
		applies: (theirs, _, { func, exception }) =>
			theirs !== "" && exception === UNSET && (func === "READ_COILS_EXCEPTION" || func === "READ_FIFO_QUEUE_EXCEPTION"),
	},
	{
		reason: "theirs: exceptions of functions between those, which this Bro does not know, are not logged",
		log: "modbus",
		fields: [],
		applies: (_, ours, { func }) => ours !== "" && BRO_SILENT.some((name) => func === `${name}_EXCEPTION`),
	},
];
