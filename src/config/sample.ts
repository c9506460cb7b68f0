/** The sample configuration: every key with its words and its default, commented out; the sections stand, so that uncommenting a line is enough. Made from the schema; a test compares the file in `appliance/`. */
import { stringify } from "yaml";
import { configSchema } from "./schema.ts";

type Schema = { type?: string; properties?: Record<string, Schema>; description?: string; default?: unknown };

const valueText = (value: unknown): string => (value === undefined ? "" : stringify(value, { collectionStyle: "flow" }).trim());

function lines(schema: Schema, indent: string): string[] {
	return Object.entries(schema.properties ?? {}).flatMap(([key, one]) => {
		const words = `${indent}## ${one.description ?? ""}`.trimEnd();
		if (one.type === "object") return ["", words, `${indent}${key}:`, ...lines(one, `${indent}  `)];
		return [words, `${indent}# ${key}: ${valueText(one.default)}`.trimEnd()];
	});
}

/** The text of `appliance/config.sample.yaml`. */
export function sampleConfig(): string {
	return [
		"# Configuration of Spanwatch. Every key is optional; the values shown are the defaults (no value: not set).",
		"# Secrets never stand here: name the file that holds them. Paths are meant from the folder of this file.",
		...lines(configSchema as unknown as Schema, ""),
		"",
	].join("\n");
}
