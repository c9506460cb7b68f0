/**
 * Amounts of traffic in the document: between which bytes a minute what a PLC exchanges with another host over one service lies at any hour of the day, and at hours of which
 * that is far from true. A conversation of two PLCs stands in the document of the one that serves; of several units or protocols of one address, in the first.
 */
import type { Fields, Written } from "../config/written.ts";
import {
	type Adoption,
	addressParts,
	compareEntries,
	firstAt,
	isFirstOfDevice,
	order,
	type Place,
	pointParts,
	readKnown,
	type TraitDescriber,
} from "./description.ts";
import { KNOWN_KEYS } from "./known.ts";
import { HOURS_OF_DAY } from "./localTime.ts";
import type { KnownAmounts, KnownBand } from "./volume.ts";

/** Most conversations of one PLC, and the longest name of a host and of a service. */
const MAX_ENTRIES = 4096;
const MAX_HOST = 64;
const MAX_SERVICE = 64;
/** More bytes a minute no line carries. */
const MOST_BYTES = 1e15;

interface Amounts {
	least: number;
	most: number;
}

interface AmountsEntry extends Amounts, Record<string, unknown> {
	/** The other end: who asks, or, where the PLC asks, who serves. */
	client?: string;
	server?: string;
	service: string;
	hours?: HoursEntry[];
}

/** Consecutive hours with the same amounts: `{from: 02:00, until: 03:00, least: 0, most: 5000000}`. */
interface HoursEntry extends Amounts {
	from: string;
	until: string;
}

/** Where an hour begins and ends. */
const MARKS: readonly string[] = [...HOURS_OF_DAY, "24:00"];

/** Bands move a little all the time: three digits of what a minute brings do so seldom. */
const bytes = (doublings: number): number => Number((2 ** doublings - 1).toPrecision(3));
const amountsOf = ({ low, high }: KnownBand): Amounts => ({ least: bytes(low), most: bytes(high) });

/** Is this the document in which a conversation stands: as what serves, or as what asks? Undefined where it is not. */
function sideOf(place: Place, client: string, server: string): "server" | "client" | undefined {
	const { address } = place.target.server;
	if ((address !== server && address !== client) || !isFirstOfDevice(place)) return undefined;
	if (address === server) return "server";
	return firstAt(place.plant, server) === undefined ? "client" : undefined;
}

function readAmounts(fields: Fields<"least" | "most">): KnownBand {
	const least = fields.get("least").number(0, MOST_BYTES);
	const most = fields.get("most").number(0, MOST_BYTES);
	if (least > most) throw fields.get("most").wrong(`most ${most} is below least ${least}.`);
	return { low: Math.log2(1 + least), high: Math.log2(1 + most) };
}

function adoptEntry(place: Adoption, entry: Written): void {
	const fields = entry.fields(["client", "server", "service", "least", "most", "hours", ...KNOWN_KEYS]);
	const how = readKnown(fields);
	const [client, server] = [fields.find("client")?.text(MAX_HOST), fields.find("server")?.text(MAX_HOST)];
	if ((client === undefined) === (server === undefined)) throw entry.wrong("the other end is either a client or a server.");
	const { address } = place.target.server;
	const key = `${client ?? address}|${server ?? address}|${fields.get("service").text(MAX_SERVICE)}`;
	const { volume } = place.habits;
	if (volume.find(key) >= 0) throw entry.wrong("this conversation stands here twice.");
	const hours = new Map<number, KnownBand>();
	for (const one of fields.find("hours")?.items(HOURS_OF_DAY.length) ?? []) {
		const part = one.fields(["from", "until", "least", "most"]);
		const [from, until] = [MARKS.indexOf(part.get("from").oneOf(MARKS)), MARKS.indexOf(part.get("until").oneOf(MARKS))];
		if (from >= until) throw part.get("until").wrong("hours end after they begin; give those around midnight as two.");
		const band = readAmounts(part);
		for (let hour = from; hour < until; hour++) {
			if (hours.has(hour)) throw one.wrong(`the hour from ${MARKS[hour]} stands here twice.`);
			hours.set(hour, band);
		}
	}
	if (
		!volume.adopt(key, {
			born: place.bornOf(how),
			intervals: how.seen,
			any: readAmounts(fields),
			hours: [...hours].map(([hour, band]) => ({ hour, ...band })),
		})
	)
		throw entry.wrong("there are more conversations than one box watches.");
}

function hoursOf(bands: KnownAmounts["hours"]): HoursEntry[] {
	const entries: HoursEntry[] = [];
	for (const band of bands) {
		const amounts = amountsOf(band);
		const last = entries.at(-1);
		if (last !== undefined && last.until === MARKS[band.hour] && last.least === amounts.least && last.most === amounts.most)
			last.until = MARKS[band.hour + 1]!;
		else entries.push({ from: MARKS[band.hour]!, until: MARKS[band.hour + 1]!, ...amounts });
	}
	return entries;
}

/** The amounts of each hour that has its own. */
function byHour({ hours = [] }: AmountsEntry): Map<string, Amounts> {
	const amounts = new Map<string, Amounts>();
	for (const { from, until, least, most } of hours)
		for (const hour of HOURS_OF_DAY.slice(MARKS.indexOf(from), MARKS.indexOf(until))) amounts.set(hour, { least, most });
	return amounts;
}

const otherOf = ({ client, server }: AmountsEntry): string => client ?? server ?? "?";
const wordsOf = (one: AmountsEntry): string =>
	`the amount of traffic ${one.client === undefined ? "to" : "with"} ${otherOf(one)} over ${one.service}`;
const rangeWords = ({ least, most }: Amounts): string => `${least}–${most} bytes a minute`;

export const amountsDescriber: TraitDescriber = {
	key: "amounts",

	describe(place) {
		const { volume } = place.habits;
		const section: AmountsEntry[] = [];
		for (const [key, id] of volume.all()) {
			const [client, server, service] = key.split("|") as [string, string, string];
			const side = sideOf(place, client, server);
			const known = side === undefined ? undefined : volume.known(id);
			if (known === undefined) continue;
			const { born, intervals, any, hours } = known;
			section.push({
				...(side === "server" ? { client } : { server }),
				service,
				...amountsOf(any),
				...(hours.length > 0 && { hours: hoursOf(hours) }),
				...place.known(born, intervals),
			});
		}
		return section.sort((one, other) => order(partsOf(one), partsOf(other)));
	},

	adopt(place, section) {
		for (const entry of section.items(MAX_ENTRIES)) adoptEntry(place, entry);
	},

	compare(before, after, say) {
		compareEntries<AmountsEntry>(before, after, { keyOf: (one) => JSON.stringify(partsOf(one)), wordsOf }, say, (old, fresh) => {
			if (old.least !== fresh.least || old.most !== fresh.most)
				say(`${wordsOf(fresh)} is ${rangeWords(fresh)} now; before it was ${rangeWords(old)}.`);
			const [had, has] = [byHour(old), byHour(fresh)];
			for (const hour of HOURS_OF_DAY) {
				const [one, other] = [had.get(hour), has.get(hour)];
				if (one?.least === other?.least && one?.most === other?.most) continue;
				const usual = (amounts: Amounts | undefined) => (amounts === undefined ? "as at any hour" : rangeWords(amounts));
				say(`${wordsOf(fresh)} at ${hour} is ${usual(other)} now; before it was ${usual(one)}.`);
			}
		});
	},
};

const partsOf = ({ client, server, service }: AmountsEntry): (string | number)[] => [
	client === undefined ? "server" : "client",
	...addressParts(client ?? server ?? ""),
	"",
	...pointParts(service),
];
