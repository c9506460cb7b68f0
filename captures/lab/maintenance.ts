/**
 * How devices are looked after from afar: files by FTP, a terminal by Telnet, a screen by VNC. The servers, and the clients of Telnet and VNC, are written from RFC 959 and 2428, RFC 854 and RFC 6143
 * over the kernel's own TCP; the client of FTP is curl. Any host may serve or visit; all are silent until the lab says so.
 */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Actions, HostContext } from "./host.ts";
import { LabError, toolExists } from "./network.ts";

const PORT = { files: 21, terminal: 23, screen: 5900 } as const;
const PATIENCE = 5000;
/** Milliseconds between two keys. */
const KEY = 15;
const PROGRAM = Buffer.alloc(3000, "program of the pump\n");

const run = promisify(execFile);

export function maintenanceActions(context: HostContext): Actions {
	const servers: Server[] = [];
	const listen = async (port: number, serve: (socket: Socket) => void): Promise<void> => {
		const server = createServer((socket) => {
			socket.on("error", () => {});
			serve(socket);
		});
		server.listen(port, context.ip);
		await once(server, "listening");
		servers.push(server);
	};
	return {
		/** Serves all three to who knows user and password; the screen to everybody. */
		openMaintenance: async (args) => {
			const right = [String(args.user), String(args.password)] as const;
			await listen(PORT.files, (socket) => serveFiles(socket, right, context.ip));
			await listen(PORT.terminal, (socket) => serveTerminal(socket, right, context.name));
			await listen(PORT.screen, (socket) => serveScreen(socket, context.name));
		},
		closeMaintenance: () => {
			for (const server of servers.splice(0)) server.close();
		},
		/** Fetches a file and puts another one there. */
		fetchAndPut: async (args) => {
			if (!toolExists("curl")) throw new LabError("the tool curl is missing (apt-get install curl)");
			const local = join(context.pkiFolder, "parameters.csv");
			writeFileSync(local, "speed,1200\nramp,15\n");
			const site = `ftp://${context.address(String(args.host))}`;
			const common = ["--silent", "--show-error", "--user", `${args.user}:${args.password}`];
			await run("curl", [...common, `${site}/programs/pump.bin`, "--output", join(context.pkiFolder, "pump.bin")], { timeout: PATIENCE });
			await run("curl", [...common, "--upload-file", local, `${site}/parameters/pump.csv`], { timeout: PATIENCE });
			await run("curl", [...common, `${site}/programs/none.bin`, "--output", "/dev/null"], { timeout: PATIENCE }).catch(() => undefined);
		},
		/** Logs in key by key, with a password that is wrong at first, and asks for the state. */
		typeCommands: async (args) => {
			const socket = connect({ host: context.address(String(args.host)), port: PORT.terminal });
			socket.on("error", () => {});
			socket.on("data", (bytes) => socket.write(negotiated(bytes)));
			await once(socket, "connect");
			for (const line of [args.user, "wrong", args.user, args.password, "show state", "exit"]) {
				await sleep(200);
				for (const key of `${line}\r`) {
					socket.write(key === "\r" ? "\r\0" : key);
					await sleep(KEY);
				}
			}
			await sleep(200);
			socket.destroy();
		},
		/** Looks at the screen, and moves the pointer. */
		watchScreen: async (args) => {
			const socket = connect({ host: context.address(String(args.host)), port: PORT.screen });
			socket.on("error", () => {});
			const next = async () => (await once(socket, "data", { signal: AbortSignal.timeout(PATIENCE) }))[0] as Buffer;
			await next();
			socket.write("RFB 003.008\n");
			await next();
			socket.write(Buffer.from([1])); // security type None
			await next();
			socket.write(Buffer.from([1])); // shared
			await next();
			for (let step = 0; step < 4; step++) {
				socket.write(Buffer.from([5, 0, 0, 100 + step, 0, 80])); // 7.5.5: PointerEvent
				socket.write(Buffer.from([3, 1, 0, 0, 0, 0, 0, 16, 0, 16])); // 7.5.3: FramebufferUpdateRequest
				await next();
			}
			socket.destroy();
		},
	};
}

/** RFC 959, and 2428 for EPSV: as much as curl asks for. */
function serveFiles(socket: Socket, [user, password]: readonly [string, string], ip: string): void {
	let name = "";
	let isIn = false;
	let data: Promise<Socket> | undefined;
	const say = (line: string) => socket.write(`${line}\r\n`);
	const carry = async (use: (peer: Socket) => void) => {
		const peer = await data!;
		peer.on("error", () => {});
		peer.once("close", () => say("226 Transfer complete."));
		use(peer);
	};
	const answer = (word: string, argument: string): void => {
		if (word === "USER") {
			name = argument;
			say("331 Password required.");
		} else if (word === "PASS") {
			isIn = name === user && argument === password;
			say(isIn ? "230 Logged in." : "530 Login incorrect.");
		} else if (word === "QUIT") {
			say("221 Goodbye.");
			socket.end();
		} else if (!isIn) say("530 Please log in.");
		else if (word === "PWD") say('257 "/" is the current folder.');
		else if (word === "SYST") say("215 UNIX Type: L8");
		else if (word === "CWD" || word === "TYPE") say("250 Done.");
		else if (word === "SIZE") say(argument.includes("none") ? "550 No such file." : `213 ${PROGRAM.length}`);
		else if (word === "EPSV") {
			const server = createServer();
			data = once(server, "connection").then(([peer]) => {
				server.close();
				return peer as Socket;
			});
			server.listen(0, ip, () => say(`229 Entering extended passive mode (|||${(server.address() as { port: number }).port}|)`));
		} else if (word === "RETR" && argument.includes("none")) say("550 No such file.");
		else if (word === "RETR") {
			say("150 Here it comes.");
			void carry((peer) => peer.end(PROGRAM));
		} else if (word === "STOR") {
			say("150 Send it.");
			void carry((peer) => peer.resume());
		} else say("502 Not implemented.");
	};
	say("220-Pump drive 7");
	say("220 ProFTPD 1.3.8 Server ready.");
	socket.on("data", (bytes) => {
		for (const line of bytes.toString("latin1").split("\r\n").filter(Boolean)) {
			const space = line.indexOf(" ");
			answer((space < 0 ? line : line.slice(0, space)).toUpperCase(), space < 0 ? "" : line.slice(space + 1));
		}
	});
}

const [IAC, SB, SE, WILL, DO] = [255, 250, 240, 251, 253];
const [ECHO, GO_AHEAD, TERMINAL, WINDOW] = [1, 3, 24, 31];

/** RFC 854: echoes what is typed, but for the password. */
function serveTerminal(socket: Socket, [user, password]: readonly [string, string], host: string): void {
	let stage: "user" | "password" | "shell" = "user";
	let line = "";
	let name = "";
	socket.write(Buffer.from([IAC, DO, TERMINAL, IAC, DO, WINDOW, IAC, WILL, ECHO, IAC, WILL, GO_AHEAD]));
	setTimeout(() => socket.write(`Pump drive 7\r\n\r\n${host} login: `), 50);
	const entered = (): void => {
		const said = line;
		line = "";
		if (stage === "user") {
			name = said;
			stage = "password";
			socket.write("\r\nPassword: ");
		} else if (stage === "password") {
			const isIn = name === user && said === password;
			stage = isIn ? "shell" : "user";
			socket.write(isIn ? `\r\nLast login: Mon Nov 23 from hmi\r\n${host}> ` : `\r\nLogin incorrect\r\n\r\n${host} login: `);
		} else if (said === "exit") socket.end("\r\n");
		else socket.write(`\r\nspeed 1200\r\n${host}> `);
	};
	socket.on("data", (bytes) => {
		for (let at = 0; at < bytes.length; at++) {
			const byte = bytes[at]!;
			if (byte === IAC) {
				const isOption = bytes[at + 1] !== SB;
				if (!isOption && bytes[at + 2] !== TERMINAL) return;
				if (!isOption) at = bytes.indexOf(SE!, at) - 1;
				else if (bytes[at + 1] === WILL && bytes[at + 2] === TERMINAL) socket.write(Buffer.from([IAC, SB, TERMINAL, 1, IAC, SE]));
				at += isOption ? 2 : 1;
			} else if (byte === 13) entered();
			else if (byte >= 32) {
				line += String.fromCharCode(byte);
				if (stage !== "password") socket.write(Buffer.from([byte]));
			}
		}
	});
}

/** What a client answers to negotiations. */
function negotiated(bytes: Buffer): Buffer {
	const out: number[] = [];
	for (let at = 0; at + 2 < bytes.length; at++) {
		if (bytes[at] !== IAC) continue;
		const [command, option] = [bytes[at + 1]!, bytes[at + 2]!];
		if (command === DO) out.push(IAC!, WILL!, option);
		else if (command === WILL) out.push(IAC!, DO!, option);
		else if (command === SB) out.push(IAC!, SB!, TERMINAL!, 0, ...Buffer.from("XTERM"), IAC!, SE!);
		if (command === DO && option === WINDOW) out.push(IAC!, SB!, WINDOW!, 0, 80, 0, 24, IAC!, SE!);
		at += 2;
	}
	return Buffer.from(out);
}

/** RFC 6143, 7: version 3.8, no security, a small screen. */
function serveScreen(socket: Socket, host: string): void {
	const name = Buffer.from(`${host}:0 (operator)`);
	const screen = Buffer.alloc(24);
	screen.writeUInt16BE(64, 0);
	screen.writeUInt16BE(48, 2);
	Buffer.from([32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0]).copy(screen, 4);
	screen.writeUInt32BE(name.length, 20);
	/** 7.6.1: one rectangle of 16 by 16, raw. */
	const update = Buffer.concat([Buffer.from([0, 0, 0, 1, 0, 0, 0, 0, 0, 16, 0, 16, 0, 0, 0, 0]), Buffer.alloc(16 * 16 * 4, 0x40)]);
	const steps = [Buffer.from([1, 1]), Buffer.from([0, 0, 0, 0]), Buffer.concat([screen, name])];
	let step = 0;
	socket.write("RFB 003.008\n");
	socket.on("data", () => socket.write(steps[step++] ?? update));
}
