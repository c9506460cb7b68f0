/**
 * Serial lines behind device servers, end to end: a real client of modbus-serial, a device server (socat) that passes what its port hands it into TCP or UDP, a real RTU
 * server behind it, and the sniffer of the loopback interface between them. What was on the line is what must be read from the network.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type BusChunk, hasSocat, SerialBus } from "../../captures/lab/serialBus.ts";
import { type Connect, SerialPlant } from "../../captures/lab/serialPlant.ts";
import { protocols, services } from "../../protocols/index.ts";
import { Engine } from "../../src/app/engine.ts";
import { observationLine } from "../../src/app/lines.ts";
import { LiveCapture } from "../../src/capture/live.ts";
import { isBuilt } from "../support/monitor.ts";
import { whyNoLiveCapture } from "../support/namespace.ts";

const why = whyNoLiveCapture() ?? (hasSocat ? (isBuilt ? undefined : "the program is not built") : "socat is missing");
if (why !== undefined) console.warn(`skipped: device servers, ${why}`);

const LOOPBACK = "127.0.0.1";
const UNITS = [1, 2, 9];
const SILENT = 77;
const ROUNDS = 12;
/** An unanswered request is given up after two seconds. */
const SETTLE_MILLIS = 2500;

async function freeTcpPort(): Promise<number> {
	const server = createServer().listen(0, LOOPBACK);
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, "close");
	return port;
}

async function freeUdpPort(): Promise<number> {
	const socket = createSocket("udp4").bind(0, LOOPBACK);
	await once(socket, "listening");
	const { port } = socket.address();
	socket.close();
	await once(socket, "close");
	return port;
}

describe.skipIf(why !== undefined)("a serial line behind a device server", { timeout: 60_000 }, () => {
	let bus: SerialBus;
	let dir: string;
	let plant: SerialPlant | undefined;
	let children: ChildProcess[];
	beforeEach(async () => {
		bus = await new SerialBus().open();
		dir = mkdtempSync(join(tmpdir(), "spanwatch-server-"));
		children = [];
		plant = undefined;
	});
	afterEach(async () => {
		await plant?.close();
		for (const child of children) child.kill("SIGKILL");
		await bus.close();
		rmSync(dir, { recursive: true, force: true });
	});

	/** The device server's own port of the line. */
	const line = () => `${bus.path("client")},raw,echo=0`;
	const socat = (...addresses: string[]) => void children.push(spawn("socat", addresses, { stdio: "ignore" }));

	/** Polls and writes all units, one that is not there, and addresses that none has. */
	async function work(): Promise<void> {
		for (let round = 0; round < ROUNDS; round++) {
			const unit = UNITS[round % UNITS.length]!;
			plant!.units.get(unit)!.input[3] = round;
			await plant!.ask(unit, (client) => client.readHoldingRegisters(0, 20));
			await plant!.ask(unit, (client) => client.readInputRegisters(3, 1));
			await plant!.ask(unit, (client) => client.readCoils(0, 19));
			await plant!.ask(unit, (client) => client.writeRegister(11, round));
			await plant!.ask(unit, (client) => client.writeCoil(6, (round & 1) === 1));
			await plant!.ask(unit, (client) => client.writeRegisters(12, [round, round + 1]));
			if (round % 5 === 3) await plant!.ask(unit, (client) => client.readHoldingRegisters(120, 20));
			if (round === 7) await plant!.ask(SILENT, (client) => client.readHoldingRegisters(0, 1));
		}
	}

	/** What a frame of the line must be called. */
	const nameOf = ({ from, bytes }: BusChunk) =>
		`${from === "client" ? "request" : bytes[1]! > 128 ? "exception" : "response"} ${bytes[0]} ${bytes[1]! & 127}`;

	/** Works, and gives what was on the line and what the engine says of the network. */
	async function observed(filter: string, connect: Connect) {
		const onLine: string[] = [];
		bus.onChunk = (chunk) => onLine.push(nameOf(chunk));
		const said: Record<string, unknown>[] = [];
		const engine = new Engine({
			protocols,
			services,
			onObservation: (protocol, one, flow) => said.push(observationLine(protocol, one, flow)),
		});
		const live = new LiveCapture({ interfaces: ["lo"], filter });
		await live.start(engine.frame);
		plant = await SerialPlant.open(bus, UNITS, connect);
		await work();
		await sleep(SETTLE_MILLIS);
		await live.stop();
		// As the monitor does on a quiet link.
		engine.advance(Date.now() * 1000);
		engine.endSource();
		return { onLine, said };
	}

	function expectWhole(onLine: readonly string[], said: readonly Record<string, unknown>[], port: number): void {
		const brief = ({ kind, unitId, functionCode }: Record<string, unknown>) => `${kind} ${unitId} ${functionCode}`;
		const [silences, messages] = [true, false].map((isSilence) => said.filter(({ kind }) => (kind === "unanswered") === isSilence));
		expect(messages!.map(brief)).toEqual(onLine);
		expect(onLine).toHaveLength(2 * (6 * ROUNDS + 2) + 1);
		expect(silences!.map(brief)).toEqual([`unanswered ${SILENT} 3`]);
		for (const one of messages!) {
			expect(one).toMatchObject({ protocol: "modbus", framing: "rtu", server: { ip: LOOPBACK, port } });
			expect(one).not.toHaveProperty("violations");
			if (one.kind !== "request") expect(one).toMatchObject({ matched: true });
		}
		const inputs = said.filter(({ kind, functionCode }) => kind === "response" && functionCode === 4);
		expect(inputs.map(({ values }) => (values as number[])[0])).toEqual(Array.from({ length: ROUNDS }, (_, round) => round));
	}

	it("is read whole over TCP", async () => {
		const port = await freeTcpPort();
		socat(`TCP-LISTEN:${port},bind=${LOOPBACK},reuseaddr,nodelay`, line());
		await sleep(300);
		// What the package calls Telnet is RTU frames in a connection, and nothing else.
		const { onLine, said } = await observed(`tcp port ${port}`, (client) => client.connectTelnet(LOOPBACK, { port }));
		expectWhole(onLine, said, port);
	});

	it("is read whole over UDP, between two device servers", async () => {
		const port = await freeUdpPort();
		const own = join(dir, "ttyclient");
		socat(`UDP-LISTEN:${port},bind=${LOOPBACK}`, line());
		socat(`PTY,raw,echo=0,link=${own}`, `UDP:${LOOPBACK}:${port}`);
		for (let waited = 0; !existsSync(own); waited += 10) {
			if (waited > 5000) throw new Error("socat made no terminal");
			await sleep(10);
		}
		const { onLine, said } = await observed(`udp port ${port}`, (client) => client.connectRTUBuffered(own, { baudRate: 19_200 }));
		expectWhole(onLine, said, port);
	});
});
