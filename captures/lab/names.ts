/**
 * Names that are found without a name server: NetBIOS by Samba's nmbd, which others ask with nmblookup, and services by multicast DNS of avahi. A station that asks everybody (LLMNR, RFC 4795; multicast
 * DNS, RFC 6762; NetBIOS, RFC 1002), as Windows does, a host that answers for its own name by LLMNR, and somebody who answers for every name are octet by octet, as no package has them. Any
 * host may do any of it; all are silent until the lab says so.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Actions, HostContext } from "./host.ts";
import { LabError, toolExists } from "./network.ts";
import { NETWORK } from "./plant.ts";

/** Tool: Debian package. */
const TOOLS = { nmbd: "samba", nmblookup: "samba-common-bin", "avahi-daemon": "avahi-daemon", unshare: "util-linux" } as const;
const GROUP = { llmnr: "224.0.0.252", mdns: "224.0.0.251", netbios: `${NETWORK.prefix}255` } as const;
const PORT = { llmnr: 5355, mdns: 5353, netbios: 137 } as const;
/** Until a daemon has said who it is. */
const SETTLE = 4000;
const PATIENCE = 8000;
/** Between two questions for one name. */
const TRY_PAUSE = 150;

const run = promisify(execFile);

function need(...tools: (keyof typeof TOOLS)[]): void {
	for (const tool of tools) if (!toolExists(tool)) throw new LabError(`the tool ${tool} is missing (apt-get install ${TOOLS[tool]})`);
}

const header = (id: number, flags: number, questions: number, answers: number): Buffer => {
	const bytes = Buffer.alloc(12);
	for (const [at, value] of [id, flags, questions, answers].entries()) bytes.writeUInt16BE(value, 2 * at);
	return bytes;
};
const labels = (name: string): Buffer =>
	Buffer.concat([...name.split(".").map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, "latin1")), Buffer.of(0)]);
/** RFC 1001, 14.1; the sixteenth byte says that a file server is sought. */
const netbiosLabel = (name: string): Buffer => {
	const bytes = [...Buffer.from(name.toUpperCase().slice(0, 15).padEnd(15)), 0x20];
	return Buffer.from([32, ...bytes.flatMap((byte) => [0x41 + (byte >> 4), 0x41 + (byte & 15)]), 0]);
};
const TYPE_A = Buffer.from("00010001", "hex");
const TYPE_NB = Buffer.from("00200001", "hex");
const addressOf = (ip: string): Buffer => Buffer.from(ip.split(".").map(Number));
const record = (type: Buffer, seconds: number, data: Buffer): Buffer => {
	const bytes = Buffer.alloc(6);
	bytes.writeUInt32BE(seconds);
	bytes.writeUInt16BE(data.length, 4);
	return Buffer.concat([type, bytes, data]);
};

type Service = keyof typeof PORT;
/** The name that is asked for and its bytes with the type; undefined where it is no question for an address. */
function questionOf(message: Buffer, service: Service): { name: string; bytes: Buffer } | undefined {
	if (message.length < 17 || message.readUInt16BE(2) & 0xf800 || message.readUInt16BE(4) !== 1) return undefined;
	const end = message.indexOf(0, 12) + 1;
	if (end === 0 || end + 4 > message.length) return undefined;
	const bytes = message.subarray(12, end);
	const type = message.readUInt16BE(end);
	if (service === "netbios") return type === 0x20 ? { name: bytes.toString("hex"), bytes } : undefined;
	return type === 1 ? { name: bytes.subarray(1, 1 + bytes[0]!).toString("latin1"), bytes } : undefined;
}
function answer(message: Buffer, service: Service, bytes: Buffer, ip: string): Buffer {
	const id = message.readUInt16BE(0);
	if (service === "netbios")
		return Buffer.concat([header(id, 0x8500, 0, 1), bytes, record(TYPE_NB, 165, Buffer.concat([Buffer.of(0, 0), addressOf(ip)]))]);
	if (service === "mdns") return Buffer.concat([header(0, 0x8400, 0, 1), bytes, record(TYPE_A, 120, addressOf(ip))]);
	return Buffer.concat([header(id, 0x8000, 1, 1), bytes, TYPE_A, bytes, record(TYPE_A, 30, addressOf(ip))]);
}

export function nameActions(context: HostContext): Actions {
	const daemons: ChildProcess[] = [];
	const sockets: Socket[] = [];
	let folder = "";
	const close = (): void => {
		for (const { pid } of daemons.splice(0)) if (pid !== undefined) process.kill(-pid);
		for (const socket of sockets.splice(0)) socket.close();
		if (folder !== "") rmSync(folder, { recursive: true, force: true });
		folder = "";
	};
	process.on("exit", close);
	const place = (): string => {
		if (folder === "") folder = mkdtempSync(join(context.pkiFolder, "names-"));
		return folder;
	};
	const start = (command: string, ...args: string[]): void => {
		daemons.push(spawn(command, args, { stdio: "ignore", detached: true }));
	};
	/** Answers on a port for the names that `isMine` says. */
	const serve = async (service: Service, isMine: (name: string) => boolean): Promise<void> => {
		const socket = createSocket({ type: "udp4", reuseAddr: true });
		socket.on("message", (message: Buffer, from: RemoteInfo) => {
			const question = from.address === context.ip ? undefined : questionOf(message, service);
			if (question === undefined || !isMine(question.name)) return;
			const to = service === "mdns" ? GROUP.mdns : from.address;
			socket.send(answer(message, service, question.bytes, context.ip), service === "mdns" ? PORT.mdns : from.port, to);
		});
		socket.bind(PORT[service]);
		await once(socket, "listening");
		if (service !== "netbios") {
			socket.addMembership(GROUP[service], context.ip);
			socket.setMulticastInterface(context.ip);
		}
		sockets.push(socket);
	};
	return {
		/** Has a name of NetBIOS, and is the master browser of its workgroup. */
		openNames: async (args) => {
			need("nmbd", "unshare");
			const state = join(place(), "state");
			mkdirSync(state);
			const file = join(folder, "smb.conf");
			const places = ["private dir", "lock directory", "state directory", "cache directory", "pid directory", "ncalrpc dir"];
			writeFileSync(
				file,
				[
					"[global]",
					`netbios name = ${String(args.name)}`,
					"workgroup = PLANT",
					"server string = files of the plant",
					`interfaces = ${context.ip}/${NETWORK.bits}`,
					"bind interfaces only = yes",
					"os level = 65",
					"preferred master = yes",
					...places.map((one) => `${one} = ${state}`),
					`log file = ${join(folder, "log")}`,
					"",
				].join("\n"),
			);
			start("unshare", "--uts", "sh", "-c", `hostname plant-files && exec nmbd --foreground --no-process-group --configfile=${file}`);
			await sleep(SETTLE);
		},
		/** Announces a service of this host, with what it says about itself, by multicast DNS. */
		announceService: async (args) => {
			need("avahi-daemon", "unshare");
			const { name, service, type, port, texts } = args as {
				name: string;
				service: string;
				type: string;
				port: number;
				texts: readonly string[];
			};
			const [services, state] = [join(place(), "services"), join(folder, "avahi")];
			for (const one of [services, state]) mkdirSync(one);
			writeFileSync(
				join(services, "one.service"),
				`<service-group><name>${service}</name><service><type>${type}</type><port>${port}</port>${texts.map((text) => `<txt-record>${text}</txt-record>`).join("")}</service></service-group>`,
			);
			const file = join(folder, "avahi.conf");
			const settings = ["[server]", `host-name=${name}`, "use-ipv6=no", "enable-dbus=no", "allow-interfaces=eth0"];
			writeFileSync(file, [...settings, "[publish]", "publish-hinfo=no", "publish-workstation=no", ""].join("\n"));
			const mounts = `mount --bind ${services} /etc/avahi/services && mkdir -p /run/avahi-daemon && mount --bind ${state} /run/avahi-daemon`;
			start("unshare", "--mount", "sh", "-c", `${mounts} && exec avahi-daemon -f ${file} --no-drop-root --no-chroot --no-rlimits`);
			await sleep(SETTLE);
		},
		/** Answers for this name by LLMNR, as its host does. */
		ownName: (args) => serve("llmnr", (name) => name.toLowerCase() === String(args.name)),
		/** Answers for every name, by all three, that it is here. */
		answerForAll: async () => {
			for (const service of ["llmnr", "mdns", "netbios"] as const) await serve(service, () => true);
		},
		closeNames: close,
		/** Asks with nmblookup; `args` are its own, `@name` the address of a host. */
		lookUp: async (args) => {
			need("nmblookup");
			const file = join(context.pkiFolder, "nmblookup.conf");
			writeFileSync(
				file,
				`[global]\nnetbios name = ${context.host.name.toUpperCase()}\nworkgroup = PLANT\ninterfaces = ${context.ip}/${NETWORK.bits}\n`,
			);
			const asked = (args.args as readonly string[]).map((one) => (one.startsWith("@") ? context.address(one.slice(1)) : one));
			await run("nmblookup", [`--configfile=${file}`, ...asked], { timeout: PATIENCE }).catch(() => undefined);
		},
		/** Asks everybody for these names, as a Windows station does whose name server knows none of them. */
		askEverybody: async (args) => {
			const socket = createSocket("udp4");
			socket.on("message", () => {});
			socket.bind(0, context.ip);
			await once(socket, "listening");
			socket.setBroadcast(true);
			socket.setMulticastInterface(context.ip);
			for (const [at, name] of (args.names as readonly string[]).entries()) {
				const id = 0x4100 + at;
				socket.send(Buffer.concat([header(id, 0, 1, 0), labels(name), TYPE_A]), PORT.llmnr, GROUP.llmnr);
				socket.send(Buffer.concat([header(0, 0, 1, 0), labels(`${name}.local`), TYPE_A]), PORT.mdns, GROUP.mdns);
				await sleep(TRY_PAUSE);
				socket.send(Buffer.concat([header(id, 0x0110, 1, 0), netbiosLabel(name), TYPE_NB]), PORT.netbios, GROUP.netbios);
				await sleep(TRY_PAUSE);
			}
			socket.close();
		},
	};
}
