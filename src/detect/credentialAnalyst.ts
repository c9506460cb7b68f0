/**
 * Judges what the ends of a conversation show of themselves (`baseline/credentials.ts`). Asked when one begins, never by what is polled. Where the server steers machines, all that was done in the name of
 * what was shown is evidence that nothing else was; where it does not (a web page, files, a shell), only the showings themselves are.
 */
import { Credentials, type Holder, type Shown } from "../baseline/credentials.ts";
import { type Evidence, trust, YOUNG } from "../baseline/maturity.ts";
import type { Link, Plant } from "../baseline/plant.ts";
import type { FactThing } from "../baseline/thing.ts";
import type { Credential } from "../decode/protocol.ts";
import type { FlowView } from "../flow/flow.ts";
import { CLIENT_CHANGED, NEW_USER, SECURITY_LOWERED, SERVER_CHANGED } from "./credentialRecords.ts";
import type { Desk } from "./desk.ts";
import type { DetectionRecord, Reason } from "./detection.ts";
import type { Narrator } from "./narrator.ts";
import { countWords, durationWords, listWords } from "./words.ts";

/** Bytes of a name that are kept. */
const MAX_TEXT = 256;
/** A renewal looks like the one before, and so does a copy: it is told, and no more. */
const RENEWED_POINTS = -30;
const NAMELESS_POINTS = 10;
const YOUNG_POINTS = -10;

/** Where and when something is shown. */
export interface Showing {
	readonly protocol: string;
	readonly server: string;
	readonly client: string;
	/** What was learned of the two, where the server steers machines. */
	readonly link: Link | undefined;
	readonly flow: FlowView;
	readonly time: number;
	readonly frames: number[];
	/** False where it comes with a fact, or an incident is open. */
	readonly mayLearn: boolean;
}

export class CredentialAnalyst {
	readonly #plant: Plant;
	readonly #narrator: Narrator;
	readonly #desk: Desk;
	readonly #isAccepted: (thing: FactThing) => boolean;
	/** At servers that steer machines, and at others: a flood of those leaves room for these. */
	readonly #ofControllers: Credentials;
	readonly #ofHosts: Credentials;

	constructor(plant: Plant, narrator: Narrator, desk: Desk, isAccepted: (thing: FactThing) => boolean) {
		this.#plant = plant;
		this.#narrator = narrator;
		this.#desk = desk;
		this.#isAccepted = isAccepted;
		const refuse = (bound: string): void => plant.count(bound);
		this.#ofControllers = new Credentials("credentials", refuse);
		this.#ofHosts = new Credentials("host-credentials", refuse);
	}

	shown(credential: Credential, showing: Showing): void {
		const { link, protocol, server, client } = showing;
		// Of a stranger it is said that he is one.
		if (link !== undefined && !link.isNormal && !credential.isServer) return;
		const { watched, epoch } = this.#plant;
		const credentials = link === undefined ? this.#ofHosts : this.#ofControllers;
		const holder = credentials.holder(`${protocol}|${server}|${credential.isServer ? (credential.port ?? "") : client}`, watched, epoch);
		if (holder === undefined) return;
		const shown = {
			kind: credential.kind,
			text: credential.text.slice(0, MAX_TEXT),
			names: (credential.names ?? "").slice(0, MAX_TEXT),
			rank: credential.rank ?? 0,
		};
		const usual = holder.shown.filter(({ kind }) => kind === shown.kind);
		const known = usual.find(({ text }) => text === shown.text);
		if (known !== undefined) {
			credentials.seen(holder, known, watched);
			return;
		}
		const isSafer = credential.rank !== undefined && usual.some(({ rank }) => rank <= credential.rank!);
		const evidence = this.#evidence(credential, holder, link, usual);
		if (usual.length === 0 || isSafer || !this.#plant.judges(evidence)) {
			if (showing.mayLearn) credentials.add(holder, shown, watched);
			return;
		}
		const isRenewed = shown.names !== "" && usual.some(({ names }) => names === shown.names);
		this.#say(credential, shown, usual, evidence, showing, isRenewed);
		if (isRenewed && showing.mayLearn) credentials.add(holder, shown, watched);
	}

	#evidence({ isServer }: Credential, holder: Holder, link: Link | undefined, usual: readonly Shown[]): Evidence {
		const showings = usual.reduce((sum, { count }) => sum + count, 0);
		const { operations, born, epoch } = link === undefined ? { ...holder, operations: showings } : isServer ? link.server : link;
		return {
			observations: operations,
			members: usual.length,
			singletons: 0,
			born,
			lastNew: Math.max(born, holder.lastNew),
			isForced: this.#plant.isForced(epoch),
		};
	}

	#say(
		{ kind, isServer, isNameless, rank }: Credential,
		{ text }: Omit<Shown, "count" | "seen">,
		usual: readonly Shown[],
		evidence: Evidence,
		{ protocol, server: serverAddress, client: clientAddress, link, flow, time, frames }: Showing,
		isRenewed: boolean,
	): void {
		const record = rank !== undefined ? SECURITY_LOWERED : kind === "user" ? NEW_USER : isServer ? SERVER_CHANGED : CLIENT_CHANGED;
		const [source, destination] = isServer ? [serverAddress, clientAddress] : [clientAddress, serverAddress];
		// Which of its clients hears it first makes no difference.
		const about = { type: record.id, source, destination: isServer ? "" : destination, key: `${kind}|${text}` };
		const thing: FactThing = { trait: "fact", ...about };
		if (this.#isAccepted(thing)) return;
		const reasons = this.#reasons(record, evidence, isRenewed, isNameless === true, link === undefined ? "connection" : "operation");
		const client = this.#narrator.endName(flow.client);
		const server = this.#narrator.endName(flow.server);
		const before = `in ${durationWords(this.#plant.memory(evidence.born))} it was only ${listWords(usual.map((one) => one.text))}`;
		const words = {
			[SECURITY_LOWERED.id]: `The connection of ${client} to ${server} is secured by ${text}; ${before}.`,
			[NEW_USER.id]: `${client} logged in to ${server} as ${text}; ${before}.`,
			[SERVER_CHANGED.id]: `${server} shows ${client} the ${kind} ${text}; ${before}.`,
			[CLIENT_CHANGED.id]: `${client} shows ${server} the ${kind} ${text}; ${before}.`,
		};
		const ends = [this.#narrator.party(flow.client, false), this.#narrator.party(flow.server, true)] as const;
		this.#desk.submit(record, {
			type: record.id,
			time,
			protocol,
			source: isServer ? ends[1] : ends[0],
			...(!isServer && { destination: ends[1] }),
			key: about.key,
			sentence: words[record.id]!,
			confidence: Math.round(trust(evidence, this.#plant.watched) * 100) / 100,
			reasons,
			frames,
			things: [thing],
		});
	}

	#reasons(record: DetectionRecord, evidence: Evidence, isRenewed: boolean, isNameless: boolean, counted: string): Reason[] {
		const reasons: Reason[] = [{ points: record.severity, text: record.title }];
		if (isRenewed) reasons.push({ points: RENEWED_POINTS, text: "it bears the names of the one before, as a renewal does" });
		if (isNameless) reasons.push({ points: NAMELESS_POINTS, text: "no user is named, where there was one" });
		if (trust(evidence, this.#plant.watched) < YOUNG) {
			const seen = countWords(evidence.observations, counted);
			reasons.push({
				points: YOUNG_POINTS,
				text: `little was seen so far: ${seen} in ${durationWords(this.#plant.watched - evidence.born)}`,
			});
		}
		return reasons;
	}

	*save(): Generator<[key: string, value: unknown]> {
		yield* this.#ofControllers.save();
		yield* this.#ofHosts.save();
	}

	/** Takes back what was saved under `key`; false where it is damaged. */
	restore(key: string, record: unknown): boolean {
		return (key.startsWith(`${this.#ofHosts.name}/`) ? this.#ofHosts : this.#ofControllers).restore(record);
	}
}
