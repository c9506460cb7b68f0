/**
 * Files by TFTP, as devices fetch what they start with and engineers keep configurations: tftpd-hpa serves, atftp asks with options (RFC 2347), tftp-hpa without. Any host may
 * serve or ask; all are silent until the lab says so. Nothing in it is an attack: a list of indicators makes it one.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Actions, HostContext } from "./host.ts";
import { LabError, toolExists } from "./network.ts";

const SERVER = "in.tftpd";
const PORT = 69;
/** Tool: Debian package. */
const TOOLS = { [SERVER]: "tftpd-hpa", tftp: "tftp-hpa", atftp: "atftp" } as const;
/** Until the server listens. */
const SETTLE = 300;
const PATIENCE = 5000;

const run = promisify(execFile);

function need(tool: keyof typeof TOOLS): void {
	if (!toolExists(tool)) throw new LabError(`the tool ${tool} is missing (apt-get install ${TOOLS[tool]})`);
}

export function fileActions(context: HostContext): Actions {
	let server: ChildProcess | undefined;
	let folder = "";
	const close = (): void => {
		server?.kill();
		if (folder !== "") rmSync(folder, { recursive: true, force: true });
		folder = "";
	};
	process.on("exit", close);
	return {
		/** Serves a folder with one file of `size` bytes, and takes others. */
		openFiles: async (args) => {
			need(SERVER);
			folder = mkdtempSync(join(context.pkiFolder, "files-"));
			writeFileSync(join(folder, String(args.name)), Buffer.alloc(Number(args.size), "configuration of the plant\n"));
			server = spawn(SERVER, ["--foreground", "--secure", "--create", "--user", "root", "--address", `${context.ip}:${PORT}`, folder], {
				stdio: "ignore",
			});
			await sleep(SETTLE);
		},
		closeFiles: close,
		/** Fetches a file with options; says whether it came. */
		fetchWithOptions: async (args) => {
			need("atftp");
			const to = join(context.pkiFolder, "fetched");
			const options = ["tsize 0", "blksize 1024"].flatMap((option) => ["--option", option]);
			return await isDone("atftp", [
				...options,
				"--get",
				"--remote-file",
				String(args.name),
				"--local-file",
				to,
				context.address(String(args.host)),
			]);
		},
		/** Sends a file of `size` bytes, or fetches one where there is no size; says whether it went. */
		transfer: async (args) => {
			need("tftp");
			const local = join(context.pkiFolder, "transferred");
			const isSent = args.size !== undefined;
			if (isSent) writeFileSync(local, Buffer.alloc(Number(args.size), "parameters of a PLC\n"));
			const order = isSent ? ["put", local, String(args.name)] : ["get", String(args.name), local];
			return await isDone("tftp", ["-4", "-m", "binary", context.address(String(args.host)), "-c", ...order]);
		},
	};
}

/** A transfer that is refused ends a client with another code than 0, or with none and a sentence. */
async function isDone(command: string, args: readonly string[]): Promise<boolean> {
	try {
		const { stdout, stderr } = await run(command, args, { timeout: PATIENCE });
		return !/error/i.test(stdout + stderr);
	} catch {
		return false;
	}
}
