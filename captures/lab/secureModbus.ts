/**
 * Modbus/TCP Security (MB-TCP-Security v21): TLS of node:tls in front of a PLC's own Modbus server, and clients of modbus-serial inside TLS. The plant has an authority of
 * its own, whose certificates carry the role of their owner. Any host may be one or the other; all are silent until the lab says so.
 */
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, createServer, type SecureVersion, type Server, type TLSSocket } from "node:tls";
import modbus from "modbus-serial";
import { type Credentials, makeCredentials } from "./credentials.ts";
import type { Actions, Arguments, HostContext } from "./host.ts";
import { NETWORK, UNIT } from "./plant.ts";

/** The specification's port, and the extension that holds a role (clause 9). */
const PORT = 802;
const ROLE = "1.3.6.1.4.1.50316.802.1";
const ORGANIZATION = "Riverside Waterworks";
const ROUND_PAUSE = 500;
const ANSWER_TIMEOUT = 1000;
const DAYS = 3650;

/** Who has a certificate of the plant's authority, with which role; the visitor's has none. */
const CLIENTS: Readonly<Record<string, string | undefined>> = { operator: "Operator", engineer: "Engineer", visitor: undefined };

export function secureActions(context: HostContext): Actions {
	let server: Server | undefined;
	const open = new Set<TLSSocket>();
	const folder = join(context.pkiFolder, "modbus");
	const keep = (name: string, { key, cert }: Credentials) => {
		writeFileSync(join(folder, `${name}.key`), key, { mode: 0o600 });
		writeFileSync(join(folder, `${name}.pem`), cert);
	};
	const kept = (name: string): Credentials => ({
		key: readFileSync(join(folder, `${name}.key`), "utf8"),
		cert: readFileSync(join(folder, `${name}.pem`), "utf8"),
	});
	const subject = (name: string) => `/O=${ORGANIZATION}/CN=${name}`;
	const nameOf = (host: string) => `${host}.${NETWORK.domain}`;

	return {
		/** Makes the authority and all its certificates, and serves: only who has one of them is let in. */
		openSecure: async () => {
			mkdirSync(folder, { recursive: true, mode: 0o700 });
			const issuer = makeCredentials(subject("Plant authority"), { days: DAYS });
			keep("authority", issuer);
			const names = [`subjectAltName=DNS:${nameOf(context.name)},IP:${context.ip}`];
			const own = makeCredentials(subject(context.name), { issuer, extensions: names, days: DAYS });
			for (const [name, role] of Object.entries(CLIENTS))
				keep(
					name,
					makeCredentials(subject(name), { issuer, extensions: role === undefined ? [] : [`${ROLE}=ASN1:UTF8String:${role}`], days: DAYS }),
				);
			server = createServer({ ...own, ca: issuer.cert, requestCert: true, rejectUnauthorized: true, minVersion: "TLSv1.2" }, (outer) => {
				open.add(outer);
				const inner = connectTcp({ host: context.ip, port: context.modbusPort });
				outer.pipe(inner).pipe(outer);
				for (const [one, other] of [
					[outer, inner],
					[inner, outer],
				] as const)
					one.on("error", () => other.destroy()).on("close", () => other.destroy());
				outer.on("close", () => open.delete(outer));
			});
			server.on("tlsClientError", () => {});
			server.listen(PORT, context.ip);
			await once(server, "listening");
		},
		closeSecure: () => {
			for (const socket of open) socket.destroy();
			server?.close();
		},
		/** Reads, and writes one set point where it is told to. With `certificate` "own" it is one that the plant does not know. */
		secureSession: async (args) => {
			const { certificate, version } = args as { certificate: string; version?: SecureVersion };
			const plc = String(args.plc);
			const own = certificate === "own" ? makeCredentials("/CN=laptop", { days: DAYS }) : kept(certificate);
			const socket = connect({
				...own,
				host: context.address(plc),
				port: PORT,
				servername: nameOf(plc),
				ca: kept("authority").cert,
				maxVersion: version ?? "TLSv1.3",
				// Today's node speaks it only where it is told to.
				...(version === "TLSv1.1" && { minVersion: version, ciphers: "DEFAULT@SECLEVEL=0" }),
			});
			try {
				await once(socket, "secureConnect");
				return { version: socket.getProtocol(), level: await work(socket, args) };
			} catch (error) {
				throw new Error((error as { code?: string }).code ?? "no connection");
			} finally {
				socket.destroy();
			}
		},
	};
}

/** A client of modbus-serial on a connection that is there. */
async function work(socket: TLSSocket, args: Arguments): Promise<number> {
	const client = new modbus.default();
	client.setTimeout(ANSWER_TIMEOUT);
	client.on("error", () => {});
	await client.linkTCP(socket, { port: PORT });
	client.setID(UNIT.plc);
	let level = 0;
	for (let round = 0; round < Number(args.rounds); round++) {
		level = (await client.readInputRegisters(0, 8)).data[0]!;
		await sleep(ROUND_PAUSE);
	}
	if (args.value !== undefined) await client.writeRegister(Number(args.address), Number(args.value));
	socket.end();
	await once(socket, "close", { signal: AbortSignal.timeout(ANSWER_TIMEOUT) }).catch(() => undefined);
	return level;
}
