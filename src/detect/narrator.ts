/** Says what an operation did, who did it and what is normal, for people. Used only when something is said. */
import type { Inventory } from "../assets/inventory.ts";
import type { Placement } from "../assets/placement.ts";
import type { ZoneMap } from "../assets/zones.ts";
import type { Link, Server, Target } from "../baseline/plant.ts";
import type { Band } from "../baseline/points.ts";
import { engineering, isWide, type MapEntry, type RegisterMaps, wideEntry } from "../baseline/registerMap.ts";
import type { AnyProtocol, Operation } from "../decode/protocol.ts";
import { addressOf, type Endpoint } from "../flow/flow.ts";
import type { DetectionOperation, Party } from "./detection.ts";
import type { OperationRecorder } from "./recorder.ts";
import { durationWords, listWords, numberWords, rangeWords, spanWords } from "./words.ts";

/** Points and values named in an operation. */
const NAMED = 8;
/** Values of a write that its sentence says. */
const SAID = 6;

/** What the latest operation was about. */
export interface Scene {
	readonly protocol: AnyProtocol;
	readonly recorder: OperationRecorder;
	readonly target: Target;
	readonly link: Link;
}

export class Narrator {
	readonly #inventory: Inventory;
	readonly #maps: RegisterMaps;
	readonly #zones: ZoneMap;

	constructor(inventory: Inventory, maps: RegisterMaps, zones: ZoneMap) {
		this.#inventory = inventory;
		this.#maps = maps;
		this.#zones = zones;
	}

	/** One end of a flow; the port only where it means something. */
	party(end: Endpoint, withPort: boolean): Party {
		const party = end.line === undefined ? this.partyOf(end.ip, end.mac) : this.#partyOn(end.line);
		if (withPort && end.port !== undefined) party.port = end.port;
		return party;
	}

	partyOf(ip: string | undefined, mac: string | undefined): Party {
		const party: Party = {};
		if (ip !== undefined) party.ip = ip;
		const asset = this.#inventory.byIp(ip) ?? (ip === undefined ? this.#inventory.byMac(mac) : undefined);
		const hardware = mac ?? (asset?.macs.length === 1 ? asset.macs[0] : undefined);
		if (hardware !== undefined) party.mac = hardware;
		if (asset !== undefined) {
			if (asset.name !== undefined) party.name = asset.name;
			if (asset.vendor !== undefined) party.vendor = asset.vendor;
			if (asset.roles.length > 0) party.role = asset.roles.join(", ");
			party.asset = asset.id;
		}
		placeIn(party, ip === undefined ? asset && this.#zones.ofAsset(asset) : this.#zones.ofIp(ip));
		return party;
	}

	#partyOn(line: string): Party {
		const party: Party = { line, name: line };
		const asset = this.#inventory.byLine(line);
		if (asset !== undefined) {
			if (asset.name !== undefined) party.name = asset.name;
			if (asset.roles.length > 0) party.role = asset.roles.join(", ");
			party.asset = asset.id;
			placeIn(party, this.#zones.ofAsset(asset));
		}
		return party;
	}

	/** A party of an address of the baseline: an IP or a MAC address, or a serial line. */
	partyAt(address: string): Party {
		if (this.#inventory.byLine(address) !== undefined) return this.#partyOn(address);
		return isMac(address) ? this.partyOf(undefined, address) : this.partyOf(address, undefined);
	}

	/** "HMI-1 (10.0.0.2)" or "10.0.0.2". */
	name(address: string): string {
		const asset = this.#inventory.byAddress(address);
		return asset?.name === undefined || asset.name === address ? address : `${asset.name} (${address})`;
	}

	endName(end: Endpoint): string {
		return this.name(addressOf(end) ?? "an unknown device");
	}

	/** "PLC 10.0.0.5", with the unit where there is one. */
	plc(server: Server, unit = -1): string {
		return `PLC ${this.name(server.address)}${unit < 0 ? "" : ` unit ${unit}`}`;
	}

	/** The stable name of a point, e.g. `holding:107`. */
	pointName(protocol: AnyProtocol, target: Target, space: number, at: number): string {
		return space < 0 ? (target.names[at] ?? "?") : `${protocol.spaces[space] ?? space}:${at}`;
	}

	/** A point for people, with its given name where it has one. */
	pointWords(protocol: AnyProtocol, target: Target, name: string): string {
		const label = this.mapped(target, name)?.name ?? target.labels.get(name);
		const words = protocol.pointName(name);
		return label === undefined || label === words ? words : `${label} (${words})`;
	}

	/** What the plant's register map says of a point. */
	mapped(target: Target, name: string): MapEntry | undefined {
		const map = this.#maps.of(target.server.address, target.unit);
		const entry = map?.get(name);
		if (map === undefined || entry !== undefined) return entry;
		const wide = wideEntry(name);
		const words = wide === undefined ? undefined : map.get(wide.point);
		if (words === undefined || !isWide(words)) return undefined;
		const { type: _, ...number } = words;
		return number;
	}

	/** A value as the plant's people say it: scaled and with its unit, where a map tells. Half of a number in two registers stays as it is. */
	amount(target: Target, name: string, value: number): string {
		const entry = this.mapped(target, name);
		return entry === undefined || isWide(entry) ? numberWords(value) : amountWords(entry, engineering(entry, value));
	}

	/** Stable name of the point `index` of the operation. */
	nameAt({ protocol, recorder }: Scene, index: number): string {
		let left = index;
		for (let run = 0; run < recorder.runs; run++) {
			const count = recorder.counts[run]!;
			if (left >= count) {
				left -= count;
				continue;
			}
			const space = recorder.spaces[run]!;
			const first = recorder.firsts[run]!;
			return space < 0 ? recorder.names[first]! : `${protocol.spaces[space] ?? space}:${first + left}`;
		}
		return "?";
	}

	/** Points of the operation for people. */
	points(scene: Scene): string {
		const { protocol, recorder, target } = scene;
		const words: string[] = [];
		for (let run = 0; run < recorder.runs && words.length < NAMED; run++) {
			const space = recorder.spaces[run]!;
			const first = recorder.firsts[run]!;
			const last = first + recorder.counts[run]! - 1;
			const name = (at: number) => (space < 0 ? recorder.names[at]! : `${protocol.spaces[space] ?? space}:${at}`);
			words.push(spanWords(this.pointWords(protocol, target, name(first)), this.pointWords(protocol, target, name(last))));
		}
		return listWords(words, undefined, recorder.runs);
	}

	/** "wrote 812 to holding register 101 of PLC 10.0.0.5 unit 1". */
	act(scene: Scene): string {
		const { protocol, recorder, target } = scene;
		const { operation } = recorder;
		const where = this.plc(target.server, target.unit);
		const points = recorder.runs > 0 ? this.points(scene) : undefined;
		let words: string;
		if (operation.verb === "read" && points !== undefined) words = `read ${points} of ${where}`;
		else if (operation.verb === "write" && points !== undefined) {
			const { valueCount } = operation;
			const values = Array.from({ length: Math.min(SAID, valueCount) }, (_, at) =>
				this.amount(target, this.nameAt(scene, at), operation.values[at]!),
			);
			words = `wrote ${valueCount > 0 ? `${listWords(values, SAID, valueCount)} to ` : ""}${points} of ${where}`;
		} else if (operation.verb === "report" && points !== undefined) words = `was sent ${points} by ${where}`;
		else words = `used ${protocol.operationName(operation.code)} on ${where}${points === undefined ? "" : `, ${points}`}`;
		return words + this.outcome(protocol, operation);
	}

	outcome(protocol: AnyProtocol, operation: Operation): string {
		if (operation.outcome === "refused") return ` (refused: ${protocol.outcomeName(operation.outcomeCode)})`;
		if (operation.outcome !== "unanswered") return "";
		// Somebody in between (a gateway) says why.
		return operation.outcomeCode > 0 ? ` (no answer: ${protocol.outcomeName(operation.outcomeCode)})` : " (no answer seen)";
	}

	/** The operation of a detection; `from` is the point named first. */
	operation(scene: Scene, from = 0): DetectionOperation {
		const { protocol, recorder } = scene;
		const { operation } = recorder;
		const count = Math.min(NAMED, operation.pointCount - from);
		const points: string[] = [];
		const values: (number | null)[] = [];
		for (let at = from; at < from + count; at++) {
			points.push(this.nameAt(scene, at));
			if (at < operation.valueCount) values.push(Number.isFinite(operation.values[at]!) ? operation.values[at]! : null);
		}
		return {
			verb: operation.verb,
			name: protocol.operationName(operation.code),
			code: operation.code,
			...(operation.unit >= 0 && { unit: operation.unit }),
			points,
			pointCount: operation.pointCount,
			values,
			outcome: operation.outcome,
			...(operation.outcome === "refused" && { outcomeCode: operation.outcomeCode }),
		};
	}

	/** "in 46 days it was 0–500 in steps of at most 20", in the units of the point where a map names them. */
	normalValue(band: Band, target: Target, name: string): string {
		const time = `in ${durationWords(band.age)}`;
		const entry = this.mapped(target, name);
		const amount = (value: number) => this.amount(target, name, value);
		if (Number.isNaN(band.min)) return `${time} it was never read`;
		if (band.min === band.max) return `${time} it was always ${amount(band.min)}`;
		if (band.states !== undefined && band.states.length <= 4) return `${time} it was ${orWords(band.states.map(amount))}`;
		if (entry === undefined || isWide(entry) || entry.type === "int16")
			return `${time} it was ${rangeWords(band.min, band.max)}${band.step > 0 ? ` in steps of at most ${numberWords(band.step)}` : ""}`;
		const ends = [engineering(entry, band.min), engineering(entry, band.max)].sort((one, other) => one - other) as [number, number];
		const step = band.step > 0 ? ` in steps of at most ${numberWords(band.step * Math.abs(entry.scale))}` : "";
		return `${time} it was ${withUnit(entry, rangeWords(...ends))}${step}`;
	}

	/** "only 10.0.0.2 wrote to it", "nobody wrote to it". */
	only(clients: readonly string[], did: string): string {
		if (clients.length === 0) return `nobody ${did}`;
		return `only ${listWords(clients.map((client) => this.name(client)))} ${did}`;
	}
}

function placeIn(party: Party, zone: Placement["zone"]): void {
	if (zone === undefined) return;
	party.zone = zone.is;
	if (zone.by === "guess") party.isZoneGuessed = true;
}

const withUnit = ({ unit }: MapEntry, words: string): string => (unit === undefined ? words : `${words} ${unit}`);

/** "93.4 °C". */
export const amountWords = (entry: MapEntry, value: number): string => withUnit(entry, numberWords(value));

const isMac = (address: string): boolean => address.length === 17 && address[2] === ":" && address[5] === ":" && address[14] === ":";

/** "0, 1 or 4". */
function orWords(items: string[]): string {
	return items.length < 2 ? (items[0] ?? "") : `${items.slice(0, -1).join(", ")} or ${items.at(-1)}`;
}
