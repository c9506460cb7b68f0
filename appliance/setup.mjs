// Brings a fresh checkout to the point where it runs: Debian packages (as root), npm packages, the compiled program. Uses nothing but Node itself,
// does only what is missing, and leaves nothing outside the checkout but Debian packages.
//   node appliance/setup.mjs run    what the monitor needs
//   node appliance/setup.mjs test   what the tests need too
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);

const NODE_AT_LEAST = [20, 19];
/** Debian package: a file that shows that it is there. */
const BUILD = {
	"libpcap-dev": "/usr/include/pcap/pcap.h",
	"g++": "/usr/bin/g++",
	make: "/usr/bin/make",
	python3: "/usr/bin/python3",
};
const TEST = {
	tshark: "/usr/bin/tshark",
	tcpdump: "/usr/bin/tcpdump",
	tcpreplay: "/usr/bin/tcpreplay",
	mosquitto: "/usr/sbin/mosquitto",
	openssl: "/usr/bin/openssl",
	nftables: "/usr/sbin/nft",
	iproute2: "/bin/ip",
	ethtool: "/usr/sbin/ethtool",
	procps: "/usr/sbin/sysctl",
	iputils: "/bin/ping",
	socat: "/usr/bin/socat",
	chromium: "/usr/bin/chromium",
	"libndpi-bin": "/usr/bin/ndpiReader",
};
const PACKAGE_OF = { iputils: "iputils-ping" };

const say = (text) => process.stderr.write(`setup: ${text}\n`);
function stop(text) {
	say(text);
	process.exit(1);
}
function run(command, args, options = {}) {
	const done = spawnSync(command, args, { stdio: ["ignore", 2, 2], ...options });
	return done.status === 0;
}

function checkNode() {
	const [major, minor] = process.versions.node.split(".").map(Number);
	if (major > NODE_AT_LEAST[0] || (major === NODE_AT_LEAST[0] && minor >= NODE_AT_LEAST[1])) return;
	stop(`this is Node ${process.versions.node}; install Node ${NODE_AT_LEAST.join(".")} or newer.`);
}

/** Installs the Debian packages that are missing, as root; otherwise says the one command. Never fatal: only live capture and some tests need them. */
function debianPackages(wanted) {
	const missing = Object.entries(wanted)
		.filter(([, file]) => !existsSync(file))
		.map(([name]) => PACKAGE_OF[name] ?? name);
	if (missing.length === 0) return;
	const command = `apt-get update && apt-get install -y --no-install-recommends ${missing.join(" ")}`;
	if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
		say(`not installed: ${missing.join(", ")}. What needs them is left out; to have it, type:  sudo sh -c '${command}'`);
		return;
	}
	say(`installing ${missing.join(", ")}`);
	const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
	if (!run("sh", ["-c", command], { env, stdio: ["ignore", "ignore", 2] })) say(`could not install them; the command was: ${command}`);
}

const digest = (text) => createHash("sha256").update(text).digest("hex");

function npmPackages() {
	const marker = "node_modules/.spanwatch-lock";
	const wanted = digest(readFileSync("package-lock.json", "utf8") + process.versions.modules);
	if (!existsSync(marker) || readFileSync(marker, "utf8") !== wanted) {
		say("installing npm packages");
		// A package that only live capture needs may fail to build: it is optional.
		if (!run("npm", ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"])) stop("npm ci failed; its words are above.");
		writeFileSync(marker, wanted);
	}
	const binding = "node_modules/pcap/build/Release/pcap_binding.node";
	if (!existsSync(binding) && Object.values(BUILD).every((file) => existsSync(file))) {
		say("building the capture library");
		if (!existsSync("node_modules/pcap")) run("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"]);
		else run("npm", ["rebuild", "pcap", "--loglevel=error"]);
	}
	if (!existsSync(binding))
		say(
			"live capture is not available (the package pcap could not be built; it wants libpcap-dev, g++, make, python3); captures from files are.",
		);
}

function newest(folder) {
	let time = 0;
	for (const entry of readdirSync(folder, { withFileTypes: true })) {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) time = Math.max(time, newest(path));
		else if (/\.(ts|json|html|css|m?js|svg)$/.test(entry.name)) time = Math.max(time, statSync(path).mtimeMs);
	}
	return time;
}

function compile() {
	const stamp = "dist/.built";
	const sources = Math.max(
		...["src", "protocols", "captures", "test", "appliance"].map(newest),
		statSync("package.json").mtimeMs,
		statSync("tsconfig.json").mtimeMs,
	);
	if (existsSync(stamp) && statSync(stamp).mtimeMs >= sources) return;
	say("compiling");
	mkdirSync("dist", { recursive: true });
	if (!run(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.json"]))
		stop("the program does not compile; the compiler's words are above.");
	if (!run(process.execPath, ["appliance/bundle.mjs"])) stop("the program could not be bundled; the words of the bundler are above.");
	writeFileSync(stamp, "");
}

const purpose = process.argv[2];
checkNode();
if (purpose !== "build") debianPackages(purpose === "test" ? { ...BUILD, ...TEST } : BUILD);
npmPackages();
compile();
