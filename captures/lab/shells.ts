/**
 * Terminals by SSH: OpenSSH on both sides. Any host may serve or visit; all are silent until the lab says so. A server is either of today, or that of an old device, which knows only algorithms that are
 * broken. An intruder has the same client, and a message of his own, written from RFC 4253 and 4254.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Actions, HostContext } from "./host.ts";
import { LabError, toolExists } from "./network.ts";

/** Until the server listens. */
const SETTLE = 800;
const PATIENCE = 15_000;
/** Whose account it is; what is done there is one fixed answer. */
const USER = "root";
const PORT = 22;

const run = promisify(execFile);

function need(...tools: string[]): void {
	for (const tool of tools)
		if (!toolExists(tool)) throw new LabError(`the tool ${tool} is missing (apt-get install openssh-server openssh-client)`);
}

/** What an old device knows. */
const OLD = ["KexAlgorithms=diffie-hellman-group1-sha1", "HostKeyAlgorithms=ssh-rsa", "Ciphers=3des-cbc", "MACs=hmac-sha1-96"];
/** What a program that guesses offers. */
const PLAIN = ["KexAlgorithms=curve25519-sha256", "HostKeyAlgorithms=ssh-ed25519", "Ciphers=aes128-ctr", "MACs=hmac-sha2-256"];

export function shellActions(context: HostContext): Actions {
	let server: ChildProcess | undefined;
	/** All hosts of the lab share the folder. */
	const key = join(context.pkiFolder, "shell-key");
	const close = (): void => {
		server?.kill();
		server = undefined;
	};
	process.on("exit", close);
	/** The client's options; nothing of the machine that records is asked or kept. */
	const options = (extra: readonly string[]): string[] =>
		[
			"StrictHostKeyChecking=no",
			"UserKnownHostsFile=/dev/null",
			"GlobalKnownHostsFile=/dev/null",
			"IdentitiesOnly=yes",
			"IdentityAgent=none",
			"LogLevel=ERROR",
			...extra,
		].flatMap((option) => ["-o", option]);
	const visit = async (host: string, extra: readonly string[], env: Record<string, string> = {}): Promise<boolean> => {
		need("ssh");
		const args = ["-F", "/dev/null", ...options(extra), `${USER}@${context.address(host)}`, "show"];
		return run("ssh", args, { timeout: PATIENCE, env: { ...process.env, ...env } }).then(
			() => true,
			() => false,
		);
	};
	return {
		/** Serves who has the key of `makeKey`; `isOld` as an old device does. */
		openShell: async (args) => {
			need("sshd", "ssh-keygen");
			mkdirSync("/run/sshd", { recursive: true });
			const folder = mkdtempSync(join(context.pkiFolder, "shell-"));
			const keys = args.isOld === true ? [["rsa", "1024"]] : [["ed25519", "256"]];
			for (const [type, bits] of keys)
				await run("ssh-keygen", ["-q", "-t", type!, "-b", bits!, "-N", "", "-C", "", "-f", join(folder, `host-${type}`)]);
			writeFileSync(join(folder, "state"), "pump on\nspeed 1200\nramp 15\n".repeat(8));
			const file = join(folder, "sshd.conf");
			writeFileSync(
				file,
				[
					`ListenAddress ${context.ip}`,
					...keys.map(([type]) => `HostKey ${join(folder, `host-${type}`)}`),
					`AuthorizedKeysFile ${key}.pub`,
					`PidFile ${join(folder, "pid")}`,
					`ForceCommand cat ${join(folder, "state")}`,
					"PermitRootLogin yes",
					"StrictModes no",
					"PasswordAuthentication yes",
					"UsePAM no",
					"UseDNS no",
					"MaxStartups 100",
					...(args.isOld === true ? OLD.map((option) => option.replace("=", " ")) : []),
					"",
				].join("\n"),
			);
			const { stdout } = await run("sh", ["-c", "command -v sshd"]);
			server = spawn(stdout.trim(), ["-D", "-f", file], { stdio: "ignore" });
			await sleep(SETTLE);
		},
		closeShell: close,
		/** Makes the key of `workShell`. */
		makeKey: async () => {
			need("ssh-keygen");
			await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key]);
		},
		/** Works there with the key; says whether it went. */
		workShell: async (args) =>
			visit(String(args.host), [
				`IdentityFile=${key}`,
				"PreferredAuthentications=publickey",
				...(args.isOld === true ? [...OLD, "PubkeyAcceptedAlgorithms=ssh-ed25519"] : []),
			]),
		/** Tries passwords, one a connection. */
		guessShell: async (args) => {
			for (const password of args.passwords as string[]) {
				const ask = join(context.pkiFolder, "ask");
				writeFileSync(ask, `#!/bin/sh\necho '${password}'\n`, { mode: 0o700 });
				await visit(String(args.host), [...PLAIN, "PreferredAuthentications=password", "NumberOfPasswordPrompts=1"], {
					SSH_ASKPASS: ask,
					SSH_ASKPASS_REQUIRE: "force",
					DISPLAY: ":0",
				});
			}
		},
		/** Opens a channel without keys and without a login (CVE-2025-32433), which OpenSSH refuses. */
		breakShell: async (args) => {
			const socket = connect({ host: context.address(String(args.host)), port: PORT });
			socket.on("error", () => {});
			const next = () => once(socket, "data", { signal: AbortSignal.timeout(PATIENCE) });
			await next();
			socket.write("SSH-2.0-OpenSSH_8.9\r\n");
			const text = (words: string) => {
				const out = Buffer.alloc(4 + words.length);
				out.writeUInt32BE(words.length);
				out.write(words, 4);
				return out;
			};
			const packet = (payload: Buffer): Buffer => {
				const padding = 8 + 7 - ((payload.length + 5 + 7) % 8);
				const out = Buffer.alloc(5 + payload.length + padding);
				out.writeUInt32BE(out.length - 4);
				out[4] = padding;
				payload.copy(out, 5);
				return out;
			};
			const lists = [
				"curve25519-sha256",
				"ssh-ed25519,rsa-sha2-512",
				"aes128-ctr",
				"aes128-ctr",
				"hmac-sha2-256",
				"hmac-sha2-256",
				"none",
				"none",
				"",
				"",
			];
			const init = Buffer.concat([Buffer.from([20]), Buffer.alloc(16, 7), ...lists.map(text), Buffer.alloc(5)]);
			const number = (value: number) => Buffer.from([0, 0, value >> 8, value & 255]);
			const open = Buffer.concat([Buffer.from([90]), text("session"), number(0), number(0x8000), number(0x4000)]);
			socket.write(Buffer.concat([packet(init), packet(open)]));
			await sleep(500);
			socket.destroy();
		},
	};
}
