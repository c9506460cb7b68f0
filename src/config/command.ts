/**
 * What people can say to the box: one schema a verb, from which come the types and the validation, whichever way a command comes (page, command line, MQTT).
 * Times are seconds since the epoch.
 */
import { type Static, type TSchema, Type } from "typebox";
import { Errors } from "typebox/value";
import { ZONES } from "./zones.ts";

const CLOSED = { additionalProperties: false } as const;
const why = Type.String({ minLength: 1, maxLength: 500, pattern: "\\S", description: "Why, for the audit log." });
const alert = Type.String({ pattern: "^[0-9a-f]{32}$", description: "Id of the alert." });
const entry = Type.String({ pattern: "^[0-9a-f-]{1,64}$", description: "Id of the audit entry." });
const address = Type.String({ pattern: "^[^\\s\\u0000-\\u001f]{1,64}$", description: "An IP or MAC address, or a serial line." });
const time = Type.Number({ minimum: 0, maximum: 1e11 });
const name = (maxLength: number) => Type.String({ minLength: 1, maxLength });
const code = Type.Integer({ minimum: -1, maximum: 2 ** 32 });

/** Operations that can be permitted. */
export const PERMITTED_VERBS = ["write", "command", "program", "configure"] as const;
/** Levels of the Purdue model; IT is 4 or 5, which traffic cannot tell apart. */
export const LEVELS = ["0", "1", "2", "3", "3.5", "4", "5"] as const;
/** What hangs on a device: people's safety, the plant's running, a number only. */
export const CRITICALITIES = ["safety", "critical", "normal", "meter"] as const;
const VERBS = [
	"read",
	"write",
	"command",
	"program",
	"configure",
	"identify",
	"browse",
	"diagnose",
	"authenticate",
	"report",
	"other",
] as const;
const oneOf = <const Words extends readonly string[]>(words: Words) => Type.Unsafe<Words[number]>({ enum: [...words] });

const at = { protocol: name(64), server: address };
const link = { ...at, client: address };
const pair = { ...link, unit: code };
/** One learned thing (`baseline/thing.ts`). */
const thing = Type.Union([
	Type.Object({ trait: Type.Literal("client"), ...link }, CLOSED),
	Type.Object({ trait: Type.Literal("writer"), ...link }, CLOSED),
	Type.Object({ trait: Type.Literal("unit"), ...pair }, CLOSED),
	Type.Object({ trait: Type.Literal("function"), ...pair, verb: oneOf(VERBS), code }, CLOSED),
	Type.Object(
		{ trait: Type.Literal("points"), ...pair, verb: oneOf(VERBS), point: name(256), count: Type.Integer({ minimum: 1, maximum: 65_536 }) },
		CLOSED,
	),
	Type.Object({ trait: Type.Literal("refusal"), ...pair, code, outcomeCode: code }, CLOSED),
	Type.Object({ trait: Type.Literal("service"), server: address, service: name(64) }, CLOSED),
]);
const weekly = Type.Object(
	{
		days: Type.Array(Type.Integer({ minimum: 0, maximum: 6 }), { minItems: 1, maxItems: 7, description: "0 is Sunday." }),
		from: Type.String({ pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$" }),
		to: Type.String({ pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$" }),
	},
	CLOSED,
);

const SCHEMAS = {
	learn: Type.Object({ verb: Type.Literal("learn"), alert, why }, CLOSED),
	mute: Type.Object({ verb: Type.Literal("mute"), alert, until: time, why }, CLOSED),
	close: Type.Object({ verb: Type.Literal("close"), alert, why }, CLOSED),
	unlearn: Type.Object({ verb: Type.Literal("unlearn"), entry: Type.Optional(entry), thing: Type.Optional(thing), why }, CLOSED),
	permit: Type.Object(
		{
			verb: Type.Literal("permit"),
			clients: Type.Optional(Type.Array(address, { minItems: 1, maxItems: 64 })),
			plcs: Type.Optional(Type.Array(address, { minItems: 1, maxItems: 256 })),
			verbs: Type.Optional(Type.Array(oneOf(PERMITTED_VERBS), { minItems: 1, maxItems: 4 })),
			from: Type.Optional(time),
			until: Type.Optional(time),
			weekly: Type.Optional(Type.Array(weekly, { minItems: 1, maxItems: 16 })),
			why,
		},
		CLOSED,
	),
	place: Type.Object(
		{
			verb: Type.Literal("place"),
			device: address,
			zone: Type.Optional(oneOf(ZONES)),
			level: Type.Optional(oneOf(LEVELS)),
			criticality: Type.Optional(oneOf(CRITICALITIES)),
			why,
		},
		CLOSED,
	),
	undo: Type.Object({ verb: Type.Literal("undo"), entry, why }, CLOSED),
};
export type Command = Static<(typeof SCHEMAS)[keyof typeof SCHEMAS]>;
export type CommandVerb = Command["verb"];
export const COMMAND_VERBS = Object.keys(SCHEMAS) as CommandVerb[];

/** What is wrong where a pattern or a list of words is not met, for people. */
const EXPECTED: Readonly<Record<string, string>> = {
	alert: "the id of an alert, 32 hexadecimal digits",
	entry: "the id of an entry of the audit log",
	why: "some words",
	from: "a time of day like 06:00",
	to: "a time of day like 06:00",
};

const shown = (value: unknown): string => {
	const text = JSON.stringify(value) ?? "nothing";
	return text.length > 60 ? `${text.slice(0, 59)}…` : text;
};

/** The command that a value is, or one sentence that says why it is none. Never throws, whatever the value. */
export function readCommand(value: unknown): { command: Command } | { problem: string } {
	const given = typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
	const verb = given?.verb;
	if (typeof verb !== "string" || !Object.hasOwn(SCHEMAS, verb))
		return { problem: `A command names its verb, one of ${COMMAND_VERBS.join(", ")}; this one says ${shown(verb)}.` };
	const schema: TSchema = SCHEMAS[verb as CommandVerb];
	const [first] = Errors(schema, given);
	if (first === undefined) return { command: given as unknown as Command };
	const { keyword, instancePath, params, message } = first;
	const path = instancePath.slice(1).replaceAll("/", ".");
	const { requiredProperties, additionalProperties } = params as { requiredProperties?: string[]; additionalProperties?: string[] };
	if (keyword === "required" && requiredProperties !== undefined)
		return { problem: `${verb}: ${requiredProperties.join(" and ")} ${requiredProperties.length > 1 ? "are" : "is"} missing.` };
	if (additionalProperties !== undefined || keyword === "boolean")
		return { problem: `${verb}: it takes no ${shown((additionalProperties ?? [path])[0])}.` };
	let wrong: unknown = given;
	for (const step of path === "" ? [] : path.split(".")) wrong = (wrong as Record<string, unknown> | undefined)?.[step];
	const { allowedValues } = params as { allowedValues?: unknown[] };
	const expected =
		keyword === "pattern"
			? (EXPECTED[path.split(".").at(-1)!] ?? "an address")
			: allowedValues !== undefined
				? allowedValues.join(", ")
				: undefined;
	const must = expected === undefined ? message : `must be ${allowedValues === undefined ? "" : "one of "}${expected}`;
	return { problem: `${verb}: ${path === "" ? "it" : path} ${must}; it is ${shown(wrong)}.` };
}
