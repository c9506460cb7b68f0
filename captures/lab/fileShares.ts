/**
 * Shares by SMB, as engineers keep recipes and programs on a server: Samba on both sides. Any host may serve or ask; all are silent until the lab says so. An attacker has the
 * same tools: he guesses a password, speaks SMB1, brings a program, and asks the server to start a service.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Actions, HostContext } from "./host.ts";
import { LabError, toolExists } from "./network.ts";

/** Tool: Debian package. */
const TOOLS = {
	smbd: "samba",
	smbpasswd: "samba-common-bin",
	smbclient: "smbclient",
	net: "samba-common-bin",
	unshare: "util-linux",
} as const;
/** Until the server listens. */
const SETTLE = 2500;
const PATIENCE = 10_000;
/** Who in Samba's own terms is behind every user of the lab: only he may start services. */
const BEHIND = "root";
/** The least that Windows takes for a program (Microsoft PE Format): two headers, and nothing to run. */
const PE_AT = 0x80;

const run = promisify(execFile);

function need(...tools: (keyof typeof TOOLS)[]): void {
	for (const tool of tools) if (!toolExists(tool)) throw new LabError(`the tool ${tool} is missing (apt-get install ${TOOLS[tool]})`);
}

function program(): Buffer {
	const image = Buffer.alloc(1024);
	image.write("MZ", 0, "latin1");
	image.writeUInt32LE(PE_AT, 0x3c);
	image.write("PE\0\0", PE_AT, "latin1");
	image.writeUInt16LE(0x8664, PE_AT + 4);
	image.writeUInt16LE(1, PE_AT + 6);
	image.writeUInt16LE(0xf0, PE_AT + 20);
	image.writeUInt16LE(0x22, PE_AT + 22);
	image.writeUInt16LE(0x20b, PE_AT + 24);
	return image;
}

export function shareActions(context: HostContext): Actions {
	let server: ChildProcess | undefined;
	let folder = "";
	const close = (): void => {
		if (server?.pid !== undefined) process.kill(-server.pid);
		server = undefined;
		if (folder !== "") rmSync(folder, { recursive: true, force: true });
		folder = "";
	};
	process.on("exit", close);
	/** Settings of a client; its name is that of its host. */
	const settings = (): string => {
		const file = join(context.pkiFolder, "smb-client.conf");
		writeFileSync(
			file,
			`[global]\nnetbios name = ${context.host.name.toUpperCase()}\nworkgroup = PLANT\nclient min protocol = NT1\ninterfaces = ${context.ip}\n`,
		);
		return file;
	};
	return {
		/** Serves a share with one file; `user` and `password` open it. */
		openShares: async (args) => {
			need("smbd", "smbpasswd", "unshare");
			const { user, password, share, name } = args as Record<string, string>;
			folder = mkdtempSync(join(context.pkiFolder, "shares-"));
			for (const one of ["private", "state", share!]) mkdirSync(join(folder, one));
			writeFileSync(join(folder, share!, name!), "level;temperature\n2600;61\n".repeat(40));
			writeFileSync(join(folder, "users"), `${BEHIND} = ${user}\n`);
			const file = join(folder, "smb.conf");
			const places = ["lock directory", "state directory", "cache directory", "pid directory", "ncalrpc dir"];
			writeFileSync(
				file,
				[
					"[global]",
					"netbios name = PLANT-FILES",
					"workgroup = PLANT",
					"server string = files of the plant",
					"server role = standalone server",
					`interfaces = ${context.ip}`,
					"bind interfaces only = yes",
					"disable netbios = yes",
					"smb ports = 445",
					"server min protocol = NT1",
					"load printers = no",
					"printing = bsd",
					"printcap name = /dev/null",
					`private dir = ${join(folder, "private")}`,
					...places.map((place) => `${place} = ${join(folder, "state")}`),
					`log file = ${join(folder, "log")}`,
					`username map = ${join(folder, "users")}`,
					`[${share}]`,
					`path = ${join(folder, share!)}`,
					"read only = no",
					"",
				].join("\n"),
			);
			const adding = run("smbpasswd", ["-c", file, "-a", "-s", BEHIND]);
			adding.child.stdin!.end(`${password}\n${password}\n`);
			await adding;
			// Its name is nobody else's: that of the machine that records would be in every login.
			server = spawn(
				"unshare",
				["--uts", "sh", "-c", `hostname plant-files && exec smbd --foreground --no-process-group --configfile=${file}`],
				{
					stdio: "ignore",
					detached: true,
				},
			);
			await sleep(SETTLE);
		},
		closeShares: close,
		/** Does what is asked on a share, in words of smbclient, with `file` as a local file of so many bytes or a program; says whether it went. */
		useShare: async (args) => {
			need("smbclient");
			const { host, share, user, password, commands, version, size } = args as Record<string, string> & { size?: number | "program" };
			const local = join(context.pkiFolder, "brought");
			writeFileSync(local, size === "program" ? program() : Buffer.alloc(Number(size ?? 0), "2600;61;recipe\n"));
			const asked = commands!.replaceAll("LOCAL", local);
			return await isDone("smbclient", [
				`--configfile=${settings()}`,
				...(version === undefined ? [] : ["-m", version]),
				`--user=${user}%${password}`,
				`//${context.address(host!)}/${share}`,
				"-c",
				asked,
			]);
		},
		/** Asks for a list of the shares. */
		listShares: async (args) => {
			need("smbclient");
			const { host, user, password } = args as Record<string, string>;
			return await isDone("smbclient", [`--configfile=${settings()}`, `--user=${user}%${password}`, "-L", `//${context.address(host!)}`]);
		},
		/** Asks to create a service that runs a program, and to start one. */
		runService: async (args) => {
			need("net");
			const { host, user, password, service, program: path, started } = args as Record<string, string>;
			const common = [`--configfile=${settings()}`, "-S", context.address(host!), `--user=${user}%${password}`, "rpc", "service"];
			const isCreated = await isDone("net", [...common, "create", service!, service!, path!]);
			const isStarted = await isDone("net", [...common, "start", started!]);
			return [isCreated, isStarted];
		},
	};
}

/** What is refused ends a client with another code than 0. */
async function isDone(command: string, args: readonly string[]): Promise<boolean> {
	try {
		await run(command, args, { timeout: PATIENCE });
		return true;
	} catch {
		return false;
	}
}
