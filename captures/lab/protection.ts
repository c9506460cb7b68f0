/**
 * Protection relays that tell each other by GOOSE what their breakers do, and somebody who publishes in their place. Any host may be one of them; all are silent until the lab says so. Written here octet by
 * octet from IEC 61850-8-1, as no package for Node speaks it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { EtherPort } from "./etherPort.ts";
import type { Actions, HostContext } from "./host.ts";
import { hostNamed } from "./plant.ts";
import { flag, position, text, tlv, utc, whole } from "./substation.ts";

const ETHER_TYPE = 0x88b8;
const LOOPBACK_PORT = 30_888;
const GROUP = "01:0c:cd:01:00";
/** Milliseconds between repetitions: quick after an event, then ever slower (IEC 61850-8-1, 18.1.2.5). */
const FIRST = 10;
const SLOWEST = 1000;
const QUALITY = "84 03 03 0000";

interface State {
	readonly bay: number;
	stNum: number;
	sqNum: number;
	since: Buffer;
	isClosed: boolean;
	isTripped: boolean;
	/** Edition 2: the eighth field, and the S bit. */
	isSimulated: boolean;
}

function message({ bay, stNum, sqNum, since, isClosed, isTripped, isSimulated }: State, timeToLive: number): Buffer {
	const device = `BAY${bay}PROT/LLN0`;
	const data = tlv("ab", position(isClosed), QUALITY, flag(isTripped), QUALITY, tlv("a2", flag(isTripped), QUALITY));
	const pdu = tlv(
		"61",
		text("80", `${device}$GO$gcbTrip`),
		whole("81", timeToLive),
		text("82", `${device}$Trip`),
		text("83", `BAY${bay}_TRIP`),
		since,
		whole("85", stNum),
		whole("86", sqNum),
		tlv("87", isSimulated ? "01" : "00"),
		whole("88", 3),
		tlv("89", "00"),
		whole("8a", 5),
		data,
	);
	const head = Buffer.alloc(8);
	head.writeUInt16BE(0x3000 + bay, 0);
	head.writeUInt16BE(head.length + pdu.length, 2);
	head.writeUInt16BE(isSimulated ? 0x8000 : 0, 4);
	return Buffer.concat([head, pdu]);
}

const fresh = (bay: number): State => ({ bay, stNum: 1, sqNum: 0, since: utc("84"), isClosed: true, isTripped: false, isSimulated: false });

export function protectionActions(context: HostContext): Actions {
	const port = new EtherPort(context.host.mac, ETHER_TYPE, LOOPBACK_PORT, () => {});
	let own: State | undefined;
	let timer: NodeJS.Timeout | undefined;

	const send = (state: State, timeToLive: number, source = context.host.mac): void =>
		port.send(`${GROUP}:0${state.bay}`, message(state, timeToLive), source);
	const repeat = (state: State, pause: number): void => {
		send(state, 2 * pause + 20);
		state.sqNum++;
		timer = setTimeout(() => repeat(state, Math.min(SLOWEST, 2 * pause)), pause);
	};
	const change = (state: State, what: Partial<State>): void => {
		clearTimeout(timer);
		Object.assign(state, what, { stNum: state.stNum + 1, sqNum: 0, since: utc("84") });
		repeat(state, FIRST);
	};

	return {
		openBreaker: async (args) => {
			await port.open();
			own = fresh(Number(args.bay));
			repeat(own, FIRST);
		},
		/** A fault: the relay trips, its breaker opens, and is closed again. */
		trip: async () => {
			change(own!, { isTripped: true });
			await sleep(60);
			change(own!, { isClosed: false });
			await sleep(900);
			change(own!, { isTripped: false });
			await sleep(300);
			change(own!, { isClosed: true });
		},
		/** Publishes trips of `bay`: under its own address, under that of `host` between its messages, simulated ones; then what is no message. */
		raidBreaker: async (args) => {
			await port.open();
			const bay = Number(args.bay);
			const { mac } = hostNamed(String(args.host));
			const lie: State = { ...fresh(bay), stNum: 40, isTripped: true, isClosed: false };
			for (const source of [context.host.mac, mac]) {
				for (let round = 0; round < 4; round++) {
					send(lie, 2000, source);
					lie.sqNum++;
					await sleep(700);
				}
				lie.stNum++;
				lie.sqNum = 0;
			}
			send({ ...fresh(bay), isSimulated: true, isTripped: true }, 2000);
			await sleep(50);
			port.send(`${GROUP}:0${bay}`, message(lie, 2000).subarray(0, 60));
			await sleep(50);
		},
		closeBreaker: async () => {
			clearTimeout(timer);
			port.close();
			await sleep(FIRST);
		},
	};
}
