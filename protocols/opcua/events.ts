/** Events of a server that somebody should look at, as the notifications of a Publish carry them (OPC 10000-5, 6.4; severities: OPC 10000-4, 7.22 and OPC 10000-5, 6.4.2). */
import { textOf } from "./names.ts";
import type { Nested } from "./nested.ts";

/** Types that tell of trouble with the server itself or with who may use it. What operators and auditors get every day (conditions, writes, logins) is not among them. */
const ATTENTION: ReadonlyMap<string, string> = new Map([
	["i=2082", "certificate data mismatch"],
	["i=2085", "certificate expired"],
	["i=2086", "certificate invalid"],
	["i=2087", "certificate not trusted"],
	["i=2088", "certificate revoked"],
	["i=2089", "certificate mismatch"],
	["i=2091", "nodes added"],
	["i=2093", "nodes deleted"],
	["i=2095", "references added"],
	["i=2097", "references deleted"],
	["i=2131", "device failure"],
	["i=2748", "URL mismatch"],
	["i=3012", "history deleted"],
	["i=3014", "history deleted"],
	["i=3019", "history deleted"],
	["i=3022", "history deleted"],
	["i=3035", "event queue overflow"],
	["i=11446", "system status change"],
	["i=13225", "certificate expires"],
	["i=19297", "trust list out of date"],
]);
/** Of 1 to 1000: the highest of the five parts into which OPC 10000-5, 6.4.2 suggests to divide it. */
const URGENT = 900;
/** Events of one message that are looked at, and characters of their words. */
const MAX_EVENTS = 64;
const MAX_WORDS = 160;

export interface ServerEvent {
	/** What it is, in words; the node id of its type where that is none of the above. */
	readonly kind: string;
	readonly source: string;
	readonly words: string;
	/** 0 where it says none. */
	readonly severity: number;
	readonly isUrgent: boolean;
}

const list = (value: unknown): readonly Nested[] => (Array.isArray(value) ? (value as readonly Nested[]) : []);

/** Those of a PublishResponse, whose fields have been named, that want attention. */
export function attentionOf(body: Nested): ServerEvent[] {
	const out: ServerEvent[] = [];
	let seen = 0;
	for (const data of list((body.notificationMessage as Nested | null)?.notificationData)) {
		for (const event of list(data.events)) {
			if (seen++ === MAX_EVENTS) return out;
			const fields = list(event.eventFields);
			const value = (name: string): unknown => fields.find(({ field }) => field === name)?.value;
			const type = textOf(value("EventType")) ?? "";
			const severity = Number(value("Severity") ?? 0);
			const kind = ATTENTION.get(type);
			if (kind === undefined && !(severity >= URGENT)) continue;
			out.push({
				kind: kind ?? type,
				source: (textOf(value("SourceName")) ?? "").slice(0, MAX_WORDS),
				words: (textOf(value("Message")) ?? "").slice(0, MAX_WORDS),
				severity: Number.isFinite(severity) ? severity : 0,
				isUrgent: kind === undefined,
			});
		}
	}
	return out;
}
