/** A small plant of real Modbus bytes, for what no peer of the lab does: an operator station polls a PLC and a gateway for ten minutes, then everything so far is normal. */
import { modbus } from "../../protocols/modbus/index.ts";
import { Analyst } from "../../src/detect/analyst.ts";
import type { Detection } from "../../src/detect/detection.ts";
import { type Direction, type Flow, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { PlantBed } from "../detect/plantBed.ts";
import { adu } from "../protocols/modbusSamples.ts";

export const HMI = "10.0.0.2";
export const ENGINEER = "10.0.0.4";
export const PLC = "10.0.0.5";
export const GATEWAY = "10.0.0.6";
const IDENTITY = "2b 0e 01 01 00 00 03 00 03 414243 01 02 5831 02 03";

/** One connection. */
class Connection {
	readonly #bed: ModbusBed;
	readonly #flow: Flow;
	readonly #stream;
	#transaction = 0;

	constructor(bed: ModbusBed, client: string, server: string) {
		this.#bed = bed;
		this.#flow = new PlantBed().flow(client, server, 502);
		this.#stream = modbus.tcp!.open({
			clock: bed.clock,
			flow: this.#flow,
			emit: (observation) => bed.analyst.observe(modbus, observation, this.#flow),
			count: () => {},
			certificate: () => undefined,
			inner: () => false,
		});
	}

	/** A request and its answers, in hexadecimal; none, one, or several. Gives the transaction. */
	ask(unit: number, request: string, ...answers: string[]): number {
		this.#transaction++;
		this.send(TO_SERVER, this.#transaction, unit, request);
		for (const answer of answers) this.send(TO_CLIENT, this.#transaction, unit, answer);
		return this.#transaction;
	}

	send(direction: Direction, transaction: number, unit: number, pdu: string): void {
		this.#bed.clock.time += 1000;
		this.#bed.clock.frame++;
		const bytes = adu(transaction, unit, pdu);
		this.#stream.data(bytes, 0, bytes.length, direction);
	}

	expire(now: number): void {
		if (this.#stream.deadline <= now) this.#stream.expire(now);
	}
}

let learned: { time: number; frame: number; entries: [string, unknown][] } | undefined;

export class ModbusBed {
	readonly detections: Detection[] = [];
	readonly analyst = new Analyst({ protocols: [modbus], onDetection: (detection) => this.detections.push(structuredClone(detection)) });
	readonly clock = { time: 1_700_000_000e6, frame: 0 };
	readonly #connections = new Map<string, Connection>();
	readonly #polled = [PLC, GATEWAY];

	/** `learn` plays what else is usual here. Without it, what was learned is taken from the first bed that learned it. */
	constructor(learn?: (bed: ModbusBed) => void) {
		if (learn === undefined && learned !== undefined) {
			this.clock.time = learned.time;
			this.clock.frame = learned.frame;
			this.analyst.restore(structuredClone(learned.entries));
		} else {
			this.poll(600);
			this.identify("312e32");
			learn?.(this);
			this.wait(1);
			this.analyst.endLearning();
			if (learn === undefined) learned = { ...this.clock, entries: structuredClone([...this.analyst.save()]) };
		}
		this.poll(20);
		this.detections.length = 0;
	}

	/** The connection between two, or another one where `isNew`. */
	at(client: string, server: string, isNew = false): Connection {
		const key = `${client}>${server}`;
		let connection = this.#connections.get(key);
		if (connection === undefined || isNew) {
			connection = new Connection(this, client, server);
			this.#connections.set(key, connection);
		}
		return connection;
	}

	/** What is usual, for some seconds. */
	poll(seconds: number): void {
		for (let second = 0; second < seconds; second++) {
			for (const server of this.#polled) {
				for (const unit of server === GATEWAY ? [11, 12] : [1]) {
					this.at(HMI, server).ask(unit, "03 0000 0002", "03 04 0007 0008");
					if (second % 20 === 10) this.at(HMI, server).ask(unit, "06 0000 0007", "06 0000 0007");
				}
			}
			// The engineer looks at the PLC now and then.
			if (second % 60 === 30) this.at(ENGINEER, PLC).ask(1, "03 0000 0002", "03 04 0007 0008");
			this.wait(1);
		}
	}

	/** The engineer asks what the PLC is; its revision in hexadecimal. */
	identify(revision: string): void {
		this.at(ENGINEER, PLC).ask(1, "2b 0e 01 00", `${IDENTITY} ${revision}`);
	}

	wait(seconds: number): void {
		for (let tick = 0; tick < seconds * 5; tick++) {
			this.clock.time += 200_000;
			for (const connection of this.#connections.values()) connection.expire(this.clock.time);
			this.analyst.advance(this.clock.time);
		}
	}

	/** What was said of what was played, once it has left. */
	said(): Detection[] {
		this.poll(4);
		return this.detections;
	}
}
