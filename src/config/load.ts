/** Reads and checks the configuration, and the secrets that it names. */
import { readFileSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, resolve } from "node:path";
import { Default, Errors } from "typebox/value";
import { parseDocument } from "yaml";
import { CONFIG_ERROR, ConfigError } from "./error.ts";
import { hint } from "./nearest.ts";
import { type Config, configSchema } from "./schema.ts";
import { readZones } from "./zones.ts";

/** A configuration is a page or two; a larger file is another one by mistake. */
const MAX_BYTES = 1 << 20;
/** Permission bits that let others than the owner and its group read or write. */
const OTHERS = 0o007;
const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;

/** What the command line sets over the file. */
export interface Overrides {
	interfaces?: readonly string[];
	serial?: readonly string[];
	stateDir?: string;
}

/** The configuration of `path`, or the defaults without one. Throws a ConfigError. */
export function loadConfig(path: string | undefined, overrides: Overrides = {}): Config {
	const name = path ?? "the defaults";
	const given = path === undefined ? {} : read(path);
	// Defaults are filled in section by section, so that a file need hold only what differs.
	const filled: Record<string, unknown> = { ...given };
	for (const [key, schema] of Object.entries(configSchema.properties)) {
		if ((schema as { type?: string }).type === "object") filled[key] = filled[key] ?? {};
	}
	const config = Default(configSchema, filled) as Config;
	check(config, name);
	if (path !== undefined) placePaths(config, given, dirname(path));
	if (overrides.interfaces !== undefined && overrides.interfaces.length > 0) config.capture.interfaces = [...overrides.interfaces];
	if (overrides.serial !== undefined && overrides.serial.length > 0) config.capture.serial = [...overrides.serial];
	if (overrides.stateDir !== undefined) config.stateDir = overrides.stateDir;
	if (config.sensor === "") config.sensor = sensorName();
	if (config.learning.timeZone === "") config.learning.timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
	contradictions(config, name);
	return config;
}

/** Paths in the file are meant from the folder that it is in, wherever the program was started. */
function placePaths(config: Config, given: Record<string, unknown>, folder: string): void {
	if (given.stateDir !== undefined) config.stateDir = resolve(folder, config.stateDir);
	config.rules = config.rules.map((path) => resolve(folder, path));
	for (const map of config.maps) map.file = resolve(folder, map.file);
	config.indicators = config.indicators.map((path) => resolve(folder, path));
	for (const section of [config.web, config.broker, config.mqtt] as Record<string, unknown>[])
		for (const [key, value] of Object.entries(section)) if (key.endsWith("File")) section[key] = resolve(folder, value as string);
}

/** True for an address that only this box reaches. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/** The text of a file that holds a secret, without its last line end. Throws a ConfigError where others may read it. */
export function readSecret(path: string, key: string): string {
	let mode: number;
	let text: string;
	try {
		mode = statSync(path).mode;
		text = readFileSync(path, "utf8");
	} catch (error) {
		throw new ConfigError(
			CONFIG_ERROR.secretUnreadable,
			`${key}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code}): check the path and its owner.`,
		);
	}
	if ((mode & OTHERS) !== 0)
		throw new ConfigError(CONFIG_ERROR.secretReadable, `${key}: ${path} can be read by everybody on this box: type chmod 600 ${path}`);
	const secret = text.replace(/\r?\n$/, "");
	if (secret === "") throw new ConfigError(CONFIG_ERROR.secretUnreadable, `${key}: ${path} is empty: write the secret into it.`);
	return secret;
}

/** The text of a file that is no secret (a certificate). Throws a ConfigError. */
export function readPublic(path: string, key: string): string {
	try {
		return readFileSync(path, "utf8");
	} catch (error) {
		throw new ConfigError(
			CONFIG_ERROR.unreadable,
			`${key}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code}): check the path.`,
		);
	}
}

/** The host name, as far as it may stand in a topic. */
function sensorName(): string {
	const name = hostname()
		.replace(/[^A-Za-z0-9_-]/g, "-")
		.slice(0, 64);
	return name === "" ? "sensor" : name;
}

function read(path: string): Record<string, unknown> {
	let text: string;
	try {
		if (statSync(path).size > MAX_BYTES)
			throw new ConfigError(CONFIG_ERROR.unreadable, `${path} is larger than 1 MiB: that is no configuration of this program.`);
		text = readFileSync(path, "utf8");
	} catch (error) {
		if (error instanceof ConfigError) throw error;
		const { code } = error as NodeJS.ErrnoException;
		throw new ConfigError(CONFIG_ERROR.unreadable, `The configuration ${path} cannot be read (${code}): check the path and its owner.`);
	}
	const document = parseDocument(text, { maxAliasCount: 0 } as object);
	const [first] = document.errors;
	if (first !== undefined) {
		const line = first.linePos?.[0].line;
		throw new ConfigError(
			CONFIG_ERROR.notYaml,
			`${path}${line === undefined ? "" : `, line ${line}`}: ${first.message.split("\n")[0]!.replace(/ at line.*$/, "")}; it must be YAML.`,
		);
	}
	let value: unknown;
	try {
		value = document.toJS({ maxAliasCount: 0 }) ?? {};
	} catch {
		throw new ConfigError(CONFIG_ERROR.notYaml, `${path}: aliases (*name) are not taken: write the value where it is wanted.`);
	}
	if (typeof value !== "object" || value === null || Array.isArray(value))
		throw new ConfigError(CONFIG_ERROR.notYaml, `${path}: it must hold keys and values, like "site: plant-1".`);
	return value as Record<string, unknown>;
}

type Schema = {
	type?: string;
	properties?: Record<string, Schema>;
	description?: string;
	pattern?: string;
	minimum?: number;
	maximum?: number;
	minLength?: number;
	maxLength?: number;
	maxItems?: number;
	anyOf?: { const?: unknown }[];
	items?: Schema;
};

/** The schema at a dotted place. */
function schemaAt(path: readonly string[]): Schema | undefined {
	let schema: Schema | undefined = configSchema as unknown as Schema;
	for (const step of path) {
		if (/^\d+$/.test(step) && schema?.items !== undefined) schema = schema.items;
		else schema = schema?.properties !== undefined && Object.hasOwn(schema.properties, step) ? schema.properties[step] : undefined;
	}
	return schema;
}

function valueAt(config: unknown, path: readonly string[]): unknown {
	let value = config;
	for (const step of path) value = (value as Record<string, unknown> | undefined)?.[step];
	return value;
}

/** What a value must be, in words. */
function expected(schema: Schema | undefined): string {
	if (schema === undefined) return "nothing";
	if (schema.anyOf !== undefined) return schema.anyOf.map((one) => String(one.const)).join(" or ");
	const range = schema.minimum !== undefined && schema.maximum !== undefined ? ` from ${schema.minimum} to ${schema.maximum}` : "";
	if (schema.pattern !== undefined) return "letters, digits, - and _, at most 64";
	const words: Record<string, string> = {
		integer: `a whole number${range}`,
		number: `a number${range}`,
		boolean: "true or false",
		string: schema.maxLength !== undefined ? `a text of ${schema.minLength ?? 0} to ${schema.maxLength} characters` : "a text",
		array: schema.maxItems !== undefined ? `a list of at most ${schema.maxItems}` : "a list",
		object: "keys and values",
	};
	return words[schema.type ?? ""] ?? "another value";
}

function found(value: unknown): string {
	const text = JSON.stringify(value) ?? String(value);
	return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function check(config: Config, name: string): void {
	for (const { keyword, instancePath, params } of Errors(configSchema, config)) {
		const path = instancePath.split("/").slice(1);
		if (keyword === "additionalProperties") {
			const [unknown] = (params as { additionalProperties: string[] }).additionalProperties;
			throw unknownKey(name, [...path, unknown!], Object.keys(schemaAt(path)?.properties ?? {}));
		}
		if (keyword === "required") {
			const [missing] = (params as { requiredProperties: string[] }).requiredProperties;
			throw new ConfigError(CONFIG_ERROR.wrongValue, `${name}: ${[...path, missing!].join(".")} is missing: it must be given.`);
		}
		const schema = schemaAt(path);
		if (schema === undefined) continue; // an unknown key, which is said by its own error
		throw new ConfigError(
			CONFIG_ERROR.wrongValue,
			`${name}: ${path.join(".")} must be ${expected(schema)}; it is ${found(valueAt(config, path))}.`,
		);
	}
}

function unknownKey(name: string, path: readonly string[], known: readonly string[]): ConfigError {
	const key = path.at(-1)!;
	return new ConfigError(CONFIG_ERROR.unknownKey, `${name}: there is no key ${path.join(".")}; ${hint(key, known)}`);
}

function isTimeZone(name: string): boolean {
	try {
		new Intl.DateTimeFormat("en", { timeZone: name });
		return true;
	} catch {
		return false;
	}
}

/** What no single key can say. */
function contradictions({ web, broker, mqtt, commands, learning, zones, conduits, capture }: Config, name: string): void {
	const fail = (text: string): never => {
		throw new ConfigError(CONFIG_ERROR.contradiction, `${name}: ${text}`);
	};
	const plan = readZones({ zones, conduits });
	if ("problem" in plan) fail(plan.problem);
	const told = zones.flatMap(({ interfaces }) => interfaces ?? []);
	const deaf = told.find((one) => capture.interfaces.length > 0 && !capture.interfaces.includes(one));
	if (deaf !== undefined)
		fail(
			`zones: the interface ${deaf} is none that is listened on (${capture.interfaces.join(", ")}): correct it, or add it to capture.interfaces.`,
		);
	if ((web.certFile === undefined) !== (web.keyFile === undefined)) fail("web.certFile and web.keyFile go together: give both or none.");
	if (!isLoopback(web.host) && web.certFile === undefined)
		fail(`web.host ${web.host} is reached from the network, where passwords must not be readable: give web.certFile and web.keyFile.`);
	if ((broker.user === undefined) !== (broker.passwordFile === undefined))
		fail("broker.user and broker.passwordFile go together: give both or none.");
	if (broker.enabled && !isLoopback(broker.host) && broker.user === undefined)
		fail(`broker.host ${broker.host} is reached from the network: give broker.user and broker.passwordFile.`);
	if ((mqtt.certFile === undefined) !== (mqtt.keyFile === undefined))
		fail("mqtt.certFile and mqtt.keyFile go together: give both or none.");
	if (!isTimeZone(learning.timeZone))
		fail(`learning.timeZone is ${found(learning.timeZone)}, which is none: give one like Europe/Zurich, or leave it out.`);
	const takesCommands = commands.mqttUsers.length > 0;
	if (takesCommands && mqtt.url === "" && broker.user === undefined)
		fail("commands.mqttUsers needs a broker that knows its users: give broker.user and broker.passwordFile, or an mqtt.url.");
	if (takesCommands && mqtt.url === "" && commands.mqttUsers.some((user) => user !== broker.user))
		fail(`commands.mqttUsers: the embedded broker knows the user ${broker.user} alone.`);
	if (takesCommands && mqtt.url !== "" && mqtt.user === undefined && mqtt.certFile === undefined)
		fail("commands.mqttUsers needs an authenticated connection to the broker: give mqtt.user and mqtt.passwordFile, or mqtt.certFile.");
	if (mqtt.url === "") return;
	if (!URL.canParse(mqtt.url) || !/^(mqtts?|wss?):$/.test(new URL(mqtt.url).protocol))
		fail(`mqtt.url must be like mqtts://broker.example:8883; it is ${found(mqtt.url)}.`);
	const { username, password, protocol } = new URL(mqtt.url);
	if (username !== "" || password !== "") fail("mqtt.url must not hold a user or password: give mqtt.user and mqtt.passwordFile.");
	if (takesCommands && (protocol === "mqtt:" || protocol === "ws:") && !isLoopback(new URL(mqtt.url).hostname.replace(/^\[|\]$/g, "")))
		fail("commands.mqttUsers needs an encrypted mqtt.url (mqtts:// or wss://): on the way commands could be altered.");
	if ((protocol === "mqtt:" || protocol === "ws:") && (mqtt.caFile !== undefined || mqtt.certFile !== undefined))
		fail("mqtt.caFile and mqtt.certFile need an encrypted mqtt.url (mqtts:// or wss://).");
}
