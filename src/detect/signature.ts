/**
 * Signatures of Suricata and Snort as rules of the plant's people (`rule.ts`), as far as they map. Who and where, how often and how severe is read here; what a message says is the
 * protocol's own (`Protocol.signatures`). Suricata User Guide, "Rules Format" and "Thresholding Keywords"; Snort Users Manual 2.9, 3.2 to 3.8.
 */
import type { AnyProtocol, SignatureOption, SignatureReader } from "../decode/protocol.ts";
import { MAX_SECONDS, MAX_TIMES, type RuleFile } from "./rule.ts";
import { TECHNIQUES } from "./techniques.ts";

/** Variables in variables, and lists in lists. */
const MAX_DEPTH = 8;
/** Names of variables; a suricata.yaml has some thirty. */
const MAX_VARIABLES = 1000;
/** Characters of a line that gives one: a list of hundreds of networks. */
const MAX_VARIABLE = 8192;
/** Places of one side. */
const MAX_PLACES = 256;
/** Characters of one signature, with those of the lines that it goes on in. */
const MAX_SIGNATURE = 65_536;
const MAX_TEXT = 240;

/** By the signature's priority: 1 is the gravest. */
const SEVERITIES: Readonly<Record<number, number>> = { 1: 70, 2: 50, 3: 30 };
const LEAST_SEVERITY = 10;
/** Of classes of which neither tool's `classification.config` says 2. */
const PRIORITIES: ReadonlyMap<string, number> = new Map([
	["attempted-user", 1],
	["unsuccessful-user", 1],
	["successful-user", 1],
	["attempted-admin", 1],
	["successful-admin", 1],
	["shellcode-detect", 1],
	["trojan-activity", 1],
	["web-application-attack", 1],
	["policy-violation", 1],
	["targeted-activity", 1],
	["exploit-kit", 1],
	["domain-c2", 1],
	["credential-theft", 1],
	["command-and-control", 1],
	["not-suspicious", 3],
	["unknown", 3],
	["network-scan", 3],
	["protocol-command-decode", 3],
	["string-detect", 3],
	["icmp-event", 3],
	["misc-activity", 3],
	["tcp-connection", 4],
]);
const USUAL_PRIORITY = 2;

/** A rule for the YAML file, and where it came from. */
export interface ImportedRule {
	readonly rule: Readonly<Record<string, unknown>>;
	/** `FILE:LINE`. */
	readonly from: string;
	readonly message: string;
	/** Where it speaks of more than the signature. */
	readonly notes: readonly string[];
}

/** A signature that has no rule, and why, as the end of a sentence. */
export interface LeftSignature {
	readonly from: string;
	readonly message: string;
	readonly why: string;
}

export interface Imported {
	readonly rules: readonly ImportedRule[];
	readonly left: readonly LeftSignature[];
	/** Signatures about other protocols, and those that their author switched off. */
	readonly foreign: number;
	readonly disabled: number;
}

/** Why a signature has no rule. */
class Unmapped extends Error {}
const unmapped = (why: string): never => {
	throw new Unmapped(why);
};

interface Signature {
	readonly action: string;
	readonly carrier: string;
	readonly source: Side;
	readonly arrow: string;
	readonly destination: Side;
	readonly options: readonly SignatureOption[];
}
interface Side {
	readonly hosts: string;
	readonly ports: string;
}

/** Addresses or ports: all but `except`, or those of `only`. */
interface Group {
	readonly only: readonly string[];
	readonly except: readonly string[];
}
const ANY: Group = { only: [], except: [] };

const HEAD = /^(alert|drop|reject\w*|sdrop|block|log|pass|rewrite)\s+(\S+)\s+(.*)$/;

const SNORT_VARIABLE = /^\s*(?:var|ipvar|portvar)\s+(\w+)\s+(.*\S)\s*$/;
const SURICATA_VARIABLE = /^\s+([A-Z][A-Z0-9_]*):\s*(?:"([^"]*)"|'([^']*)'|([^#"']*\S))\s*(?:#.*)?$/;

/** Variables by their names, from the command line, a `suricata.yaml` or a `snort.conf`. */
export class SignatureVariables {
	readonly #values = new Map<string, string>();

	/** What is given first stays. */
	set(name: string, value: string): void {
		if (!this.#values.has(name) && this.#values.size < MAX_VARIABLES) this.#values.set(name, value.trim());
	}

	get(name: string): string | undefined {
		return this.#values.get(name);
	}

	/** Takes those of a file: lines like `HOME_NET: "[10.0.0.0/8]"` (Suricata) or `ipvar HOME_NET 10.0.0.0/8` (Snort). */
	read(text: string): void {
		for (const line of text.split("\n")) {
			if (line.length > MAX_VARIABLE) continue;
			const [, name, ...values] = SNORT_VARIABLE.exec(line) ?? SURICATA_VARIABLE.exec(line) ?? [];
			const value = values.find((one) => one !== undefined);
			if (name !== undefined && value !== undefined) this.set(name, value);
		}
	}
}

/** Reads signatures. Whatever a file holds, nothing is thrown: what does not map is in `left`. */
export function importSignatures(files: readonly RuleFile[], variables: SignatureVariables, protocols: readonly AnyProtocol[]): Imported {
	const rules: ImportedRule[] = [];
	const left: LeftSignature[] = [];
	const names = new Map<string, number>();
	let foreign = 0;
	let disabled = 0;
	for (const { text } of files) variables.read(text);
	for (const { file, text } of files) {
		for (const { line, words } of linesOf(text)) {
			if (words.startsWith("#") && words.endsWith(")") && HEAD.test(words.replace(/^#+\s*/, ""))) disabled++;
			if (words.startsWith("#") || !HEAD.test(words)) continue;
			const from = `${file}:${line}`;
			const signature = parse(words);
			if (signature === undefined) {
				left.push({ from, message: words.slice(0, MAX_TEXT), why: "it is no whole signature" });
				continue;
			}
			const message = unquoted(optionOf(signature, "msg") ?? "") || "it has no message";
			const protocol = protocolOf(signature, variables, protocols);
			if (protocol === undefined) {
				foreign++;
				continue;
			}
			try {
				const { rule, notes } = ruleOf(signature, message, protocol.signatures!, variables);
				const sid = /^\s*(\d{1,10})\s*$/.exec(optionOf(signature, "sid") ?? "")?.[1] ?? "none";
				const times = (names.get(sid) ?? 0) + 1;
				names.set(sid, times);
				rules.push({ rule: { rule: times === 1 ? `sid-${sid}` : `sid-${sid}-${times}`, ...rule }, from, message, notes });
			} catch (error) {
				if (!(error instanceof Unmapped)) throw error;
				left.push({ from, message, why: error.message });
			}
		}
	}
	return { rules, left, foreign, disabled };
}

/** Whole signatures; a line that ends in a backslash goes on in the next. */
function* linesOf(text: string): Generator<{ line: number; words: string }> {
	let words = "";
	let begin = 0;
	let at = 0;
	for (const raw of text.split("\n")) {
		at++;
		if (words === "") begin = at;
		words += raw.trim();
		if (words.endsWith("\\") && words.length < MAX_SIGNATURE) {
			words = words.slice(0, -1);
			continue;
		}
		if (words !== "") yield { line: begin, words: words.slice(0, MAX_SIGNATURE) };
		words = "";
	}
	if (words !== "") yield { line: begin, words };
}

function parse(words: string): Signature | undefined {
	const open = words.indexOf("(");
	const end = words.lastIndexOf(")");
	const [, action = "", carrier = "", rest = ""] = HEAD.exec(words.slice(0, open)) ?? [];
	if (open < 0 || end < open || action === "") return undefined;
	const [source, sourcePorts, arrow, destination, ports, ...more] = headWords(rest);
	if (ports === undefined || more.length > 0 || !["->", "<>", "=>"].includes(arrow!)) return undefined;
	return {
		action,
		carrier,
		source: { hosts: source!, ports: sourcePorts! },
		arrow: arrow!,
		destination: { hosts: destination!, ports },
		options: optionsOf(words.slice(open + 1, end)),
	};
}

/** Words of a head; spaces within brackets part nothing. */
function headWords(text: string): string[] {
	const words: string[] = [];
	let depth = 0;
	let word = "";
	for (const letter of text) {
		if (letter === "[") depth++;
		if (letter === "]") depth--;
		if (/\s/.test(letter)) {
			if (depth <= 0 && word !== "") {
				words.push(word);
				word = "";
			}
		} else word += letter;
	}
	return word === "" ? words : [...words, word];
}

/** Options between semicolons; one that a backslash or quotes hold parts nothing. */
function optionsOf(text: string): SignatureOption[] {
	const options: SignatureOption[] = [];
	let isQuoted = false;
	let begin = 0;
	for (let at = 0; at < text.length; at++) {
		const letter = text[at];
		if (letter === "\\") at++;
		else if (letter === '"') isQuoted = !isQuoted;
		else if (letter === ";" && !isQuoted) {
			const option = text.slice(begin, at);
			begin = at + 1;
			const colon = option.indexOf(":");
			const name = (colon < 0 ? option : option.slice(0, colon)).trim();
			if (name !== "") options.push({ name, value: colon < 0 ? "" : option.slice(colon + 1).trim() });
		}
	}
	return options;
}

const optionOf = ({ options }: Signature, wanted: string): string | undefined => options.find(({ name }) => name === wanted)?.value;

/** Plain text of one line. */
const unquoted = (text: string): string =>
	text
		.replace(/^\s*"|"\s*$/g, "")
		.replace(/\\(.)/g, "$1")
		.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\s]+/gu, " ")
		.trim()
		.slice(0, MAX_TEXT);

/** The protocol that it is about: by its own name, by an option that only this one has, or by a port. */
function protocolOf(signature: Signature, variables: SignatureVariables, protocols: readonly AnyProtocol[]): AnyProtocol | undefined {
	const { carrier, options, source, destination } = signature;
	const asked = optionOf(signature, "app-layer-protocol");
	const byPort = (ports: string, own: readonly number[]): boolean => {
		try {
			return groupOf(ports, variables).only.some((port) => own.includes(Number(port)));
		} catch {
			return false;
		}
	};
	return protocols.find(({ name, signatures }) => {
		if (signatures === undefined) return false;
		const { keywords, ports } = signatures;
		if (carrier === name || asked === name || options.some((option) => keywords.includes(option.name))) return true;
		return (carrier === "tcp" || carrier === "udp") && (byPort(destination.ports, ports) || byPort(source.ports, ports));
	});
}

/** `any`, `10.0.0.5`, `[10.0.0.0/8,!10.0.0.5]`, `!$HOME_NET`. */
function groupOf(text: string, variables: SignatureVariables, depth = 0): Group {
	const word = text.trim();
	if (depth > MAX_DEPTH) unmapped("its variables name each other without end");
	if (word.startsWith("!")) {
		const { only, except } = groupOf(word.slice(1), variables, depth + 1);
		if (except.length > 0 && only.length > 0) unmapped(`${word} is all but some, and but for others`);
		if (only.length + except.length === 0) unmapped(`${word} is nobody`);
		return { only: except, except: only };
	}
	if (word.startsWith("$")) {
		const value = variables.get(word.slice(1)) ?? unmapped(`${word} is not known: say it with --var ${word.slice(1)}=...`);
		return groupOf(value, variables, depth + 1);
	}
	if (word.startsWith("[") && word.endsWith("]")) {
		const groups = members(word.slice(1, -1)).map((one) => groupOf(one, variables, depth + 1));
		const isAny = groups.some(({ only, except }) => only.length + except.length === 0);
		const only = isAny ? [] : [...new Set(groups.flatMap((group) => group.only))];
		const except = [...new Set(groups.flatMap((group) => group.except))];
		if (only.length > MAX_PLACES || except.length > MAX_PLACES) unmapped(`it names more than ${MAX_PLACES} places`);
		return { only, except };
	}
	if (word === "" || word === "any") return ANY;
	return { only: [word], except: [] };
}

/** Between the commas that no bracket holds. */
function members(text: string): string[] {
	const found: string[] = [];
	let depth = 0;
	let begin = 0;
	for (let at = 0; at <= text.length; at++) {
		const letter = text[at];
		if (letter === "[") depth++;
		else if (letter === "]") depth--;
		else if ((letter === "," && depth === 0) || letter === undefined) {
			if (text.slice(begin, at).trim() !== "") found.push(text.slice(begin, at).trim());
			begin = at + 1;
		}
	}
	return found;
}

/** Of an option that says nothing of what is sent. */
const ABOUT_ITSELF: ReadonlySet<string> = new Set([
	"msg",
	"sid",
	"gid",
	"rev",
	"classtype",
	"priority",
	"reference",
	"metadata",
	"target",
	"service",
	"rem",
	"soid",
]);
const ABOUT_THE_FLOW: ReadonlySet<string> = new Set(["flow", "app-layer-protocol", "threshold", "detection_filter", "stream_size"]);

function ruleOf(
	signature: Signature,
	message: string,
	reader: SignatureReader,
	variables: SignatureVariables,
): { rule: Record<string, unknown>; notes: string[] } {
	const { action, options, arrow } = signature;
	if (action === "pass") unmapped("it silences other signatures: exempt in the rule what is right");
	const notes: string[] = [];
	if (action !== "alert" && action !== "log") notes.push(`it would ${action}; a rule only says so`);
	const isAnswer = comesFromServer(signature, reader, variables);
	const said = options.filter(({ name }) => !ABOUT_ITSELF.has(name) && !ABOUT_THE_FLOW.has(name));
	const reading = reader.read(said, isAnswer);
	if (typeof reading === "string") return unmapped(reading);
	notes.push(...reading.notes);
	// A refusal is the server's, whoever is named first.
	const isSwapped = reading.isAnswer && (arrow !== "<>" || isAnswer);
	const [client, server] = isSwapped ? [signature.destination, signature.source] : [signature.source, signature.destination];
	checkPorts(server, reader, variables, notes);
	const rule: Record<string, unknown> = { text: message, severity: severityOf(signature), ...reading.conditions };
	place(rule, "who", "exceptWho", groupOf(client.hosts, variables));
	place(rule, "plc", "exceptPlc", groupOf(server.hosts, variables));
	const rate = rateOf(signature, isSwapped);
	if (rate !== undefined) rule.rate = rate;
	const techniques = techniquesOf(signature);
	if (techniques.length > 0) rule.techniques = techniques;
	return { rule, notes };
}

function place(rule: Record<string, unknown>, key: string, exceptKey: string, { only, except }: Group): void {
	if (only.length > 0) rule[key] = only.length === 1 ? only[0] : only;
	if (except.length > 0) rule[exceptKey] = except.length === 1 ? except[0] : except;
}

/** Whether what it looks at comes from the server: by `flow`, else by the side that has the protocol's port. */
function comesFromServer({ options, source, destination }: Signature, { ports }: SignatureReader, variables: SignatureVariables): boolean {
	const flow = options.filter(({ name }) => name === "flow").flatMap(({ value }) => value.split(",").map((word) => word.trim()));
	if (flow.includes("to_server") || flow.includes("from_client")) return false;
	if (flow.includes("to_client") || flow.includes("from_server")) return true;
	const isOwn = (side: Side): boolean => groupOf(side.ports, variables).only.some((port) => ports.includes(Number(port)));
	return isOwn(source) && !isOwn(destination);
}

/** A rule is about all ports on which the protocol is spoken. */
function checkPorts({ ports }: Side, reader: SignatureReader, variables: SignatureVariables, notes: string[]): void {
	const { only, except } = groupOf(ports, variables);
	if (only.every((port) => reader.ports.includes(Number(port))) && except.length === 0) return;
	notes.push(`it is about port ${ports} alone; a rule is about the protocol at any port`);
}

function severityOf(signature: Signature): number {
	const given = Number(optionOf(signature, "priority") ?? Number.NaN);
	const classed = optionOf(signature, "classtype")?.trim();
	const priority = Number.isInteger(given) && given > 0 ? given : classed === undefined ? 3 : (PRIORITIES.get(classed) ?? USUAL_PRIORITY);
	return SEVERITIES[priority] ?? LEAST_SEVERITY;
}

/** `threshold: type threshold, track by_src, count 3, seconds 60`. A limit of how often it is said is none of what it is about: repeats are one alert. */
function rateOf(signature: Signature, isSwapped: boolean): Record<string, unknown> | undefined {
	const filter = optionOf(signature, "detection_filter");
	const text = filter ?? optionOf(signature, "threshold");
	if (text === undefined) return undefined;
	const words = new Map(text.split(",").map((part) => part.trim().split(/\s+/) as [string, string]));
	if (filter === undefined && words.get("type") === "limit") return undefined;
	// A filter speaks of what comes beyond its count, a threshold of what reaches it.
	const times = Number(words.get("count")) + (filter === undefined ? 0 : 1);
	const seconds = Number(words.get("seconds"));
	if (times <= 1) return undefined;
	if (!(Number.isInteger(times) && times <= MAX_TIMES && seconds >= 1 && seconds <= MAX_SECONDS))
		unmapped(`a rule counts up to ${MAX_TIMES} within ${MAX_SECONDS} seconds`);
	const track = words.get("track") ?? "by_src";
	if (track === "by_both") return { times, seconds };
	if (track !== "by_src" && track !== "by_dst") unmapped(`a rule cannot count ${track}`);
	return { times, seconds, per: (track === "by_src") === isSwapped ? "plc" : "client" };
}

function techniquesOf({ options }: Signature): string[] {
	const ids = options.filter(({ name }) => name === "metadata").flatMap(({ value }) => value.match(/\bT\d{4}\b/g) ?? []);
	return [...new Set(ids)].filter((id) => Object.hasOwn(TECHNIQUES, id));
}
