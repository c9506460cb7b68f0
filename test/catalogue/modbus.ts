/** What strains a PLC, and what Modbus has words for: files, identification, writes to all, answers unasked. */
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { ENGINEER, GATEWAY, HMI, ModbusBed, PLC } from "./modbusBed.ts";

const scene = (play: (bed: ModbusBed) => void, learn?: (bed: ModbusBed) => void) => (): readonly Said[] => {
	const bed = new ModbusBed(learn);
	play(bed);
	return alertsOf(bed.said());
};

const REFUSED = ["03 01f4 0002", "83 02"] as const;
/** A client asks for what is not there, again and again. */
const beRefused = (bed: ModbusBed, times: number): void => {
	for (let n = 0; n < times; n++) {
		bed.at(HMI, PLC).ask(1, ...REFUSED);
		bed.poll(10);
	}
};
const readFile = (bed: ModbusBed): void => void bed.at(ENGINEER, PLC).ask(1, "14 07 06 0004 0001 0002", "14 06 05 06 0dfe 0020");
const writeFile = (bed: ModbusBed): void =>
	void bed.at(ENGINEER, PLC).ask(1, "15 09 06 0004 0007 0001 06af", "15 09 06 0004 0007 0001 06af");
const program = (bed: ModbusBed): void => void bed.at(ENGINEER, PLC).ask(1, "0a 00 01", "0a 00 01");
/** The time of day, to all units of the line at once. */
const setClocks = (bed: ModbusBed): void => void bed.at(HMI, GATEWAY).ask(0, "06 0005 0007");
/** Each minute of some, as it was learned. */
const often =
	(act: (bed: ModbusBed) => void, minutes = 8) =>
	(bed: ModbusBed): void => {
		for (let minute = 0; minute < minutes; minute++) {
			act(bed);
			bed.poll(60);
		}
	};

export const MODBUS: readonly CatalogueEntry[] = [
	{
		id: "write-burst",
		answers: ["M6"],
		fires: "modbus-takeover",
		twin: "modbus-maintenance",
		twinIs: "an operator ramps the same set point in eleven steps",
	},
	{
		id: "write-spread",
		answers: ["M6"],
		fires: "modbus-takeover",
		twin: "modbus-maintenance",
		twinIs: "recipes are downloaded one after the other",
	},
	{
		id: "modbus-identification",
		answers: ["M10"],
		fires: "modbus-engineering",
		twin: "modbus-maintenance",
		twinIs: "the engineer's laptop asks two PLCs what they are, as it does at each visit",
	},
	{
		id: "plc-busy",
		answers: ["M12"],
		fires: "modbus-takeover",
		twin: "modbus-maintenance",
		twinIs: "the PLC is busy twice while it is worked on",
	},
	{
		id: "modbus-unsolicited-answer",
		answers: ["M14"],
		fires: "modbus-takeover",
		twin: "modbus-maintenance",
		twinIs: "a PLC answers late",
	},
	{
		id: "device-unresponsive",
		answers: ["M16"],
		fires: scene(
			(bed) => {
				for (let n = 0; n < 3; n++) {
					bed.at(ENGINEER, GATEWAY).ask(13, "03 0000 0002");
					bed.poll(20);
				}
			},
			often((bed) => void bed.at(ENGINEER, GATEWAY).ask(13, "03 0000 0002", "03 04 0007 0008"), 3),
		),
		twin: scene(
			(bed) => {
				for (let n = 0; n < 2; n++) {
					bed.at(ENGINEER, GATEWAY).ask(13, "03 0000 0002");
					bed.poll(20);
				}
				bed.at(ENGINEER, GATEWAY).ask(13, "03 0000 0002", "03 04 0007 0008");
				bed.poll(20);
				bed.at(ENGINEER, GATEWAY).ask(13, "03 0000 0002");
			},
			often((bed) => void bed.at(ENGINEER, GATEWAY).ask(13, "03 0000 0002", "03 04 0007 0008"), 3),
		),
		twinIs: "two answers are lost, the next one comes, and one more is lost",
	},
	{
		id: "refusal-storm",
		answers: ["M17", "U9"],
		fires: "modbus-takeover",
		twin: scene(
			(bed) => beRefused(bed, 30),
			(bed) => beRefused(bed, 30),
		),
		twinIs: "a station asks all day for registers that its PLC does not have",
	},
	{
		id: "modbus-reserved-function",
		answers: ["M21"],
		fires: "modbus-engineering",
		twin: scene(program, often(program)),
		twinIs: "the programming tool of an old controller uses the function that was reserved for it, as always",
	},
	{
		id: "identity-changed",
		answers: ["M23", "G18"],
		fires: "modbus-takeover",
		twin: "modbus-maintenance",
		twinIs: "the engineer checks the firmware of two PLCs, and it is what it was",
	},
	{
		id: "broadcast-write",
		answers: ["M24"],
		fires: "modbus-engineering",
		twin: scene((bed) => {
			for (let n = 0; n < 3; n++) {
				setClocks(bed);
				bed.poll(60);
			}
			// What else it may say to all at once is another function, not another habit.
			bed.at(HMI, GATEWAY).ask(0, "10 0005 0001 02 0007");
		}, often(setClocks)),
		twinIs: "the controller sets the clocks of all units at once, as it always does",
	},
	{
		id: "broadcast-write",
		answers: ["M24"],
		fires: scene((bed) => void bed.at(HMI, GATEWAY).ask(0, "06 0000 0007")),
		twin: scene((bed) => void bed.at(HMI, PLC).ask(0, "06 0000 0007", "06 0000 0007")),
		twinIs: "a PLC that is alone at its address takes unit 0 for itself, and answers",
	},
	{
		id: "modbus-file-read",
		answers: ["M25"],
		fires: "modbus-engineering",
		twin: scene(readFile, often(readFile)),
		twinIs: "the engineer fetches the log of the device, as he does every day",
	},
	{
		id: "modbus-file-write",
		answers: ["M25"],
		fires: "modbus-engineering",
		twin: scene(writeFile, often(writeFile)),
		twinIs: "recipes are kept in the device's files, and are written as always",
	},
];
