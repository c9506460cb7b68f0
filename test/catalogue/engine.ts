/** The engine's own detections, and those facts of protocols that the lab's first recordings show. */
import { PlantBed } from "../detect/plantBed.ts";
import { random } from "../support/random.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";

const HMI = "10.0.0.2";
const PANEL = "10.0.0.3";
const PLC = "10.0.0.5";

/** A bed as it is before a scene, made once: each scene plays on what another instance of it saved. */
function ground(learn: (bed: PlantBed) => void): () => PlantBed {
	let saved: [PlantBed, unknown[]] | undefined;
	return () => {
		if (saved === undefined) {
			const learned = new PlantBed();
			learn(learned);
			saved = [learned, [...structuredClone([...learned.analyst.save()])]];
		}
		const [{ time, frame }, entries] = saved;
		const bed = new PlantBed();
		bed.time = time;
		bed.frame = frame;
		bed.analyst.restore((entries as [string, unknown][]).filter(([, value]) => value !== null));
		return bed;
	};
}

/** A station and a panel poll four ranges of a PLC every ten seconds for a day and a half. */
function poll(bed: PlantBed, seconds: number, { clients = [HMI, PANEL], every = 10, order = [0, 20, 40, 60], unit = 1 } = {}): void {
	for (let passed = 0; passed < seconds; passed += every) {
		for (const client of clients) for (const first of order) bed.read(client, PLC, first, [7, 7, 7, 7], { unit });
		bed.wait(every);
	}
}
const cycles = ground((bed) => poll(bed, 36 * 3600));
const cyclic = (play: (bed: PlantBed) => void) => (): readonly Said[] => {
	const bed = cycles();
	poll(bed, 120);
	bed.detections.length = 0;
	play(bed);
	bed.wait(2);
	return alertsOf(bed.detections);
};

/** A level that swings, a flow that is noise and a constant, read every five seconds. */
const LOOK = 5;
const noise = random(21);
const measured = (round: number): number[] => [
	300 + Math.round(100 * Math.sin(round / 50) + 9 * noise()),
	50 + Math.floor(20 * noise()),
	7,
];
function show(bed: PlantBed, rounds: number, values: (round: number) => number[]): void {
	for (let passed = 0; passed < rounds; passed++) {
		bed.read(HMI, PLC, 0, values(Math.round(bed.time / 1e6 / LOOK)));
		bed.wait(LOOK);
	}
}
const values = ground((bed) => show(bed, 26_000, measured));
const moving = (play: (bed: PlantBed) => void) => (): readonly Said[] => {
	const bed = values();
	show(bed, 60, measured);
	bed.detections.length = 0;
	play(bed);
	bed.wait(60);
	return alertsOf(bed.detections);
};
/** 314 looks are a whole swing of the level. */
const SWING = 314;

export const ENGINE: readonly CatalogueEntry[] = [
	{
		id: "new-device",
		answers: ["G1"],
		fires: "new-talker-write",
		twin: "restart-command",
		twinIs: "the plant's own laptop, which was away for a while, is back",
	},
	{
		id: "new-talker",
		answers: ["M1", "U1"],
		fires: "new-talker-write",
		twin: "plant-routine",
		twinIs: "the engineer's laptop comes to the PLC where it is usual",
	},
	{
		id: "first-write",
		answers: ["M3", "U6", "U7"],
		fires: "new-talker-write",
		twin: "recipe-change",
		twinIs: "the same set point, written by the operator station",
	},
	{
		id: "new-function",
		answers: ["M2"],
		fires: "serial-clip",
		twin: "serial-routine",
		twinIs: "the controller reads and writes as on every day",
	},
	{
		id: "new-unit",
		answers: [],
		fires: cyclic((bed) => poll(bed, 10, { clients: [HMI], order: [0], unit: 9 })),
		twin: cyclic((bed) => poll(bed, 10, { clients: [HMI], order: [0] })),
		twinIs: "the same request to the unit that is usual",
	},
	{
		id: "new-point",
		answers: ["M4"],
		fires: cyclic((bed) => bed.read(HMI, PLC, 900, [1, 2])),
		twin: cyclic((bed) => bed.read(HMI, PLC, 41, [7, 7])),
		twinIs: "a part of a range that is usual is read alone",
	},
	{
		id: "value-outside",
		answers: ["M5"],
		fires: "value-out-of-range",
		which: { source: "10.20.0.20" },
		twin: "plant-routine",
		twinIs: "operators go over the whole range that is usual",
	},
	{
		id: "write-outside",
		answers: ["M5", "U6"],
		fires: "value-out-of-range",
		twin: "plant-routine",
		twinIs: "operators go over the whole range that is usual",
	},
	{
		id: "value-frozen",
		answers: ["M20"],
		fires: moving((bed) => {
			const still = measured(0)[1]!;
			show(bed, 100, (round) => [measured(round)[0]!, still, 7]);
		}),
		twin: moving((bed) => {
			const still = measured(0)[1]!;
			show(bed, 5, (round) => [measured(round)[0]!, still, 7]);
		}),
		twinIs: "it stands still no longer than it does by itself",
	},
	{
		id: "value-replayed",
		answers: ["M20"],
		fires: moving((bed) => {
			const recording: number[] = [];
			show(bed, SWING, (round) => {
				const [level, flow, constant] = measured(round);
				recording.push(flow!);
				return [level!, flow!, constant!];
			});
			let at = 0;
			show(bed, SWING, (round) => [measured(round)[0]!, recording[at++]!, 7]);
		}),
		twin: moving((bed) => show(bed, 2 * SWING, measured)),
		twinIs: "the process goes through the same swing twice",
	},
	{
		id: "new-refusal",
		answers: [],
		fires: "register-scan",
		twin: "permitted-engineer",
		twinIs: "a new laptop reads only what is there",
	},
	{
		id: "new-service",
		answers: ["G10"],
		fires: "secure-no-role",
		twin: "permitted-engineer",
		twinIs: "a new laptop uses the service that is usual",
	},
	{
		id: "address-takeover",
		answers: ["G2"],
		fires: "arp-spoof",
		twin: "plc-reboot",
		twinIs: "a PLC that was away announces its own address",
	},
	{
		id: "contradicting-values",
		answers: [],
		fires: "mitm-alter",
		twin: "value-out-of-range",
		twinIs: "values jump, but every client is told the same",
	},
	{
		id: "point-scan",
		answers: ["M7"],
		fires: "register-scan",
		twin: "permitted-engineer",
		twinIs: "a new laptop reads identification and tuning",
	},
	{
		id: "function-scan",
		answers: ["M8"],
		fires: "function-scan",
		twin: "hmi-restart",
		twinIs: "the operator station starts up and uses its functions one after the other",
	},
	{
		id: "unit-scan",
		answers: ["M9"],
		fires: "serial-clip",
		twin: "serial-routine",
		twinIs: "the controller asks every unit of the line",
	},
	{
		id: "host-scan",
		answers: ["G4"],
		fires: "host-scan",
		twin: "plc-reboot",
		twinIs: "all clients of a PLC call it in vain while it is off",
	},
	{ id: "flood", answers: ["M15"], fires: "flood", twin: "hmi-restart", twinIs: "the operator station asks for everything at once" },
	{
		id: "flood",
		answers: ["G12"],
		fires: "syn-flood",
		twin: "plc-reboot",
		twinIs: "all clients of a PLC try to connect again and again while it is off",
	},
	{
		id: "poll-silent",
		answers: ["M16", "M18"],
		fires: cyclic((bed) => poll(bed, 120, { clients: [HMI] })),
		twin: cyclic((bed) => {
			poll(bed, 20, { clients: [HMI] });
			poll(bed, 100);
		}),
		twinIs: "the panel misses two rounds while it connects anew",
	},
	{
		id: "poll-pace",
		answers: ["M18"],
		fires: cyclic((bed) => poll(bed, 60, { clients: [HMI], every: 5 })),
		twin: cyclic((bed) => poll(bed, 10, { clients: [HMI], every: 5 })),
		twinIs: "one round comes twice",
	},
	{
		id: "unusual-order",
		answers: ["M19"],
		fires: cyclic((bed) => poll(bed, 200, { clients: [HMI], order: [60, 40, 20, 0] })),
		twin: cyclic((bed) => poll(bed, 10, { order: [0, 20, 0, 20, 40, 60] })),
		twinIs: "a round is begun, broken off and begun again",
	},
	{
		id: "modbus-restart",
		answers: ["M11"],
		fires: "restart-command",
		twin: "plc-reboot",
		twinIs: "a PLC restarts because its power failed",
	},
	{
		id: "modbus-listen-only",
		answers: ["M11"],
		fires: "listen-only",
		twin: "plc-reboot",
		twinIs: "a PLC is silent because its power failed",
	},
	{
		id: "modbus-clear-counters",
		answers: ["M11"],
		fires: "clear-counters",
		twin: "permitted-engineer",
		twinIs: "a new laptop identifies the PLC and reads its tuning",
	},
	{
		id: "modbus-malformed",
		answers: ["M13"],
		fires: "function-scan",
		twin: "permitted-engineer",
		twinIs: "a new laptop whose messages are well formed",
	},
	{
		id: "mbaps-no-role",
		answers: [],
		fires: "secure-no-role",
		twin: "secure-sessions",
		twinIs: "stations whose certificates name their roles",
	},
];
