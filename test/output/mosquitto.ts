/** A real Mosquitto for tests, on a free loopback port, with whatever configuration; and certificates made by OpenSSL. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { type AddressInfo, createConnection, createServer } from "node:net";
import { join } from "node:path";

export const MOSQUITTO = "/usr/sbin/mosquitto";
export const hasMosquitto = existsSync(MOSQUITTO);

export async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, "close");
	return port;
}

export class Mosquitto {
	readonly port: number;
	readonly #file: string;
	#child: ChildProcess | undefined;

	constructor(dir: string, port: number, lines: readonly string[]) {
		this.port = port;
		mkdirSync(dir, { recursive: true });
		chmodSync(dir, 0o755);
		this.#file = join(dir, "mosquitto.conf");
		writeFileSync(this.#file, [`listener ${port} 127.0.0.1`, "user root", ...lines, ""].join("\n"));
	}

	/** Resolves when it accepts connections. */
	async start(): Promise<void> {
		const child = spawn(MOSQUITTO, ["-c", this.#file], { stdio: "ignore" });
		this.#child = child;
		for (;;) {
			if (child.exitCode !== null) throw new Error(`Mosquitto ended with ${child.exitCode}.`);
			const socket = createConnection(this.port, "127.0.0.1");
			const isOpen = await new Promise<boolean>((resolve) =>
				socket.once("connect", () => resolve(true)).once("error", () => resolve(false)),
			);
			socket.destroy();
			if (isOpen) return;
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
	}

	async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
		const child = this.#child;
		this.#child = undefined;
		if (child === undefined || child.exitCode !== null) return;
		child.kill(signal);
		await once(child, "exit");
	}
}

export interface Certificates {
	ca: string;
	server: { cert: string; key: string };
	client: { cert: string; key: string };
}

/** Paths of an authority's certificate, and of certificates and keys that it signed: for 127.0.0.1, and for a client. */
export function makeCertificates(dir: string): Certificates {
	mkdirSync(dir, { recursive: true });
	const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: dir, stdio: "ignore" });
	const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
	openssl("req", "-x509", ...ec, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test authority");
	for (const [name, extension] of [
		["server", "subjectAltName=IP:127.0.0.1"],
		["client", "extendedKeyUsage=clientAuth"],
	] as const) {
		writeFileSync(join(dir, `${name}.ext`), extension);
		openssl("req", ...ec, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
		openssl(
			"x509",
			"-req",
			"-in",
			`${name}.csr`,
			"-CA",
			"ca.pem",
			"-CAkey",
			"ca.key",
			"-CAcreateserial",
			"-days",
			"2",
			"-extfile",
			`${name}.ext`,
			"-out",
			`${name}.pem`,
		);
	}
	const pair = (name: string) => ({ cert: join(dir, `${name}.pem`), key: join(dir, `${name}.key`) });
	return { ca: join(dir, "ca.pem"), server: pair("server"), client: pair("client") };
}
