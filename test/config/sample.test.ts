import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { sampleConfig } from "../../src/config/sample.ts";
import { configSchema } from "../../src/config/schema.ts";

const load = (text: string) => {
	const dir = mkdtempSync(join(tmpdir(), "sample-"));
	try {
		writeFileSync(join(dir, "config.yaml"), text);
		return loadConfig(join(dir, "config.yaml"));
	} finally {
		rmSync(dir, { recursive: true });
	}
};

describe("the sample configuration", () => {
	// Written by: npx vitest run --config test/vitest.config.ts test/config --update
	it("is the one in appliance/", async () => {
		await expect(sampleConfig()).toMatchFileSnapshot("../../appliance/config.sample.yaml");
	});

	it("changes nothing as it is, nor with every value uncommented", () => {
		expect(load(sampleConfig())).toEqual(loadConfig(undefined));
		const uncommented = sampleConfig()
			.split("\n")
			.map((line) => line.replace(/^( *)# (\w+:)/, "$1$2"))
			.filter((line) => !/^ +\w+:$/.test(line))
			.join("\n")
			.replace("stateDir: state", "")
			.replace(/^sensor: .*$/m, "");
		expect(uncommented).toContain("\nweb:\n  ## Address");
		expect(uncommented).toContain("\n  port: 8480\n");
		expect(load(uncommented)).toEqual(loadConfig(undefined));
	});

	it("says in words what each key is", () => {
		const described = (schema: { description?: string; properties?: object }, path: string): string[] =>
			Object.entries(schema.properties ?? {}).flatMap(([key, one]) => [
				...(one.description ? [] : [`${path}${key}`]),
				...described(one, `${path}${key}.`),
			]);
		expect(described(configSchema, "")).toEqual([]);
	});
});
