/**
 * Siemens: a controller of S7comm and S7comm-plus (`s7Controller.ts`), the client nodes7 that polls and writes, and what a programming tool says, byte by byte, as no package programs a
 * controller. Any host may be one of them; all are silent until the lab says so.
 */
import { once } from "node:events";
import { connect as dial, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import NodeS7 from "nodes7";
import type { Actions, HostContext } from "./host.ts";
import type { Measurements } from "./physics.ts";
import { job, onPackets, packet, plusMessage, S7_PORT, S7Controller, userdata } from "./s7Controller.ts";

const PATIENCE = 3000;
/** Variables of the controller as nodes7 writes them: position, flow, torque, set point, enabled, life. */
const TAGS: Readonly<Record<string, string>> = {
	position: "DB1,REAL0",
	flow: "DB1,REAL4",
	torque: "DB1,INT8",
	setPoint: "DB1,INT10",
	enabled: "DB1,X12.0",
	life: "MW20",
};
const DB = { position: 0, flow: 4, torque: 8, setPoint: 10 } as const;
const LIFE = 20;
/** A variable of S7comm-plus by symbol, and one by bytes. */
const PLUS_READ =
	"00000000 02 0b 00 88d0b88001 02 9376 0a 00 88d0b88001 04 9376 03 08 02 000004e8 89690012 00000000 896a0013 00 896b0004 00 00 00000000";
const QUALIFIER = "000004e8 89690012 00000000 896a0013 00 896b0004 00 00";
const text = (id: string, words: string): string =>
	`a3 ${id} 0015 ${words.length.toString(16).padStart(2, "0")} ${Buffer.from(words, "latin1").toString("hex")}`;

/** A client that sends what it is told, and waits for each answer. */
class RawClient {
	readonly #socket: Socket;
	#heard: ((one: Buffer) => void) | undefined;
	/** What it says to what a controller asks. */
	onJob: (reference: number, code: number) => void = () => {};

	private constructor(socket: Socket) {
		this.#socket = socket;
		onPackets(socket, (one) => {
			// A job of the controller is no answer.
			if (one[7] === 0x32 && one[8] === 1) this.onJob(one.readUInt16BE(11), one[17]!);
			else this.#heard?.(one);
		});
	}

	/** `selector` in hex: what the connection is for. */
	static async connect(ip: string, selector: string): Promise<RawClient> {
		const socket = dial({ host: ip, port: S7_PORT });
		await once(socket, "connect", { signal: AbortSignal.timeout(PATIENCE) });
		const client = new RawClient(socket.setNoDelay(true));
		const parameters = `c0010a c1020100 c2${(selector.length / 2).toString(16).padStart(2, "0")}${selector}`;
		const body = Buffer.from(`e00000000100${parameters}`.replace(/\s/g, ""), "hex");
		await client.ask(Buffer.concat([Buffer.from([3, 0, 0, body.length + 5, body.length]), body]));
		return client;
	}

	send(bytes: Buffer): void {
		this.#socket.write(bytes);
	}

	async ask(bytes: Buffer): Promise<Buffer> {
		const heard = new Promise<Buffer>((done) => {
			this.#heard = done;
		});
		this.#socket.write(bytes);
		return await Promise.race([
			heard,
			sleep(PATIENCE).then(() => {
				throw new Error("the controller does not answer");
			}),
		]);
	}

	close(): void {
		this.#socket.end();
	}
}

const plusRequest = (code: string, sequence: number, set: string, version = 2): Buffer =>
	plusMessage(version, `31 0000 ${code} 0000 ${sequence.toString(16).padStart(4, "0")} 000003c0 34 ${set}`);
const SESSION = `0000011d 00 04 00 00000000 a1 000000d3 821f 00 00 ${text("8169", "ServerSession_1")} ${text("8229", "panel")} a2 00000000`;

async function plusSession(ip: string): Promise<RawClient> {
	const client = await RawClient.connect(ip, Buffer.from("SIMATIC-ROOT-HMI").toString("hex"));
	await client.ask(plusRequest("04ca", 1, SESSION, 1));
	return client;
}

export function s7Actions(context: HostContext): Actions {
	let measured: Measurements | undefined;
	let controller: S7Controller | undefined;
	let poller: NodeS7 | undefined;
	let panel: RawClient | undefined;
	const timers: NodeJS.Timeout[] = [];
	context.onMeasurements((measurements) => {
		measured = measurements;
	});
	const plc = (args: { plc?: unknown }): string => context.address(String(args.plc));

	return {
		/** Serves; what it measures moves with the plant. */
		openS7: async () => {
			controller = await S7Controller.open(context.ip);
			const { memory, flags } = controller;
			memory.writeInt16BE(600, DB.setPoint);
			memory[12] = 1;
			let life = 0;
			timers.push(
				setInterval(() => {
					memory.writeFloatBE(Math.round((measured?.position ?? 0) * 10) / 10, DB.position);
					memory.writeFloatBE(Math.round((measured?.outflow ?? 0) * 10) / 10, DB.flow);
					memory.writeInt16BE(Math.round(measured?.torque ?? 0), DB.torque);
					flags.writeUInt16BE(life++ & 0xffff, LIFE);
				}, 200),
			);
		},
		/** Polls with nodes7 about every half second. */
		pollS7: async (args) => {
			const one = new NodeS7({ silent: true, debug: false });
			poller = one;
			await new Promise<void>((done, failed) =>
				one.initiateConnection({ port: S7_PORT, host: plc(args), rack: 0, slot: 2, timeout: PATIENCE }, (error?: unknown) =>
					error === undefined ? done() : failed(new Error(String(error))),
				),
			);
			one.setTranslationCB((name: string) => TAGS[name]!);
			one.addItems(Object.keys(TAGS));
			timers.push(setInterval(() => one.readAllItems(() => {}), 500));
		},
		/** An operator's write, by the connection that polls. */
		writeS7: async (args) => {
			await new Promise<void>((done) => {
				const code = poller?.writeItems(String(args.name), args.value, () => done());
				// Another write is still on its way.
				if (code !== 0) done();
			});
		},
		/** Reads by S7comm-plus twice a second. */
		pollS7Plus: async (args) => {
			const client = await plusSession(plc(args));
			panel = client;
			let sequence = 2;
			timers.push(setInterval(() => void client.ask(plusRequest("054c", sequence++, PLUS_READ)).catch(() => {}), 500));
		},
		/** Identifies a controller, takes its block, stops it, gives it another block, and starts it again. */
		reprogramS7: async (args) => {
			const client = await RawClient.connect(plc(args), "0102");
			const pause = Number(args.pause ?? 0.2) * 1000;
			let isTaken = () => {};
			client.onJob = (reference, code) => {
				const isPart = code === 0x1b;
				const parameters = Buffer.from(isPart ? [0x1b, 0] : [code]);
				const data = isPart ? Buffer.concat([Buffer.from([0, 8, 0, 0xfb]), Buffer.from("7070010101bad001", "hex")]) : Buffer.alloc(0);
				const head = Buffer.from([0x32, 3, 0, 0, reference >> 8, reference & 255, 0, parameters.length, 0, data.length, 0, 0]);
				client.send(packet(Buffer.concat([head, parameters, data])));
				if (code === 0x1c) isTaken();
			};
			const taken = new Promise<void>((done) => {
				isTaken = done;
			});
			const block = Buffer.from("_0A00001P", "latin1").toString("hex");
			await client.ask(job(1, "f0 00 0001 0001 01e0"));
			for (const list of ["0011", "001c", "0424"]) await client.ask(userdata(2, 4, 4, 1, Buffer.from(`${list}0000`, "hex")));
			await sleep(pause);
			await client.ask(job(3, `1d 00 0000 00000000 09 ${block}`));
			await client.ask(job(4, "1e 00 0000 00000007"));
			await client.ask(job(5, "1f 00 0000 00000007"));
			await sleep(pause);
			await client.ask(job(6, "29 0000000000 09 505f50524f4752414d"));
			await sleep(pause);
			await client.ask(job(7, `1a 00 0100 00000000 09 ${block} 0d 31 303030303634 303030303336`));
			await taken;
			await client.ask(job(8, "28 000000000000fd 000a 0100 3041303030303150 05 5f494e5345"));
			await client.ask(job(9, "28 000000000000fd 0000 09 505f50524f4752414d"));
			client.close();
		},
		/** The same by S7comm-plus: stops it, gives it a block, and starts it again. */
		reprogramS7Plus: async (args) => {
			const client = await plusSession(plc(args));
			const state = (value: string): string => `00000034 01 9077 00 08 ${value} ${QUALIFIER} 00 00000000`;
			await client.ask(plusRequest("04f2", 2, state("01")));
			await client.ask(plusRequest("0556", 3, "02 0001 00 a1 7fffc001 8d24 00 00 a3 8169 00 15 0d 444c5472616e73616374696f6e a2 00000000"));
			await client.ask(
				plusRequest("04ca", 4, `00000003 00 04 00 00000000 a1 8a320001 9457 00 00 ${text("8169", "Main")} a3 9359 00 03 0001 a2 00000000`),
			);
			await client.ask(plusRequest("04f2", 5, state("03")));
			await client.ask(plusRequest("04d4", 6, `000003c0 00 ${QUALIFIER} 00000000`));
			client.close();
		},
		stopS7: async () => {
			for (const timer of timers) clearInterval(timer);
			await new Promise<void>((done) => {
				if (poller === undefined) done();
				else poller.dropConnection(() => done());
			});
			panel?.close();
			controller?.close();
		},
	};
}
