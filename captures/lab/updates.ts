/**
 * Servers of updates, as makers of devices have them on the Internet: a name, TLS, a certificate. Any host may be one or ask one; all are silent until the lab says so.
 * Nothing in it is an attack: a list of indicators makes it one.
 */
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { connect, createServer, type SecureVersion, type Server } from "node:tls";
import { makeCredentials } from "./credentials.ts";
import { resolveName } from "./everyday.ts";
import type { Actions, HostContext } from "./host.ts";

const PORT = 8443;
const DAYS = 3650;
const ANSWER = "no update\n";
/** What today's node needs to be told before it speaks versions before TLS 1.2. */
const OLD = { minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
/** A ClientHello of TLS 1.2 with one suite (RFC 5246, 7.4.1.2), and a heartbeat request that asks for 16 KiB and brings nothing (RFC 6520, 4). */
const HELLO = `160301002d010000290303${"5a".repeat(32)}000002c02f0100`;
const GREEDY_HEARTBEAT = "1803030003014000";
const PATIENCE = 1000;

export function updateActions(context: HostContext): Actions {
	let server: Server | undefined;
	/** Of the server that was asked, to be taken up again. */
	let session: Buffer | undefined;
	return {
		/** Serves under a name; versions before TLS 1.2 too where it is told to. */
		openUpdates: async (args) => {
			const name = String(args.name);
			const credentials = makeCredentials(`/O=Updates/CN=${name}`, { extensions: [`subjectAltName=DNS:${name}`], days: DAYS });
			server = createServer({ ...credentials, ...(args.isOld === true && OLD) }, (socket) => {
				socket.on("error", () => {});
				socket.once("data", () => socket.end(ANSWER));
			});
			server.on("tlsClientError", () => {});
			server.listen(PORT, context.ip);
			await once(server, "listening");
		},
		closeUpdates: () => void server?.close(),
		/** Looks the name up, and asks the host that serves it; says which version it was, or why there is none. */
		askUpdates: async (args) => {
			const { name, host, version } = args as { name: string; host: string; version: SecureVersion };
			await resolveName(context, name);
			const socket = connect({
				host: context.address(host),
				port: PORT,
				servername: name,
				...(version < "TLSv1.2" && OLD),
				minVersion: version,
				maxVersion: version,
				rejectUnauthorized: false,
				...(args.isAgain === true && session !== undefined && { session }),
			});
			socket.on("session", (ticket) => {
				session = ticket;
			});
			try {
				await once(socket, "secureConnect");
			} catch (error) {
				return (error as { code?: string }).code ?? "no connection";
			}
			const isReused = socket.isSessionReused();
			socket.resume();
			socket.write("GET\n");
			await once(socket, "close");
			return isReused ? `${version}, again` : version;
		},
		/** Begins a connection, and asks for memory that is not there to be given. */
		askForMemory: async (args) => {
			const socket = connectTcp(PORT, context.address(String(args.host)));
			socket.on("error", () => {});
			await once(socket, "connect");
			socket.write(Buffer.from(HELLO + GREEDY_HEARTBEAT, "hex"));
			socket.setTimeout(PATIENCE, () => socket.destroy());
			socket.resume();
			await once(socket, "close");
		},
	};
}
