/** What is odd on the network itself, whatever is spoken. */
import type { AnyProtocol } from "../../src/decode/protocol.ts";
import type { Flow } from "../../src/flow/flow.ts";
import { type Deed, macOf, PlantBed, toy } from "../detect/plantBed.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";

const SERVICES = "10.0.0.1";
const HMI = "10.0.0.2";
const PLC = "10.0.0.5";
const LAPTOP = "10.0.0.40";
const STRANGER = "10.0.0.66";
const LOGIN = 50;
const NAMES = ["archive.plant.example", "hmi.plant.example"];

/** The made-up protocol with logins; a deed may say that somebody asks for an address or a name instead. */
const protocol: AnyProtocol = {
	...toy,
	isLogin: (code) => code === LOGIN,
	operations: (deed: Deed, sink) => {
		const [what, about = "", answer] = deed.names?.[0]?.split(" ") ?? [];
		if (what === "who-has") sink.seek(answer!, about);
		else if (what === "name") sink.lookup({ name: about, isAnswered: true, isUnknown: answer === "unknown" });
		else toy.operations(deed, sink);
	},
};

function call(bed: PlantBed, client: string, server: string, port: number, of: Partial<Flow> = {}): void {
	const flow = { ...bed.flow(client, server, port), firstTime: bed.time, lastTime: bed.time, ...of };
	bed.analyst.flowOpened(flow);
	bed.wait(0.2);
	bed.analyst.flowClosed(flow);
}
const askAddress = (bed: PlantBed, source: string, ip: string) =>
	bed.do(source, "10.0.0.255", { code: 0, names: [`who-has ${ip} ${source}`] });
const askName = (bed: PlantBed, client: string, name: string, answer = "found") =>
	bed.do(client, SERVICES, { code: 0, names: [`name ${name} ${answer}`] });
function logIn(bed: PlantBed, client: string, isRight: boolean): void {
	bed.do(client, PLC, { verb: "authenticate", code: LOGIN, outcome: isRight ? "ok" : "refused", outcomeCode: isRight ? 0 : 7 });
	bed.wait(2);
}
const lease = (bed: PlantBed, server: string) => bed.claim({ ip: server, duty: "addresses", evidence: "toy lease" });
/** A datagram to many. */
const toGroup = (bed: PlantBed, source: string, group: string, port: number): void => {
	bed.flows.delete(`${source}>${group}:${port}`);
	bed.analyst.flowOpened(bed.flow(source, group, port, { transport: "udp", isConversation: false }));
};
const device = (last: number) => `10.0.0.${last}`;

/** A plant whose operator station polls a PLC and knows sixty devices, in which a laptop works from afar; and what happens in it. */
const plant = (play: (bed: PlantBed) => void) => (): readonly Said[] => {
	const services = [{ name: "shell", transport: "tcp", ports: [22], isRemoteAccess: true }] as const;
	const bed = new PlantBed({ protocols: [protocol], habits: { services } });
	for (const ip of [SERVICES, HMI, PLC, LAPTOP, STRANGER]) bed.claim({ ip, mac: macOf(ip), evidence: "toy claim" });
	for (let last = 100; last < 160; last++) bed.claim({ ip: device(last), mac: macOf(device(last)), evidence: "toy claim" });
	for (let round = 0; round < 120; round++) {
		bed.read(HMI, PLC, 0, [round]);
		askName(bed, HMI, NAMES[0]!);
		bed.wait(1);
	}
	for (const server of [SERVICES, device(3)]) lease(bed, server);
	toGroup(bed, HMI, "224.0.0.251", 5353);
	toGroup(bed, HMI, "10.0.0.255", 137);
	call(bed, LAPTOP, HMI, 22);
	bed.analyst.endLearning();
	bed.wait(2);
	bed.detections.length = 0;
	play(bed);
	bed.wait(2);
	return alertsOf(bed.detections);
};
const guess = (bed: PlantBed) => {
	for (let tries = 0; tries < 12; tries++) logIn(bed, STRANGER, false);
};

export const NETWORK: readonly CatalogueEntry[] = [
	{
		id: "host-scan",
		answers: ["G4"],
		fires: plant((bed) => {
			for (let last = 164; last < 228; last++) {
				call(bed, LAPTOP, device(last), 502, { isConversation: false });
				bed.wait(900);
			}
		}),
		twin: plant((bed) => {
			for (let round = 0; round < 64; round++) {
				for (let last = 164; last < 174; last++) call(bed, LAPTOP, device(last), 502, { isConversation: false });
				bed.wait(900);
			}
		}),
		twinIs: "a client calls ten devices that are switched off, all day long",
	},
	{
		id: "port-scan",
		answers: ["G4"],
		fires: plant((bed) => {
			for (let port = 1; port <= 40; port++) call(bed, STRANGER, PLC, port, { isConversation: port === 22 });
		}),
		twin: plant((bed) => {
			for (let port = 20; port < 28; port++) call(bed, LAPTOP, PLC, port, { isConversation: port === 22 });
		}),
		twinIs: "somebody looks for a service at eight ports of the same PLC",
	},
	{
		id: "address-scan",
		answers: ["G3"],
		fires: plant((bed) => {
			for (let last = 161; last < 230; last++) {
				askAddress(bed, STRANGER, device(last));
				bed.wait(0.1);
			}
		}),
		twin: plant((bed) => {
			for (let last = 100; last < 160; last++) askAddress(bed, HMI, device(last));
		}),
		twinIs: "the operator station starts up and asks for all of its sixty devices",
	},
	{
		id: "password-guessing",
		answers: ["G8"],
		fires: plant(guess),
		twin: plant((bed) => {
			logIn(bed, STRANGER, false);
			logIn(bed, STRANGER, false);
			logIn(bed, STRANGER, true);
		}),
		twinIs: "a user mistypes his password twice",
	},
	{
		id: "password-guessed",
		answers: ["G8"],
		fires: plant((bed) => {
			guess(bed);
			logIn(bed, STRANGER, true);
		}),
		twin: plant((bed) => {
			for (let tries = 0; tries < 9; tries++) logIn(bed, STRANGER, false);
			logIn(bed, STRANGER, true);
		}),
		twinIs: "a user who forgot his password finds it at the tenth try",
	},
	{
		id: "unexpected-server",
		answers: ["G5"],
		fires: plant((bed) => lease(bed, STRANGER)),
		twin: plant((bed) => lease(bed, device(3))),
		twinIs: "the other half of the plant's two servers of addresses answers",
	},
	{
		id: "new-domain",
		answers: ["G11"],
		fires: plant((bed) => askName(bed, HMI, "gate.command.example")),
		twin: plant((bed) => askName(bed, HMI, NAMES[1]!)),
		twinIs: "a name that the station never asked for, in the plant's own domain",
	},
	{
		id: "new-group",
		answers: ["G19"],
		fires: plant((bed) => toGroup(bed, HMI, "239.255.255.250", 1900)),
		twin: plant((bed) => {
			toGroup(bed, HMI, "224.0.0.251", 5353);
			toGroup(bed, HMI, "10.0.0.255", 137);
		}),
		twinIs: "the station asks all for a name, as it always does, and announces itself in its network",
		twins: [
			{
				scene: plant((bed) => toGroup(bed, LAPTOP, "239.255.255.250", 1900)),
				is: "a laptop that is no client of a PLC looks for printers",
			},
		],
	},
	{
		id: "made-up-names",
		answers: ["G11"],
		fires: plant((bed) => {
			for (let at = 0; at < 30; at++) askName(bed, HMI, `${"qzxkvjwpyb".slice(at % 5)}${at}.example`, "unknown");
		}),
		twin: plant((bed) => {
			for (let at = 0; at < 200; at++) askName(bed, HMI, `server${at % 40}.old-plant.example`, "unknown");
		}),
		twinIs: "a station that is set up wrongly asks two hundred times for hosts of a domain that was given up",
	},
	{
		id: "name-tunnel",
		answers: ["G11"],
		fires: plant((bed) => {
			for (let at = 0; at < 60; at++) askName(bed, HMI, `${String(at).padStart(44, "z")}.drop.example`);
		}),
		twin: plant((bed) => {
			for (let at = 0; at < 600; at++) askName(bed, HMI, `download-server-of-a-large-maker-${at % 20}.cloud.example`);
		}),
		twinIs: "a server of updates with twenty long names, asked for again and again",
	},
	{
		id: "new-remote-access",
		answers: ["G7"],
		fires: plant((bed) => call(bed, STRANGER, HMI, 22)),
		twin: plant((bed) => call(bed, LAPTOP, HMI, 22)),
		twinIs: "the laptop that is usual works on the operator station",
	},
	{
		id: "connections-reset",
		answers: ["G14"],
		fires: plant((bed) => {
			for (let times = 0; times < 6; times++) call(bed, HMI, PLC, 9000, { isResetByServer: true });
		}),
		twin: plant((bed) => {
			for (let times = 0; times < 6; times++) call(bed, HMI, PLC, 9000);
			call(bed, HMI, PLC, 9000, { isResetByServer: true });
		}),
		twinIs: "a client that connects anew again and again; the PLC restarts once",
	},
];
