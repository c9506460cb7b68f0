/**
 * SNMP: net-snmp on both sides (Debian packages snmpd and snmp), and the search for a community as tools do it, octet by octet (RFC 3416) from one port, which no tool of net-snmp does. Any host may be agent
 * or manager; all are silent until the lab says so.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Actions, HostContext } from "./host.ts";
import { LabError, toolExists } from "./network.ts";

const AGENT = "snmpd";
const PORT = 161;
/** Until the agent listens. */
const SETTLE = 1500;
const PATIENCE = 8000;
const TRY_PAUSE = 50;

const run = promisify(execFile);

function need(tool: string, debian: string): void {
	if (!toolExists(tool)) throw new LabError(`the tool ${tool} is missing (apt-get install ${debian})`);
}

/** Who may what; the passwords of version 3 exist in the recording's day alone. */
const configuration = (name: string): string => `
sysName ${name}
sysDescr Switch of the pump house
sysObjectID .1.3.6.1.4.1.8072.3.2.10
sysLocation pump house
sysContact operator
rocommunity plant-read
rwcommunity plant-write
rwuser operator priv
createUser operator SHA "operator-auth" AES "operator-priv"
`;

const ELEMENT = { integer: 0x02, octets: 0x04, null: 0x05, oid: 0x06, sequence: 0x30, getRequest: 0xa0 } as const;
const element = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
	const body = Buffer.concat(parts);
	return Buffer.concat([Buffer.of(tag, body.length), body]);
};
const integer = (value: number): Buffer => element(ELEMENT.integer, Buffer.of(value));
/** sysDescr.0 */
const SYS_DESCR = Buffer.from("2b06010201010100", "hex");

const getRequest = (community: string, id: number): Buffer => {
	const binding = element(ELEMENT.sequence, element(ELEMENT.oid, SYS_DESCR), element(ELEMENT.null));
	const pdu = element(ELEMENT.getRequest, integer(id), integer(0), integer(0), element(ELEMENT.sequence, binding));
	return element(ELEMENT.sequence, integer(1), element(ELEMENT.octets, Buffer.from(community)), pdu);
};

export function snmpActions(context: HostContext): Actions {
	let agent: ChildProcess | undefined;
	let folder = "";
	const close = (): void => {
		agent?.kill();
		if (folder !== "") rmSync(folder, { recursive: true, force: true });
		folder = "";
	};
	process.on("exit", close);
	return {
		/** An agent that answers for the device `name`. */
		openAgent: async (args) => {
			need(AGENT, "snmpd");
			folder = mkdtempSync(join(context.pkiFolder, "agent-"));
			const file = join(folder, "snmpd.conf");
			writeFileSync(file, configuration(String(args.name)), { mode: 0o600 });
			agent = spawn(AGENT, ["-f", "-Ln", "-C", "-c", file, `udp:${context.ip}:${PORT}`], {
				stdio: "ignore",
				env: { ...process.env, SNMP_PERSISTENT_DIR: folder, MIBS: "" },
			});
			await sleep(SETTLE);
		},
		closeAgent: close,
		/** Runs a tool of net-snmp against a host; says whether it had an answer. */
		askAgent: async (args) => {
			const { tool, host, access, objects } = args as { tool: string; host: string; access: readonly string[]; objects: readonly string[] };
			need(tool, "snmp");
			const options = ["-On", "-m", "", "-r", "0", "-t", "1", ...access];
			try {
				await run(tool, [...options, context.address(host), ...objects], { timeout: PATIENCE });
				return true;
			} catch {
				return false;
			}
		},
		/** Tries communities one after another. */
		tryCommunities: async (args) => {
			const socket = createSocket("udp4");
			socket.bind(0, context.ip);
			await once(socket, "listening");
			let answers = 0;
			socket.on("message", () => answers++);
			for (const [at, community] of (args.communities as readonly string[]).entries()) {
				socket.send(getRequest(community, at + 1), PORT, context.address(String(args.host)));
				await sleep(TRY_PAUSE);
			}
			await sleep(SETTLE);
			socket.close();
			return answers;
		},
	};
}
