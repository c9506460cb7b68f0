/** A PLC: a real modbus-serial server in front of its part of the process, with the diagnostics (function 8) that real PLCs have. */
import type { Actions, HostContext } from "../host.ts";
import type { MischiefKind } from "../mischief.ts";
import type { Actuators, Measurements } from "../physics.ts";
import { INITIAL_ACTUATORS } from "../physics.ts";
import { ModbusServer, type RegisterImage } from "../server.ts";

/** Milliseconds that a PLC is away when it restarts. */
const RESTART_TIME = 3000;
/** Object of the device identification. */
const REVISION = 2;
const TUNING = [120, 45, 0, 8];

interface Personality {
	readonly identity: Readonly<Record<number, string>>;
	/** Holding registers 0 to 5 after power-up. */
	readonly setPoints: readonly number[];
	readonly coils: readonly boolean[];
	/** Input registers 0 to 7 and discrete inputs 0 to 2. */
	refresh(image: RegisterImage, measured: Measurements): void;
	/** What the registers make the process do. */
	actuators(image: RegisterImage): Partial<Actuators>;
}

const PERSONALITIES: Readonly<Record<string, Personality>> = {
	"plc-1": {
		identity: { 0: "Riverside Controls", 1: "RC-340", 2: "V3.2.1", 4: "Tank controller", 5: "RC-340 tank" },
		setPoints: [INITIAL_ACTUATORS.levelSetPoint, 3400, 1300, 1, 1, 250],
		coils: [true, false],
		refresh(image, measured) {
			const high = measured.level > image.holding.get(1)!;
			const low = measured.level < image.holding.get(2)!;
			const status = 1 | (high ? 2 : 0) | (low ? 4 : 0) | (image.coils[0] ? 8 : 0);
			image.inputs = [
				measured.level,
				measured.inflow,
				measured.outflow,
				measured.temperature,
				(measured.total >>> 16) & 0xffff,
				measured.total & 0xffff,
				status,
				measured.seconds & 0xffff,
			];
			image.discretes = [high, low, !high];
		},
		actuators: (image) => ({ levelSetPoint: image.holding.get(0)!, outletOpen: image.coils[0]! }),
	},
	"plc-2": {
		identity: { 0: "Riverside Controls", 1: "RC-120", 2: "V2.7.0", 4: "Pump drive", 5: "RC-120 drive" },
		setPoints: [INITIAL_ACTUATORS.speedSetPoint, 200, 1500, 1, 0, 0],
		coils: [true, false],
		refresh(image, measured) {
			const isRunning = measured.speed > 5;
			const isAtSpeed = isRunning && Math.abs(measured.speed - image.holding.get(0)!) < 15;
			const status = (image.coils[0] ? 1 : 0) | (isRunning ? 2 : 0) | (isAtSpeed ? 4 : 0);
			image.inputs = [
				measured.speed,
				measured.current,
				measured.pressure,
				measured.vibration,
				(measured.runSeconds >>> 16) & 0xffff,
				measured.runSeconds & 0xffff,
				status,
				measured.seconds & 0xffff,
			];
			image.discretes = [isRunning, false, isAtSpeed];
		},
		actuators: (image) => ({ speedSetPoint: image.holding.get(0)!, run: image.coils[0]! }),
	},
	"plc-3": {
		identity: { 0: "Nordtal Automation", 1: "NV-7", 2: "1.4.11", 4: "Inlet valve", 5: "NV-7 positioner" },
		setPoints: [INITIAL_ACTUATORS.positionSetPoint, 20, 600, 1, 0, 0],
		coils: [true, ...new Array<boolean>(31).fill(false)],
		refresh(image, measured) {
			const isMoving = image.coils[0]! && Math.abs(measured.position - image.holding.get(0)!) > 2;
			const status = (image.coils[0] ? 1 : 0) | (isMoving ? 2 : 0);
			image.inputs = [
				measured.position,
				measured.inflow,
				measured.torque,
				measured.temperature + 60,
				(measured.strokes >>> 16) & 0xffff,
				measured.strokes & 0xffff,
				status,
				measured.seconds & 0xffff,
			];
			image.discretes = [measured.position >= 995, measured.position <= 5, isMoving];
		},
		actuators: (image) => ({ positionSetPoint: image.holding.get(0)!, enable: image.coils[0]! }),
	},
};

export async function start(context: HostContext): Promise<Actions> {
	const personality = PERSONALITIES[context.name];
	if (personality === undefined) throw new Error(`no PLC is called ${context.name}`);
	const image: RegisterImage = { holding: new Map(), coils: [], inputs: [], discretes: [] };
	const powerUp = () => {
		for (const [address, value] of personality.setPoints.entries()) image.holding.set(address, value);
		for (const [index, value] of TUNING.entries()) image.holding.set(100 + index, value);
		image.coils = [...personality.coils];
		context.actuate(personality.actuators(image));
	};
	powerUp();
	let revision: string | undefined;
	const server = new ModbusServer(context.ip, context.modbusPort, {
		image: () => image,
		get identity() {
			return revision === undefined ? personality.identity : { ...personality.identity, [REVISION]: revision };
		},
		written: () => context.actuate(personality.actuators(image)),
		restart: () => restart(RESTART_TIME),
	});
	const restart = async (milliseconds: number) => {
		await server.restart(milliseconds);
		powerUp();
	};
	context.onMeasurements((measured) => personality.refresh(image, measured));
	await server.listen();
	return {
		/** Something is wrong with its next answers. */
		misbehave: (args) => server.misbehave(args.kind as MischiefKind, Number(args.count)),
		/** Answers a client that did not ask. */
		blurt: (args) => server.blurt(context.address(String(args.client)), Buffer.from(String(args.pdu), "hex")),
		/** Other firmware, from now on. */
		update: (args) => {
			revision = String(args.revision);
		},
		restart: (args) => restart(Number(args.milliseconds ?? RESTART_TIME)),
		resetPeers: (args) => server.resetPeers(Number(args.milliseconds)),
		/** Back to the state after power-up, without a word on the network. */
		reset: () => {
			server.forgive();
			revision = undefined;
			powerUp();
		},
	};
}
