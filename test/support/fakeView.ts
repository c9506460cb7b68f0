/** A station that shows a small water works: three PLCs, an HMI, a historian, an engineer, and alerts to push. */
import { ALERT_SCHEMA, type Alert, severityName } from "../../src/alert/alert.ts";
import type { Mute } from "../../src/alert/mute.ts";
import type { Permit } from "../../src/alert/permit.ts";
import type { AdvisoryMatch } from "../../src/assets/advisories/library.ts";
import type { Asset } from "../../src/assets/asset.ts";
import type { PlcStatus } from "../../src/baseline/status.ts";
import type { SensorHealth } from "../../src/health/health.ts";
import type { AuditEntry } from "../../src/store/audit.ts";
import type { Actor, AdvisoryNews, CommandAnswer, DeviceAdvisories, StationView, ViewEvent } from "../../src/web/view.ts";

export class FakeView implements StationView {
	readonly site = "waterworks";
	readonly sensor = "hall-2";
	readonly version = "0.1.0";
	readonly #listeners = new Set<(event: ViewEvent) => void>();
	alertList: Alert[] = [];
	assetList: Asset[] = [];
	plcList: PlcStatus[] = [];
	healthNow: SensorHealth | undefined;
	advisoryNews: AdvisoryNews = { documents: 0, described: 0, isComparing: false, revision: 0, devices: [] };
	outputList = [{ name: "mqtt broker.example:8883", state: "connected", waiting: 0 }];

	get watchers(): number {
		return this.#listeners.size;
	}

	async alerts({ limit, before, minSeverity = 0 }: { limit: number; before?: string; minSeverity?: number }): Promise<Alert[]> {
		const wanted = this.alertList.filter((alert) => alert.severity >= minSeverity);
		const start = before === undefined ? 0 : wanted.findIndex((alert) => alert.id === before) + 1;
		return wanted.slice(start, start + limit);
	}

	async alert(id: string): Promise<Alert | undefined> {
		return this.alertList.find((alert) => alert.id === id);
	}

	assets(): Asset[] {
		return this.assetList;
	}

	advisories(): AdvisoryNews {
		return this.advisoryNews;
	}

	plcs(): PlcStatus[] {
		return this.plcList;
	}

	health(): SensorHealth | undefined {
		return this.healthNow;
	}

	outputs(): { name: string; state: string; waiting: number }[] {
		return this.outputList;
	}

	/** Commands that were given. */
	readonly commands: [value: unknown, actor: Actor][] = [];
	refusal: Error | undefined;
	permitList: Permit[] = [];
	muteList: Mute[] = [];
	auditList: (AuditEntry & { id: string })[] = [];

	async command(value: unknown, actor: Actor): Promise<CommandAnswer> {
		this.commands.push([value, actor]);
		if (this.refusal !== undefined) throw this.refusal;
		return { entry: `e-${this.commands.length}`, sentence: "Done as you said." };
	}

	permits(): Permit[] {
		return this.permitList;
	}

	mutes(): Mute[] {
		return this.muteList;
	}

	async audit({ limit, before }: { limit: number; before?: string }): Promise<(AuditEntry & { id: string })[]> {
		const start = before === undefined ? 0 : this.auditList.findIndex(({ id }) => id === before) + 1;
		return this.auditList.slice(start, start + limit);
	}

	watch(listener: (event: ViewEvent) => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	/** A new alert, or a new revision of one. */
	push(alert: Alert): void {
		this.alertList = [alert, ...this.alertList.filter((old) => old.id !== alert.id)];
		this.#tell({ kind: "alert", alert });
	}

	statusChanged(): void {
		this.#tell({ kind: "status" });
	}

	#tell(event: ViewEvent): void {
		for (const listener of this.#listeners) listener(event);
	}
}

/** A running plant at `now`, seconds since the epoch. */
export function waterWorks(now: number): FakeView {
	const view = new FakeView();
	view.assetList = [
		asset(now, {
			id: "m-001",
			name: "PLC-1 Intake",
			ips: ["10.20.1.11"],
			macs: ["00:80:f4:0a:11:01"],
			vendor: "Telemecanique Electrique",
			model: "TM221CE24R",
			firmware: "1.6.2",
			roles: ["PLC"],
			isControl: true,
			services: ["modbus"],
		}),
		asset(now, {
			id: "m-002",
			name: "PLC-2 Filters",
			ips: ["10.20.1.12"],
			macs: ["00:80:f4:0a:11:02"],
			vendor: "Telemecanique Electrique",
			model: "TM221CE24R",
			firmware: "1.6.2",
			roles: ["PLC"],
			isControl: true,
			services: ["modbus"],
		}),
		asset(now, {
			id: "m-003",
			name: "PLC-3 Dosing",
			ips: ["10.20.1.13"],
			macs: ["00:30:de:41:02:9b"],
			vendor: "WAGO GmbH & Co. KG",
			model: "750-8212",
			roles: ["PLC"],
			isControl: true,
			services: ["modbus", "opcua"],
			vlans: [20],
		}),
		asset(now, {
			id: "m-004",
			name: "Clear-water station",
			ips: ["10.20.1.14"],
			macs: ["00:1b:1b:77:20:05"],
			vendor: "Siemens AG",
			roles: ["OPC UA server"],
			isControl: true,
			services: ["opcua"],
		}),
		asset(now, {
			id: "m-010",
			name: "HMI-1",
			ips: ["10.20.1.50"],
			macs: ["00:0c:29:5e:77:10"],
			vendor: "VMware, Inc.",
			roles: ["HMI or SCADA"],
			services: ["smb"],
		}),
		asset(now, {
			id: "m-011",
			name: "HISTORIAN",
			ips: ["10.20.1.51"],
			macs: ["00:0c:29:5e:77:11"],
			vendor: "VMware, Inc.",
			roles: ["historian"],
			services: ["http", "tls"],
		}),
		asset(now, {
			id: "m-012",
			ips: ["10.20.1.1"],
			macs: ["00:07:7c:22:10:01"],
			vendor: "Westermo Network Technologies AB",
			roles: ["router", "DHCP server"],
			services: ["dhcp", "dns"],
		}),
		asset(now, {
			id: "m-090",
			ips: ["10.20.1.77"],
			macs: ["b8:27:eb:90:01:22"],
			vendor: "Raspberry Pi Foundation",
			roles: [],
			firstSeen: now - 190,
		}),
	];
	view.plcList = [
		plc(now, {
			id: "m-001/1",
			asset: "m-001",
			ip: "10.20.1.11",
			unit: 1,
			name: "PLC-1 Intake",
			points: 48,
			operations: 1_284_113,
			maturity: 1,
			maturityReason: "All 5 traits judge.",
			lastWrite: { time: now - 5400, client: "10.20.1.50", point: "holding:40", value: 420 },
		}),
		plc(now, {
			id: "m-002/1",
			asset: "m-002",
			ip: "10.20.1.12",
			unit: 1,
			name: "PLC-2 Filters",
			points: 96,
			operations: 1_902_040,
			refused: 3,
			maturity: 1,
			maturityReason: "All 5 traits judge.",
			lastWrite: { time: now - 26_000, client: "10.20.1.50", point: "coil:12", value: 1 },
		}),
		plc(now, {
			id: "m-003/1",
			asset: "m-003",
			ip: "10.20.1.13",
			unit: 1,
			name: "PLC-3 Dosing",
			points: 31,
			operations: 402_551,
			refused: 14,
			writers: ["10.20.1.50", "10.20.1.77"],
			maturity: 0.62,
			maturityReason: "Learning: 3 of 5 traits judge; 12 new things in the last hour.",
			traits: [
				{
					trait: "members",
					subjects: 5,
					judging: 3,
					maturity: 0.62,
					reason: "something new came lately",
					forecast: "mature in about 5 hours",
				},
				{ trait: "cadence", subjects: 8, judging: 8, maturity: 1, reason: "its period is known", forecast: "judges" },
				{ trait: "sequence", subjects: 2, judging: 2, maturity: 1, reason: "1 cycle, 1 phase", forecast: "judges" },
				{
					trait: "schedule",
					subjects: 1,
					judging: 0,
					maturity: 0.31,
					reason: "it has not watched for long enough",
					forecast: "mature in about 5 days",
				},
			],
			lastWrite: { time: now - 180, client: "10.20.1.77", point: "holding:101", value: 812 },
		}),
		plc(now, {
			id: "m-004",
			asset: "m-004",
			ip: "10.20.1.14",
			name: "Clear-water station",
			protocol: "opcua",
			state: "unanswered",
			lastAnswer: now - 340,
			unanswered: 41,
			points: 210,
			operations: 88_210,
			writers: [],
			maturity: 0.91,
			maturityReason: "Learning: 4 of 5 traits judge; nothing new in the last hour.",
		}),
	];
	view.alertList = [
		firstWrite(now),
		alert(now, {
			id: "a-scan",
			type: "function-new",
			title: "New function used with a PLC",
			sentence: "10.20.1.77 asked PLC-3 Dosing for its identification (function 43) 4 times; nobody did so in 46 days.",
			severity: 55,
			reasons: [
				{ points: 45, text: "A function that this pair never used" },
				{ points: 10, text: "The client is new on this network" },
			],
			techniques: ["T0888"],
			ts: now - 260,
			last: now - 200,
			count: 4,
		}),
		alert(now, {
			id: "a-device",
			type: "device-new",
			title: "New device on the network",
			sentence: "A device that was never seen before, 10.20.1.77 (Raspberry Pi Foundation), sent its first frame.",
			severity: 45,
			reasons: [
				{ points: 30, text: "New device" },
				{ points: 15, text: "It stands in the zone of the PLCs" },
			],
			techniques: ["T0864"],
			ts: now - 290,
			last: now - 290,
			destination: undefined,
		}),
		alert(now, {
			id: "a-refused",
			type: "refused-new",
			title: "PLC refuses requests",
			sentence: "PLC-2 Filters refused 3 reads of HISTORIAN with “illegal data address”; it never refused this pair before.",
			severity: 20,
			reasons: [
				{ points: 35, text: "Refusals where there were none" },
				{ points: -15, text: "Lowered: seen 14 times, no consequence" },
			],
			techniques: [],
			ts: now - 90_000,
			last: now - 7300,
			count: 14,
			source: { ip: "10.20.1.51", name: "HISTORIAN", role: "historian", asset: "m-011" },
			destination: { ip: "10.20.1.12", port: 502, name: "PLC-2 Filters", role: "PLC", asset: "m-002" },
		}),
		alert(now, {
			id: "a-blind",
			type: "interface-down",
			nature: "health",
			title: "Interface was down",
			sentence: "Interface eth1 was down for 14 seconds; nothing was seen in that time.",
			severity: 60,
			status: "closed",
			reasons: [{ points: 60, text: "The monitor was blind" }],
			techniques: [],
			ts: now - 200_000,
			last: now - 199_986,
			source: { name: "eth1" },
			destination: undefined,
		}),
	];
	view.healthNow = {
		time: now,
		captureTime: now - 0.2,
		frames: 48_203_114,
		bytes: 5_120_220_118,
		framesPerSecond: 1284,
		duplicates: 0,
		gaps: 3,
		cut: 0,
		rejected: 2,
		flows: 214,
		assets: view.assetList.length,
		points: 385,
		memory: 148_000_000,
		interfaces: [
			{ name: "eth1", state: "up", frames: 48_203_114, kernelDrops: 0, interfaceDrops: 0, lastFrame: now - 0.2 },
			{ name: "eth2", state: "up", frames: 0, kernelDrops: 0, interfaceDrops: 0, lastFrame: 0 },
		],
		counters: { "flow table full": 0, "fragments given up": 12, "point names too long": 1 },
	};
	return view;
}

/** The alert that a test pushes or shows first. */
export const firstWrite = (now: number, changes: Partial<Alert> = {}): Alert =>
	alert(now, {
		id: "a-write",
		title: "First write by this client",
		sentence:
			"10.20.1.77 wrote 812 to holding register 101 of PLC-3 Dosing; in 46 days it was 0–500 in steps of at most 20, and only HMI-1 wrote it.",
		severity: 85,
		reasons: [
			{ points: 50, text: "First write by a client that never wrote to this PLC" },
			{ points: 20, text: "The client is new on this network (first seen 5 minutes ago)" },
			{ points: 20, text: "812 is outside what was learned for holding:101 (0 to 500)" },
			{ points: -5, text: "Only one point was written" },
		],
		techniques: ["T0836", "T0855"],
		ts: now - 180,
		last: now - 180,
		...changes,
	});

type AlertChanges = { [K in keyof Alert]?: Alert[K] | undefined };

export function alert(now: number, changes: AlertChanges): Alert {
	const whole = {
		schema: ALERT_SCHEMA,
		id: "a-0",
		revision: 1,
		type: "writer-new",
		nature: "deviation",
		title: "Title",
		sentence: "Sentence.",
		severity: 50,
		reasons: [{ points: 50, text: "Base" }],
		techniques: ["T0855"],
		confidence: 0.9,
		ts: now - 10,
		last: now - 10,
		count: 1,
		status: "open",
		site: "waterworks",
		sensor: "hall-2",
		protocol: "modbus",
		source: { ip: "10.20.1.77", port: 49152, mac: "b8:27:eb:90:01:22", vendor: "Raspberry Pi Foundation", asset: "m-090" },
		destination: {
			ip: "10.20.1.13",
			port: 502,
			mac: "00:30:de:41:02:9b",
			name: "PLC-3 Dosing",
			vendor: "WAGO GmbH & Co. KG",
			role: "PLC",
			zone: "dosing",
			asset: "m-003",
		},
		operation: {
			verb: "write",
			name: "write single register (function 6)",
			code: 6,
			unit: "1",
			points: ["holding:101"],
			pointCount: 1,
			values: [812],
			outcome: "ok",
		},
		evidence: { frames: [48_190_221, 48_190_223], filter: "host 10.20.1.77 and host 10.20.1.13 and tcp port 502" },
		causes: ["A new engineering laptop or HMI that nobody announced.", "An operator's tool was moved to another computer."],
		advice: [
			"Ask the shift whether somebody is working on PLC-3 Dosing from 10.20.1.77.",
			"Compare the dosing set point with the recipe; put it back by hand if it is wrong.",
			"If nobody knows the device, unplug it at the switch.",
		],
		...changes,
	} as Alert & { destination: Alert["destination"] | undefined };
	if (whole.destination === undefined) {
		const { destination: _, operation: _operation, ...rest } = whole;
		return { ...rest, severityName: severityName(rest.severity) };
	}
	return { ...whole, severityName: severityName(whole.severity) } as Alert;
}

export const asset = (now: number, changes: Partial<Asset> & { id: string }): Asset => ({
	ips: [],
	macs: [],
	names: changes.name === undefined ? [] : [{ name: changes.name, evidence: "name table" }],
	roles: [],
	isControl: false,
	services: [],
	vlans: [],
	firstSeen: now - 46 * 86_400,
	lastSeen: now - 1,
	...changes,
});

/** Advisories of one device: what each match has of its own. */
export function deviceAdvisories(device: string, matches: readonly Partial<AdvisoryMatch>[]): DeviceAdvisories {
	const whole = matches.map(
		(changes, at): AdvisoryMatch => ({
			asset: device,
			advisory: `EX-2026-${at}`,
			title: "Example: write without login",
			publisher: "Example CERT",
			version: "1",
			released: "2026-03-01T06:00:00Z",
			url: "https://cert.example/EX-2026",
			status: "affected",
			confidence: 0.9,
			why: "The advisory names it as TM221CE24R (Modbus device identification), and its firmware 1.6.2 is among the affected versions <1.10.",
			device: { vendor: "Schneider Electric", model: "TM221CE24R", firmware: "1.6.2", evidence: "Modbus device identification" },
			product: "Modicon M221",
			cves: ["CVE-2026-10001"],
			score: 9.1,
			vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:H",
			affectedVersions: ["<1.10"],
			fixedVersions: ["1.10"],
			remedies: [{ category: "vendor_fix", text: "Update to firmware 1.10 or later.", url: "https://vendor.example/110" }],
			...changes,
		}),
	);
	const affected = whole.filter(({ status }) => status === "affected").length;
	const score = whole[0]?.score;
	return { asset: device, affected, mayBeAffected: whole.length - affected, ...(score !== undefined && { score }), matches: whole };
}

export const plc = (now: number, changes: Partial<PlcStatus> & { id: string }): PlcStatus => ({
	asset: changes.id,
	ip: "10.20.1.10",
	name: changes.id,
	protocol: "modbus",
	state: "talking",
	lastRequest: now - 0.5,
	lastAnswer: now - 0.5,
	readers: ["10.20.1.50", "10.20.1.51"],
	writers: ["10.20.1.50"],
	points: 10,
	operations: 1000,
	refused: 0,
	unanswered: 0,
	maturity: 1,
	maturityReason: "All 5 traits judge.",
	...changes,
});
