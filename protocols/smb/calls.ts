/** Remote procedure calls through named pipes ([MS-RPCE] 2.1.1.2): which interfaces are bound, which of their operations are called, and what those are about that start programs. */
import { type Direction, TO_SERVER } from "../../src/flow/flow.ts";
import { u16, u16le, u32, u32le } from "../../src/wire/bytes.ts";
import { contextsOf, PDU, RPC, type RpcPdu, rpcAt } from "../../src/wire/dcerpc.ts";
import { RPC_INTERFACES, rpcInterfaceOf } from "../../src/wire/rpcInterfaces.ts";
import { hexOf, utf8Of, utf16Of } from "../../src/wire/text.ts";
import { COMMAND, callCode, OLD, OLD_COMMAND } from "./codes.ts";
import type { Call, Connection, OpenFile, Pipe } from "./connection.ts";
import type { Said } from "./observation.ts";

/** Contexts, calls and open services of one pipe that are kept. */
const MAX_CONTEXTS = 32;
const MAX_WAITING = 32;
const MAX_HANDLES = 32;
/** Bytes of a text that are kept, and of a stub that is read. */
const MAX_TEXT = 512;
const MAX_STUB = 8192;
/** A context handle ([C706] 14.2.16.6), and what stands in front of the characters of a string (14.3.4.2): its sizes and the offset. */
const HANDLE = 20;
const STRING = 12;

/** Data that went through a pipe, as far as it is here (`end`); `stop` is where it ends. */
export function pipeData(
	connection: Connection,
	file: OpenFile,
	pipe: Pipe,
	bytes: Uint8Array,
	start: number,
	end: number,
	stop: number,
	direction: Direction,
	sessionId: number,
): void {
	let at = start + pipe.left[direction];
	pipe.left[direction] = 0;
	while (at < stop) {
		const pdu = rpcAt(bytes, at, end);
		if (pdu === undefined) return;
		const next = at + pdu.length;
		read(connection, file, pipe, pdu, bytes, at, Math.min(end, next), direction, sessionId);
		at = next;
	}
	pipe.left[direction] = at - stop;
}

function read(
	connection: Connection,
	file: OpenFile,
	pipe: Pipe,
	pdu: RpcPdu,
	bytes: Uint8Array,
	at: number,
	end: number,
	direction: Direction,
	sessionId: number,
): void {
	const isAsked = direction === TO_SERVER;
	const short = pdu.isLittle ? u16le : u16;
	switch (pdu.type) {
		case PDU.bind:
		case PDU.alter: {
			if (!isAsked) return;
			const names: string[] = [];
			for (const { id, uuid } of contextsOf(bytes, at, end, pdu.isLittle)) {
				const index = rpcInterfaceOf(uuid);
				const name = RPC_INTERFACES[index]?.name ?? uuid;
				if (!names.includes(name)) names.push(name);
				if (pipe.contexts.size < MAX_CONTEXTS || pipe.contexts.has(id)) pipe.contexts.set(id, { index, uuid });
				else connection.context.count("contexts-bound");
			}
			const out = connection.begin("bind", file.version, file.version === 1 ? OLD + OLD_COMMAND.write : COMMAND.write);
			out.interfaces = names;
			about(out, connection, file, sessionId);
			connection.emit(out);
			return;
		}
		case PDU.request: {
			if (!isAsked || !pdu.isFirst || end - at < RPC.stub) return;
			const context = pipe.contexts.get(short(bytes, at + RPC.context));
			const said: Said = {
				version: file.version,
				interfaceIndex: context?.index ?? -1,
				interfaceId: context?.uuid ?? "",
				operation: short(bytes, at + RPC.operation),
			};
			about(said, connection, file, sessionId);
			if (!pdu.isSealed && pdu.isLittle) subject(said, pipe, bytes, pdu.stub, Math.min(end, pdu.stub + MAX_STUB));
			const { time, frame } = connection.context.clock;
			const call: Call = { time, frame, said };
			const before = pipe.calls.get(pdu.callId);
			if (before === undefined && pipe.calls.size >= MAX_WAITING) pipe.calls.delete(pipe.calls.keys().next().value!);
			pipe.calls.set(pdu.callId, call);
			connection.called(call);
			return;
		}
		case PDU.response:
		case PDU.fault: {
			if (isAsked || !pdu.isFirst) return;
			const call = pipe.calls.get(pdu.callId);
			if (call === undefined) return;
			pipe.calls.delete(pdu.callId);
			connection.returned(call);
			const { interfaceIndex = -1, operation = 0 } = call.said;
			const out = connection.begin("call", file.version, callCode(interfaceIndex, operation), call.said);
			out.isFault = pdu.type === PDU.fault;
			if (end - at >= RPC.faultStatus + 4 && out.isFault) out.status = (pdu.isLittle ? u32le : u32)(bytes, at + RPC.faultStatus);
			else out.status = out.isFault ? -1 : 0;
			out.requestFrame = call.frame;
			out.latency = out.time - call.time;
			if (!out.isFault && !pdu.isSealed && pdu.isLittle) opened(call.said, pipe, bytes, at + RPC.stub, end);
			connection.emit(out);
			return;
		}
	}
}

function about(said: Said, connection: Connection, file: OpenFile, sessionId: number): void {
	said.fileName = file.name;
	said.share = file.share;
	said.sessionId = sessionId;
	said.user = connection.userOf(sessionId);
}

/** Reads strings and pointers of NDR ([C706] 14.3), which are aligned to four bytes from the beginning of the stub. */
class Stub {
	readonly #bytes: Uint8Array;
	readonly #start: number;
	readonly #end: number;
	#at: number;

	constructor(bytes: Uint8Array, start: number, end: number) {
		this.#bytes = bytes;
		this.#start = start;
		this.#end = end;
		this.#at = start;
	}

	skip(size: number): this {
		this.#at += size;
		return this;
	}

	number(): number {
		this.#at += (this.#start - this.#at) & 3;
		const value = this.#at + 4 <= this.#end ? u32le(this.#bytes, this.#at) : 0;
		this.#at += 4;
		return value;
	}

	/** A conformant and varying string, of two bytes a character or one. */
	text(isWide: boolean, most = MAX_TEXT): string {
		this.#at += (this.#start - this.#at) & 3;
		const count = this.#at + STRING <= this.#end ? u32le(this.#bytes, this.#at + 8) : 0;
		const from = this.#at + STRING;
		const size = count * (isWide ? 2 : 1);
		this.#at = from + size;
		if (count === 0 || this.#at > this.#end) return "";
		const stop = Math.min(this.#at - (isWide ? 2 : 1), from + most);
		return (isWide ? utf16Of : utf8Of)(this.#bytes, from, Math.max(from, stop));
	}

	/** One behind a pointer, which may be null. */
	pointed(isWide: boolean): string {
		return this.number() === 0 ? "" : this.text(isWide);
	}
}

/** [MS-SCMR] 3.1.4: operations that name a service, by bytes of two or one; and those on one that is open. */
const CREATING = new Map([
	[12, true],
	[24, false],
	[44, false],
	[45, true],
	[60, true],
]);
const OPENING = new Map([
	[16, true],
	[28, false],
]);
const ON_OPEN: ReadonlySet<number> = new Set([1, 2, 11, 19, 23, 31]);

const isOf = (said: Said, name: string): boolean => RPC_INTERFACES[said.interfaceIndex!]?.name === name;

/** The service, job or task that a call is about, and the program that is to run. */
function subject(said: Said, pipe: Pipe, bytes: Uint8Array, start: number, end: number): void {
	const operation = said.operation!;
	const stub = new Stub(bytes, start, end);
	if (isOf(said, "svcctl")) {
		const creating = CREATING.get(operation);
		const opening = OPENING.get(operation);
		if (creating !== undefined) {
			// 3.1.4.12: manager, name, display name, access, type, start, error control, path.
			said.subject = stub.skip(HANDLE).text(creating);
			stub.pointed(creating);
			for (let count = 0; count < 4; count++) stub.number();
			said.program = stub.text(creating);
		} else if (opening !== undefined) said.subject = stub.skip(HANDLE).text(opening);
		else if (ON_OPEN.has(operation) && start + HANDLE <= end) said.subject = pipe.handles.get(hexOf(bytes, start, start + HANDLE)) ?? "";
	} else if (isOf(said, "atsvc") && operation === 0) {
		// [MS-TSCH] 3.2.5.2.1: server, then time, days of month, days of week and flags, command.
		stub.pointed(true);
		for (let count = 0; count < 3; count++) stub.number();
		said.program = stub.pointed(true);
	} else if (isOf(said, "ITaskSchedulerService") && operation === 1) {
		// [MS-TSCH] 3.2.5.4.2: path, or null, then the task.
		said.subject = stub.pointed(true);
		said.program = commandOf(stub.text(true, MAX_STUB));
	} else if (isOf(said, "ITaskSchedulerService") && operation === 12) said.subject = stub.text(true);
}

/** A service was opened: what its handle stands for from here on. */
function opened(said: Said, pipe: Pipe, bytes: Uint8Array, start: number, end: number): void {
	if (!isOf(said, "svcctl")) return;
	const isCreated = CREATING.has(said.operation!);
	if (!isCreated && !OPENING.has(said.operation!)) return;
	// 3.1.4.12: a tag behind a pointer, which may be null, comes before the handle of a new one.
	const at = isCreated && start + 4 <= end ? start + (u32le(bytes, start) === 0 ? 4 : 8) : start;
	if (at + HANDLE > end) return;
	pipe.handles.set(hexOf(bytes, at, at + HANDLE), said.subject ?? "");
	if (pipe.handles.size > MAX_HANDLES) pipe.handles.delete(pipe.handles.keys().next().value!);
}

/** [MS-TSCH] 2.5.5: what a task is to execute. */
const commandOf = (task: string): string => /<Command>([^<]{1,256})/i.exec(task)?.[1] ?? "";
