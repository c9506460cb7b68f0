import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigError } from "../../src/config/error.ts";
import { isLoopback, loadConfig, readPublic, readSecret } from "../../src/config/load.ts";

let dir = "";
let file = "";
beforeEach(() => {
	dir = mkdtempSync(join(tmpdir(), "config-"));
	file = join(dir, "config.yaml");
});
afterEach(() => rmSync(dir, { recursive: true }));

const load = (text: string) => {
	writeFileSync(file, text);
	return loadConfig(file);
};
const failure = (text: string): { code: string; message: string } => {
	try {
		load(text);
	} catch (error) {
		if (error instanceof ConfigError) return { code: error.code, message: error.message };
		throw error;
	}
	throw new Error("It was taken.");
};

describe("loadConfig", () => {
	it("has a default for everything", () => {
		const config = loadConfig(undefined);
		expect(config).toMatchObject({
			site: "site",
			stateDir: "state",
			capture: { interfaces: [], filter: "", snapLength: 65_535, bufferMegabytes: 64 },
			web: { host: "127.0.0.1", port: 8480 },
			broker: { enabled: true, host: "127.0.0.1", port: 1883 },
			mqtt: { url: "", version: 5, topicRoot: "spanwatch" },
			outbox: { maxEntries: 100_000, maxMegabytes: 200 },
		});
		expect(config.sensor).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
		expect(load("")).toEqual(config);
		expect(load("web:\nmqtt: {}\n")).toEqual(config);
	});

	it("takes what a file says, and gives defaults for the rest", () => {
		const config = load("site: plant-1\nweb:\n  port: 9000\ncapture:\n  interfaces: [eth1, eth2]\n");
		expect(config).toMatchObject({ site: "plant-1", web: { port: 9000, host: "127.0.0.1" }, capture: { interfaces: ["eth1", "eth2"] } });
	});

	it("puts the command line over the file", () => {
		writeFileSync(file, "stateDir: a\ncapture: {interfaces: [eth1]}\n");
		expect(loadConfig(file, { interfaces: ["eth9"], stateDir: "b" })).toMatchObject({ stateDir: "b", capture: { interfaces: ["eth9"] } });
		expect(loadConfig(file, { interfaces: [] })).toMatchObject({ capture: { interfaces: ["eth1"] } });
	});

	it("means paths from the folder of the file", () => {
		const config = load("stateDir: here\nmqtt:\n  url: mqtts://b\n  caFile: tls/ca.pem\n  passwordFile: /etc/secret\n  user: a\n");
		expect(config.stateDir).toBe(join(dir, "here"));
		expect(config.mqtt).toMatchObject({ caFile: join(dir, "tls/ca.pem"), passwordFile: "/etc/secret" });
		expect(load("site: a").stateDir).toBe("state");
	});

	const wrong: [string, string, string, RegExp][] = [
		["a key that does not exist, with the nearest", "sitte: a", "CONFIG_UNKNOWN_KEY", /there is no key sitte; did you mean site\?/],
		["one inside a section", "mqtt:\n  passwordfile: a", "CONFIG_UNKNOWN_KEY", /no key mqtt\.passwordfile; did you mean passwordFile\?/],
		["one like nothing there is", "web:\n  zzzzzzzz: 1", "CONFIG_UNKNOWN_KEY", /no key web\.zzzzzzzz; it may be one of host, port/],
		["one with a name of the language", "__proto__: {site: a}", "CONFIG_UNKNOWN_KEY", /no key __proto__/],
		["a text for a number", "web: {port: high}", "CONFIG_WRONG_VALUE", /web\.port must be a whole number from 0 to 65535; it is "high"/],
		["a number out of range", "web: {port: 70000}", "CONFIG_WRONG_VALUE", /web\.port must be .* it is 70000/],
		["a fraction for a whole number", "capture: {snapLength: 100.5}", "CONFIG_WRONG_VALUE", /capture\.snapLength/],
		["a word for a boolean", 'broker: {enabled: "yes"}', "CONFIG_WRONG_VALUE", /broker\.enabled must be true or false; it is "yes"/],
		["a list for a text", "site: [a]", "CONFIG_WRONG_VALUE", /site must be/],
		["a text for a list", "capture: {interfaces: eth0}", "CONFIG_WRONG_VALUE", /capture\.interfaces must be a list/],
		["a number in a list of texts", "capture: {interfaces: [eth0, 5]}", "CONFIG_WRONG_VALUE", /capture\.interfaces\.1 must be .*; it is 5/],
		["a text for a section", "web: 8480", "CONFIG_WRONG_VALUE", /web must be keys and values; it is 8480/],
		["a version that does not exist", "mqtt: {version: 3}", "CONFIG_WRONG_VALUE", /mqtt\.version must be 4 or 5; it is 3/],
		["a site that cannot be part of a topic", "site: plant/1", "CONFIG_WRONG_VALUE", /site must be letters, digits/],
		["a sensor with a wildcard", "sensor: '#'", "CONFIG_WRONG_VALUE", /sensor must be/],
		["a tab, with its line", "site: a\nweb:\n\tport: 1\n", "CONFIG_NOT_YAML", /line 3/],
		["a key twice", "site: a\nsite: b\n", "CONFIG_NOT_YAML", /line 2/],
		["a list instead of keys", "- a\n", "CONFIG_NOT_YAML", /keys and values/],
		["an alias", "site: &a x\nsensor: *a\n", "CONFIG_NOT_YAML", /alias/],
		["half of a certificate and its key", "web: {certFile: a}", "CONFIG_CONTRADICTION", /web\.certFile and web\.keyFile/],
		["a page in the network without TLS", "web: {host: 0.0.0.0}", "CONFIG_CONTRADICTION", /web\.host 0\.0\.0\.0/],
		["a broker in the network without a password", "broker: {host: 10.0.0.1}", "CONFIG_CONTRADICTION", /broker\.host 10\.0\.0\.1/],
		["a user without a password", "broker: {user: a}", "CONFIG_CONTRADICTION", /broker\.user and broker\.passwordFile/],
		["a URL that is none", "mqtt: {url: broker}", "CONFIG_CONTRADICTION", /mqtt\.url must be like/],
		["a URL of something else", "mqtt: {url: 'https://b'}", "CONFIG_CONTRADICTION", /mqtt\.url must be like/],
		["a password in the URL", "mqtt: {url: 'mqtt://u:hidden@b'}", "CONFIG_CONTRADICTION", /must not hold a user or password/],
		["certificates without encryption", "mqtt: {url: 'mqtt://b', caFile: a}", "CONFIG_CONTRADICTION", /mqtts:\/\//],
	];
	for (const [name, text, code, message] of wrong)
		it(`refuses ${name}`, () => {
			const error = failure(text);
			expect(error).toEqual({ code, message: expect.stringMatching(message) });
			expect(error.message).toContain(file);
			expect(error.message).not.toContain("hidden");
			expect(error.message.split("\n")).toHaveLength(1);
		});

	it("says that the file is not there, or no configuration", () => {
		expect(() => loadConfig(join(dir, "none.yaml"))).toThrow(
			expect.objectContaining({ code: "CONFIG_UNREADABLE", message: expect.stringContaining("none.yaml") }),
		);
		expect(() => loadConfig(dir)).toThrow(expect.objectContaining({ code: "CONFIG_UNREADABLE" }));
		expect(failure(`site: a # ${"x".repeat(2 << 20)}`).code).toBe("CONFIG_UNREADABLE");
	});
});

describe("files that the configuration names", () => {
	it("gives a secret without its line end", () => {
		for (const [text, secret] of [
			["secret\n", "secret"],
			["secret\r\n", "secret"],
			[" a b ", " a b "],
			["a\nb\n", "a\nb"],
		] as const) {
			writeFileSync(file, text, { mode: 0o600 });
			expect(readSecret(file, "mqtt.passwordFile")).toBe(secret);
		}
	});

	it("refuses a secret that everybody may read, and takes one that its group may", () => {
		writeFileSync(file, "secret");
		for (const mode of [0o644, 0o604, 0o602]) {
			chmodSync(file, mode);
			expect(() => readSecret(file, "mqtt.passwordFile")).toThrow(
				expect.objectContaining({ code: "CONFIG_SECRET_READABLE", message: expect.stringContaining(`chmod 600 ${file}`) }),
			);
		}
		chmodSync(file, 0o640);
		expect(readSecret(file, "mqtt.passwordFile")).toBe("secret");
	});

	it("says which key names a file that is not there or empty, and never what is in it", () => {
		const missing = join(dir, "none");
		expect(() => readSecret(missing, "mqtt.passwordFile")).toThrow(
			expect.objectContaining({
				code: "CONFIG_SECRET_UNREADABLE",
				message: expect.stringMatching(/^mqtt\.passwordFile: .*none cannot be read/),
			}),
		);
		expect(() => readPublic(missing, "mqtt.caFile")).toThrow(expect.objectContaining({ code: "CONFIG_UNREADABLE" }));
		writeFileSync(file, "\n", { mode: 0o600 });
		expect(() => readSecret(file, "mqtt.passwordFile")).toThrow(expect.objectContaining({ message: expect.stringContaining("is empty") }));
	});
});

describe("isLoopback", () => {
	it("knows what only this box reaches", () => {
		for (const host of ["127.0.0.1", "127.8.9.1", "::1", "localhost"]) expect(isLoopback(host)).toBe(true);
		for (const host of ["0.0.0.0", "::", "10.127.0.1", "127.0.0.1.example", "localhost.example", ""]) expect(isLoopback(host)).toBe(false);
	});
});

describe("commands over MQTT", () => {
	const secret = () => {
		writeFileSync(join(dir, "pw"), "geheim", { mode: 0o600 });
		return "passwordFile: pw";
	};

	it("are off by default", () => expect(loadConfig(undefined).commands.mqttUsers).toEqual([]));

	it("are taken over an authenticated connection alone", () => {
		const users = "commands: { mqttUsers: [scada] }";
		const pw = secret();
		expect(load(`${users}\nbroker: { user: scada, ${pw} }`).commands.mqttUsers).toEqual(["scada"]);
		expect(load(`${users}\nmqtt: { url: "mqtts://b.example", user: box, ${pw} }`).commands.mqttUsers).toEqual(["scada"]);
		expect(load(`${users}\nmqtt: { url: "mqtt://127.0.0.1:1883", user: box, ${pw} }`).commands.mqttUsers).toEqual(["scada"]);
		for (const [text, words] of [
			[users, "needs a broker that knows its users"],
			[`${users}\nbroker: { user: other, ${pw} }`, "knows the user other alone"],
			[`${users}\nmqtt: { url: "mqtts://b.example" }`, "needs an authenticated connection"],
			[`${users}\nmqtt: { url: "mqtt://b.example", user: box, ${pw} }`, "needs an encrypted mqtt.url"],
		] as const)
			expect(failure(text)).toMatchObject({ code: "CONFIG_CONTRADICTION", message: expect.stringContaining(words) });
		expect(failure('commands: { mqttUsers: ["a/b"] }').code).toBe("CONFIG_WRONG_VALUE");
	});
});
