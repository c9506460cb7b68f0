/** A server of keys by Kerberos: MIT krb5 on both sides. Any host may serve or ask; all are silent until the lab says so. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Actions, HostContext } from "./host.ts";
import { LabError, toolExists } from "./network.ts";

/** Tool: Debian package. */
const TOOLS = {
	krb5kdc: "krb5-kdc",
	kdb5_util: "krb5-kdc",
	"kadmin.local": "krb5-admin-server",
	kinit: "krb5-user",
	kvno: "krb5-user",
} as const;
/** Until the server listens. */
const SETTLE = 1000;
const PATIENCE = 10_000;
const REALM = "PLANT.EXAMPLE";

const run = promisify(execFile);

function need(...tools: (keyof typeof TOOLS)[]): void {
	for (const tool of tools) if (!toolExists(tool)) throw new LabError(`the tool ${tool} is missing (apt-get install ${TOOLS[tool]})`);
}

/** Who is known: people that have to prove who they are, one that need not, and services, one of which knows an old encryption alone. */
const PRINCIPALS = [
	"+requires_preauth -pw pump-9 ann",
	"-requires_preauth -pw backup-1 backup",
	"-randkey host/files",
	"-e arcfour-hmac:normal -randkey host/drive",
];

export function ticketActions(context: HostContext): Actions {
	let server: ChildProcess | undefined;
	const close = (): void => {
		server?.kill();
		server = undefined;
	};
	process.on("exit", close);
	const settings = (folder: string, kdc: string, isTcp: boolean): Record<string, string | undefined> => {
		const file = join(folder, "krb5.conf");
		writeFileSync(
			file,
			`[libdefaults]\n default_realm = ${REALM}\n dns_lookup_kdc = false\n dns_lookup_realm = false\n dns_canonicalize_hostname = false\n rdns = false\n${isTcp ? " udp_preference_limit = 1\n" : ""}[realms]\n ${REALM} = {\n  kdc = ${kdc}\n }\n`,
		);
		return { ...process.env, KRB5_CONFIG: file, KRB5CCNAME: `FILE:${join(folder, "cache")}`, KRB5_KDC_PROFILE: join(folder, "kdc.conf") };
	};
	return {
		openTickets: async () => {
			need("krb5kdc", "kdb5_util", "kadmin.local");
			const folder = mkdtempSync(join(context.pkiFolder, "tickets-"));
			const env = settings(folder, context.ip, false);
			writeFileSync(
				join(folder, "kdc.conf"),
				[
					"[kdcdefaults]",
					` kdc_listen = ${context.ip}:88`,
					` kdc_tcp_listen = ${context.ip}:88`,
					"[realms]",
					` ${REALM} = {`,
					`  database_name = ${join(folder, "principal")}`,
					`  key_stash_file = ${join(folder, "stash")}`,
					"  acl_file = /dev/null",
					"  supported_enctypes = aes256-cts:normal aes128-cts:normal",
					" }",
					"[logging]",
					` kdc = FILE:${join(folder, "log")}`,
					"",
				].join("\n"),
			);
			await run("kdb5_util", ["create", "-s", "-P", "master-5", "-r", REALM], { env });
			for (const one of PRINCIPALS) await run("kadmin.local", ["-r", REALM, "-q", `addprinc ${one}`], { env });
			server = spawn("krb5kdc", ["-n", "-r", REALM], { stdio: "ignore", env: env as NodeJS.ProcessEnv });
			await sleep(SETTLE);
		},
		closeTickets: close,
		/** Logs in with each of the passwords in turn, and asks for tickets for services; by TCP where it is told to. Says how many logins went. */
		useTickets: async (args) => {
			need("kinit", "kvno");
			const { user, passwords, services } = args as { user: string; passwords: string[]; services: string[] };
			const env = settings(mkdtempSync(join(context.pkiFolder, "user-")), context.address(String(args.host)), args.isTcp === true);
			let count = 0;
			for (const password of passwords) {
				const login = run("kinit", [user], { env, timeout: PATIENCE });
				login.child.stdin!.end(`${password}\n`);
				count += await login.then(
					() => 1,
					() => 0,
				);
			}
			for (const service of services) await run("kvno", [service], { env, timeout: PATIENCE }).catch(() => undefined);
			return count;
		},
	};
}
