/**
 * An air handling unit of the plant's building on BACnet/IP, by @bacnet-js/client on both sides: a controller that serves its objects, a station that polls them, subscribes to
 * changes and writes set points, and somebody with an engineering tool. Any host may be one of them; all are silent until the lab says so. What the package has no word for (the
 * tables of broadcast managers) is sent as bytes of ASHRAE 135, Annex J.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import bacnet from "@bacnet-js/client";
import type { Actions, Arguments, HostContext } from "./host.ts";

/** A module of the older kind has its default below the one that Node gives. */
const BacnetClient = bacnet.default;
type Client = InstanceType<typeof BacnetClient>;

const PORT = 47808;
const DEVICE = 1234;
/** No vendor of the plant: what the number stands for does not matter. */
const VENDOR = 999;
const PASSWORD = "filister";

/** Object types, properties and application tags (ASHRAE 135, 21). */
const TYPE = { analogInput: 0, analogOutput: 1, analogValue: 2, binaryOutput: 4, device: 8, file: 10 } as const;
const PROPERTY = {
	firmwareRevision: 44,
	modelName: 70,
	objectList: 76,
	objectName: 77,
	outOfService: 81,
	presentValue: 85,
	statusFlags: 111,
	units: 117,
	vendorIdentifier: 120,
	vendorName: 121,
} as const;
const TAG = { boolean: 1, unsigned: 2, real: 4, text: 7, bits: 8, enumerated: 9, objectId: 12 } as const;
const UNIT = { celsius: 62, percent: 98 } as const;
const NO_SEGMENTATION = 3;
/** Error classes and codes (18). */
const REFUSED = { property: [2, 32], password: [4, 26], file: [5, 5] } as const;
const SERVICE = { subscribeCov: 5, readFile: 6, writeProperty: 15, communicationControl: 17, reinitialize: 20 } as const;
/** Milliseconds until answers came. */
const SETTLE = 200;

interface ObjectId {
	type: number;
	instance: number;
}
interface Tagged {
	type: number;
	value: unknown;
}
/** An indication of the package: what came, from whom. */
interface Indication {
	header: { sender: { address: string } };
	invokeId: number;
	// biome-ignore lint/suspicious/noExplicitAny: each service has its own
	payload: any;
}

const SUPPLY: ObjectId = { type: TYPE.analogInput, instance: 1 };
const ROOM: ObjectId = { type: TYPE.analogInput, instance: 2 };
const VALVE: ObjectId = { type: TYPE.analogOutput, instance: 1 };
const SET_POINT: ObjectId = { type: TYPE.analogValue, instance: 1 };
const FAN: ObjectId = { type: TYPE.binaryOutput, instance: 1 };
const SELF: ObjectId = { type: TYPE.device, instance: DEVICE };
const FILE: ObjectId = { type: TYPE.file, instance: 1 };

/** A property, and not one place of an array. */
const wholeOf = (id: number) => ({ id, index: 0xffff_ffff });
const keyOf = ({ type, instance }: ObjectId): string => `${type},${instance}`;
const text = (value: string): Tagged => ({ type: TAG.text, value });
const real = (value: number): Tagged => ({ type: TAG.real, value: Math.fround(value) });
const rounded = (value: number): number => Math.round(value * 10) / 10;

export function buildingActions(context: HostContext): Actions {
	let client: Client | undefined;
	let timer: NodeJS.Timeout | undefined;

	const connect = async (): Promise<Client> => {
		const broadcastAddress = context.ip.replace(/\d+$/, "255");
		const one = new BacnetClient({ port: PORT, interface: "0.0.0.0", broadcastAddress, apduTimeout: 1500 });
		await once(one as unknown as NodeJS.EventEmitter, "listening");
		one.on("error", () => {});
		client = one;
		return one;
	};
	const close = async (): Promise<void> => {
		clearInterval(timer);
		client?.close();
		client = undefined;
		await sleep(SETTLE);
	};
	const receiver = (args: Arguments) => ({ address: context.address(String(args.controller)) });
	/** What a refused or silent controller makes of a request is seen in the recording. */
	const quietly = async (request: Promise<unknown>): Promise<void> => {
		await request.catch(() => undefined);
	};

	return {
		/** Serves the air handling unit. */
		openAirHandler: async () => {
			const one = await connect();
			timer = serve(one, context);
		},
		/** Finds the controller, reads who it is, subscribes, then polls twice a second and writes a set point now and then. */
		watchBuilding: async (args) => {
			const one = await connect();
			const to = receiver(args);
			one.whoIs();
			await sleep(SETTLE);
			for (const id of [PROPERTY.objectName, PROPERTY.vendorName, PROPERTY.modelName, PROPERTY.firmwareRevision])
				await one.readProperty(to, SELF, id);
			await one.readProperty(to, SELF, PROPERTY.objectList);
			await one.readPropertyMultiple(
				to,
				[SUPPLY, ROOM].map((objectId) => ({ objectId, properties: [wholeOf(PROPERTY.objectName), wholeOf(PROPERTY.units)] })),
			);
			await quietly(one.readProperty(to, SUPPLY, PROPERTY.vendorName));
			await one.subscribeCov(to, ROOM, 18, false, false, 300);
			one.timeSync({ address: context.ip.replace(/\d+$/, "255") }, new Date());
			let round = 0;
			timer = setInterval(() => {
				round++;
				const properties = [wholeOf(PROPERTY.presentValue), wholeOf(PROPERTY.statusFlags)];
				void quietly(
					one.readPropertyMultiple(
						to,
						[SUPPLY, VALVE, SET_POINT, FAN].map((objectId) => ({ objectId, properties })),
					),
				);
				if (round % 8 !== 4) return;
				const value = [20.5, 21, 21.5, 22][(round >> 3) & 3]!;
				void quietly(one.writeProperty(to, SET_POINT, PROPERTY.presentValue, [real(value)], { priority: 12 }));
			}, 500);
		},
		stopBuilding: close,
		/** Looks around with an engineering tool, takes the supply temperature out of service, overrides the valve, asks for a backup, silences and restarts the controller. */
		engineerBuilding: async (args) => {
			const one = await connect();
			const to = receiver(args);
			one.whoIs({ lowLimit: 0, highLimit: 4194303 });
			await sleep(SETTLE);
			await quietly(one.readProperty(to, SELF, PROPERTY.modelName));
			await quietly(one.writeProperty(to, SUPPLY, PROPERTY.outOfService, [{ type: TAG.boolean, value: true }], {}));
			await quietly(one.writeProperty(to, VALVE, PROPERTY.presentValue, [real(100)], { priority: 8 }));
			await sleep(1000);
			await quietly(one.reinitializeDevice(to, 2, { password: PASSWORD }));
			await quietly(one.readFile(to, FILE, 0, 400));
			await quietly(one.reinitializeDevice(to, 3, { password: PASSWORD }));
			await sleep(1000);
			await quietly(one.deviceCommunicationControl(to, 1, 2, {}));
			await quietly(one.reinitializeDevice(to, 0, { password: "guess" }));
			await quietly(one.reinitializeDevice(to, 0, { password: PASSWORD }));
			await close();
		},
		/** Registers as a foreign device, reads both tables and writes the one that says where broadcasts go. */
		rewriteBroadcasts: async (args) => {
			const socket = createSocket("udp4");
			socket.bind(PORT, context.ip);
			await once(socket, "listening");
			const own = context.ip.split(".").map(Number);
			const port = [PORT >> 8, PORT & 255];
			for (const message of [[5, 0, 60], [2], [6], [1, ...own, ...port, 255, 255, 255, 255]]) {
				const [code, ...body] = message as [number, ...number[]];
				socket.send(Uint8Array.of(0x81, code, 0, body.length + 4, ...body), PORT, context.address(String(args.controller)));
				await sleep(SETTLE);
			}
			await new Promise<void>((done) => void socket.close(() => done()));
		},
	};
}

/** The controller: temperatures that move, a valve, values that may be written; it reports until the timer is cleared. */
function serve(client: Client, context: HostContext): NodeJS.Timeout {
	let round = 0;
	let supply = 18;
	let subscriber: { address: string; id: number } | undefined;
	const written = new Map<string, Tagged>([
		[keyOf(SET_POINT), real(21)],
		[keyOf(FAN), { type: TAG.enumerated, value: 1 }],
	]);
	const properties = new Map<string, Map<number, () => Tagged[]>>();
	const room = (): number => rounded(21 + Math.sin(round / 7) / 2);
	const describe = (id: ObjectId, name: string, value: () => Tagged, unit?: number): void => {
		const all = new Map<number, () => Tagged[]>([
			[PROPERTY.objectName, () => [text(name)]],
			[PROPERTY.presentValue, () => [value()]],
			[PROPERTY.statusFlags, () => [{ type: TAG.bits, value: { value: [0], bitsUsed: 4 } }]],
			[PROPERTY.outOfService, () => [{ type: TAG.boolean, value: false }]],
		]);
		if (unit !== undefined) all.set(PROPERTY.units, () => [{ type: TAG.enumerated, value: unit }]);
		properties.set(keyOf(id), all);
	};
	describe(SUPPLY, "AHU-1 supply air", () => real(supply), UNIT.celsius);
	describe(ROOM, "AHU-1 room", () => real(room()), UNIT.celsius);
	describe(VALVE, "AHU-1 heating valve", () => written.get(keyOf(VALVE)) ?? real(rounded(45 + 5 * Math.sin(round / 9))), UNIT.percent);
	describe(SET_POINT, "AHU-1 set point", () => written.get(keyOf(SET_POINT))!, UNIT.celsius);
	describe(FAN, "AHU-1 fan", () => written.get(keyOf(FAN))!);
	properties.set(
		keyOf(SELF),
		new Map<number, () => Tagged[]>([
			[PROPERTY.objectName, () => [text("AHU-1")]],
			[PROPERTY.vendorName, () => [text("Example Controls")]],
			[PROPERTY.modelName, () => [text("AHU Controller 200")]],
			[PROPERTY.firmwareRevision, () => [text("2.4.1")]],
			[PROPERTY.vendorIdentifier, () => [{ type: TAG.unsigned, value: VENDOR }]],
			[PROPERTY.objectList, () => [SELF, SUPPLY, ROOM, VALVE, SET_POINT, FAN].map((value) => ({ type: TAG.objectId, value }))],
		]),
	);
	const valuesOf = (id: ObjectId, property: number) => properties.get(keyOf(id))?.get(property)?.();
	const sender = ({ header }: Indication) => header.sender;
	const on = (name: string, take: (one: Indication) => void): void => {
		(client as unknown as NodeJS.EventEmitter).on(name, take);
	};

	on("whoIs", (one) => client.iAmResponse({ address: sender(one).address }, DEVICE, NO_SEGMENTATION, VENDOR));
	on("readProperty", (one) => {
		const { objectId, property } = one.payload as { objectId: ObjectId; property: { id: number; index: number } };
		const value = valuesOf(objectId, property.id);
		if (value === undefined) client.errorResponse(sender(one), 12, one.invokeId, ...REFUSED.property);
		else client.readPropertyResponse(sender(one), one.invokeId, objectId, property, value as never);
	});
	on("readPropertyMultiple", (one) => {
		const asked = one.payload.properties as { objectId: ObjectId; properties: { id: number; index: number }[] }[];
		const values = asked.map(({ objectId, properties: wanted }) => ({
			objectId,
			values: wanted.map((property) => ({ property, value: valuesOf(objectId, property.id) ?? [] })),
		}));
		client.readPropertyMultipleResponse(sender(one), one.invokeId, values as never);
	});
	on("writeProperty", (one) => {
		const { objectId, value } = one.payload as { objectId: ObjectId; value: { property: { id: number }; value: Tagged[] } };
		if (value.property.id === PROPERTY.presentValue) written.set(keyOf(objectId), value.value[0]!);
		client.simpleAckResponse(sender(one), SERVICE.writeProperty, one.invokeId);
	});
	on("subscribeCov", (one) => {
		subscriber = { address: sender(one).address, id: one.payload.subscriberProcessId };
		client.simpleAckResponse(sender(one), SERVICE.subscribeCov, one.invokeId);
	});
	on("deviceCommunicationControl", (one) => client.simpleAckResponse(sender(one), SERVICE.communicationControl, one.invokeId));
	on("reinitializeDevice", (one) => {
		if (one.payload.password === PASSWORD) client.simpleAckResponse(sender(one), SERVICE.reinitialize, one.invokeId);
		else client.errorResponse(sender(one), SERVICE.reinitialize, one.invokeId, ...REFUSED.password);
	});
	on("atomicReadFile", (one) => client.errorResponse(sender(one), SERVICE.readFile, one.invokeId, ...REFUSED.file));
	on("timeSync", () => {});

	let told = Number.NaN;
	return setInterval(() => {
		round++;
		supply = rounded(18 + 0.4 * Math.sin(round / 5) + context.random.noise(0.1));
		if (subscriber === undefined || room() === told) return;
		told = room();
		const values = [
			{ property: { id: PROPERTY.presentValue }, value: [real(told)] },
			{ property: { id: PROPERTY.statusFlags }, value: [{ type: TAG.bits, value: { value: [0], bitsUsed: 4 } }] },
		];
		client.unconfirmedCOVNotification({ address: subscriber.address }, subscriber.id, DEVICE, ROOM, 300, values as never);
	}, 1000);
}
