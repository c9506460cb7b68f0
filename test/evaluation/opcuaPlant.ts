/** An OPC UA server in the simulated plant, a station that reads it, and what others may say to it. Headers are written by hand, rare bodies by node-opcua's codec. */
import { body } from "../protocols/opcuaExchange.ts";
import { acknowledge, hello, message, openRequest, openResponse, Writer } from "../protocols/opcuaMessages.ts";
import { DAY, draw, HOUR, type Seeded } from "./calendar.ts";
import { Conversation, type Guests, type Host, type Play } from "./guests.ts";

export const OPCUA_SERVER: Host = { host: 20, isPlc: true };
export const SCADA: Host = { host: 32 };
export const OPCUA_PORT = 4840;
export const NODES = ["Dosing.Flow", "Dosing.Temperature", "Dosing.SetPoint", "Dosing.Total", "Dosing.Mode"] as const;
export type NodeName = (typeof NODES)[number];
const SET_POINTS = [2, 2.5, 3, 3.5];
const BAD_USER = 0x801f0000;
const PERIOD = 10;

/** What the dosing does; part of nobody's snapshot, so it is a function of the time but for what somebody wrote. */
export class Dosing {
	readonly written = new Map<NodeName, number>();

	read(node: NodeName, time: number): number {
		const seconds = Math.floor(time / 1e6);
		const of: Seeded = { seed: (seconds * 2_654_435_761 + node.length) >>> 0 };
		const noise = draw(of) - 0.5;
		const setPoint = this.written.get("Dosing.SetPoint") ?? this.planned(time);
		switch (node) {
			case "Dosing.Flow":
				return Math.round((10 * setPoint + noise) * 100) / 100;
			case "Dosing.Temperature":
				return Math.round((18 + 2 * Math.sin((2 * Math.PI * time) / DAY) + 0.2 * noise) * 100) / 100;
			case "Dosing.SetPoint":
				return setPoint;
			case "Dosing.Total":
				return Math.floor(seconds / 7);
			case "Dosing.Mode":
				return this.written.get(node) ?? 1;
		}
	}

	/** The station's set point of the time of day: another one each six hours. */
	planned(time: number): number {
		return SET_POINTS[Math.floor(time / (6 * HOUR)) % SET_POINTS.length]!;
	}
}

const readRequest = (nodes: readonly string[], handle: number): Uint8Array => {
	const writer = new Writer().id(631).requestHeader(handle, 7).f64(0).u32(2).u32(nodes.length);
	for (const node of nodes) writer.node(node).u32(13).string(null).u16(0).string(null);
	return writer.bytes();
};

const readResponse = (values: readonly number[], handle: number): Uint8Array => {
	const writer = new Writer().id(634).responseHeader(handle).u32(values.length);
	for (const value of values) writer.u8(1, 11).f64(value);
	return writer.u32(0xffffffff).bytes();
};

const writeRequest = (node: string, value: number, handle: number): Uint8Array =>
	new Writer().id(673).requestHeader(handle, 7).u32(1).node(node).u32(13).string(null).u8(1, 11).f64(value).bytes();

const writeResponse = (handle: number, status = 0): Uint8Array =>
	new Writer().id(676).responseHeader(handle).u32(1).u32(status).u32(0xffffffff).bytes();

const header = (handle: number) => ({ requestHandle: handle, timestamp: new Date(0) });

/** A session of somebody at the server. */
export class Session {
	readonly conversation: Conversation;
	readonly #dosing: Dosing;
	readonly #guests: Guests;
	#request = 1;

	constructor(guests: Guests, dosing: Dosing, client: Host, clientPort: number) {
		this.#guests = guests;
		this.#dosing = dosing;
		this.conversation = new Conversation(guests, client, OPCUA_SERVER, OPCUA_PORT, clientPort);
	}

	/** Connection and channel, without security. */
	*channel(): Play {
		yield* this.conversation.open();
		yield* this.conversation.exchange(hello(), acknowledge(), 0.001);
		yield* this.conversation.exchange(openRequest(), openResponse(), 0.002);
	}

	*#call(request: Uint8Array, response: Uint8Array): Play {
		const number = ++this.#request;
		yield* this.conversation.exchange(message(request, { request: number }), message(response, { request: number }), 0.003);
	}

	/** Any service, by the names of node-opcua's codec. */
	*service(name: string, request: object, response: object): Play {
		const handle = this.#request + 1;
		yield* this.#call(
			body(`${name}Request`, { requestHeader: header(handle), ...request }),
			body(`${name}Response`, { responseHeader: header(handle), ...response }),
		);
	}

	/** Session and login; with a user name the password is encrypted. */
	*login(name: string, user: string, isAccepted = true): Play {
		yield* this.service(
			"CreateSession",
			{
				clientDescription: {
					applicationUri: `urn:${name}`,
					productUri: "urn:product",
					applicationName: { text: name },
					applicationType: 1,
				},
				endpointUrl: "opc.tcp://plc:4840",
				sessionName: name,
				requestedSessionTimeout: 120_000,
			},
			{ revisedSessionTimeout: 120_000 },
		);
		yield* this.activate(user, isAccepted);
	}

	*activate(user: string, isAccepted: boolean): Play {
		const handle = this.#request + 1;
		const token = new Writer()
			.string("user")
			.string(user)
			.string(new Uint8Array(256).fill(handle & 0xff))
			.string("http://www.w3.org/2001/04/xmlenc#rsa-oaep")
			.bytes();
		const request = new Writer().id(467).requestHeader(handle, 7).string(null).string(null).u32(0xffffffff).u32(0xffffffff);
		request.id(324).u8(1).string(token).string(null).string(null);
		const response = isAccepted
			? new Writer().id(470).responseHeader(handle).string(null).u32(0xffffffff).u32(0xffffffff).bytes()
			: new Writer().id(397).responseHeader(handle, BAD_USER).bytes();
		yield* this.#call(request.bytes(), response);
	}

	*read(nodes: readonly NodeName[] = NODES): Play {
		const handle = this.#request + 1;
		const values = nodes.map((node) => this.#dosing.read(node, this.#guests.time));
		yield* this.#call(readRequest(nodes, handle), readResponse(values, handle));
	}

	*write(node: NodeName, value: number): Play {
		const handle = this.#request + 1;
		this.#dosing.written.set(node, value);
		yield* this.#call(writeRequest(node, value, handle), writeResponse(handle));
	}

	*close(): Play {
		yield* this.service("CloseSession", { deleteSubscriptions: true }, {});
		yield* this.conversation.close();
	}
}

const SHIFT_HOURS = 6;

/** The station at its everyday work: it reads every ten seconds, and each six hours it writes the set point and another operator logs in. */
export function* station(guests: Guests, dosing: Dosing, random: Seeded): Play {
	let port = 50_000;
	for (let isFirst = true; ; isFirst = false) {
		const session = new Session(guests, dosing, SCADA, port++);
		yield* session.channel();
		yield* session.login("station", `operator${1 + (port % 3)}`);
		const shift = Math.floor(guests.time / (SHIFT_HOURS * HOUR));
		yield 0.2;
		if (!isFirst) yield* session.write("Dosing.SetPoint", dosing.planned(guests.time));
		while (Math.floor(guests.time / (SHIFT_HOURS * HOUR)) === shift) {
			yield* session.read();
			yield PERIOD + 0.1 * (draw(random) - 0.5);
		}
		yield* session.close();
		yield 2;
	}
}
