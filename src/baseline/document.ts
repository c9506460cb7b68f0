/**
 * The baseline as documents, one for each PLC (a unit behind an address): what an engineer reviews and keeps under version control.
 */
import type { Written } from "../config/written.ts";
import type { AnyProtocol } from "../decode/protocol.ts";
import { amountsDescriber } from "./amountsDescriber.ts";
import { dayOfDate } from "./calendar.ts";
import type { Companions } from "./companions.ts";
import { companionsDescriber } from "./companionsDescriber.ts";
import { type Adoption, addressParts, order, type Place, pointParts, type Section, type TraitDescriber } from "./description.ts";
import { hoursDescriber, orderDescriber, rhythmDescriber } from "./habitDescriber.ts";
import type { Habits } from "./habits.ts";
import { AGE_WORDS, ageOf, type Known, known } from "./known.ts";
import { membersDescriber } from "./membersDescriber.ts";
import type { Plant, Target } from "./plant.ts";
import type { Services } from "./services.ts";
import { servicesDescriber } from "./servicesDescriber.ts";
import { valueDescriber } from "./valueDescriber.ts";

/** Version of the document; one that this program does not know is not taken. */
const FORMAT = "spanwatch-baseline/1";

/** In the order in which they stand in the document. A new trait is added here. */
const DESCRIBERS: readonly TraitDescriber[] = [
	membersDescriber,
	valueDescriber,
	companionsDescriber,
	servicesDescriber,
	rhythmDescriber,
	orderDescriber,
	hoursDescriber,
	amountsDescriber,
];

export interface PlcDocument extends Record<string, unknown> {
	format: string;
	plc: string;
	unit?: number;
	protocol: string;
	port?: number;
	name?: string;
}

/** Which PLC: "192.168.1.5/1". */
export const plcKey = ({ protocol, plc, unit }: Pick<PlcDocument, "protocol" | "plc" | "unit">): string =>
	`${protocol} ${plc}${unit === undefined ? "" : `/${unit}`}`;

export interface DescriptionOptions {
	readonly plant: Plant;
	readonly habits: Habits;
	readonly companions: Companions;
	readonly services: Services;
	readonly protocols: ReadonlyMap<string, AnyProtocol>;
	readonly nameOf: (address: string) => string | undefined;
	/** Name given to a point by a register map. */
	readonly mapped?: (target: Target, point: string) => string | undefined;
}

/** All PLCs, in the order of protocol, address and unit. What is not normal (seen, but alarmed) is left out. */
export function describePlcs({ plant, habits, companions, services, protocols, nameOf, mapped }: DescriptionOptions): PlcDocument[] {
	const documents: PlcDocument[] = [];
	for (const server of plant.servers.values()) {
		const protocol = protocols.get(server.protocol);
		if (protocol === undefined) continue;
		for (const target of server.targets.values()) {
			const name = nameOf(server.address);
			const document: PlcDocument = {
				format: FORMAT,
				plc: server.address,
				...(target.unit >= 0 && { unit: target.unit }),
				protocol: server.protocol,
				...(server.port !== undefined && { port: server.port }),
				...(name !== undefined && { name }),
			};
			const place: Place = {
				plant,
				habits,
				companions,
				services,
				target,
				protocol,
				nameOf,
				pointName: (point) => mapped?.(target, point) ?? target.labels.get(point),
				known: (born, count) => known(plant.calendar.dateOf(born), plant.watched - born, count),
			};
			let isEmpty = true;
			for (const describer of DESCRIBERS) {
				const section = describer.describe(place);
				if (section === undefined || section.length === 0) continue;
				document[describer.key] = section;
				isEmpty = false;
			}
			if (!isEmpty) documents.push(document);
		}
	}
	return documents.sort((one, other) =>
		order([one.protocol, ...addressParts(one.plc), one.unit ?? -1], [other.protocol, ...addressParts(other.plc), other.unit ?? -1]),
	);
}

const HEAD = ["format", "plc", "unit", "protocol", "port", "name"] as const;

/** Longest address of a PLC or client; a serial line is a path. */
const MAX_ADDRESS = 64;

export interface AdoptionOptions {
	readonly plant: Plant;
	readonly habits: Habits;
	readonly companions: Companions;
	readonly services: Services;
	readonly protocols: ReadonlyMap<string, AnyProtocol>;
	readonly nameDevice: (address: string, name: string) => void;
}

/**
 * Takes documents into a plant that is empty. What they say is normal because a person reviewed it: it judges at once, as far as its evidence goes. Throws with file and
 * line where a document is wrong; then the plant must not be used. Gives the targets that were filled.
 */
export function adoptPlcs(
	documents: readonly Written[],
	{ plant, habits, companions, services, protocols, nameDevice }: AdoptionOptions,
): Target[] {
	const births = new Births(plant, documents);
	const seen = new Map<string, number>();
	const targets: Target[] = [];
	for (const document of documents) {
		const fields = document.fields([...HEAD, ...DESCRIBERS.map(({ key }) => key)]);
		const format = fields.get("format");
		if (format.text(64) !== FORMAT) throw format.wrong(`the format is ${format.text(64)}; this program knows ${FORMAT}.`);
		const protocol = protocols.get(fields.get("protocol").text(64));
		if (protocol?.isControl !== true)
			throw fields.get("protocol").wrong(
				`there is no protocol ${fields.get("protocol").text(64)} of PLCs; there are ${[...protocols.values()]
					.filter(({ isControl }) => isControl)
					.map(({ name }) => name)
					.join(", ")}.`,
			);
		const address = fields.get("plc").text(MAX_ADDRESS);
		const unit = fields.find("unit")?.whole(0, 65_535) ?? -1;
		const key = plcKey({ protocol: protocol.name, plc: address, ...(unit >= 0 && { unit }) });
		const before = seen.get(key);
		if (before !== undefined) throw document.wrong(`${key} is described twice, first in line ${before}.`);
		seen.set(key, document.line);
		const server = plant.server(address, protocol.name, births.earliest(document));
		const target = server === undefined ? undefined : plant.target(server, unit);
		if (server === undefined || target === undefined) throw document.wrong("there are more PLCs than one box watches.");
		server.port = fields.find("port")?.whole(0, 65_535) ?? server.port;
		const name = fields.find("name")?.text(128);
		if (name !== undefined) nameDevice(address, name);
		const place: Adoption = {
			plant,
			habits,
			companions,
			services,
			target,
			protocol,
			nameOf: () => undefined,
			pointName: (point) => target.labels.get(point),
			known: (born, count) => known(plant.calendar.dateOf(born), plant.watched - born, count),
			bornOf: (how) => births.of(how),
			nameDevice,
		};
		for (const describer of DESCRIBERS) {
			const section = fields.find(describer.key);
			if (section !== undefined) describer.adopt(place, section);
		}
		targets.push(target);
	}
	plant.endLearning();
	return targets;
}

/** Between the births of two things that were known equally long, on different days: microseconds. */
const APART = 1000;

/**
 * Births in watched time such that days and ages of all documents hold; sets the plant's clocks to it. Where a later day claims more age than an earlier one, it gets
 * that of the earlier.
 */
class Births {
	readonly #births = new Map<string, number>();
	readonly #now: number;

	constructor(plant: Plant, documents: readonly Written[]) {
		const ages = new Map<string, Set<string>>();
		for (const document of documents)
			for (const [since, over] of knownIn(document.plain())) ages.set(since, (ages.get(since) ?? new Set()).add(over));
		const days = [...ages.keys()].sort();
		plant.watch(ageOf(AGE_WORDS.at(-1)!) + 86_400e6);
		this.#now = plant.watched;
		let earliest = 0;
		days.forEach((since, at) => {
			let mark = this.#now;
			for (const over of ages.get(since)!) {
				const born = Math.max(earliest, this.#now - ageOf(over) - (days.length - at) * APART);
				this.#births.set(`${since}|${over}`, born);
				mark = Math.min(mark, born);
			}
			const day = dayOfDate(since);
			if (day !== undefined) plant.calendar.begin(day, mark);
			earliest = Math.max(earliest, mark) + 1;
		});
	}

	of({ since, over }: Pick<Known, "since" | "over">): number {
		return this.#births.get(`${since ?? ""}|${over}`) ?? this.#now;
	}

	earliest(document: Written): number {
		let earliest = this.#now;
		for (const [since, over] of knownIn(document.plain())) earliest = Math.min(earliest, this.of({ since, over }));
		return earliest;
	}
}

/** Day and age of everything that a document knows. */
function* knownIn(value: unknown): Generator<[since: string, over: string]> {
	if (typeof value !== "object" || value === null) return;
	const { since, over } = value as { since?: unknown; over?: unknown };
	if (typeof over === "string" && (since === undefined || typeof since === "string")) yield [since ?? "", over];
	for (const inner of Object.values(value)) yield* knownIn(inner);
}

/** What is different between two states of a plant, in sentences. */
export function comparePlcs(before: readonly PlcDocument[], after: readonly PlcDocument[]): string[] {
	const sentences: string[] = [];
	const old = new Map(before.map((document) => [plcKey(document), document]));
	const fresh = new Map(after.map((document) => [plcKey(document), document]));
	for (const key of [...new Set([...old.keys(), ...fresh.keys()])].sort((one, other) => order(pointParts(one), pointParts(other)))) {
		const one = old.get(key);
		const other = fresh.get(key);
		const words = `PLC ${key.slice(key.indexOf(" ") + 1).replace("/", " unit ")}`;
		if (one === undefined || other === undefined) {
			sentences.push(`${words} was ${one === undefined ? "added" : "removed"}.`);
			continue;
		}
		if (one.name !== other.name)
			sentences.push(`${words} is called ${other.name ?? "nothing"} now; before it was ${one.name ?? "nothing"}.`);
		if (one.port !== other.port)
			sentences.push(`${words} is served at port ${other.port ?? "none"} now; before it was ${one.port ?? "none"}.`);
		for (const { key: section, compare } of DESCRIBERS)
			compare((one[section] ?? []) as Section, (other[section] ?? []) as Section, (sentence) => sentences.push(`${words}: ${sentence}`));
	}
	return sentences;
}
