/** SSH: version lines, key exchanges and the lengths of logins, written out (RFC 4253, 4252); and the contract. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { OUTCOME } from "../../protocols/ssh/codes.ts";
import { ssh } from "../../protocols/ssh/index.ts";
import { softwareOf } from "../../protocols/ssh/software.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { type Sample, streamSuite } from "../contract/stream.ts";
import { join, StreamHarness } from "../support/decoderHarness.ts";
import { ED25519, keyExchangeInit, line, NEW_KEYS, type Offer, packet, reply, rsaKey, string, u32 } from "./sshMessages.ts";

const CLIENT = line("SSH-2.0-OpenSSH_9.6p1 Ubuntu-3ubuntu13.5");
const SERVER = line("SSH-2.0-dropbear_2022.83");
const open = () => new StreamHarness(ssh, {});
type Said = readonly [Direction, Uint8Array];
function talk(...messages: readonly Said[]): StreamHarness<never> {
	const harness = open();
	for (const [index, [direction, bytes]] of messages.entries()) harness.send(direction, bytes, { frame: index + 1 });
	return harness as never;
}
const versions: Said[] = [
	[TO_CLIENT, SERVER],
	[TO_SERVER, CLIENT],
];
/** A whole exchange, up to the keys. */
const exchange = (offer: Partial<Offer> = {}, key = ED25519): Said[] => [
	...versions,
	[TO_SERVER, keyExchangeInit(offer)],
	[TO_CLIENT, keyExchangeInit(offer)],
	[TO_SERVER, packet(Uint8Array.of(30), string(new Uint8Array(32)))],
	[TO_CLIENT, reply(key)],
	[TO_CLIENT, NEW_KEYS],
	[TO_SERVER, NEW_KEYS],
];
const kinds = (harness: { records: { kind: string }[] }) => harness.records.map(({ kind }) => kind);
const up = (size: number): Said => [TO_SERVER, new Uint8Array(size).fill(0x5a)];
const down = (size: number): Said => [TO_CLIENT, new Uint8Array(size).fill(0xa5)];
/** What is encrypted, after which the connection closes. */
function logIn(offer: Partial<Offer>, ...sizes: readonly Said[]) {
	const harness = talk(...exchange(offer), ...sizes);
	harness.stream.expire(Number.POSITIVE_INFINITY);
	return harness;
}
const resultOf = (harness: { records: { kind: string; result?: unknown }[] }) =>
	harness.records.filter(({ kind }) => kind === "login").map(({ result }) => result);

describe("a version line", () => {
	it("says who speaks, behind whatever a server says first", () => {
		const harness = talk([TO_CLIENT, join(Buffer.from("Welcome to pump 7\r\nno entry\n"), SERVER)], [TO_SERVER, CLIENT]);
		expect(harness.records).toMatchObject([
			{ kind: "version", sender: "server", version: "2.0", software: "dropbear_2022.83" },
			{ kind: "version", sender: "client", software: "OpenSSH_9.6p1", comments: "Ubuntu-3ubuntu13.5", agreedVersion: 2 },
		]);
		expect(harness.identities).toMatchObject([
			{ ip: "10.0.0.2", application: "dropbear 2022.83", presumed: true, evidence: "SSH version" },
			{ ip: "10.0.0.1", application: "OpenSSH 9.6p1", operatingSystem: "Ubuntu 24.04" },
		]);
	});

	it.each([
		["SSH-1.99-Cisco-1.25", "SSH-2.0-PuTTY_Release_0.78", 2],
		["SSH-1.99-Cisco-1.25", "SSH-1.5-PuTTY_Release_0.60", 1],
		["SSH-1.5-Cisco-1.25", "SSH-2.0-PuTTY_Release_0.78", 1],
	])("agrees: %s, %s", (server, client, agreed) => {
		const harness = talk([TO_CLIENT, line(server)], [TO_SERVER, line(client)]);
		expect(harness.records[1]).toMatchObject({ agreedVersion: agreed });
		expect(harness.facts.map(({ record, sentence }) => [record.id, sentence.includes("SSH 1")])).toEqual(
			agreed === 1 ? [["weak-protocol", true]] : [],
		);
		// Of SSH 1 nothing more is read.
		harness.send(TO_CLIENT, keyExchangeInit()).send(TO_CLIENT, Uint8Array.of(1, 2, 3));
		expect(harness.records).toHaveLength(agreed === 1 ? 2 : 3);
		if (agreed === 1) {
			expect(harness.operations).toMatchObject([{ verb: "authenticate", outcome: "ok" }]);
			expect(harness.credentials).toMatchObject([{ kind: "security", rank: 0 }]);
			expect(harness.rejects).toBe(0);
		}
	});

	it("may be long, but not longer than the standard has it", () => {
		const harness = talk([TO_CLIENT, line(`SSH-2.0-${"x".repeat(300)}`)], [TO_CLIENT, SERVER]);
		expect(harness.records).toMatchObject([{ software: "dropbear_2022.83" }]);
		expect(talk([TO_CLIENT, new Uint8Array(1100).fill(0x61)], ...versions).records).toHaveLength(2);
		expect(talk([TO_SERVER, Buffer.from("SSH-2.0-plain\n")]).records).toMatchObject([{ software: "plain" }]);
	});

	it.each([
		["OpenSSH_9.2p1", "Debian-2+deb12u6", "OpenSSH 9.2p1", "", "Debian 12"],
		["OpenSSH_8.4p1", "Debian-5", "OpenSSH 8.4p1", "", "Debian 11"],
		["OpenSSH_8.9p1", "Ubuntu-3", "OpenSSH 8.9p1", "", "Ubuntu 22.04"],
		["OpenSSH_9.3", "FreeBSD-20230719", "OpenSSH 9.3", "", "FreeBSD"],
		["OpenSSH_for_Windows_8.1", "", "OpenSSH for Windows 8.1", "", "Windows"],
		["Cisco-1.25", "", "Cisco 1.25", "Cisco", "Cisco IOS"],
		["ROSSSH", "", "ROSSSH", "MikroTik", "RouterOS"],
		["HUAWEI-1.5", "", "HUAWEI 1.5", "Huawei", ""],
		["mod_sftp", "", "mod_sftp", "", ""],
	])("gives away: %s %s", (software, comments, application, vendor, operatingSystem) => {
		expect(softwareOf(software, comments)).toEqual({ application, vendor, operatingSystem });
	});
});

describe("a key exchange", () => {
	it("says what is offered, agreed on, and shown", () => {
		const harness = talk(...exchange({ cipher: "aes256-ctr,aes128-ctr" }));
		expect(kinds(harness)).toEqual([
			"version",
			"version",
			"key-exchange-init",
			"key-exchange-init",
			"agreement",
			"host-key",
			"new-keys",
			"new-keys",
		]);
		const hassh = createHash("md5").update("curve25519-sha256;aes256-ctr,aes128-ctr;hmac-sha2-256;none").digest("hex");
		expect(harness.records[2]).toMatchObject({
			sender: "client",
			hassh,
			kexAlgorithms: ["curve25519-sha256"],
			encryptionAlgorithms: [
				["aes256-ctr", "aes128-ctr"],
				["aes256-ctr", "aes128-ctr"],
			],
		});
		expect(harness.records[3]).toMatchObject({ sender: "server", hasshServer: hassh });
		expect(harness.records[4]).toMatchObject({
			kexAlgorithm: "curve25519-sha256",
			hostKeyAlgorithm: "ssh-ed25519",
			cipherAlgorithm: ["aes256-ctr", "aes256-ctr"],
			macAlgorithm: ["hmac-sha2-256", "hmac-sha2-256"],
			compressionAlgorithm: ["none", "none"],
		});
		const fingerprint = `SHA256:${createHash("sha256").update(ED25519).digest("base64").replace("=", "")}`;
		expect(harness.records[5]).toMatchObject({ hostKeyType: "ssh-ed25519", hostKeyBits: 256, fingerprint });
		expect(harness.records[7]).toMatchObject({ sender: "client", requestFrame: 1 });
		expect(harness.operations.map(({ verb, code, outcome }) => [verb, ssh.operationName(code), outcome])).toEqual([
			["authenticate", "begin a connection in SSH", "ok"],
		]);
		expect(harness.credentials).toMatchObject([
			{ kind: "ssh-ed25519 host key", text: fingerprint, isServer: true, port: 1 },
			{ kind: "security", text: "SSH 2", rank: 2 },
		]);
		expect(harness.facts).toEqual([]);
		expect(ssh.isLogin!(harness.operations[0]!.code, 0)).toBe(false);
	});

	it("takes the client's first choice that the server knows, each direction by itself", () => {
		const harness = talk(
			...versions,
			[TO_SERVER, keyExchangeInit({ kex: "ext-info-c,b,a", cipher: "x,aes128-gcm@openssh.com", down: "y,z" })],
			[TO_CLIENT, keyExchangeInit({ kex: "a,b", cipher: "aes128-gcm@openssh.com", down: "z,y" })],
		);
		expect(harness.records[4]).toMatchObject({
			kind: "agreement",
			kexAlgorithm: "b",
			cipherAlgorithm: ["aes128-gcm@openssh.com", "y"],
			macAlgorithm: ["implicit", "hmac-sha2-256"],
		});
	});

	it("fails where nothing is known to both", () => {
		const harness = talk(
			...versions,
			[TO_SERVER, keyExchangeInit({ cipher: "3des-cbc" })],
			[TO_CLIENT, keyExchangeInit()],
			[TO_CLIENT, packet(Uint8Array.of(1), u32(3), string("no match"), string(""))],
		);
		expect(kinds(harness).slice(-2)).toEqual(["no-agreement", "disconnect"]);
		expect(harness.records[4]).toMatchObject({ cipherAlgorithm: ["", ""] });
		expect(harness.records[5]).toMatchObject({ reason: 3, reasonName: "key exchange failed", description: "no match" });
		expect(harness.operations).toMatchObject([{ outcome: "refused", outcomeCode: OUTCOME.noAgreement }]);
		expect([OUTCOME.noAgreement, OUTCOME.notLetIn, 2, 99].map(ssh.outcomeName)).toEqual([
			"no algorithm is known to both",
			"not let in",
			"protocol error",
			"reason 99",
		]);
	});

	it.each<[string, Partial<Offer>]>([
		["kex", { kex: "diffie-hellman-group1-sha1" }],
		["kex", { kex: "rsa1024-sha1" }],
		["hostKey", { hostKey: "ssh-dss" }],
		["cipher", { cipher: "arcfour128" }],
		["cipher", { cipher: "3des-cbc" }],
		["cipher", { cipher: "none" }],
		["mac", { cipher: "aes128-ctr", mac: "hmac-md5" }],
		["mac", { cipher: "aes128-ctr", mac: "hmac-sha1-96" }],
	])("by a broken %s is a fact, once: %o", (field, offer) => {
		const harness = talk(...exchange(offer));
		expect(harness.facts).toMatchObject([{ record: { id: "weak-protocol" }, key: offer[field as keyof Offer] }]);
		expect(harness.credentials.at(-1)).toMatchObject({ kind: "security", rank: 1, text: `SSH 2 with ${offer[field as keyof Offer]}` });
	});

	it.each([
		["RSA of 1024 bits", rsaKey(1024), "ssh-rsa", 1024, 1],
		["RSA of 3072 bits", rsaKey(3072), "ssh-rsa", 3072, 0],
		["DSS", join(string("ssh-dss"), string(new Uint8Array(128).fill(0x81))), "ssh-dss", 1024, 0],
		["ECDSA", join(string("ecdsa-sha2-nistp384"), string("nistp384"), string("x")), "ecdsa-sha2-nistp384", 384, 0],
		["Ed448", join(string("ssh-ed448"), string("x")), "ssh-ed448", 448, 0],
		["another type", join(string("ssh-own"), string("x")), "ssh-own", undefined, 0],
		["RSA that is cut", join(string("ssh-rsa"), u32(9)), "ssh-rsa", undefined, 0],
		["RSA without its modulus", join(string("ssh-rsa"), string("x"), u32(9)), "ssh-rsa", undefined, 0],
	])("shows a host key: %s", (_, key, type, bits, facts) => {
		const harness = talk(...exchange({}, key));
		const shown = harness.records.find(({ kind }) => kind === "host-key")!;
		expect([shown.hostKeyType, shown.hostKeyBits]).toEqual([type, bits]);
		expect(harness.facts).toHaveLength(facts);
	});

	it("shows the group that it uses, and the key after it", () => {
		const kex = "diffie-hellman-group-exchange-sha256";
		const harness = talk(
			...exchange({ kex }).slice(0, 4),
			[TO_SERVER, packet(Uint8Array.of(34), u32(1024), u32(1024), u32(8192))],
			[TO_CLIENT, packet(Uint8Array.of(31), string(new Uint8Array(128).fill(0xff)), string(Uint8Array.of(2)))],
			[TO_SERVER, packet(Uint8Array.of(32), string(new Uint8Array(32)))],
			[TO_CLIENT, reply(ED25519, 33)],
		);
		expect(harness.records.at(-1)).toMatchObject({ kind: "host-key", hostKeyType: "ssh-ed25519", groupBits: 1024 });
		expect(harness.facts).toMatchObject([{ record: { id: "weak-protocol" }, key: "group" }]);
	});

	it("by RSA shows its host key first", () => {
		const harness = talk(
			...exchange({ kex: "rsa2048-sha256" }).slice(0, 4),
			[TO_CLIENT, reply(ED25519, 30)],
			[TO_CLIENT, reply(ED25519, 32)],
		);
		expect(kinds(harness).slice(4)).toEqual(["agreement", "host-key"]);
	});

	it("whose parts do not fit is malformed", () => {
		const broken = packet(Uint8Array.of(20), new Uint8Array(16), string("a"), u32(5000));
		const harness = talk(...versions, [TO_SERVER, broken], [TO_CLIENT, packet(Uint8Array.of(31), u32(99), new Uint8Array(8))]);
		expect(kinds(harness).slice(2)).toEqual(["malformed", "malformed"]);
		expect(harness.facts).toMatchObject([
			{ record: { id: "ssh-malformed" }, byServer: false },
			{ record: { id: "ssh-malformed" }, byServer: true },
		]);
		expect(kinds(talk(...versions, [TO_CLIENT, packet(Uint8Array.of(31), string(""))])).at(-1)).toBe("malformed");
	});

	it("may be idle: what is ignored says nothing", () => {
		const harness = talk(...versions, [TO_SERVER, packet(Uint8Array.of(2), string("x"))], [TO_SERVER, packet(Uint8Array.of(1), u32(11))]);
		expect(kinds(harness)).toEqual(["version", "version", "disconnect"]);
		expect(harness.records[2]).not.toHaveProperty("reason");
	});

	it("before which somebody works is an attack; where a server does, it is broken", () => {
		const opened = packet(Uint8Array.of(90), string("session"), u32(0), u32(1), u32(1));
		const harness = talk(...versions, [TO_SERVER, opened], [TO_CLIENT, packet(Uint8Array.of(91), u32(0))]);
		expect(harness.records.slice(2)).toMatchObject([
			{ kind: "early", messageType: 90, message: "channel open" },
			{ kind: "early", messageType: 91, message: "message 91" },
		]);
		expect(harness.facts).toMatchObject([{ record: { id: "ssh-exploit" } }, { record: { id: "ssh-malformed" } }]);
	});

	it("begins anew with another version line", () => {
		const harness = talk(...exchange().slice(0, 5), ...exchange());
		expect(kinds(harness).filter((kind) => kind === "agreement")).toHaveLength(2);
	});
});

describe("a login", () => {
	// chacha20-poly1305: 44 bytes accept the service, 28 let in.
	const CHACHA = {};
	it.each<[string, Partial<Offer>, Said[], unknown[]]>([
		["lets in at the second answer", CHACHA, [down(400), up(44), down(44), up(60), down(52), up(148), down(28), up(112)], ["ok"]],
		["lets in at once, as the last word", CHACHA, [up(44), down(44), up(148), down(28)], ["ok"]],
		["refuses twice", CHACHA, [up(44), down(44), up(60), down(52), up(148), down(52)], ["refused"]],
		["refuses once, as a question is", CHACHA, [up(44), down(44), up(60), down(52)], []],
		["with more than fits", CHACHA, [up(44), down(44), up(60), down(52), up(148), down(228)], []],
		["with a large answer at first", CHACHA, [up(44), down(44), up(60), down(500), up(148), down(500)], ["refused"]],
		["whose service is not granted", CHACHA, [up(44), down(60), up(60), down(28)], []],
		["of the server alone", CHACHA, [down(44), down(28)], []],
		["of too many bytes", CHACHA, [up(44), down(44), up(60), down(52), up(60), down(17_000), up(60), down(28)], []],
		["by CTR and SHA-256", { cipher: "aes128-ctr", mac: "hmac-sha2-256" }, [up(64), down(64), up(80), down(48)], ["ok"]],
		["by an unknown cipher", { cipher: "own", mac: "hmac-sha2-256" }, [up(64), down(64), up(80), down(48)], []],
		["by an unknown MAC", { cipher: "aes128-ctr", mac: "own" }, [up(64), down(64), up(80), down(48)], []],
		["that is packed", { zip: "zlib" }, [up(44), down(44), up(60), down(28)], []],
	])("%s", (_, offer, sizes, results) => {
		expect(resultOf(logIn(offer, ...sizes))).toEqual(results);
	});

	const clear = (length: number, tag: number): Said => [TO_CLIENT, join(u32(length), new Uint8Array(length + tag).fill(7))];
	it.each<[string, Partial<Offer>, number]>([
		["GCM", { cipher: "aes256-gcm@openssh.com" }, 16],
		["a MAC behind the cipher", { cipher: "aes256-ctr", mac: "hmac-sha2-512-etm@openssh.com" }, 64],
	])("is told packet by packet with %s", (_, offer, tag) => {
		const accept = clear(32, tag);
		const failure = clear(48, tag);
		const success = clear(16, tag);
		const extension = clear(160, tag);
		expect(resultOf(logIn(offer, up(52), [TO_CLIENT, join(extension[1], accept[1])], up(60), failure, up(60), success))).toEqual(["ok"]);
		expect(resultOf(logIn(offer, up(52), accept, up(60), failure, up(60), [TO_CLIENT, join(success[1], extension[1])]))).toEqual(["ok"]);
		expect(resultOf(logIn(offer, up(52), accept, up(60), failure, up(60), failure))).toEqual(["refused"]);
		expect(resultOf(logIn(offer, up(52), accept, up(60), [TO_CLIENT, u32(0x7fffffff)], up(60), success))).toEqual([]);
		// However it is cut.
		const harness = talk(...exchange(offer), up(52));
		for (const byte of join(accept[1], failure[1], success[1])) harness.send(TO_CLIENT, Uint8Array.of(byte));
		harness.stream.expire(Number.POSITIVE_INFINITY);
		expect(resultOf(harness)).toEqual(["ok"]);
	});

	it("is an operation, and the rest is counted", () => {
		const harness = logIn(CHACHA, up(44), down(44), up(60), down(52), up(60), down(28), up(100), down(1000));
		expect(harness.operations.slice(1).map(({ code, outcome }) => [ssh.isLogin!(code, 0), outcome])).toEqual([[true, "ok"]]);
		expect(harness.records.slice(-2)).toMatchObject([
			{ kind: "login", result: "ok", answers: 2, frame: 14 },
			{ kind: "session", bytesToServer: 264, bytesToClient: 1124, frame: 16 },
		]);
		const refused = logIn(CHACHA, up(44), down(44), up(60), down(52), up(60), down(52));
		expect(refused.operations.at(-1)).toMatchObject({ outcome: "refused", outcomeCode: OUTCOME.notLetIn });
	});

	it("of which bytes were lost is not told", () => {
		const harness = talk(...exchange(), up(44), down(44), up(60));
		harness.gap(TO_CLIENT);
		harness.send(TO_CLIENT, new Uint8Array(28)).send(TO_SERVER, new Uint8Array(44));
		harness.stream.expire(Number.POSITIVE_INFINITY);
		expect(kinds(harness).slice(-2)).toEqual(["new-keys", "session"]);
	});

	it("that is silent for an hour counts as over, and may go on", () => {
		const harness = talk(...exchange(), up(44), down(44));
		harness.advance(harness.clock.time + 3_700_000_000);
		expect(harness.records.at(-1)).toMatchObject({ kind: "session", bytesToServer: 44 });
		harness.send(TO_SERVER, new Uint8Array(36));
		harness.stream.expire(Number.POSITIVE_INFINITY);
		expect(harness.records.at(-1)).toMatchObject({ kind: "session", bytesToServer: 36, bytesToClient: 0 });
	});
});

it("is sought after lost bytes", () => {
	const harness = talk(...versions, [TO_SERVER, keyExchangeInit().slice(0, 40)]);
	harness.gap(TO_SERVER);
	harness.send(TO_SERVER, join(Uint8Array.of(0, 0, 0, 12, 3, 1, 0x53), keyExchangeInit()));
	expect(harness.records.at(-1)).toMatchObject({ kind: "key-exchange-init" });
	expect(harness.rejects).toBe(0);
});

it("begins anew behind lost bytes, also where it was encrypted or of SSH 1", () => {
	for (const before of [
		exchange(),
		[
			[TO_CLIENT, line("SSH-1.5-a")],
			[TO_SERVER, line("SSH-1.5-b")],
		] as Said[],
	]) {
		const harness = talk(...before, up(40));
		harness.gap(TO_SERVER).gap(TO_CLIENT);
		for (const byte of SERVER) harness.send(TO_CLIENT, Uint8Array.of(byte));
		harness.send(TO_SERVER, CLIENT).send(TO_SERVER, keyExchangeInit()).send(TO_CLIENT, keyExchangeInit());
		expect(kinds(harness).slice(-5)).toEqual(["version", "version", "key-exchange-init", "key-exchange-init", "agreement"]);
		const other = talk(...before, up(40))
			.gap(TO_SERVER)
			.send(TO_SERVER, Uint8Array.of(0x53, 0x53, 1))
			.send(TO_SERVER, CLIENT);
		expect(other.records).toHaveLength(before.length);
	}
});

it("probes the version, on its port behind other lines", () => {
	const probe = (bytes: Uint8Array, isHinted?: boolean) => ssh.tcp!.probe(bytes, 0, bytes.length, isHinted);
	const text = (words: string) => Buffer.from(words);
	expect(
		["SSH-2.0-x", "SSH-1.99-x", "SSH-", "SSH-2", "SSH-2.", "SSH-3.0-", "SSH-2x", "SSH-2.123-", "SSX", "GET / HTTP/1.1"].map((words) =>
			probe(text(words), false),
		),
	).toEqual([
		PROBE.certain,
		PROBE.certain,
		PROBE.more,
		PROBE.more,
		PROBE.more,
		PROBE.mismatch,
		PROBE.mismatch,
		PROBE.mismatch,
		PROBE.mismatch,
		PROBE.mismatch,
	]);
	expect(probe(text("hello\r\nSSH-2.0-x\r\n"), true)).toBe(PROBE.match);
	expect(probe(text("hello\r\n"), true)).toBe(PROBE.mismatch);
	expect(probe(text("hello\r\nSSH-2.0-x\r\n"), false)).toBe(PROBE.mismatch);
	expect(probe(keyExchangeInit(), false)).toBe(PROBE.mismatch);
	expect(probe(keyExchangeInit())).toBe(PROBE.match);
	expect(probe(keyExchangeInit().slice(0, 5))).toBe(PROBE.more);
	expect(probe(packet(Uint8Array.of(90)))).toBe(PROBE.mismatch);
	expect(ssh.pointName("x")).toBe("x");
});

const sample = (name: string, direction: Direction, bytes: Uint8Array): Sample => ({ name, bytes, direction });
streamSuite(ssh, [
	[
		sample("the server's version", TO_CLIENT, SERVER),
		sample("the client's version", TO_SERVER, CLIENT),
		sample("what the client offers", TO_SERVER, keyExchangeInit()),
		sample("what the server offers", TO_CLIENT, keyExchangeInit()),
		sample("the client's value", TO_SERVER, packet(Uint8Array.of(30), string(new Uint8Array(32)))),
		sample("the host key", TO_CLIENT, reply(ED25519)),
	],
]);
