/**
 * A bay of a substation: a protection relay that serves IEC 61850 by MMS (port 102), a control centre that is its client, and somebody who attacks it. No package serves MMS without
 * code of another language, so both sides are written octet by octet from X.224, X.225, X.226, X.227, ISO 9506-2 and IEC 61850-8-1, over the kernel's TCP. All hosts are silent until the lab says so.
 */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { Actions, HostContext } from "./host.ts";
import type { Measurements } from "./physics.ts";
import { onPackets, packet } from "./s7Controller.ts";

const PORT = 102;
const PATIENCE = 3000;
const RELAY = "BAY1";
const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ""), "hex");

/** An element of BER: its tag in hex, its contents. */
export function tlv(tag: string, ...parts: readonly (Buffer | string)[]): Buffer {
	const body = Buffer.concat(parts.map((part) => (typeof part === "string" ? hex(part) : part)));
	const { length } = body;
	const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
	return Buffer.concat([hex(tag), Buffer.from(size), body]);
}
export const text = (tag: string, words: string): Buffer => tlv(tag, Buffer.from(words, "latin1"));
export function whole(tag: string, value: number): Buffer {
	const digits = value.toString(16);
	const octets = digits.length % 2 === 0 ? digits : `0${digits}`;
	return tlv(tag, /^[89a-f]/.test(octets) ? `00${octets}` : octets);
}

interface Element {
	readonly tag: string;
	readonly body: Buffer;
}
/** The elements of one level, all of definite lengths. */
function elements(bytes: Buffer): Element[] {
	const out: Element[] = [];
	for (let at = 0; at < bytes.length; ) {
		const first = at;
		if ((bytes[at++]! & 0x1f) === 0x1f) while (bytes[at++]! >= 0x80);
		const tag = bytes.toString("hex", first, at);
		let length = bytes[at++]!;
		if (length > 0x80) {
			const size = length & 0x7f;
			length = bytes.readUIntBE(at, size);
			at += size;
		}
		out.push({ tag, body: bytes.subarray(at, at + length) });
		at += length;
	}
	return out;
}

/** Session messages: identifier, parameters, user data. */
function session(identifier: number, parameters: string, user: Buffer): Buffer {
	const item = (code: number, body: Buffer): Buffer =>
		Buffer.concat([Buffer.from(body.length < 255 ? [code, body.length] : [code, 255, body.length >> 8, body.length & 255]), body]);
	return item(identifier, Buffer.concat([hex(parameters), item(0xc1, user)]));
}
const presented = (context: number, value: Buffer): Buffer => tlv("61", tlv("30", whole("02", context), tlv("a0", value)));
const send = (socket: Socket, contents: Buffer): void => void socket.write(packet(contents));
const tell = (socket: Socket, pdu: Buffer): void => send(socket, Buffer.concat([hex("01000100"), presented(3, pdu)]));

/** What of a data message the presentation layer carries; undefined where it is something else. */
function pduOf(contents: Buffer): Element | undefined {
	if (contents[0] !== 1 || contents[2] !== 1) return undefined;
	const list = elements(elements(contents.subarray(4))[0]!.body)[0]!;
	const value = elements(list.body).find(({ tag }) => tag === "a0");
	return value && elements(value.body)[0];
}

const CONTEXTS = "a423 300f 020101 0604 52010001 3004 06025101 3010 020103 0605 28ca220201 3004 06025101";
const initiate = (tag: string): Buffer =>
	tlv(tag, "8003 00fde8 810105 820105 83010a", tlv("a4", "800101 810305f100 820c03ee1c00000408000079ef18"));
const association = (initiation: Buffer): Buffer => tlv("be", tlv("28", "06025101 020103", tlv("a0", initiation)));
const MMS = "a107 0605 28ca220203";
/** `proof`: fields of an authentication. */
const aarq = (proof: string): Buffer =>
	session(
		13,
		"0506 130100 160102 14020002 33020001 34020001",
		tlv(
			"31",
			"a003800101",
			tlv(
				"a2",
				"8104 00000001 8204 00000001",
				CONTEXTS,
				presented(1, tlv("60", MMS, "a607 0605 2901876701 a703 020117", proof, association(initiate("a8")))),
			),
		),
	);
const AARE = session(
	14,
	"0506 130100 160102 14020002 34020001",
	tlv(
		"31",
		"a003800101",
		tlv(
			"a2",
			"8304 00000001 a512 3007 800100 81025101 3007 800100 81025101",
			presented(1, tlv("61", MMS, "a203 020100 a305 a103 020100", association(initiate("a9")))),
		),
	),
);
const PASSWORD = "8a0207 80 8b03 520301 ac0a 8008 70726f7465637431";

const object = (name: string): Buffer => {
	const [domain, item] = name.split("/");
	return tlv("a1", text("1a", domain!), text("1a", item!));
};
const variable = (name: string): Buffer => tlv("30", tlv("a0", object(name)));
const nameOf = (objectName: Element): string =>
	elements(objectName.body)
		.map(({ body }) => body.toString("latin1"))
		.join("/");
/** Names of a list of variables. */
const namesIn = (list: Buffer): string[] =>
	elements(list).map(({ body }) => {
		const specification = elements(elements(body)[0]!.body)[0]!;
		return nameOf(specification);
	});

export const flag = (value: boolean): Buffer => tlv("83", value ? "ff" : "00");
const float = (value: number): Buffer => {
	const body = Buffer.alloc(5);
	body[0] = 8;
	body.writeFloatBE(value, 1);
	return tlv("87", body);
};
export const position = (isClosed: boolean): Buffer => tlv("84", isClosed ? "0680" : "0640");
/** The time now. */
export function utc(tag = "91"): Buffer {
	const body = Buffer.alloc(8);
	const now = Date.now();
	body.writeUInt32BE(Math.floor(now / 1000), 0);
	body.writeUIntBE(Math.floor(((now % 1000) * 0x1000000) / 1000), 4, 3);
	body[7] = 0x0a;
	return tlv(tag, body);
}

/** What the relay has. */
const NAME = {
	position: `${RELAY}CTRL/CSWI1$ST$Pos$stVal`,
	operate: `${RELAY}CTRL/CSWI1$CO$Pos$Oper`,
	select: `${RELAY}CTRL/CSWI1$CO$Pos$SBO`,
	mode: `${RELAY}PROT/LLN0$CO$Mod$Oper`,
	current: `${RELAY}MEAS/MMXU1$MX$A$phsA$cVal$mag$f`,
	voltage: `${RELAY}MEAS/MMXU1$MX$PhV$phsA$cVal$mag$f`,
	substitution: `${RELAY}MEAS/MMXU1$SV$A$phsA$subEna`,
	pickup: `${RELAY}PROT/PTOC1$SP$StrVal$setMag$f`,
	serial: `${RELAY}CTRL/LPHD1$DC$PhyNam$serNum`,
	reports: `${RELAY}CTRL/LLN0$RP$rcbStatus01$RptEna`,
} as const;
const SET = `${RELAY}CTRL/LLN0$Status`;
const PROGRAM = "PROTECTION";
const LOGIC = Buffer.from(Array.from({ length: 600 }, (_, index) => (index * 11) & 255));
const RECORD = "COMTRADE/BAY1_0007.CFG";

class Relay {
	isClosed = true;
	pickup = 1.2;
	current = 0;
	#reporter: Socket | undefined;
	#sequence = 0;
	#own = 1000;
	readonly #server: Server;
	readonly #sockets = new Set<Socket>();

	constructor() {
		this.#server = createServer((socket) => {
			this.#sockets.add(socket.setNoDelay(true));
			socket.on("close", () => {
				this.#sockets.delete(socket);
				if (this.#reporter === socket) this.#reporter = undefined;
			});
			onPackets(socket, (one) => this.#packet(socket, one));
		});
	}

	open(ip: string): Promise<void> {
		return new Promise((done) => this.#server.listen(PORT, ip, done));
	}

	close(): void {
		for (const socket of this.#sockets) socket.destroy();
		this.#server.close();
	}

	#packet(socket: Socket, one: Buffer): void {
		if (one[5] === 0xe0) {
			const confirmation = Buffer.from(one);
			confirmation[5] = 0xd0;
			one.copy(confirmation, 6, 8, 10);
			confirmation.writeUInt16BE(0x0009, 8);
			socket.write(confirmation);
			return;
		}
		const contents = one.subarray(7);
		if (contents[0] === 13) {
			send(socket, AARE);
			return;
		}
		const pdu = pduOf(contents);
		if (pdu?.tag === "a0") this.#request(socket, pdu);
		else if (pdu?.tag === "8b") tell(socket, hex("8c00"));
	}

	#request(socket: Socket, pdu: Element): void {
		const [id, service] = elements(pdu.body);
		const answer = this.#answer(socket, service!);
		if (answer === undefined) {
			// access: object-access-denied.
			tell(socket, tlv("a2", tlv("80", id!.body), tlv("a2", tlv("a0", "870103"))));
			return;
		}
		tell(socket, tlv("a1", tlv("02", id!.body), answer));
		if (service!.tag === "ba") this.#load(socket, service!);
	}

	/** Asks for what it was told that it would be given (ISO 9506-2, 11.2). */
	#load(socket: Socket, service: Element): void {
		const name = elements(service.body)[0]!.body;
		for (const request of [tlv("9b", name), tlv("bc", tlv("80", name))]) tell(socket, tlv("a0", whole("02", this.#own++), request));
	}

	#value(name: string): Buffer {
		switch (name) {
			case NAME.position:
				return position(this.isClosed);
			case NAME.current:
				return float(this.current);
			case NAME.voltage:
				return float(110_000);
			case NAME.pickup:
				return float(this.pickup);
			case NAME.serial:
				return text("8a", "RW-2047-11");
			case NAME.select:
				return text("8a", NAME.select);
			default:
				// object-non-existent.
				return hex("80010a");
		}
	}

	#write(socket: Socket, name: string, value: Element): Buffer {
		const [first] = value.tag === "a2" ? elements(value.body) : [value];
		switch (name) {
			case NAME.operate:
				this.isClosed = first!.body[0] !== 0;
				setTimeout(() => this.report(), 60);
				return hex("8100");
			case NAME.pickup:
				this.pickup = value.body.readFloatBE(1);
				return hex("8100");
			case NAME.reports:
				this.#reporter = value.body[0] === 0 ? undefined : socket;
				return hex("8100");
			case NAME.mode:
			case NAME.substitution:
				return hex("8100");
			default:
				return hex("800103");
		}
	}

	#answer(socket: Socket, { tag, body }: Element): Buffer | undefined {
		switch (tag) {
			case "80":
				return tlv("a0", "800100 810100");
			case "a1": {
				const isOfDevice = elements(body)[1]!.body[0] === 0x80;
				const names = isOfDevice
					? ["CTRL", "MEAS", "PROT"].map((one) => RELAY + one)
					: Object.values(NAME).map((one) => one.split("/")[1]!);
				return tlv("a1", tlv("a0", ...names.map((one) => text("1a", one))), "810100");
			}
			case "82":
				return tlv("a2", text("80", "Relay Works"), text("81", "RW-61850"), text("82", "3.1.4"));
			case "a4":
				return tlv("a4", tlv("a1", ...namesIn(elements(elements(body).at(-1)!.body)[0]!.body).map((one) => this.#value(one))));
			case "a5": {
				const [names, data] = elements(body);
				const values = elements(data!.body);
				return tlv("a5", ...namesIn(names!.body).map((one, index) => this.#write(socket, one, values[index]!)));
			}
			case "ac":
				return tlv("ac", "800100", tlv("a1", variable(NAME.position), variable(NAME.current)));
			case "ba":
				return hex("9a00");
			case "9d":
				return tlv("bd", "800101", tlv("a1"));
			case "9e":
				return tlv("be", tlv("80", LOGIC), "810100");
			case "9f1f":
				return hex("9f1f00");
			case "bf28":
			case "bf29":
			case "bf2b":
				return hex(`9f${tag.slice(2)}00`);
			case "bf48":
				return tlv("bf48", "800101", tlv("a1", whole("80", 120), text("81", "20261128101500Z")));
			case "9f49":
				return tlv("bf49", tlv("80", Buffer.from("BAY1,RW-61850,1999\r\n2,2A,0D\r\n".padEnd(120, "1"), "latin1")), "810100");
			case "9f4a":
				return hex("9f4a00");
			case "bf4d":
				return tlv(
					"bf4d",
					tlv("a0", tlv("30", tlv("30", tlv("a0", text("19", RECORD)), tlv("a1", whole("80", 120), text("81", "20261128101500Z"))))),
					"810100",
				);
			default:
				return undefined;
		}
	}

	/** What changed, to who asked for it (IEC 61850-8-1, 17.2). */
	report(): void {
		if (this.#reporter === undefined) return;
		const results = [
			text("8a", "rptStatus"),
			hex("8403067800"),
			whole("86", this.#sequence++),
			tlv("8c", "00000000 3fff"),
			text("8a", SET),
			hex("840206c0"),
			position(this.isClosed),
			float(this.current),
			hex("84020240"),
			hex("84020240"),
		];
		tell(this.#reporter, tlv("a3", tlv("a0", tlv("a1", text("80", "RPT")), tlv("a0", ...results))));
	}
}

class Centre {
	readonly #socket: Socket;
	#id = 0;
	#heard: ((contents: Buffer) => void) | undefined;

	private constructor(socket: Socket) {
		this.#socket = socket;
		onPackets(socket, (one) => {
			const contents = one.subarray(7);
			const pdu = pduOf(contents);
			if (pdu?.tag === "a3") return;
			if (pdu?.tag === "a0") this.#asked(pdu);
			else this.#heard?.(one);
		});
	}

	/** `proof`: fields of an authentication, in hex. */
	static async connect(host: string, proof = ""): Promise<Centre> {
		const socket = connect(PORT, host);
		await once(socket, "connect", { signal: AbortSignal.timeout(PATIENCE) });
		const centre = new Centre(socket.setNoDelay(true));
		await centre.#said(() => socket.write(hex("03000016 11 e0 0000 0009 00 c0010d c2020001 c1020001")));
		await centre.#said(() => send(socket, aarq(proof)));
		return centre;
	}

	async #said(ask: () => void): Promise<Buffer> {
		const heard = new Promise<Buffer>((done, fail) => {
			const timer = setTimeout(() => fail(new Error("the relay does not answer")), PATIENCE);
			this.#heard = (one) => {
				clearTimeout(timer);
				done(one);
			};
		});
		ask();
		return await heard;
	}

	/** Gives the relay the parts that it asks for. */
	#asked(pdu: Element): void {
		const [id, service] = elements(pdu.body);
		const answer = service!.tag === "9b" ? tlv("bb", tlv("80", LOGIC), "810100") : hex("9c00");
		tell(this.#socket, tlv("a1", tlv("02", id!.body), answer));
	}

	/** Resolves with the tag of the PDU that answers. */
	async ask(service: Buffer): Promise<string> {
		const one = await this.#said(() => tell(this.#socket, tlv("a0", whole("02", ++this.#id), service)));
		return pduOf(one.subarray(7))!.tag;
	}

	read(...names: readonly string[]): Promise<string> {
		return this.ask(tlv("a4", tlv("a1", tlv("a0", ...names.map(variable)))));
	}

	write(name: string, value: Buffer): Promise<string> {
		return this.ask(tlv("a5", tlv("a0", variable(name)), tlv("a0", value)));
	}

	/** Selects the breaker and moves it: ctlVal, origin, ctlNum, T, Test, Check. */
	async move(isClosed: boolean): Promise<void> {
		await this.read(NAME.select);
		await this.write(
			NAME.operate,
			tlv(
				"a2",
				flag(isClosed),
				tlv("a2", "850103", tlv("89", "63656e747265")),
				whole("86", this.#id & 127),
				utc(),
				flag(false),
				"84020600",
			),
		);
	}

	raw(contents: string): void {
		send(this.#socket, hex(contents));
	}

	async close(): Promise<void> {
		await this.#said(() => tell(this.#socket, hex("8b00")));
		this.#socket.end();
		await once(this.#socket, "close");
	}
}

export function substationActions(context: HostContext): Actions {
	let measured: Measurements | undefined;
	let relay: Relay | undefined;
	let centre: Centre | undefined;
	const timers: NodeJS.Timeout[] = [];
	context.onMeasurements((measurements) => {
		measured = measurements;
	});
	const host = (args: { host?: unknown }): string => context.address(String(args.host));
	return {
		openRelay: async () => {
			relay = new Relay();
			await relay.open(context.ip);
			const own = relay;
			timers.push(
				setInterval(() => {
					own.current = Math.round((measured?.torque ?? 0) * 10) / 10;
				}, 200),
			);
			timers.push(setInterval(() => own.report(), 4000));
		},
		closeRelay: () => {
			timers.splice(0).forEach(clearInterval);
			relay?.close();
		},
		/** Associates, identifies, looks at names, asks for reports, then polls measured values about every second. */
		openBay: async (args) => {
			centre = await Centre.connect(host(args));
			await centre.ask(hex("8200"));
			await centre.ask(tlv("a1", tlv("a0", "800109"), tlv("a1", "8000")));
			await centre.ask(tlv("a1", tlv("a0", "800100"), tlv("a1", text("81", `${RELAY}CTRL`))));
			await centre.ask(tlv("ac", object(SET)));
			await centre.read(NAME.serial, NAME.position, NAME.pickup);
			await centre.write(NAME.reports, flag(true));
			const own = centre;
			timers.push(
				setInterval(() => {
					own.read(NAME.current, NAME.voltage).catch(() => {});
				}, 1000),
			);
		},
		/** Opens the breaker, closes it, sets when the protection picks up. */
		operateBay: async (args) => {
			// Its poll has the connection to itself.
			const [poll] = timers.splice(0, 1);
			clearInterval(poll);
			await centre!.move(false);
			await centre!.move(true);
			await centre!.write(NAME.pickup, float(Number(args.pickup)));
			const own = centre!;
			timers.push(
				setInterval(() => {
					own.read(NAME.current, NAME.voltage).catch(() => {});
				}, 1000),
			);
		},
		closeBay: async () => {
			timers.splice(0).forEach(clearInterval);
			await centre?.close();
		},
		setPickup: (args) => centre!.write(NAME.pickup, float(Number(args.pickup))),
		/** A stranger logs in with a password, looks at everything, takes a disturbance record and the logic, opens the breaker, switches the protection off, lies about the current, and reprograms. */
		raidBay: async (args) => {
			const raider = await Centre.connect(host(args), PASSWORD);
			const tags = [
				await raider.ask(hex("8200")),
				await raider.ask(hex("8001ff")),
				await raider.ask(tlv("a1", tlv("a0", "800109"), tlv("a1", "8000"))),
				await raider.read(NAME.position, NAME.current, `${RELAY}CTRL/CSWI2$ST$Pos$stVal`),
				await raider.ask(tlv("bf4d", tlv("a0", text("19", "COMTRADE")))),
				await raider.ask(tlv("bf48", tlv("a0", text("19", RECORD)), "810100")),
				await raider.ask(hex("9f490101")),
				await raider.ask(hex("9f4a0101")),
			];
			await raider.move(false);
			tags.push(
				await raider.write(NAME.mode, tlv("a2", "850105", tlv("a2", "850103", "8900"), "860100", utc(), flag(false), "84020600")),
				await raider.write(NAME.substitution, flag(true)),
				await raider.ask(text("9d", PROGRAM)),
				await raider.ask(hex("9e0101")),
				await raider.ask(hex("9f1f0101")),
				await raider.ask(tlv("bf29", text("80", PROGRAM))),
				await raider.ask(text("9f24", PROGRAM)),
				await raider.ask(tlv("ba", text("80", PROGRAM), "a100", "820100")),
			);
			await new Promise((done) => setTimeout(done, 300));
			tags.push(await raider.ask(tlv("bf2b", text("80", PROGRAM))), await raider.ask(tlv("bf28", text("80", PROGRAM))));
			raider.raw("01000100 6105 3003 020103");
			await raider.close();
			return tags;
		},
	};
}
