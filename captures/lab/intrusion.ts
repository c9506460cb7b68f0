/**
 * What an intruder does on a network besides speaking to PLCs, with the system's own means: addresses looked for by the kernel's ARP, ports, passwords at the broker, a second server of
 * addresses and names, names that no word has, somebody's screen. And what is near to it and harmless. Only meant for the lab's own namespaces.
 */
import { execFileSync } from "node:child_process";
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { createServer, connect as dial, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { answerDhcp, answerName } from "./everyday.ts";
import type { Actions, HostContext } from "./host.ts";
import { addressOf, HOSTS, LEASES, NETWORK } from "./plant.ts";

const DHCP_SERVER = 67;
const DHCP_CLIENT = 68;
const DNS_PORT = 53;
/** RFC 6143, 5: the port of display 0. */
const SCREEN_PORT = 5900;
/** RFC 6143, 7.1.1 and 7.1.2: version, then security types (one of them, "none"). */
const SCREEN_VERSION = "RFB 003.008\n";
const SCREEN_SECURITY = Buffer.from([1, 1]);
const PATIENCE = 400;

export function intrusionActions(context: HostContext): Actions {
	const sockets: UdpSocket[] = [];
	let screen: Server | undefined;

	return {
		/** Asks who has each address, and calls nobody: the kernel resolves neighbours that it is told to use. */
		askAddresses: (args) => {
			const { first, last } = args as { first: number; last: number };
			const input = Array.from({ length: last - first + 1 }, (_, at) => `neigh replace ${NETWORK.prefix}${first + at} dev eth0 use\n`);
			execFileSync("sysctl", ["-qw", "net.ipv4.neigh.eth0.mcast_solicit=1"], { stdio: "ignore" });
			execFileSync("ip", ["-force", "-batch", "-"], {
				input: input.filter((line) => !line.includes(`${context.ip} `)).join(""),
				stdio: ["pipe", "ignore", "ignore"],
			});
		},
		/** Tries ports of one host, one after the other. */
		tryPorts: async (args) => {
			const open: number[] = [];
			for (const port of args.ports as number[]) {
				const socket = dial({ host: context.address(String(args.host)), port });
				socket.on("error", () => {});
				await Promise.race([
					once(socket, "connect").then(
						() => open.push(port),
						() => undefined,
					),
					sleep(PATIENCE),
				]);
				socket.destroy();
				await sleep(15);
			}
			return open;
		},
		/** Gives out addresses as the plant's own server does, but names itself as the way out and as the server of names, for which it answers its own address. */
		serveAddresses: async () => {
			const dhcp = await listen(DHCP_SERVER, "0.0.0.0");
			dhcp.setBroadcast(true);
			dhcp.on("message", (question) => {
				const answer = answerDhcp(question, context.ip, LEASES, context.ip);
				if (answer !== undefined) dhcp.send(answer, DHCP_CLIENT, "255.255.255.255");
			});
			const dns = await listen(DNS_PORT, context.ip);
			dns.on("message", (question, from) => {
				const answer = answerName(question, () => context.ip);
				if (answer !== undefined) dns.send(answer, from.port, from.address);
			});
			sockets.push(dhcp, dns);
		},
		stopServing: () => {
			for (const socket of sockets.splice(0)) socket.close();
			screen?.close();
			screen = undefined;
		},
		/** Asks a server for names, one after the other. */
		askNames: async (args) => {
			const { server, names } = args as { server: string; names: string[] };
			const resolver = new Resolver({ timeout: 1000, tries: 1 });
			resolver.setServers([context.address(server)]);
			for (const name of names) await resolver.resolve4(name).catch(() => undefined);
		},
		/** Lets others see the screen. */
		showScreen: async () => {
			screen = createServer((peer) => {
				peer.on("error", () => {});
				peer.write(SCREEN_VERSION);
				peer.once("data", () => peer.write(SCREEN_SECURITY));
			}).listen(SCREEN_PORT, context.ip);
			await once(screen, "listening");
		},
		/** Looks at somebody's screen, as far as being asked how to prove who one is. */
		seeScreen: async (args) => {
			const socket: Socket = dial({ host: context.address(String(args.host)), port: SCREEN_PORT });
			socket.on("error", () => {});
			for (const said of [SCREEN_VERSION, Buffer.from([1])]) {
				await once(socket, "data", { signal: AbortSignal.timeout(1000) });
				socket.write(said);
			}
			await sleep(PATIENCE);
			socket.destroy();
		},
	};
}

/** What the plant's own server of names knows: its hosts, and one outside. */
const OUTSIDE: Readonly<Record<string, string>> = { "updates.vendor.example": "203.0.113.10" };
export function plantName(name: string): string | undefined {
	const host = HOSTS.find((one) => `${one.name}.${NETWORK.domain}` === name);
	return host === undefined ? OUTSIDE[name] : addressOf(host.name);
}

async function listen(port: number, ip: string): Promise<UdpSocket> {
	const socket = createSocket({ type: "udp4", reuseAddr: true });
	socket.on("error", () => {});
	await new Promise<void>((done) => socket.bind(port, ip, done));
	return socket;
}

/** Names of random letters, the same in each recording; `long` ones below one domain, as what carries data makes them. */
export function strangeNames(count: number, long?: string): string[] {
	let state = 7;
	const letters = (length: number) => {
		let text = "";
		while (text.length < length) {
			state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
			text += "abcdefghijklmnopqrstuvwxyz234567"[state >>> 27];
		}
		return text;
	};
	return Array.from({ length: count }, () => (long === undefined ? `${letters(14)}.example` : `${letters(44)}.${long}`));
}
