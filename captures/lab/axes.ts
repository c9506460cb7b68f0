/**
 * Drives on EtherCAT: a master, the slaves of its segment, and somebody who speaks on the same cable. Any host may be one of them; all are silent until the lab says so. Written here octet by octet from
 * ETG.1000.4 and ETG.1000.6, as no package for Node speaks it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { EtherPort, type Frame } from "./etherPort.ts";
import type { Actions, HostContext } from "./host.ts";

const ETHER_TYPE = 0x88a4;
const LOOPBACK_PORT = 30_884;
const ALL = "ff:ff:ff:ff:ff:ff";
const COMMAND = { fprd: 4, fpwr: 5, brd: 7, lrw: 12 } as const;
const CONTROL = 0x0120;
const STATUS = 0x0130;
const OUT_BOX = 0x1000;
const IN_BOX = 0x1080;
const BOX = 32;
const SLAVES = [1001, 1002];
const CYCLE = 100;
const STEP = 20;

const u16 = (value: number): Buffer => Buffer.from([value & 255, (value >> 8) & 255]);
const u32 = (value: number): Buffer => Buffer.concat([u16(value & 0xffff), u16(value >>> 16)]);
const boxed = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(BOX)]).subarray(0, BOX);

/** One datagram in a frame. */
function frame(command: number, index: number, slave: number, register: number, data: Buffer): Buffer {
	const datagram = Buffer.concat([Buffer.from([command, index]), u16(slave), u16(register), u16(data.length), u16(0), data, u16(0)]);
	return Buffer.concat([u16(datagram.length | 0x1000), datagram]);
}
const mailbox = (type: number, ...body: Buffer[]): Buffer => {
	const all = Buffer.concat(body);
	return boxed(Buffer.concat([u16(all.length), u16(0), Buffer.from([0, type | 0x10]), all]));
};
const sdo = (service: number, specifier: number, index: number, subindex: number, value: number): Buffer =>
	mailbox(3, u16(service << 12), Buffer.from([specifier]), u16(index), Buffer.from([subindex]), u32(value));

export function axesActions(context: HostContext): Actions {
	let port: EtherPort | undefined;
	let timer: NodeJS.Timeout | undefined;
	let number = 0;

	const open = async (take: (one: Frame) => void): Promise<void> => {
		port = new EtherPort(context.host.mac, ETHER_TYPE, LOOPBACK_PORT, take);
		await port.open();
	};
	const send = async (command: number, slave: number, register: number, data: Buffer): Promise<void> => {
		number = (number + 1) & 255;
		port?.send(ALL, frame(command, number, slave, register, data));
		await sleep(STEP);
	};
	/** Asks by mailbox, and fetches the answer. */
	const ask = async (slave: number, data: Buffer): Promise<void> => {
		await send(COMMAND.fpwr, slave, OUT_BOX, data);
		await send(COMMAND.fprd, slave, IN_BOX, Buffer.alloc(BOX));
	};
	const turn = async (slave: number, state: number): Promise<void> => {
		await send(COMMAND.fpwr, slave, CONTROL, u16(state));
		await send(COMMAND.fprd, slave, STATUS, u16(0));
	};

	return {
		/** All slaves of the segment: what passes them goes back with what they did to it. */
		openAxes: async () => {
			const states = new Map(SLAVES.map((slave) => [slave, 1]));
			const boxes = new Map<number, Buffer>();
			await open(({ source, destination, payload }) => {
				// What comes back has the local bit, and passes nobody again.
				if ((Number.parseInt(source.slice(0, 2), 16) & 2) !== 0) return;
				const bytes = Buffer.from(payload);
				const [command, slave, register] = [bytes[2]!, bytes.readUInt16LE(4), bytes.readUInt16LE(6)];
				const size = bytes.readUInt16LE(8) & 0x7ff;
				const isOurs = states.has(slave);
				let counter = 0;
				if (command === COMMAND.lrw) counter = SLAVES.length * 3;
				else if (command === COMMAND.brd) counter = SLAVES.length;
				else if (isOurs && command === COMMAND.fpwr) {
					counter = 1;
					if (register === CONTROL) states.set(slave, bytes.readUInt16LE(12));
					else if (register === OUT_BOX) boxes.set(slave, answerTo(bytes.subarray(12, 12 + size)));
				} else if (isOurs && register === STATUS) {
					counter = 1;
					bytes.writeUInt16LE(states.get(slave)!, 12);
				} else if (isOurs && boxes.has(slave)) {
					counter = 1;
					boxes.get(slave)!.copy(bytes, 12, 0, size);
					boxes.delete(slave);
				}
				bytes.writeUInt16LE(counter, 12 + size);
				const first = Number.parseInt(source.slice(0, 2), 16) | 2;
				port?.send(destination, bytes, `${first.toString(16).padStart(2, "0")}${source.slice(2)}`);
			});
		},
		/** Starts the slaves, asks who they are, and exchanges process data; now and then a drive gets its control word. */
		openMaster: async () => {
			await open(() => {});
			await send(COMMAND.brd, 0, STATUS, u16(0));
			for (const slave of SLAVES) {
				await turn(slave, 2);
				for (const subindex of [1, 2, 4]) await ask(slave, sdo(2, 0x40, 0x1018, subindex, 0));
				await turn(slave, 4);
				await turn(slave, 8);
			}
			let round = 0;
			timer = setInterval(() => {
				round++;
				const data = Buffer.alloc(16);
				data.writeUInt16LE(round & 0xffff);
				void send(COMMAND.lrw, 0, 1, data);
				if (round % 20 === 10) void ask(SLAVES[0]!, sdo(2, 0x2b, 0x6040, 0, 15));
			}, CYCLE);
		},
		/** Writes a drive's object, has it leave OP for BOOT, sends it a file, and what is no frame. */
		raidAxes: async () => {
			await open(() => {});
			await ask(SLAVES[0]!, sdo(2, 0x2b, 0x607f, 0, 9000));
			await ask(SLAVES[0]!, sdo(2, 0x40, 0x2fff, 0, 0));
			await turn(SLAVES[1]!, 1);
			await turn(SLAVES[1]!, 3);
			await ask(SLAVES[1]!, mailbox(4, Buffer.from([2, 0]), u32(0), Buffer.from("drive.efw", "latin1")));
			port?.send(ALL, Buffer.from("3010050100002001020000000800", "hex"));
			await sleep(STEP);
		},
		closeAxes: async () => {
			clearInterval(timer);
			port?.close();
			port = undefined;
			await sleep(STEP);
		},
	};
}

/** What is in a slave's mailbox after it was asked. */
function answerTo(box: Buffer): Buffer {
	if ((box[5]! & 15) === 4) return mailbox(4, Buffer.from([4, 0]), u32(0));
	const [specifier, index, subindex] = [box[8]! >> 5, box.readUInt16LE(9), box[11]!];
	if (specifier === 1) return sdo(3, 0x60, index, subindex, 0);
	return index === 0x1018 ? sdo(3, 0x43, index, subindex, 0x1000 + subindex) : sdo(2, 0x80, index, subindex, 0x06020000);
}
