/** The compiled program as tests start it: in this process's network or in a namespace, with its words, its page and its state. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Alert } from "../../src/alert/alert.ts";
import type { StationStatus } from "../../src/web/status.ts";

export const PROGRAM = fileURLToPath(new URL("../../dist/program/main.js", import.meta.url));
export const isBuilt = existsSync(PROGRAM);
const PASSWORD = "correct horse battery";

/** Passes connections between two network namespaces by way of a socket in the file system. */
const RELAY = `
	const net = require("node:net");
	const [from, to] = process.argv.slice(1).map((text) => (/^\\d+$/.test(text) ? { port: Number(text), host: "127.0.0.1" } : { path: text }));
	net.createServer((socket) => {
		const other = net.connect(to);
		socket.pipe(other).pipe(socket);
		for (const [one, two] of [[socket, other], [other, socket]]) one.on("error", () => two.destroy()).on("close", () => two.destroy());
	}).listen(from, function () { console.log(this.address().port ?? 0); });`;

const exitOf = async (child: ChildProcess): Promise<number | NodeJS.Signals | null> => {
	if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
	return child.exitCode ?? child.signalCode;
};

/** Fields of a process from its state on (proc(5)); empty where there is none. */
const fieldsOf = (pid: number | string): string[] => {
	try {
		return readFileSync(`/proc/${pid}/stat`, "latin1")
			.replace(/^.*\) /s, "")
			.split(" ");
	} catch {
		return [];
	}
};

/** True for a process that runs; one that has ended and waits for its parent to notice does not. */
export const isThere = (pid: number): boolean => !["Z", "X", undefined].includes(fieldsOf(pid)[0]);

/** Processes that a process has started, and theirs. */
export function descendants(pid: number): number[] {
	const children = readdirSync("/proc")
		.filter((name) => /^\d+$/.test(name) && Number(fieldsOf(name)[1]) === pid)
		.map(Number);
	return children.flatMap((child) => [child, ...descendants(child)]);
}

export const commandOf = (pid: number): string => {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ");
	} catch {
		return "";
	}
};

/** A program that ran to its end. */
export async function runToEnd(args: string[], { prefix = [] as string[], cwd = tmpdir(), env = {} as NodeJS.ProcessEnv } = {}) {
	const [command, ...words] = [...prefix, process.execPath, PROGRAM, ...args];
	const child = spawn(command!, words, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
	let out = "";
	let said = "";
	child.stdout.setEncoding("utf8").on("data", (text: string) => {
		out += text;
	});
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		said += text;
	});
	await once(child, "close");
	return { code: child.exitCode, out, said };
}

export interface MonitorOptions {
	args: string[];
	/** A network namespace to run in. */
	namespace?: string;
	/** Words before the program's, like `setpriv` and its options. */
	prefix?: string[];
	env?: NodeJS.ProcessEnv;
}

/** A monitor that runs. */
export class Monitor {
	readonly child: ChildProcess;
	readonly lines: string[] = [];
	readonly #namespace: string | undefined;
	readonly #sockets = mkdtempSync(join(tmpdir(), "spanwatch-relay-"));
	readonly #relays: (ChildProcess | Server)[] = [];
	#wake: (() => void)[] = [];
	#isOver = false;
	#cookie = "";
	#page = "";

	constructor({ args, namespace, prefix = [], env = {} }: MonitorOptions) {
		const inside = namespace === undefined ? [] : ["ip", "netns", "exec", namespace];
		const [command, ...words] = [...inside, ...prefix, process.execPath, PROGRAM, ...args];
		this.#namespace = namespace;
		this.child = spawn(command!, words, { cwd: tmpdir(), env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "pipe"] });
		let rest = "";
		this.child.stderr!.setEncoding("utf8").on("data", (text: string) => {
			const parts = (rest + text).split("\n");
			rest = parts.pop()!;
			this.lines.push(...parts);
			this.#stir();
		});
		this.child.stderr!.on("close", () => {
			this.#isOver = true;
			this.#stir();
		});
	}

	#stir(): void {
		for (const wake of this.#wake.splice(0)) wake();
	}

	/** The first group of the first line that fits; waits for it. */
	async said(pattern: RegExp): Promise<string> {
		for (;;) {
			for (const line of this.lines) {
				const found = pattern.exec(line);
				if (found !== null) return found[1] ?? found[0];
			}
			if (this.#isOver) throw new Error(`the monitor has ended; it said\n${this.lines.join("\n")}`);
			await new Promise<void>((resolve) => this.#wake.push(resolve));
		}
	}

	/** Where a port of the monitor can be reached from here. */
	async reach(port: number): Promise<number> {
		if (this.#namespace === undefined) return port;
		const path = join(this.#sockets, `in-${port}`);
		await this.#relay(path, String(port));
		const server = createServer((socket) => {
			const other = connect(path);
			socket.pipe(other).pipe(socket);
			socket.on("error", () => other.destroy()).on("close", () => other.destroy());
			other.on("error", () => socket.destroy()).on("close", () => socket.destroy());
		});
		server.listen(0, "127.0.0.1");
		await once(server, "listening");
		this.#relays.push(server);
		return (server.address() as AddressInfo).port;
	}

	async #relay(from: string, to: string): Promise<number> {
		return startRelay(this.#relays, this.#namespace!, from, to);
	}

	/** Opens the page, makes the first login if there is none, and logs in. */
	async enter(): Promise<string> {
		const port = await this.reach(Number(await this.said(/page: http:\/\/127\.0\.0\.1:(\d+)\//)));
		this.#page = `http://127.0.0.1:${port}/`;
		const { setup } = (await (await fetch(`${this.#page}api/session`)).json()) as { setup: boolean };
		const body = { name: "Ada", password: PASSWORD, ...(setup && { code: await this.said(/enter the code (\S+),/) }) };
		const response = await fetch(`${this.#page}api/${setup ? "setup" : "login"}`, {
			method: "POST",
			headers: { "content-type": "application/json", origin: this.#page.slice(0, -1) },
			body: JSON.stringify(body),
		});
		if (!response.ok) throw new Error(`no login: ${await response.text()}`);
		this.#cookie = response.headers.get("set-cookie")!.split(";")[0]!;
		return this.#page;
	}

	async get<T>(path: string): Promise<T> {
		const response = await fetch(`${this.#page}api/${path}`, { headers: { cookie: this.#cookie } });
		if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
		return (await response.json()) as T;
	}

	/** Says something to the API as the page does; `headers` over those of the page. */
	async post(
		path: string,
		body: unknown,
		headers: Record<string, string> = {},
	): Promise<{ status: number; body: Record<string, unknown> }> {
		const response = await fetch(`${this.#page}api/${path}`, {
			method: "POST",
			headers: { "content-type": "application/json", origin: this.#page.slice(0, -1), cookie: this.#cookie, ...headers },
			body: JSON.stringify(body),
		});
		return { status: response.status, body: (await response.json()) as Record<string, unknown> };
	}

	status(): Promise<StationStatus> {
		return this.get("status");
	}

	async alerts(): Promise<Alert[]> {
		return (await this.get<{ alerts: Alert[] }>("alerts?limit=200")).alerts;
	}

	/** The process of the engine. */
	engine(): number {
		const found = descendants(this.child.pid!).find((pid) => commandOf(pid).includes("engineProcess"));
		if (found === undefined) throw new Error("there is no engine");
		return found;
	}

	/** Ends it by a signal and gives how it ended. */
	async stop(signal: NodeJS.Signals = "SIGINT"): Promise<number | NodeJS.Signals | null> {
		this.child.kill(signal);
		return exitOf(this.child);
	}

	async close(): Promise<void> {
		this.child.kill("SIGKILL");
		await exitOf(this.child);
		for (const relay of this.#relays) "kill" in relay ? relay.kill("SIGKILL") : relay.close();
		rmSync(this.#sockets, { recursive: true, force: true });
	}
}

async function startRelay(relays: (ChildProcess | Server)[], namespace: string, from: string, to: string): Promise<number> {
	const child = spawn("ip", ["netns", "exec", namespace, process.execPath, "--eval", RELAY, from, to], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	relays.push(child);
	const [line] = (await once(child.stdout, "data")) as [Buffer];
	return Number(line.toString());
}

/** Makes a port of this machine reachable inside a namespace, at the port given back. */
export class Door {
	readonly #dir = mkdtempSync(join(tmpdir(), "spanwatch-door-"));
	readonly #relays: (ChildProcess | Server)[] = [];

	async open(namespace: string, port: number): Promise<number> {
		const path = join(this.#dir, "out");
		const server = createServer((socket) => {
			const other = connect(port, "127.0.0.1");
			socket.pipe(other).pipe(socket);
			socket.on("error", () => other.destroy()).on("close", () => other.destroy());
			other.on("error", () => socket.destroy()).on("close", () => socket.destroy());
		});
		server.listen(path);
		await once(server, "listening");
		this.#relays.push(server);
		return startRelay(this.#relays, namespace, "0", path);
	}

	close(): void {
		for (const relay of this.#relays) "kill" in relay ? relay.kill("SIGKILL") : relay.close();
		rmSync(this.#dir, { recursive: true, force: true });
	}
}

/** A folder for one test, with a configuration: free ports, and what is given. */
export function makeFolder(config: object = {}): { dir: string; config: string; state: string } {
	const dir = mkdtempSync(join(tmpdir(), "spanwatch-test-"));
	const file = join(dir, "config.yaml");
	// JSON is YAML.
	writeFileSync(
		file,
		JSON.stringify({ sensor: "box", web: { port: 0 }, broker: { port: 0 }, learning: { hours: 0.01 }, stateDir: "state", ...config }),
	);
	return { dir, config: file, state: join(dir, "state") };
}
