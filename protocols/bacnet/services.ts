/** Parameters of BACnet's services (ASHRAE 135, clauses 13 to 17; productions of clause 21), from the octets behind the service choice. */
import {
	CONFIRMED,
	communicationName,
	eventStateName,
	eventTypeName,
	lifeSafetyName,
	notifyTypeName,
	segmentationName,
	stateName,
	UNCONFIRMED,
} from "./codes.ts";
import type { BacnetObservation, Details, Item } from "./observation.ts";
import { APPLICATION, objectName, type Plain, type TagReader, type Value } from "./tags.ts";

/** Objects and properties of one message that are kept. */
const MAX_ITEMS = 1024;
/** 15.9.1: priorities are 1 to 16. */
const LAST_PRIORITY = 16;

const NO_VALUES: readonly Value[] = [];

/** The properties that a message names, as they come. */
class Items {
	readonly all: Item[] = [];
	isFull = false;
	readonly #reader: TagReader;

	constructor(reader: TagReader) {
		this.#reader = reader;
	}

	add(objectId: number, property = -1, index = -1, values = NO_VALUES, priority = -1, errorClass = -1, errorCode = -1): void {
		// What could not be read to its end is nothing.
		if (this.#reader.isBroken) return;
		if (this.all.length < MAX_ITEMS) this.all.push({ objectId, property, index, priority, values, errorClass, errorCode });
		else this.isFull = true;
	}
}

type Parser = (reader: TagReader, items: Items) => Details | undefined;

const plain = (values: readonly Value[]): Plain => values.map(({ value }) => value);

/** A context tag that must be there, as an unsigned number. */
const unsigned = (r: TagReader, tag: number): number => (r.need(r.context(tag)) ? r.unsigned() : -1);
const optional = (r: TagReader, tag: number): number => (r.context(tag) ? r.unsigned() : -1);
const objectId = (r: TagReader, tag: number): number => (r.need(r.context(tag) && r.size === 4) ? r.objectId() : 0);
const text = (r: TagReader, tag: number): string => (r.need(r.context(tag)) ? r.text() : "");
const applicationNumber = (r: TagReader, tag: number): number => (r.need(r.application(tag)) ? r.unsigned() : -1);
const applicationObject = (r: TagReader): number => (r.need(r.application(APPLICATION.objectId) && r.size === 4) ? r.objectId() : 0);
const flag = (r: TagReader, tag: number): boolean | undefined => (r.context(tag) ? r.unsigned() !== 0 : undefined);
/** A constructed value that is kept as it is. */
const nested = (r: TagReader, tag: number): Plain | undefined => (r.opening(tag) ? plain(r.valuesUntil(tag, -1)) : undefined);

/** Without what is not there. */
function details(given: Record<string, Plain | undefined>): Details {
	const kept: Details = {};
	for (const name in given) {
		const value = given[name];
		if (value !== undefined && value !== -1 && value !== "") kept[name] = value;
	}
	return kept;
}

/** What is left, by its tags: of services that are rare, and of those of later revisions. */
const anything: Parser = (r) => {
	const values = r.rest();
	return values.length > 0 ? { parameters: plain(values) } : undefined;
};

/** 15.5, 15.8: object, property, index. */
function reference(r: TagReader): [object: number, property: number, index: number] {
	const object = objectId(r, 0);
	const property = unsigned(r, 1);
	return [object, property, optional(r, 2)];
}

const readProperty: Parser = (r, items) => {
	items.add(...reference(r));
	return undefined;
};

const readPropertyAck: Parser = (r, items) => {
	const [object, property, index] = reference(r);
	if (r.need(r.opening(3))) items.add(object, property, index, r.valuesUntil(3, property));
	return undefined;
};

const readPropertyMultiple: Parser = (r, items) => {
	while (r.isMore) {
		const object = objectId(r, 0);
		if (!r.need(r.opening(1))) break;
		while (!r.closing(1)) {
			if (!r.isMore) r.isBroken = true;
			if (r.isBroken) break;
			const property = unsigned(r, 0);
			items.add(object, property, optional(r, 1));
		}
	}
	return undefined;
};

const readPropertyMultipleAck: Parser = (r, items) => {
	while (r.isMore) {
		const object = objectId(r, 0);
		if (!r.need(r.opening(1))) break;
		while (!r.closing(1)) {
			if (!r.isMore) r.isBroken = true;
			if (r.isBroken) break;
			const property = unsigned(r, 2);
			const index = optional(r, 3);
			if (r.opening(4)) items.add(object, property, index, r.valuesUntil(4, property));
			else if (r.need(r.opening(5))) {
				const errorClass = applicationNumber(r, APPLICATION.enumerated);
				const errorCode = applicationNumber(r, APPLICATION.enumerated);
				r.need(r.closing(5));
				items.add(object, property, index, NO_VALUES, -1, errorClass, errorCode);
			}
		}
	}
	return undefined;
};

function priority(r: TagReader, tag: number): number {
	const given = optional(r, tag);
	return given > LAST_PRIORITY ? -1 : given;
}

const writeProperty: Parser = (r, items) => {
	const [object, property, index] = reference(r);
	if (!r.need(r.opening(3))) return undefined;
	const values = r.valuesUntil(3, property);
	items.add(object, property, index, values, priority(r, 4));
	return undefined;
};

/** 13.1, 15.3, 15.10: property, index, value and priority, up to the closing tag `end`. */
function propertyValues(r: TagReader, items: Items, object: number, end: number): void {
	while (!r.closing(end)) {
		if (!r.isMore) r.isBroken = true;
		if (r.isBroken) return;
		const property = unsigned(r, 0);
		const index = optional(r, 1);
		if (!r.need(r.opening(2))) return;
		const values = r.valuesUntil(2, property);
		items.add(object, property, index, values, priority(r, 3));
	}
}

const writePropertyMultiple: Parser = (r, items) => {
	while (r.isMore) {
		const object = objectId(r, 0);
		if (!r.need(r.opening(1))) break;
		propertyValues(r, items, object, 1);
	}
	return undefined;
};

const changeOfValue: Parser = (r, items) => {
	const processIdentifier = unsigned(r, 0);
	const device = objectId(r, 1);
	const object = objectId(r, 2);
	const timeRemaining = unsigned(r, 3);
	if (r.need(r.opening(4))) propertyValues(r, items, object, 4);
	return details({ subscriberProcessIdentifier: processIdentifier, initiatingDevice: objectName(device), timeRemaining });
};

const changesOfValues: Parser = (r, items) => {
	const processIdentifier = unsigned(r, 0);
	const device = objectId(r, 1);
	const timeRemaining = unsigned(r, 2);
	const timestamp = nested(r, 3);
	if (!r.need(r.opening(4))) return undefined;
	while (!r.closing(4)) {
		const object = objectId(r, 0);
		if (!r.need(r.opening(1))) break;
		while (!r.closing(1)) {
			const property = unsigned(r, 0);
			const index = optional(r, 1);
			if (!r.need(r.opening(2))) break;
			const values = r.valuesUntil(2, property);
			// Time of the change.
			r.context(3);
			items.add(object, property, index, values);
		}
	}
	return details({ subscriberProcessIdentifier: processIdentifier, initiatingDevice: objectName(device), timeRemaining, timestamp });
};

const eventNotification: Parser = (r, items) => {
	const processIdentifier = unsigned(r, 0);
	const device = objectId(r, 1);
	const object = objectId(r, 2);
	const timestamp = nested(r, 3);
	const notificationClass = unsigned(r, 4);
	const eventPriority = unsigned(r, 5);
	const eventType = unsigned(r, 6);
	const messageText = r.context(7) ? r.text() : undefined;
	const notifyType = unsigned(r, 8);
	const ackRequired = flag(r, 9);
	const fromState = optional(r, 10);
	const toState = unsigned(r, 11);
	const eventValues = nested(r, 12);
	items.add(object);
	return details({
		processIdentifier,
		initiatingDevice: objectName(device),
		timestamp,
		notificationClass,
		priority: eventPriority,
		eventType: eventTypeName(eventType),
		messageText,
		notifyType: notifyTypeName(notifyType),
		ackRequired,
		fromState: fromState < 0 ? undefined : eventStateName(fromState),
		toState: eventStateName(toState),
		eventValues,
	});
};

const acknowledgeAlarm: Parser = (r, items) => {
	const processIdentifier = unsigned(r, 0);
	items.add(objectId(r, 1));
	const state = unsigned(r, 2);
	const timestamp = nested(r, 3);
	const source = text(r, 4);
	return details({
		acknowledgingProcessIdentifier: processIdentifier,
		eventStateAcknowledged: eventStateName(state),
		timestamp,
		acknowledgmentSource: source,
	});
};

const subscription: Parser = (r, items) => {
	const processIdentifier = unsigned(r, 0);
	const object = objectId(r, 1);
	const isConfirmed = flag(r, 2);
	const lifetime = optional(r, 3);
	let property = -1;
	let index = -1;
	if (r.opening(4)) {
		property = unsigned(r, 0);
		index = optional(r, 1);
		r.need(r.closing(4));
	}
	items.add(object, property, index);
	return details({
		subscriberProcessIdentifier: processIdentifier,
		issueConfirmedNotifications: isConfirmed,
		lifetime,
		// 13.14.1.1.3: neither of the two is a cancellation.
		isCancellation: isConfirmed === undefined && lifetime < 0 ? true : undefined,
	});
};

const subscriptions: Parser = (r, items) => {
	const processIdentifier = unsigned(r, 0);
	const isConfirmed = flag(r, 1);
	const lifetime = optional(r, 2);
	const delay = optional(r, 3);
	if (!r.need(r.opening(4))) return undefined;
	while (!r.closing(4)) {
		const object = objectId(r, 0);
		if (!r.need(r.opening(1))) break;
		while (!r.closing(1)) {
			if (!r.need(r.opening(0))) break;
			const property = unsigned(r, 0);
			items.add(object, property, optional(r, 1));
			r.need(r.closing(0));
			// COV increment, and whether times are wanted.
			r.context(1);
			r.context(2);
		}
	}
	return details({
		subscriberProcessIdentifier: processIdentifier,
		issueConfirmedNotifications: isConfirmed,
		lifetime,
		maxNotificationDelay: delay,
	});
};

/** 14.1, 14.2: a stream from a position on, or records. */
function fileAccess(r: TagReader, isRead: boolean, isAck: boolean): Details {
	const isStream = r.opening(0);
	if (!isStream && !r.need(r.opening(1))) return {};
	const start = r.need(r.application(APPLICATION.signed)) ? Number(r.size > 0 ? signed(r) : -1) : -1;
	const count = (isRead && !isAck) || (!isStream && !r.isBroken) ? applicationNumber(r, APPLICATION.unsigned) : -1;
	let octets = 0;
	if (!isRead || isAck) while (r.application(APPLICATION.octets)) octets += r.size;
	r.need(r.closing(isStream ? 0 : 1));
	return details({
		access: isStream ? "stream" : "record",
		[isStream ? "fileStartPosition" : "fileStartRecord"]: start,
		[isStream ? "requestedOctetCount" : "recordCount"]: count,
		octets: !isRead || isAck ? octets : undefined,
	});
}

/** -1 appends (14.2.2.3.1). */
function signed(r: TagReader): number {
	const value = r.unsigned();
	return value >= 2 ** (8 * r.size - 1) ? value - 256 ** r.size : value;
}

const readFile: Parser = (r, items) => {
	items.add(applicationObject(r));
	return fileAccess(r, true, false);
};
const readFileAck: Parser = (r) => {
	const isEnd = r.need(r.application(APPLICATION.boolean)) && r.length === 1;
	return { endOfFile: isEnd, ...fileAccess(r, true, true) };
};
const writeFile: Parser = (r, items) => {
	items.add(applicationObject(r));
	return fileAccess(r, false, false);
};

const changeList: Parser = (r, items) => {
	const [object, property, index] = reference(r);
	if (r.need(r.opening(3))) items.add(object, property, index, r.valuesUntil(3, property));
	return undefined;
};

const createObject: Parser = (r, items) => {
	if (!r.need(r.opening(0))) return undefined;
	const type = optional(r, 0);
	// A device that is to choose the instance is given the type alone; the instance of none is the highest (12.11).
	const object = type >= 0 ? type * 2 ** 22 + 0x3fffff : objectId(r, 1);
	r.need(r.closing(0));
	items.add(object);
	if (r.opening(1)) propertyValues(r, items, object, 1);
	return undefined;
};
const oneObject: Parser = (r, items) => {
	items.add(applicationObject(r));
	return undefined;
};

const communicationControl: Parser = (r) => {
	const duration = optional(r, 0);
	const state = unsigned(r, 1);
	const hasPassword = r.context(2) && r.size > 1;
	return details({ enableDisable: communicationName(state), state, timeDuration: duration, hasPassword: hasPassword || undefined });
};

const reinitialize: Parser = (r) => {
	const state = unsigned(r, 0);
	const hasPassword = r.context(1) && r.size > 1;
	return details({ reinitializedStateOfDevice: stateName(state), state, hasPassword: hasPassword || undefined });
};

const privateTransfer: Parser = (r) => {
	const vendorId = unsigned(r, 0);
	const number = unsigned(r, 1);
	return details({ vendorId, serviceNumber: number, parameters: nested(r, 2) });
};

const textMessage: Parser = (r) => {
	const device = objectId(r, 0);
	let messageClass: Plain | undefined;
	if (r.opening(1)) {
		messageClass = r.context(0) ? r.unsigned() : text(r, 1);
		r.need(r.closing(1));
	}
	const isUrgent = unsigned(r, 2) === 1;
	return details({ sourceDevice: objectName(device), messageClass, isUrgent, message: text(r, 3) });
};

const vtOpen: Parser = (r) => {
	const vtClass = applicationNumber(r, APPLICATION.enumerated);
	return details({ vtClass, localSessionIdentifier: applicationNumber(r, APPLICATION.unsigned) });
};

const authenticate: Parser = (r) => {
	const random = unsigned(r, 0);
	const expected = optional(r, 1);
	const operatorName = r.context(2) ? r.text() : undefined;
	const hasPassword = r.context(3) && r.size > 1;
	return details({ pseudoRandomNumber: random, expectedInvokeId: expected, operatorName, hasPassword: hasPassword || undefined });
};

const readRange: Parser = (r, items) => {
	items.add(...reference(r));
	for (const [tag, by] of [
		[3, "position"],
		[6, "sequence"],
		[7, "time"],
	] as const) {
		const range = nested(r, tag);
		if (range !== undefined) return { by, range };
	}
	return undefined;
};
const readRangeAck: Parser = (r, items) => {
	const [object, property, index] = reference(r);
	const flags = r.need(r.context(3)) ? r.bits() : "";
	const itemCount = unsigned(r, 4);
	if (r.need(r.opening(5))) items.add(object, property, index, r.valuesUntil(5, property));
	return details({ resultFlags: flags, itemCount, firstSequenceNumber: optional(r, 6) });
};

const lifeSafety: Parser = (r, items) => {
	const processIdentifier = unsigned(r, 0);
	const source = text(r, 1);
	const request = unsigned(r, 2);
	if (r.context(3) && r.size === 4) items.add(r.objectId());
	return details({ requestingProcessIdentifier: processIdentifier, requestingSource: source, request: lifeSafetyName(request) });
};

const iAm: Parser = (r, items) => {
	items.add(applicationObject(r));
	const maxApdu = applicationNumber(r, APPLICATION.unsigned);
	const segmentation = applicationNumber(r, APPLICATION.enumerated);
	const vendorId = applicationNumber(r, APPLICATION.unsigned);
	return details({ maxApduLengthAccepted: maxApdu, segmentationSupported: segmentationName(segmentation), vendorId });
};

const iHave: Parser = (r, items) => {
	const device = applicationObject(r);
	items.add(applicationObject(r));
	return details({ device: objectName(device), objectName: r.need(r.application(APPLICATION.characters)) ? r.text() : "" });
};

const limits: Parser = (r) => {
	const lowLimit = optional(r, 0);
	if (lowLimit < 0) return undefined;
	return details({ lowLimit, highLimit: unsigned(r, 1) });
};

const whoHas: Parser = (r, items) => {
	const range = limits(r, items);
	if (r.context(2)) {
		if (r.need(r.size === 4)) items.add(r.objectId());
		return range;
	}
	return { ...range, objectName: text(r, 3) };
};

const dateTime: Parser = (r) => {
	const date = r.need(r.application(APPLICATION.date) && r.size === 4) ? r.date() : "";
	return { dateTime: `${date} ${r.need(r.application(APPLICATION.time) && r.size === 4) ? r.time() : ""}` };
};

const writeGroup: Parser = (r) => {
	const groupNumber = unsigned(r, 0);
	const writePriority = unsigned(r, 1);
	const changes = nested(r, 2);
	return details({ groupNumber, writePriority, changeList: changes, inhibitDelay: flag(r, 3) });
};

const whoAmI: Parser = (r) => {
	const vendorId = applicationNumber(r, APPLICATION.unsigned);
	const modelName = r.need(r.application(APPLICATION.characters)) ? r.text() : "";
	return details({ vendorId, modelName, serialNumber: r.need(r.application(APPLICATION.characters)) ? r.text() : "" });
};
const youAre: Parser = (r, items) => {
	const said = whoAmI(r, items);
	if (r.application(APPLICATION.objectId) && r.size === 4) items.add(r.objectId());
	return said;
};

const REQUESTS: ReadonlyMap<number, Parser> = new Map([
	[CONFIRMED.acknowledgeAlarm, acknowledgeAlarm],
	[CONFIRMED.covNotification, changeOfValue],
	[CONFIRMED.eventNotification, eventNotification],
	[CONFIRMED.subscribeCov, subscription],
	[CONFIRMED.atomicReadFile, readFile],
	[CONFIRMED.atomicWriteFile, writeFile],
	[CONFIRMED.addListElement, changeList],
	[CONFIRMED.removeListElement, changeList],
	[CONFIRMED.createObject, createObject],
	[CONFIRMED.deleteObject, oneObject],
	[CONFIRMED.readProperty, readProperty],
	[CONFIRMED.readPropertyMultiple, readPropertyMultiple],
	[CONFIRMED.writeProperty, writeProperty],
	[CONFIRMED.writePropertyMultiple, writePropertyMultiple],
	[CONFIRMED.deviceCommunicationControl, communicationControl],
	[CONFIRMED.privateTransfer, privateTransfer],
	[CONFIRMED.textMessage, textMessage],
	[CONFIRMED.reinitializeDevice, reinitialize],
	[CONFIRMED.vtOpen, vtOpen],
	[CONFIRMED.authenticate, authenticate],
	[CONFIRMED.readRange, readRange],
	[CONFIRMED.lifeSafetyOperation, lifeSafety],
	[CONFIRMED.subscribeCovProperty, subscription],
	[CONFIRMED.subscribeCovPropertyMultiple, subscriptions],
	[CONFIRMED.covNotificationMultiple, changesOfValues],
]);

const ANSWERS: ReadonlyMap<number, Parser> = new Map([
	[CONFIRMED.atomicReadFile, readFileAck],
	[CONFIRMED.createObject, oneObject],
	[CONFIRMED.readProperty, readPropertyAck],
	[CONFIRMED.readPropertyMultiple, readPropertyMultipleAck],
	[CONFIRMED.privateTransfer, privateTransfer],
	[CONFIRMED.readRange, readRangeAck],
]);

const UNANSWERED: ReadonlyMap<number, Parser> = new Map([
	[UNCONFIRMED.iAm, iAm],
	[UNCONFIRMED.iHave, iHave],
	[UNCONFIRMED.covNotification, changeOfValue],
	[UNCONFIRMED.eventNotification, eventNotification],
	[UNCONFIRMED.privateTransfer, privateTransfer],
	[UNCONFIRMED.textMessage, textMessage],
	[UNCONFIRMED.timeSynchronization, dateTime],
	[UNCONFIRMED.whoHas, whoHas],
	[UNCONFIRMED.whoIs, limits],
	[UNCONFIRMED.utcTimeSynchronization, dateTime],
	[UNCONFIRMED.writeGroup, writeGroup],
	[UNCONFIRMED.covNotificationMultiple, changesOfValues],
	[UNCONFIRMED.whoAmI, whoAmI],
	[UNCONFIRMED.youAre, youAre],
]);

/** Reads what is behind the service choice of `o` into its items and details; false where it is not what the service asks for. */
export function readParameters(o: BacnetObservation, reader: TagReader, isAnswer: boolean): boolean {
	const parsers = !o.isConfirmed ? UNANSWERED : isAnswer ? ANSWERS : REQUESTS;
	const items = new Items(reader);
	o.details = (parsers.get(o.service) ?? anything)(reader, items);
	o.items = items.all;
	if (items.isFull || reader.isFull) o.isCut = true;
	return !reader.isBroken;
}

/** 18, 20.1.7: class and code, in some services with more behind them. */
export function readError(o: BacnetObservation, reader: TagReader): boolean {
	const isWrapped = reader.opening(0);
	o.errorClass = applicationNumber(reader, APPLICATION.enumerated);
	o.errorCode = applicationNumber(reader, APPLICATION.enumerated);
	if (isWrapped) reader.need(reader.closing(0));
	const isRead = !reader.isBroken;
	if (isRead && reader.isMore) o.details = anything(reader, new Items(reader));
	return isRead && !reader.isBroken;
}
