/** Says what is normal no more because it was not seen for the configured time (`baseline/fading.ts`, `Habits.takeFaded`): one alert, informational, for each PLC. */
import { type Faded, fade } from "../baseline/fading.ts";
import type { Plant, Server, Target } from "../baseline/plant.ts";
import type { Services } from "../baseline/services.ts";
import type { AnyProtocol } from "../decode/protocol.ts";
import type { Desk } from "./desk.ts";
import type { FadedHabit } from "./habitAnalyst.ts";
import type { Narrator } from "./narrator.ts";
import { BASELINE_FADED } from "./records.ts";
import { bitStates } from "./valueWords.ts";
import { countWords, durationWords, listWords, spanWords } from "./words.ts";

/** Named in a sentence; the others are counted. */
const MAX_NAMED = 6;

/** What faded at one PLC, in words. */
interface Loss {
	readonly server: Server | undefined;
	readonly address: string;
	readonly words: string[];
	count: number;
}

export class FadeWatch {
	readonly #plant: Plant;
	readonly #narrator: Narrator;
	readonly #desk: Desk;
	readonly #protocols: ReadonlyMap<string, AnyProtocol>;
	readonly #services: Services;
	readonly #micros: number;

	/** `micros` of watched time is how long what is not seen stays normal. */
	constructor(
		plant: Plant,
		narrator: Narrator,
		desk: Desk,
		protocols: ReadonlyMap<string, AnyProtocol>,
		services: Services,
		micros: number,
	) {
		this.#plant = plant;
		this.#narrator = narrator;
		this.#desk = desk;
		this.#protocols = protocols;
		this.#services = services;
		this.#micros = micros;
	}

	/** Watched time went on from `before`; it is `now` of capture time. `habits` are those that faded meanwhile. */
	advance(before: number, now: number, habits: readonly FadedHabit[]): void {
		const losses = new Map<string, Loss>();
		for (const one of fade(this.#plant, before, this.#micros)) {
			const { server, words } = this.#words(one);
			add(losses, server.key, { server, address: server.address }, words);
		}
		for (const { address, server, client, words, unused } of habits) {
			// Its own port is always normal.
			const isOwn = server === undefined || unused === `tcp/${server.port}`;
			if (!isOwn && unused !== undefined && this.#services.set(address, unused, false))
				add(losses, server.key, { server, address }, `its service ${unused} is used`);
			// With a client its habits go without a word.
			if (server?.links.get(client)?.isNormal === false) continue;
			add(losses, server?.key ?? address, { server, address }, words);
		}
		for (const loss of losses.values()) this.#say(loss, now);
	}

	#words(one: Faded): { server: Server; words: string } {
		if (one.trait === "value") return { server: one.target.server, words: this.#valueWords(one) };
		if (one.trait === "client") return { server: one.link.server, words: `${this.#narrator.name(one.link.client)} talks to it` };
		if (one.trait === "writer")
			return { server: one.link.server, words: `${this.#narrator.name(one.link.client)} changes something there` };
		const { pair } = one;
		const { server } = pair.link;
		const who = this.#narrator.name(pair.link.client);
		const protocol = this.#protocols.get(server.protocol);
		const at = unitWords(pair.target);
		if (one.trait === "unit") return { server, words: `${who} talks to unit ${pair.target.unit}` };
		if (one.trait === "function") return { server, words: `${who} uses ${protocol?.operationName(one.use.code) ?? "a function"}${at}` };
		if (one.trait === "refusal")
			return {
				server,
				words: `${protocol?.operationName(one.code) ?? "a function"} is refused to ${who} (${protocol?.outcomeName(one.outcomeCode) ?? one.outcomeCode})${at}`,
			};
		const point = (number: number) => this.#pointWords(pair.target, one.space, number);
		return { server, words: `${who} touches ${spanWords(point(one.first), point(one.first + one.count - 1))} (${one.verb})${at}` };
	}

	#pointWords(target: Target, space: number, at: number): string {
		const protocol = this.#protocols.get(target.server.protocol);
		if (protocol === undefined) return "a point";
		return this.#narrator.pointWords(protocol, target, this.#narrator.pointName(protocol, target, space, at));
	}

	#valueWords({ target, space, at, value }: Faded & { trait: "value" }): string {
		const protocol = this.#protocols.get(target.server.protocol);
		const name = protocol === undefined ? "" : this.#narrator.pointName(protocol, target, space, at);
		const amount = (one: number) => this.#narrator.amount(target, name, one);
		const where = `${this.#pointWords(target, space, at)}${unitWords(target)}`;
		if (value.kind === "bits") return `${where} has ${listWords(bitStates(value.bits, ~value.last), MAX_NAMED)}`;
		if (value.kind === "states") return `${where} is ${value.gone.map(amount).join(" or ")}`;
		const did = value.kind === "written" ? "is written" : "is";
		const range = (min: number, max: number) => (min === max ? amount(min) : `${amount(min)} to ${amount(max)}`);
		const was = `${where} ${did} ${range(value.min, value.max)}`;
		return Number.isNaN(value.newMin) ? was : `${was}, now ${range(value.newMin, value.newMax)}`;
	}

	#say({ server, address, words, count }: Loss, now: number): void {
		const more = count > words.length ? `; and ${countWords(count - words.length, "more thing")}` : "";
		const plc = server === undefined ? this.#narrator.name(address) : this.#narrator.plc(server);
		this.#desk.submit(BASELINE_FADED, {
			type: BASELINE_FADED.id,
			time: now,
			...(server !== undefined && { protocol: server.protocol }),
			source: this.#narrator.partyAt(address),
			key: "",
			sentence: `Not seen at ${plc} for ${durationWords(this.#micros)} or longer, and so normal no more: ${words.join("; ")}${more}. When it comes again it is judged as new.`,
			confidence: 1,
			reasons: [{ points: BASELINE_FADED.severity, text: BASELINE_FADED.title }],
			frames: [],
		});
	}
}

const unitWords = ({ unit }: Target): string => (unit < 0 ? "" : ` of unit ${unit}`);

function add(losses: Map<string, Loss>, key: string, of: Pick<Loss, "server" | "address">, words: string): void {
	let loss = losses.get(key);
	if (loss === undefined) losses.set(key, (loss = { ...of, words: [], count: 0 }));
	loss.count++;
	if (loss.words.length < MAX_NAMED) loss.words.push(words);
}
