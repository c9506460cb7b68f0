/**
 * Servers of updates, as makers of devices have them on the Internet: a name, TLS, a certificate. Any host may be one or ask one; all are silent until the lab says so.
 * Nothing in it is an attack: a list of indicators makes it one.
 */
import { once } from "node:events";
import { connect, createServer, type SecureVersion, type Server } from "node:tls";
import { makeCredentials } from "./credentials.ts";
import { resolveName } from "./everyday.ts";
import type { Actions, HostContext } from "./host.ts";

const PORT = 8443;
const DAYS = 3650;
const ANSWER = "no update\n";

export function updateActions(context: HostContext): Actions {
	let server: Server | undefined;
	return {
		/** Serves under a name. */
		openUpdates: async (args) => {
			const name = String(args.name);
			server = createServer(
				makeCredentials(`/O=Updates/CN=${name}`, { extensions: [`subjectAltName=DNS:${name}`], days: DAYS }),
				(socket) => {
					socket.on("error", () => {});
					socket.once("data", () => socket.end(ANSWER));
				},
			);
			server.listen(PORT, context.ip);
			await once(server, "listening");
		},
		closeUpdates: () => void server?.close(),
		/** Looks the name up, and asks the host that serves it. */
		askUpdates: async (args) => {
			const { name, host, version } = args as { name: string; host: string; version: SecureVersion };
			await resolveName(context, name);
			const socket = connect({
				host: context.address(host),
				port: PORT,
				servername: name,
				minVersion: version,
				maxVersion: version,
				rejectUnauthorized: false,
			});
			await once(socket, "secureConnect");
			socket.resume();
			socket.write("GET\n");
			await once(socket, "close");
		},
	};
}
