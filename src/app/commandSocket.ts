/**
 * Commands from the command line of this box: a socket in the state folder that its owner alone can open (mode 0600 in a folder of mode 0700), so whoever can
 * speak here could change the state anyway. One JSON line in, one out; the name of the user is what the command line says. Everything is bounded.
 */
import { chmod, rm, stat } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { CommandError } from "../config/commandError.ts";
import type { Actor, CommandAnswer } from "../web/view.ts";
import { sentenceOf } from "./failure.ts";

/** What is asked for: a command, a list of the permits, mutes or latest entries of the audit log, or that the lists of indicators are read again. */
export interface SocketQuestion {
	user: string;
	command?: unknown;
	list?: "permits" | "mutes" | "audit";
	reload?: "indicators";
}
export type SocketAnswer = { answer: CommandAnswer } | { list: unknown[] } | { problem: string; code: string };

export interface SocketView {
	command(value: unknown, actor: Actor): Promise<CommandAnswer>;
	permits(): unknown[];
	mutes(): unknown[];
	audit(options: { limit: number }): Promise<unknown[]>;
	reloadIndicators(actor: Actor): Promise<CommandAnswer>;
}

const MAX_CONNECTIONS = 8;
const MAX_LINE = 64 << 10;
const PATIENCE = 15_000;
const MAX_USER = 64;
const LISTED = 200;
/** Longest path of a socket (unix(7): sun_path has 108 bytes). */
const MAX_PATH = 107;

export const socketPath = (stateDir: string): string => join(stateDir, "command.sock");

export class CommandSocket {
	readonly #server: Server;
	readonly #path: string;
	readonly #open = new Set<Socket>();

	private constructor(path: string, view: SocketView) {
		this.#path = path;
		this.#server = createServer((socket) => this.#serve(socket, view));
		this.#server.maxConnections = MAX_CONNECTIONS;
	}

	/** Undefined where the state folder's path is too long for a socket: then the page is the way. */
	static async open(stateDir: string, view: SocketView): Promise<CommandSocket | undefined> {
		const path = socketPath(stateDir);
		if (Buffer.byteLength(path) > MAX_PATH) return undefined;
		// One of before: the store's lock says that nobody else runs here.
		await rm(path, { force: true });
		const one = new CommandSocket(path, view);
		const mask = process.umask(0o177);
		try {
			await new Promise<void>((resolve, reject) => one.#server.once("error", reject).listen(path, resolve));
		} finally {
			process.umask(mask);
		}
		await chmod(path, 0o600);
		return one;
	}

	#serve(socket: Socket, view: SocketView): void {
		this.#open.add(socket);
		socket.on("close", () => this.#open.delete(socket));
		socket.on("error", () => socket.destroy());
		socket.setTimeout(PATIENCE, () => socket.destroy());
		let text = "";
		socket.setEncoding("utf8").on("data", (more: string) => {
			text += more;
			if (text.length > MAX_LINE) socket.destroy();
			const end = text.indexOf("\n");
			if (end < 0) return;
			socket.removeAllListeners("data");
			void answerOf(text.slice(0, end), view).then((answer) => socket.end(`${JSON.stringify(answer)}\n`));
		});
	}

	async close(): Promise<void> {
		const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
		for (const socket of this.#open) socket.destroy();
		await closed;
		await rm(this.#path, { force: true });
	}
}

async function answerOf(line: string, view: SocketView): Promise<SocketAnswer> {
	try {
		const question = JSON.parse(line) as Partial<SocketQuestion> | null;
		const user = typeof question?.user === "string" && question.user !== "" ? question.user.slice(0, MAX_USER) : "unknown";
		if (question?.list === "permits") return { list: view.permits() };
		if (question?.list === "mutes") return { list: view.mutes() };
		if (question?.list === "audit") return { list: await view.audit({ limit: LISTED }) };
		const actor: Actor = { user, via: "command line" };
		if (question?.reload === "indicators") return { answer: await view.reloadIndicators(actor) };
		return { answer: await view.command(question?.command, actor) };
	} catch (error) {
		if (error instanceof SyntaxError) return { problem: "This is no JSON.", code: "COMMAND_INVALID" };
		return { problem: sentenceOf(error), code: (error as { code?: string }).code ?? "COMMAND_FAILED" };
	}
}

/** Asks the box that runs with this state folder. Throws a CommandError where none does. */
export async function ask(stateDir: string, question: SocketQuestion): Promise<SocketAnswer> {
	const path = socketPath(stateDir);
	await stat(path).catch((error: NodeJS.ErrnoException) => {
		const why = error.code === "EACCES" ? "this user may not look into it" : "nothing runs there";
		throw new CommandError(
			"COMMAND_NO_BOX",
			`No box answers in the state folder ${stateDir} (${why}): give --state or --config of the one that runs.`,
		);
	});
	return new Promise((resolve, reject) => {
		const fail = (why: string) =>
			reject(
				new CommandError("COMMAND_NO_BOX", `The box in ${stateDir} does not answer (${why}): is it running, and may this user reach it?`),
			);
		let text = "";
		const socket = connect(path, () => socket.write(`${JSON.stringify(question)}\n`));
		socket.setTimeout(PATIENCE, () => socket.destroy(new Error("it takes too long")));
		socket.setEncoding("utf8").on("data", (more: string) => {
			text += more;
		});
		socket.on("error", (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
		socket.on("end", () => {
			try {
				resolve(JSON.parse(text) as SocketAnswer);
			} catch {
				fail("its answer is not understood");
			}
		});
	});
}
