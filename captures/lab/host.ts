/** One machine of the lab: a process of its own (in its namespace) that plays the role it is told and takes orders from the lab over the process channel. */
import { createRequire, syncBuiltinESMExports } from "node:module";
import { attackActions } from "./attacks.ts";
import { axesActions } from "./axes.ts";
import { buildingActions } from "./building.ts";
import { desktopActions } from "./desktops.ts";
import { directoryActions } from "./directory.ts";
import { etherNetIpActions } from "./etherNetIp.ts";
import { shareActions } from "./fileShares.ts";
import { fileActions } from "./fileTransfers.ts";
import { finsActions } from "./fins.ts";
import { hartIpActions } from "./hartIp.ts";
import { intrusionActions } from "./intrusion.ts";
import { mailActions } from "./mail.ts";
import { maintenanceActions } from "./maintenance.ts";
import { melsecActions } from "./melsec.ts";
import { nameActions } from "./names.ts";
import { neighbourActions } from "./neighbours.ts";
import { cellActions } from "./opcuaCell.ts";
import { outstationActions } from "./outstations.ts";
import type { Actuators, Measurements } from "./physics.ts";
import { addressOf, hostNamed, type LabHost, type Role } from "./plant.ts";
import { protectionActions } from "./protection.ts";
import { Random, seedOf } from "./random.ts";
import { remoteIoActions } from "./remoteIo.ts";
import { s7Actions } from "./s7Cell.ts";
import { secureActions } from "./secureModbus.ts";
import { shellActions } from "./shells.ts";
import { snmpActions } from "./snmpAgent.ts";
import { sparkplugActions } from "./sparkplug.ts";
import { srtpActions } from "./srtp.ts";
import { substationActions } from "./substation.ts";
import { telecontrolActions } from "./telecontrol.ts";
import { telemetryActions } from "./telemetry.ts";
import { ticketActions } from "./tickets.ts";
import { updateActions } from "./updates.ts";
import { wayActions } from "./ways.ts";
import { webActions } from "./webPages.ts";
import { managementActions } from "./windowsManagement.ts";

export type Arguments = Readonly<Record<string, unknown>>;
export type Actions = Record<string, (args: Arguments) => unknown>;

/** What the lab passes on the command line. */
export interface HostSetup {
	readonly name: string;
	readonly isLoopback: boolean;
	readonly modbusPort: number;
	readonly seed: number;
	/** Folder for keys and certificates, outside the project, deleted when the lab ends. */
	readonly pkiFolder: string;
}

export interface HostContext extends HostSetup {
	readonly host: LabHost;
	/** Own address; empty until DHCP has given one. */
	readonly ip: string;
	readonly random: Random;
	/** Address of another host. */
	address(name: string): string;
	onMeasurements(take: (measurements: Measurements) => void): void;
	actuate(change: Partial<Actuators>): void;
}

export type StartRole = (context: HostContext) => Actions | Promise<Actions>;

/** Lab to host. */
export type Order = { type: "measurements"; measurements: Measurements } | { type: "do"; id: number; action: string; args: Arguments };
/** Host to lab. */
export type Report =
	| { type: "ready" }
	| { type: "actuate"; change: Partial<Actuators> }
	| { type: "done"; id: number; result?: unknown; error?: string };

const ROLES: Readonly<Record<Role, () => Promise<{ start: StartRole }>>> = {
	plc: () => import("./roles/plc.ts"),
	gateway: () => import("./roles/gateway.ts"),
	hmi: () => import("./roles/hmi.ts"),
	historian: () => import("./roles/historian.ts"),
	engineer: () => import("./roles/engineer.ts"),
	opcuaServer: () => import("./roles/opcuaServer.ts"),
	scada: () => import("./roles/scada.ts"),
	services: () => import("./roles/services.ts"),
	tablet: () => import("./roles/tablet.ts"),
	attacker: () => import("./roles/attacker.ts"),
	router: () => import("./roles/router.ts"),
	far: () => import("./roles/far.ts"),
};

async function main(setup: HostSetup): Promise<void> {
	const host = hostNamed(setup.name);
	// Certificates and OPC UA discovery carry the machine's name: it is the lab host's, never the one of the machine that records.
	const os = createRequire(import.meta.url)("node:os") as { hostname: () => string };
	os.hostname = () => host.name;
	syncBuiltinESMExports();

	const listeners: ((measurements: Measurements) => void)[] = [];
	const own = (one: LabHost) => (setup.isLoopback ? `127.0.1.${addressOf(one.name).split(".")[3]}` : one.ip);
	const context: HostContext = {
		...setup,
		host,
		ip: own(host),
		random: new Random(setup.seed ^ seedOf(host.name)),
		address: (name) => (setup.isLoopback ? own(hostNamed(name)) : addressOf(name)),
		onMeasurements: (take) => listeners.push(take),
		actuate: (change) => report({ type: "actuate", change }),
	};
	const { start } = await ROLES[host.role]();
	const actions: Actions = {
		...attackActions(context),
		...substationActions(context),
		...protectionActions(context),
		...telecontrolActions(context),
		...telemetryActions(context),
		...outstationActions(context),
		...intrusionActions(context),
		...secureActions(context),
		...updateActions(context),
		...fileActions(context),
		...neighbourActions(context),
		...nameActions(context),
		...finsActions(context),
		...hartIpActions(context),
		...snmpActions(context),
		...melsecActions(context),
		...srtpActions(context),
		...sparkplugActions(context),
		...shareActions(context),
		...s7Actions(context),
		...buildingActions(context),
		...wayActions(context),
		...mailActions(context),
		...managementActions(context),
		...maintenanceActions(context),
		...shellActions(context),
		...desktopActions(context),
		...directoryActions(context),
		...ticketActions(context),
		...webActions(context),
		...cellActions(context),
		...etherNetIpActions(context),
		...remoteIoActions(context),
		...axesActions(context),
		...(await start(context)),
	};
	process.on("message", (order: Order) => {
		if (order.type === "measurements") for (const take of listeners) take(order.measurements);
		else void perform(actions, order.id, order.action, order.args);
	});
	report({ type: "ready" });
}

async function perform(actions: Actions, id: number, name: string, args: Arguments): Promise<void> {
	try {
		const action = actions[name];
		if (action === undefined) throw new Error(`no action called ${name}`);
		report({ type: "done", id, result: await action(args) });
	} catch (error) {
		report({ type: "done", id, error: (error as Error).message ?? String(error) });
	}
}

function report(message: Report): void {
	if (process.connected) process.send?.(message);
}

process.on("disconnect", () => process.exit(0));
if (!process.connected) process.exit(0);
// The lab decides when a host ends; Ctrl-C reaches the whole process group.
process.on("SIGINT", () => {});
await main(JSON.parse(process.argv[2] ?? "{}") as HostSetup);
