/**
 * MMS on ISO transport: associations, requests and answers by their invoke id, reports. Either side may ask: where the side that was connected to asks for something of its own
 * (as control centres do of each other), the observation is between the two the other way round.
 */
import type { CarrierContext, Stream } from "../../src/decode/protocol.ts";
import { type Direction, FlowBetween, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { type BerReader, context, INTEGER, integerOf, oidOf } from "../../src/wire/ber.ts";
import { Budget, type Value, valuesOf } from "../../src/wire/mmsData.ts";
import { hexOf } from "../../src/wire/text.ts";
import { MAX_PACKET, TransportReader, type TransportUser } from "../../src/wire/tpkt.ts";
import { isServersService, isService, PDU, REFUSED, SERVICE, UNCONFIRMED } from "./codes.ts";
import { fileName, nameInside, objectName, textOf, variablesOf } from "./names.ts";
import { clear, type MmsObservation, newObservation, type Violation } from "./observation.ts";
import { REPORT_LIST, reportOf } from "./report.ts";
import { ACSE, associationData, barePdu, begins, isPdu, presentationOf, type SessionData, SPDU, sessionOf, valueIn } from "./wire.ts";

export const MAX_MESSAGE = MAX_PACKET;
/** Requests of one direction that wait; the oldest gives way. Servers take 1 to 16 at a time. */
const PENDING = 64;
/** Microseconds after which no answer will come: clients wait 2 to 10 s. */
const TIMEOUT = 10_000_000;
/** Names of one answer that are kept, and PDUs of one message. */
const NAMES = 2048;
const PDUS = 64;
/** Octets of a title or a mechanism. */
const MAX_TITLE = 64;

/** A request that waits for its answer. */
interface Pending {
	readonly invokeId: number;
	readonly pdu: number;
	readonly service: number;
	readonly names: readonly string[];
	readonly list: string;
	readonly subject: string;
	readonly target: string;
	readonly objectClass: number;
	readonly written: readonly Value[];
	readonly mechanism: string;
	readonly hasPassword: boolean;
	readonly time: number;
	readonly frame: number;
	/** Bytes were lost since: its answer may have been among them. */
	isDoubted: boolean;
}

/** In place of an invoke id: an association, a conclusion, a release. */
const ASSOCIATE = -2;
const CONCLUDE = -3;
const RELEASE = -4;

export class MmsStream implements Stream, TransportUser {
	deadline = Number.POSITIVE_INFINITY;
	readonly #context: CarrierContext<MmsObservation>;
	readonly #out = newObservation();
	readonly #reader: TransportReader;
	readonly #session: SessionData = { spdu: 0, start: 0, end: 0 };
	/** By the direction of the request, then by its invoke id; in order of time. */
	readonly #pending: readonly [Map<number, Pending>, Map<number, Pending>] = [new Map(), new Map()];
	#turned: FlowBetween | undefined = undefined;

	constructor(context: CarrierContext<MmsObservation>) {
		this.#context = context;
		this.#reader = new TransportReader(this);
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		return this.#reader.data(bytes, start, end, direction);
	}

	gap(direction: Direction): void {
		this.#reader.gap(direction);
		for (const pending of this.#pending) for (const one of pending.values()) one.isDoubted = true;
	}

	expire(now: number): void {
		for (const direction of [TO_SERVER, TO_CLIENT] as const) {
			for (const [key, one] of this.#pending[direction]) {
				if (one.time + TIMEOUT > now) break;
				this.#pending[direction].delete(key);
				if (!one.isDoubted) this.#unanswered(one, direction);
			}
		}
		this.#schedule();
	}

	begins(bytes: Uint8Array, start: number, end: number): boolean {
		return begins(bytes, start, end);
	}

	broken(what: "foreign" | "unfinished" | "long", direction: Direction): void {
		if (what === "long") this.#context.count("long-message");
		this.#malformed(this.#begin(direction), what);
	}

	control(): void {
		// A connection of the transport says nothing that an association does not.
	}

	message(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const session = this.#session;
		const bare = barePdu(bytes, start, end);
		if (bare !== undefined) {
			this.#pdu(this.#begin(direction), bare, direction);
			return;
		}
		if (!sessionOf(bytes, start, end, session)) {
			this.#malformed(this.#begin(direction), "session");
			return;
		}
		const { spdu } = session;
		const list = session.start < session.end ? presentationOf(bytes, session) : undefined;
		if (list === undefined) {
			// What ends a session may say nothing more.
			if (spdu === SPDU.connect || spdu === SPDU.accept || spdu === SPDU.data) {
				if (session.start < session.end || spdu !== SPDU.data) this.#malformed(this.#begin(direction), "presentation");
			} else if (spdu === SPDU.refuse) this.#refused(direction, 0);
			else if (spdu === SPDU.abort) this.#plain("abort", direction);
			return;
		}
		let count = 0;
		while (list.next()) {
			if (++count > PDUS) {
				this.#context.count("pdus");
				return;
			}
			const value = valueIn(list);
			if (value === undefined) {
				this.#malformed(this.#begin(direction), "presentation");
				return;
			}
			this.#value(value, direction);
		}
		if (list.isBroken || count === 0) this.#malformed(this.#begin(direction), "presentation");
	}

	#value(value: BerReader, direction: Direction): void {
		if (isPdu(value.tag)) this.#pdu(this.#begin(direction), value, direction);
		else if (value.tag === ACSE.request) this.#associate(value, direction);
		else if (value.tag === ACSE.response) this.#associated(value, direction);
		else if (value.tag === ACSE.release) {
			const out = this.#begin(direction);
			out.kind = "release";
			this.#wait(out, RELEASE, direction);
			this.#emit(out, direction);
		} else if (value.tag === ACSE.released) {
			const out = this.#begin(direction);
			out.kind = "released";
			this.#settle(out, RELEASE, direction);
			this.#emit(out, direction);
		} else if (value.tag === ACSE.abort) this.#plain("abort", direction);
		else this.#malformed(this.#begin(direction), "acse");
	}

	/** AARQ, with the initiate request in its user information (X.227, 9; ISO 9506-2, 8.2). */
	#associate(value: BerReader, direction: Direction): void {
		const out = this.#begin(direction);
		out.kind = "associate";
		const fields = value.inside();
		let information: BerReader | undefined;
		while (fields.next()) {
			switch (fields.tag) {
				case context(1):
					out.applicationContext = innerOid(fields);
					break;
				case context(2):
					out.calledTitle = innerOid(fields);
					break;
				case context(6):
					out.callingTitle = innerOid(fields);
					break;
				case context(11):
					out.mechanism = oidOf(fields.bytes, fields.start, fields.end) ?? "";
					break;
				case context(12): {
					const proof = fields.inside();
					out.hasPassword = proof.next() && proof.tag === context(0) && proof.end > proof.start;
					break;
				}
				case context(30):
					information = associationData(fields);
			}
		}
		if (fields.isBroken) {
			this.#malformed(out, "acse");
			return;
		}
		if (information?.tag === context(PDU.initiateRequest)) this.#initiate(out, information);
		this.#wait(out, ASSOCIATE, direction);
		this.#emit(out, direction);
	}

	/** AARE: accepted, or why not. */
	#associated(value: BerReader, direction: Direction): void {
		const out = this.#begin(direction);
		out.kind = "associated";
		this.#settle(out, ASSOCIATE, direction);
		const fields = value.inside();
		let isRejected = false;
		let diagnostic = 0;
		let information: BerReader | undefined;
		while (fields.next()) {
			if (fields.tag === context(1)) out.applicationContext = innerOid(fields);
			else if (fields.tag === context(2)) isRejected = innerInteger(fields) !== 0;
			else if (fields.tag === context(3)) {
				const source = fields.inside();
				if (source.next()) diagnostic = ((source.tag - context(0)) << 8) | (innerInteger(source) & 0xff);
			} else if (fields.tag === context(30)) information = associationData(fields);
		}
		if (fields.isBroken) {
			this.#malformed(out, "acse");
			return;
		}
		if (information?.tag === context(PDU.initiateResponse)) this.#initiate(out, information);
		else if (information?.tag === context(PDU.initiateError)) {
			out.pdu = PDU.initiateError;
			out.outcomeCode = serviceErrorOf(information.inside()) ?? REFUSED.error;
		}
		if (isRejected) out.outcomeCode = REFUSED.associate + (diagnostic & 0x7ff);
		this.#emit(out, direction);
	}

	/** The session was refused, whatever is in it. */
	#refused(direction: Direction, diagnostic: number): void {
		const out = this.#begin(direction);
		out.kind = "associated";
		this.#settle(out, ASSOCIATE, direction);
		out.outcomeCode = REFUSED.associate + diagnostic;
		this.#emit(out, direction);
	}

	#initiate(out: MmsObservation, pdu: BerReader): void {
		out.pdu = pdu.tag - context(0);
		const fields = pdu.inside();
		if (fields.next() && fields.tag === context(0)) out.pduSize = fields.integer();
	}

	#pdu(out: MmsObservation, value: BerReader, direction: Direction): void {
		out.pdu = value.tag - context(0);
		switch (out.pdu) {
			case PDU.request:
				this.#request(out, value, direction);
				return;
			case PDU.response:
				this.#response(out, value, direction);
				return;
			case PDU.error: {
				const fields = value.inside();
				if (!fields.find(context(0))) break;
				out.invokeId = fields.integer();
				out.kind = this.#settle(out, out.invokeId, direction) ? "error" : "unsolicited";
				const code = fields.find(context(2)) ? serviceErrorOf(fields.inside()) : undefined;
				if (code === undefined) break;
				out.outcomeCode = code;
				this.#emit(out, direction);
				return;
			}
			case PDU.unconfirmed:
				this.#unconfirmed(out, value, direction);
				return;
			case PDU.reject: {
				const fields = value.inside();
				out.kind = "reject";
				while (fields.next()) {
					if (fields.tag === context(0)) {
						out.invokeId = fields.integer();
						this.#settle(out, out.invokeId, direction);
					} else out.outcomeCode = REFUSED.reject + (((fields.tag - context(0)) & 0x0f) << 8) + (fields.integer() & 0xff);
				}
				if (fields.isBroken) break;
				this.#emit(out, direction);
				return;
			}
			case PDU.cancelRequest:
				out.kind = "cancel";
				out.invokeId = value.integer();
				this.#emit(out, direction);
				return;
			case PDU.cancelResponse:
			case PDU.cancelError:
				out.kind = "cancelled";
				if (out.pdu === PDU.cancelResponse) out.invokeId = value.integer();
				else {
					const fields = value.inside();
					if (fields.find(context(0))) out.invokeId = fields.integer();
					if (fields.find(context(1))) out.outcomeCode = serviceErrorOf(fields.inside()) ?? REFUSED.error;
				}
				this.#emit(out, direction);
				return;
			case PDU.concludeRequest:
				out.kind = "conclude";
				this.#wait(out, CONCLUDE, direction);
				this.#emit(out, direction);
				return;
			case PDU.concludeResponse:
			case PDU.concludeError:
				out.kind = "concluded";
				this.#settle(out, CONCLUDE, direction);
				if (out.pdu === PDU.concludeError) out.outcomeCode = serviceErrorOf(value.inside()) ?? REFUSED.error;
				this.#emit(out, direction);
				return;
			default:
				// An initiate outside of an association.
				out.kind = out.pdu === PDU.initiateRequest ? "associate" : "associated";
				if (out.pdu === PDU.initiateError) out.outcomeCode = serviceErrorOf(value.inside()) ?? REFUSED.error;
				else this.#initiate(out, value);
				if (out.kind === "associate") this.#wait(out, ASSOCIATE, direction);
				else this.#settle(out, ASSOCIATE, direction);
				this.#emit(out, direction);
				return;
		}
		this.#malformed(out, "pdu");
	}

	/** Modifiers of a request are stepped over; the service is the first element with a tag of its own. */
	#request(out: MmsObservation, value: BerReader, direction: Direction): void {
		const fields = value.inside();
		out.kind = "request";
		if (!fields.next() || fields.tag !== INTEGER) {
			this.#malformed(out, "pdu");
			return;
		}
		out.invokeId = fields.integer();
		let violation: Violation | "" = "pdu";
		while (fields.next()) {
			if (fields.tag < context(0)) continue;
			out.service = fields.tag - context(0);
			violation = isService(out.service) ? this.#asked(out, fields) : "service";
			break;
		}
		this.#wait(out, out.invokeId, direction);
		if (violation !== "") this.#malformed(out, violation);
		else this.#emit(out, direction);
	}

	/** What a request is about; words of what does not fit. */
	#asked(out: MmsObservation, service: BerReader): Violation | "" {
		const fields = service.isConstructed ? service.inside() : service;
		const violation = this.#readRequest(out, service, fields);
		return violation === "" && service.isConstructed && fields.isBroken ? "service" : violation;
	}

	#readRequest(out: MmsObservation, service: BerReader, fields: BerReader): Violation | "" {
		switch (out.service) {
			case SERVICE.read:
				if (!fields.find(context(1))) return "names";
				return this.#specification(out, fields.inside());
			case SERVICE.write: {
				const violation = this.#specification(out, fields);
				if (violation !== "") return violation;
				if (!fields.find(context(0))) return "values";
				const written = this.#values(fields.inside());
				if (written === undefined) return "values";
				out.written = written;
				return out.list === "" && written.length !== out.names.length ? "results" : "";
			}
			case SERVICE.getNameList:
				while (fields.next()) {
					if (fields.tag === context(0)) {
						const kind = fields.inside();
						if (kind.next()) out.objectClass = kind.integer();
					} else if (fields.tag === context(1)) {
						const scope = fields.inside();
						if (scope.next() && scope.tag === context(1)) out.subject = textOf(scope);
					} else if (fields.tag === context(2)) out.target = textOf(fields);
				}
				return "";
			case SERVICE.getVariableAccessAttributes:
				return this.#one(out, fields.next() && fields.tag === context(0) ? nameInside(fields) : fields.isBroken ? undefined : "(address)");
			case SERVICE.getNamedVariableListAttributes: {
				const name = fields.next() ? objectName(fields) : undefined;
				out.list = name ?? "";
				return name === undefined ? "names" : "";
			}
			case SERVICE.defineNamedVariableList: {
				const name = fields.next() ? objectName(fields) : undefined;
				out.list = name ?? "";
				if (name === undefined || !fields.find(context(0))) return "names";
				return this.#variables(out, fields.inside());
			}
			case SERVICE.deleteNamedVariableList:
				while (fields.next()) {
					if (fields.tag === context(1)) {
						const lists = fields.inside();
						const names: string[] = [];
						while (lists.next() && names.length < NAMES) {
							const name = objectName(lists);
							if (name === undefined) return "names";
							names.push(name);
						}
						out.names = names;
					} else if (fields.tag === context(2)) out.subject = textOf(fields);
				}
				return "";
			case SERVICE.initiateDownloadSequence:
			case SERVICE.terminateDownloadSequence:
			case SERVICE.createProgramInvocation:
			case SERVICE.start:
			case SERVICE.stop:
			case SERVICE.resume:
			case SERVICE.reset:
			case SERVICE.kill:
				out.subject = fields.find(context(0)) ? textOf(fields) : "";
				return "";
			case SERVICE.requestDomainDownload:
			case SERVICE.requestDomainUpload:
			case SERVICE.loadDomainContent:
			case SERVICE.storeDomainContent:
				while (fields.next()) {
					if (fields.tag === context(0)) out.subject = textOf(fields);
					else if (fields.tag === context(out.service % 2 === 0 ? 4 : 1)) out.target = fileName(fields);
				}
				return "";
			case SERVICE.downloadSegment:
			case SERVICE.initiateUploadSequence:
			case SERVICE.deleteDomain:
			case SERVICE.getDomainAttributes:
			case SERVICE.deleteProgramInvocation:
			case SERVICE.getProgramInvocationAttributes:
				out.subject = textOf(service);
				return "";
			case SERVICE.fileOpen:
			case SERVICE.fileDirectory:
				out.subject = fields.find(context(0)) ? fileName(fields) : "";
				return "";
			case SERVICE.fileRename:
				out.subject = fields.find(context(0)) ? fileName(fields) : "";
				out.target = fields.find(context(1)) ? fileName(fields) : "";
				return "";
			case SERVICE.fileDelete:
				out.subject = fileName(service);
				return "";
			case SERVICE.obtainFile:
				while (fields.next()) {
					if (fields.tag === context(1)) out.subject = fileName(fields);
					else if (fields.tag === context(2)) out.target = fileName(fields);
				}
				return "";
			default:
				return "";
		}
	}

	#one(out: MmsObservation, name: string | undefined): Violation | "" {
		if (name === undefined) return "names";
		out.names = [name];
		return "";
	}

	/** VariableAccessSpecification, a choice, as the next element. */
	#specification(out: MmsObservation, fields: BerReader): Violation | "" {
		if (!fields.next()) return "names";
		if (fields.tag === context(0)) return this.#variables(out, fields.inside());
		const name = fields.tag === context(1) ? nameInside(fields) : undefined;
		out.list = name ?? "";
		return name === undefined ? "names" : "";
	}

	#variables(out: MmsObservation, list: BerReader): Violation | "" {
		const names = variablesOf(list, () => this.#context.count("names"));
		if (names === undefined) return "names";
		out.names = names;
		return "";
	}

	#values(reader: BerReader): Value[] | undefined {
		const budget = new Budget();
		const values = valuesOf(reader, budget);
		if (budget.isSpent) this.#context.count("values");
		return values;
	}

	#response(out: MmsObservation, value: BerReader, direction: Direction): void {
		const fields = value.inside();
		if (!fields.next() || fields.tag !== INTEGER || fields.isBroken) {
			this.#malformed(out, "pdu");
			return;
		}
		out.invokeId = fields.integer();
		const isAsked = this.#settle(out, out.invokeId, direction);
		out.kind = isAsked ? "response" : "unsolicited";
		const asked = out.service;
		if (!fields.next() || fields.tag < context(0)) {
			this.#malformed(out, "pdu");
			return;
		}
		out.service = fields.tag - context(0);
		if (!isService(out.service) || (isAsked && out.service !== asked)) {
			this.#malformed(out, "service");
			return;
		}
		const violation = this.#answered(out, fields, isAsked);
		if (violation !== "") this.#malformed(out, violation);
		else this.#emit(out, direction);
	}

	#answered(out: MmsObservation, service: BerReader, isAsked: boolean): Violation | "" {
		if (!service.isConstructed) return "";
		const fields = service.inside();
		const violation = this.#readAnswer(out, fields, isAsked);
		return violation === "" && fields.isBroken ? "service" : violation;
	}

	#readAnswer(out: MmsObservation, fields: BerReader, isAsked: boolean): Violation | "" {
		switch (out.service) {
			case SERVICE.read: {
				// The specification comes again where it was asked for.
				while (fields.next()) {
					if (fields.tag === context(0) && !isAsked) this.#specification(out, fields.inside());
					else if (fields.tag === context(1)) {
						const values = this.#values(fields.inside());
						if (values === undefined) return "values";
						out.values = values;
					}
				}
				return isAsked && out.list === "" && out.values.length !== out.names.length ? "results" : "";
			}
			case SERVICE.write: {
				const values: Value[] = [];
				// A bare element: 0 says why not, 1 that it went well.
				const results = fields;
				while (results.next() && values.length < NAMES) {
					if (results.tag !== context(0) && results.tag !== context(1)) return "values";
					values.push(results.tag === context(1) ? true : results.integer());
				}
				out.values = values;
				return isAsked && out.list === "" && values.length !== out.names.length ? "results" : "";
			}
			case SERVICE.getNameList:
				while (fields.next()) {
					if (fields.tag === context(0)) out.names = this.#identifiers(fields.inside());
					else if (fields.tag === context(1)) out.moreFollows = fields.integer() !== 0;
				}
				out.moreFollows ??= true;
				return "";
			case SERVICE.getNamedVariableListAttributes:
				return fields.find(context(1)) ? this.#variables(out, fields.inside()) : "names";
			case SERVICE.identify:
				while (fields.next()) {
					if (fields.tag === context(0)) out.vendor = textOf(fields);
					else if (fields.tag === context(1)) out.model = textOf(fields);
					else if (fields.tag === context(2)) out.revision = textOf(fields);
				}
				return "";
			case SERVICE.status:
				this.#status(out, fields);
				return "";
			case SERVICE.fileRead:
			case SERVICE.uploadSegment:
			case SERVICE.downloadSegment:
				while (fields.next()) {
					if (fields.tag === context(0)) out.length = fields.end - fields.start;
					else if (fields.tag === context(1)) out.moreFollows = fields.integer() !== 0;
				}
				out.moreFollows ??= true;
				return "";
			case SERVICE.fileDirectory:
				while (fields.next()) {
					if (fields.tag === context(0)) out.names = directoryOf(fields);
					else if (fields.tag === context(1)) out.moreFollows = fields.integer() !== 0;
				}
				out.moreFollows ??= false;
				return "";
			default:
				return "";
		}
	}

	#status(out: MmsObservation, fields: BerReader): void {
		while (fields.next()) {
			if (fields.tag === context(0)) out.logicalStatus = fields.integer();
			else if (fields.tag === context(1)) out.physicalStatus = fields.integer();
		}
	}

	#identifiers(list: BerReader): string[] {
		const names: string[] = [];
		while (list.next()) {
			if (names.length === NAMES) {
				this.#context.count("names");
				break;
			}
			names.push(textOf(list));
		}
		return names;
	}

	#unconfirmed(out: MmsObservation, value: BerReader, direction: Direction): void {
		const fields = value.inside();
		out.kind = "unconfirmed";
		let violation: Violation | "" = "pdu";
		while (fields.next()) {
			if (fields.tag < context(0)) continue;
			out.service = fields.tag - context(0);
			violation = this.#said(out, fields);
			break;
		}
		if (violation !== "" || fields.isBroken) this.#malformed(out, violation || "pdu");
		else this.#emit(out, direction);
	}

	#said(out: MmsObservation, service: BerReader): Violation | "" {
		const fields = service.inside();
		if (out.service === UNCONFIRMED.unsolicitedStatus) {
			this.#status(out, fields);
			return fields.isBroken ? "service" : "";
		}
		if (out.service === UNCONFIRMED.eventNotification) {
			const name = fields.find(context(0)) ? nameInside(fields) : undefined;
			return this.#one(out, name ?? "(event)");
		}
		if (out.service !== UNCONFIRMED.informationReport) return "service";
		const violation = this.#specification(out, fields);
		if (violation !== "") return violation;
		if (!fields.find(context(0))) return "values";
		const values = this.#values(fields.inside());
		if (values === undefined) return "values";
		out.values = values;
		if (out.list === REPORT_LIST) out.report = reportOf(values);
		else if (out.list === "" && values.length !== out.names.length) return "results";
		return "";
	}

	#begin(direction: Direction): MmsObservation {
		const out = this.#out;
		const { time, frame } = this.#context.clock;
		clear(out);
		out.time = time;
		out.frame = frame;
		out.isFromServer = direction === TO_CLIENT;
		return out;
	}

	#plain(kind: "abort", direction: Direction): void {
		const out = this.#begin(direction);
		out.kind = kind;
		for (const pending of this.#pending) pending.clear();
		this.#schedule();
		this.#emit(out, direction);
	}

	#malformed(out: MmsObservation, violation: Violation): void {
		out.kind = "malformed";
		out.violation = violation;
		this.#context.emit(out);
	}

	/** Who asked is the client of what is said, but for what a server asks as a part of what its client began. */
	#emit(out: MmsObservation, direction: Direction): void {
		const { kind } = out;
		const isAnswer = kind === "response" || kind === "error" || kind === "unsolicited" || kind === "unconfirmed";
		const asker = kind === "unanswered" || !isAnswer ? direction : direction === TO_CLIENT ? TO_SERVER : TO_CLIENT;
		const isTurned = asker === TO_CLIENT && (kind === "request" || kind === "unanswered" || isAnswer) && !isServersService(out.service);
		if (!isTurned) {
			this.#context.emit(out);
			return;
		}
		const { flow } = this.#context;
		this.#turned ??= new FlowBetween(flow, flow.server, flow.client);
		out.isFromServer = !out.isFromServer;
		this.#context.emit(out, this.#turned);
	}

	#wait(out: MmsObservation, key: number, direction: Direction): void {
		const pending = this.#pending[direction];
		if (pending.has(key)) pending.delete(key);
		else if (pending.size >= PENDING) {
			this.#context.count("requests");
			for (const [oldest] of pending) {
				pending.delete(oldest);
				break;
			}
		}
		const { invokeId, pdu, service, names, list, subject, target, objectClass, written, mechanism, hasPassword, time, frame } = out;
		pending.set(key, {
			invokeId,
			pdu,
			service,
			names,
			list,
			subject,
			target,
			objectClass,
			written,
			mechanism,
			hasPassword,
			time,
			frame,
			isDoubted: false,
		});
		this.#schedule();
	}

	/** Takes the request that this answers; false where there is none. */
	#settle(out: MmsObservation, key: number, direction: Direction): boolean {
		const pending = this.#pending[direction === TO_CLIENT ? TO_SERVER : TO_CLIENT];
		const asked = pending.get(key);
		if (asked === undefined) return false;
		pending.delete(key);
		this.#recall(out, asked);
		out.requestFrame = asked.frame;
		out.latency = out.time - asked.time;
		this.#schedule();
		return true;
	}

	#recall(out: MmsObservation, asked: Pending): void {
		out.service = asked.service;
		out.names = asked.names;
		out.list = asked.list;
		out.subject = asked.subject;
		out.target = asked.target;
		out.objectClass = asked.objectClass;
		out.written = asked.written;
		out.mechanism = asked.mechanism;
		out.hasPassword = asked.hasPassword;
	}

	#unanswered(one: Pending, direction: Direction): void {
		// Who ends a connection does not always wait.
		if (one.invokeId < 0 && one.pdu !== PDU.initiateRequest) return;
		const out = this.#begin(direction);
		out.kind = "unanswered";
		this.#recall(out, one);
		out.time = one.time + TIMEOUT;
		out.frame = out.requestFrame = one.frame;
		out.invokeId = one.invokeId;
		out.pdu = one.pdu;
		this.#emit(out, direction);
	}

	#schedule(): void {
		let earliest = Number.POSITIVE_INFINITY;
		for (const pending of this.#pending)
			for (const one of pending.values()) {
				if (one.time < earliest) earliest = one.time;
				break;
			}
		this.deadline = earliest + TIMEOUT;
	}
}

/** An element in an element, as an object identifier, or as hex where it is none. */
function innerOid(reader: BerReader): string {
	const inner = reader.inside();
	if (!inner.next()) return "";
	const oid = inner.isConstructed ? "" : (oidOf(inner.bytes, inner.start, inner.end) ?? "");
	return oid === "" ? hexOf(inner.bytes, inner.start, Math.min(inner.end, inner.start + MAX_TITLE)) : oid;
}

function innerInteger(reader: BerReader): number {
	const inner = reader.inside();
	return inner.next() ? integerOf(inner.bytes, inner.start, inner.end) : 0;
}

/** ServiceError: class and code as an outcome code; undefined where it is none. */
function serviceErrorOf(fields: BerReader): number | undefined {
	if (!fields.next() || fields.tag !== context(0)) return undefined;
	const inner = fields.inside();
	if (!inner.next() || inner.tag < context(0)) return undefined;
	return REFUSED.error + (((inner.tag - context(0)) & 0x1f) << 8) + (inner.integer() & 0xff);
}

/** Names of DirectoryEntry elements (ISO 9506-2, annex D: fileDirectory). */
function directoryOf(list: BerReader): string[] {
	const names: string[] = [];
	// A sequence inside the context tag.
	let entries = list.inside();
	if (entries.next() && entries.tag === 16) {
		const first = entries.inside();
		if (first.next() && first.tag === 16) entries = entries.inside();
		else entries = list.inside();
	} else return names;
	while (entries.next() && names.length < NAMES) {
		const parts = entries.inside();
		if (parts.find(context(0))) names.push(fileName(parts));
	}
	return names;
}
