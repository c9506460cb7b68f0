/** A directory of people and hosts by LDAP: OpenLDAP on both sides, but for UDP, by which Windows looks for its servers: that is written from RFC 4511 and [MS-ADTS] 6.3.3. Any host may serve or ask; all are silent until the lab says so. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { makeCredentials } from "./credentials.ts";
import type { Actions, HostContext } from "./host.ts";
import { LabError, toolExists } from "./network.ts";

/** Tool: Debian package. */
const TOOLS = { slapd: "slapd", slapadd: "slapd", ldapsearch: "ldap-utils", ldapmodify: "ldap-utils" } as const;
/** Until the server listens. */
const SETTLE = 1000;
const PATIENCE = 10_000;
const BASE = "dc=plant,dc=example";
const ADMIN = `cn=admin,${BASE}`;

const run = promisify(execFile);

function need(...tools: (keyof typeof TOOLS)[]): void {
	for (const tool of tools) if (!toolExists(tool)) throw new LabError(`the tool ${tool} is missing (apt-get install ${TOOLS[tool]})`);
}

/** Entries as the server has them when it begins. */
const ENTRIES = [
	[`dn: ${BASE}`, "objectClass: dcObject", "objectClass: organization", "o: Plant", "dc: plant"],
	...["ann", "bob"].map((name) => [
		`dn: uid=${name},${BASE}`,
		"objectClass: inetOrgPerson",
		`uid: ${name}`,
		`cn: ${name}`,
		`sn: ${name}`,
		"title: operator",
		"userPassword: pump-9",
	]),
];

const PORT = 389;

/** X.690, 8.1. */
function ber(tag: number, ...contents: readonly (Buffer | string)[]): Buffer {
	const inside = Buffer.concat(contents.map((one) => Buffer.from(one)));
	return Buffer.concat([Buffer.from([tag, inside.length]), inside]);
}
const number = (value: number, tag = 2): Buffer => ber(tag, Buffer.from([value]));
/** RFC 4511, 4.5.1: the root, by its own attributes. */
const PING = ber(
	0x30,
	number(1),
	ber(
		0x63,
		ber(4),
		number(0, 10),
		number(0, 10),
		number(0),
		number(0),
		number(0, 1),
		ber(0xa0, ber(0xa3, ber(4, "DnsDomain"), ber(4, "plant.example"))),
		ber(0x30, ber(4, "dnsHostName")),
	),
);
/** 4.5.2, in one datagram. */
const answer = (host: string): Buffer =>
	Buffer.concat([
		ber(0x30, number(1), ber(0x64, ber(4), ber(0x30, ber(0x30, ber(4, "dnsHostName"), ber(0x31, ber(4, host)))))),
		ber(0x30, number(1), ber(0x65, number(0, 10), ber(4), ber(4))),
	]);

export function directoryActions(context: HostContext): Actions {
	let server: ChildProcess | undefined;
	let finder: Socket | undefined;
	const close = (): void => {
		server?.kill();
		server = undefined;
		finder?.close();
		finder = undefined;
	};
	process.on("exit", close);
	const ask = async (tool: "ldapsearch" | "ldapmodify", args: Record<string, unknown>, more: readonly string[]): Promise<boolean> => {
		need(tool);
		const login = args.user === undefined ? [] : ["-D", String(args.user), "-w", String(args.password)];
		const secured = args.isSecured === true ? ["-ZZ"] : [];
		const environment = { ...process.env, LDAPNOINIT: "1", LDAPTLS_REQCERT: "never" };
		const address = `ldap://${context.address(String(args.host))}`;
		return run(tool, ["-x", "-H", address, ...secured, ...login, ...more], { timeout: PATIENCE, env: environment }).then(
			() => true,
			() => false,
		);
	};
	return {
		/** Serves two people and who looks after them, whose password is `password`. */
		openDirectory: async (args) => {
			need("slapd", "slapadd");
			const folder = mkdtempSync(join(context.pkiFolder, "directory-"));
			mkdirSync(join(folder, "data"));
			const { key, cert } = makeCredentials(`/CN=${context.name}`, { days: 180 });
			writeFileSync(join(folder, "key.pem"), key, { mode: 0o600 });
			writeFileSync(join(folder, "cert.pem"), cert);
			const file = join(folder, "slapd.conf");
			writeFileSync(
				file,
				[
					...["core", "cosine", "inetorgperson"].map((schema) => `include /etc/ldap/schema/${schema}.schema`),
					"modulepath /usr/lib/ldap",
					"moduleload back_mdb",
					`pidfile ${join(folder, "pid")}`,
					`TLSCertificateFile ${join(folder, "cert.pem")}`,
					`TLSCertificateKeyFile ${join(folder, "key.pem")}`,
					"database mdb",
					`suffix "${BASE}"`,
					`rootdn "${ADMIN}"`,
					`rootpw ${args.password}`,
					`directory ${join(folder, "data")}`,
					"",
				].join("\n"),
			);
			const entries = join(folder, "entries.ldif");
			writeFileSync(entries, `${ENTRIES.map((lines) => lines.join("\n")).join("\n\n")}\n`);
			await run("slapadd", ["-f", file, "-l", entries]);
			const { stdout } = await run("sh", ["-c", "command -v slapd"]);
			server = spawn(stdout.trim(), ["-f", file, "-h", `ldap://${context.ip}`, "-d", "0"], { stdio: "ignore" });
			const socket = createSocket("udp4");
			socket.on("message", (_, { port, address }) => socket.send(answer(`${context.name}.plant.example`), port, address));
			socket.bind(PORT, context.ip);
			finder = socket;
			await sleep(SETTLE);
		},
		closeDirectory: close,
		/** Looks for the directory by UDP. */
		findDirectory: async (args) => {
			const socket = createSocket("udp4");
			socket.send(PING, PORT, context.address(String(args.host)));
			await once(socket, "message", { signal: AbortSignal.timeout(PATIENCE) });
			socket.close();
		},
		/** Asks for who is there, as nobody or as a user, perhaps in TLS; says whether it was let in. */
		searchDirectory: (args) =>
			ask("ldapsearch", args, [
				"-b",
				args.isRoot === true ? "" : BASE,
				...(args.isRoot === true ? ["-s", "base"] : []),
				String(args.filter),
				...(args.attributes as string[]),
			]),
		/** Changes, adds and removes entries. */
		changeDirectory: async (args) => {
			const file = join(context.pkiFolder, "changes.ldif");
			writeFileSync(
				file,
				[
					[`dn: uid=ann,${BASE}`, "changetype: modify", "replace: title", "title: engineer"],
					[`dn: uid=eve,${BASE}`, "changetype: add", "objectClass: inetOrgPerson", "uid: eve", "cn: eve", "sn: eve"],
					[`dn: uid=eve,${BASE}`, "changetype: modrdn", "newrdn: uid=mallory", "deleteoldrdn: 1"],
					[`dn: uid=mallory,${BASE}`, "changetype: delete"],
					[`dn: uid=nobody,${BASE}`, "changetype: delete"],
				]
					.map((lines) => lines.join("\n"))
					.join("\n\n"),
			);
			return ask("ldapmodify", args, ["-c", "-f", file]);
		},
		/** Tries passwords of a user. */
		guessDirectory: async (args) => {
			for (const password of args.passwords as string[])
				await ask("ldapsearch", { ...args, user: `uid=${args.uid},${BASE}`, password }, ["-b", BASE, "(uid=*)", "uid"]);
		},
	};
}
