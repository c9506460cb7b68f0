/**
 * The lab's network: one namespace a host, a bridge in a "switch" namespace, a router to the hosts beyond, and a mirror port at the switch that carries every frame once
 * (each port's incoming frames, copied by tc mirred to the veth `span1`, and so seen on `span0`).
 * Without root there are loopback addresses instead, and no mirror.
 */
import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { HOSTS, hostNamed, type LabHost, NETWORK } from "./plant.ts";

/** A wrong environment, said in one sentence. */
export class LabError extends Error {}

export const MIRROR_INTERFACE = "span0";
const TOOLS: readonly (readonly [tool: string, debianPackage: string])[] = [
	["ip", "iproute2"],
	["tc", "iproute2"],
	["sysctl", "procps"],
	["ethtool", "ethtool"],
];

/** What is missing for namespaces, as one sentence; undefined when nothing is. */
export function whyNoNamespaces(): string | undefined {
	if (process.platform !== "linux") return "network namespaces are a thing of Linux";
	if (process.getuid?.() !== 0) return "network namespaces need root (try: sudo npm run lab -- …)";
	for (const [tool, debianPackage] of TOOLS) {
		if (!toolExists(tool)) return `the tool ${tool} is missing (apt-get install ${debianPackage})`;
	}
	const probe = `sw-lab-${process.pid}-try`;
	try {
		run("ip", ["netns", "add", probe]);
		run("ip", ["netns", "del", probe]);
	} catch (error) {
		return `this system does not allow network namespaces (${(error as Error).message})`;
	}
	return undefined;
}

export function toolExists(tool: string): boolean {
	try {
		execFileSync("sh", ["-c", 'command -v -- "$1"', "sh", tool], { stdio: "ignore" });
		return true;
	} catch {
		return false;
	}
}

/** Runs a tool of the system in this network namespace; throws with what it says where it fails. */
export function tool(command: string, ...args: string[]): void {
	execFileSync(command, args, { stdio: ["ignore", "ignore", "pipe"] });
}

export interface LabNetwork {
	readonly isLoopback: boolean;
	/** Address of a host that has a fixed one; empty otherwise. */
	ip(host: LabHost): string;
	/** Starts a program on that host. */
	start(host: LabHost, command: string, args: readonly string[], options: SpawnOptions): ChildProcess;
	/** Starts a program on the switch. */
	startOnSwitch(command: string, args: readonly string[], options: SpawnOptions): ChildProcess;
	/** Words that say where the mirror is. */
	readonly mirror: string;
	/** Every host forgets who has which MAC, so that the next recording shows them asking. */
	forgetNeighbours(): void;
	destroy(): void;
}

export class NamespaceNetwork implements LabNetwork {
	readonly isLoopback = false;
	readonly #prefix = `sw-lab-${process.pid}`;
	readonly #namespaces: string[] = [];
	/** Whatever ends this process short of kill -9 also ends its namespaces. */
	readonly #atExit = () => this.destroy();

	constructor() {
		process.on("exit", this.#atExit);
		sweep();
		try {
			this.#build();
		} catch (error) {
			this.destroy();
			throw new LabError(`The lab's network could not be built: ${(error as Error).message}`);
		}
	}

	get #switch(): string {
		return `${this.#prefix}-switch`;
	}

	get mirror(): string {
		return `network namespace ${this.#switch}, interface ${MIRROR_INTERFACE}`;
	}

	ip(host: LabHost): string {
		return host.ip;
	}

	start(host: LabHost, command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
		return spawn("ip", ["netns", "exec", this.#namespace(host), command, ...args], options);
	}

	startOnSwitch(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
		return spawn("ip", ["netns", "exec", this.#switch, command, ...args], options);
	}

	forgetNeighbours(): void {
		for (const host of HOSTS) run("ip", ["-n", this.#namespace(host), "neigh", "flush", "dev", "eth0"]);
	}

	destroy(): void {
		process.off("exit", this.#atExit);
		for (const namespace of this.#namespaces.splice(0)) {
			try {
				run("ip", ["netns", "del", namespace]);
			} catch (error) {
				console.error(`Could not delete the network namespace ${namespace}: ${(error as Error).message}`);
			}
		}
	}

	#namespace(host: LabHost): string {
		return `${this.#prefix}-${host.name}`;
	}

	#add(namespace: string): void {
		run("ip", ["netns", "add", namespace]);
		this.#namespaces.push(namespace);
		// A plant without IPv6: the kernel's own neighbour discovery and multicast reports would only be noise.
		inside(namespace, "sysctl", ["-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"]);
		inside(namespace, "ip", ["link", "set", "lo", "up"]);
	}

	#build(): void {
		const bridge = this.#switch;
		this.#add(bridge);
		inside(bridge, "ip", ["link", "add", "br0", "type", "bridge", "stp_state", "0", "mcast_snooping", "0"]);
		inside(bridge, "ip", ["link", "add", MIRROR_INTERFACE, "type", "veth", "peer", "name", "span1"]);
		for (const name of ["br0", MIRROR_INTERFACE, "span1"]) inside(bridge, "ip", ["link", "set", name, "up"]);
		const isFar = ({ role }: LabHost) => role === "far";
		for (const host of HOSTS) if (!isFar(host)) this.#plug(host, bridge);
		const router = this.#namespace(hostNamed("router"));
		inside(router, "sysctl", ["-qw", "net.ipv4.ip_forward=1"]);
		for (const host of HOSTS) if (isFar(host)) this.#plugBehind(host, router);
	}

	/** A host in a network of its own behind the router, which the plant's hosts with a fixed address know the way to. */
	#plugBehind(host: LabHost, router: string): void {
		const namespace = this.#namespace(host);
		const port = `r-${host.name}`;
		const prefix = host.ip.slice(0, host.ip.lastIndexOf(".") + 1);
		this.#add(namespace);
		run("ip", ["link", "add", port, "netns", router, "type", "veth", "peer", "name", "eth0", "address", host.mac, "netns", namespace]);
		inside(namespace, "ethtool", ["-K", "eth0", "tx", "off", "tso", "off", "gso", "off", "gro", "off"]);
		inside(router, "ip", ["addr", "add", `${prefix}1/24`, "dev", port]);
		inside(router, "ip", ["link", "set", port, "up"]);
		inside(namespace, "ip", ["link", "set", "eth0", "up"]);
		inside(namespace, "ip", ["addr", "add", `${host.ip}/24`, "dev", "eth0"]);
		inside(namespace, "ip", ["route", "add", "default", "via", `${prefix}1`]);
		for (const one of HOSTS)
			if (one.ip.startsWith(NETWORK.prefix) && one.role !== "router")
				inside(this.#namespace(one), "ip", ["route", "add", `${prefix}0/24`, "via", hostNamed("router").ip]);
	}

	#plug(host: LabHost, bridge: string): void {
		const namespace = this.#namespace(host);
		const port = `p-${host.name}`;
		this.#add(namespace);
		run("ip", ["link", "add", port, "netns", bridge, "type", "veth", "peer", "name", "eth0", "address", host.mac, "netns", namespace]);
		// Real machines put whole, summed frames on the wire; a veth pair would pass on oversized ones with unfinished checksums.
		inside(namespace, "ethtool", ["-K", "eth0", "tx", "off", "tso", "off", "gso", "off", "gro", "off"]);
		inside(bridge, "ip", ["link", "set", port, "master", "br0"]);
		inside(bridge, "tc", ["qdisc", "add", "dev", port, "clsact"]);
		const everything = ["protocol", "all", "u32", "match", "u32", "0", "0"];
		inside(bridge, "tc", ["filter", "add", "dev", port, "ingress", ...everything, "action", "mirred", "egress", "mirror", "dev", "span1"]);
		inside(bridge, "ip", ["link", "set", port, "up"]);
		inside(namespace, "ip", ["link", "set", "eth0", "up"]);
		if (host.ip !== "") inside(namespace, "ip", ["addr", "add", `${host.ip}/${NETWORK.bits}`, "dev", "eth0"]);
		inside(namespace, "ip", ["route", "add", "255.255.255.255/32", "dev", "eth0"]);
	}
}

/** Everything on this machine's loopback interface: 127.0.1.x. Enough to see the plant talk; no DHCP, no ARP, no mirror. */
export class LoopbackNetwork implements LabNetwork {
	readonly isLoopback = true;
	readonly mirror = "interface lo (no mirror port: the lab runs on loopback addresses)";

	ip(host: LabHost): string {
		return host.ip === "" ? "" : `127.0.1.${host.ip.slice(host.ip.lastIndexOf(".") + 1)}`;
	}

	start(_host: LabHost, command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
		return spawn(command, args, options);
	}

	startOnSwitch(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
		return spawn(command, args, options);
	}

	forgetNeighbours(): void {}

	destroy(): void {}
}

/** Deletes what a lab that was killed hard left behind: namespaces that carry the number of a process that is gone. */
function sweep(): void {
	for (const line of execFileSync("ip", ["netns", "list"], { encoding: "utf8" }).split("\n")) {
		const [, namespace, owner] = /^(sw-lab-(\d+)-\S+)/.exec(line) ?? [];
		if (namespace === undefined || existsSync(`/proc/${owner}`)) continue;
		run("ip", ["netns", "del", namespace]);
	}
}

function inside(namespace: string, command: string, args: readonly string[]): void {
	run("ip", ["netns", "exec", namespace, command, ...args]);
}

function run(command: string, args: readonly string[]): void {
	try {
		execFileSync(command, args, { stdio: ["ignore", "ignore", "pipe"] });
	} catch (error) {
		const words = (error as { stderr?: Buffer }).stderr?.toString().trim();
		throw new Error(`${command} ${args.join(" ")}: ${words === undefined || words === "" ? (error as Error).message : words}`);
	}
}
