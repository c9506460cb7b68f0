/**
 * Desktops by RDP: both sides written from [MS-RDPBCGR] over the kernel's own TCP, but for TLS, which is node's. A server is either of today, which asks for CredSSP in TLS, or an old panel with standard
 * RDP security, which encrypts or not. Any host may serve or visit; all are silent until the lab says so.
 */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createSecureContext, TLSSocket, connect as tlsConnect } from "node:tls";
import { makeCredentials } from "./credentials.ts";
import type { Actions, HostContext } from "./host.ts";
import * as rdp from "./rdpMessages.ts";

const PORT = 3389;
const PATIENCE = 5000;
const HYBRID = 3;
const SCREEN = Buffer.alloc(700, 0x41);
/** Fast-path ([MS-RDPBCGR] 2.2.9.1.2). */
const UPDATE = Buffer.concat([Buffer.from([0x80, 0x82, 0xbf]), SCREEN]).subarray(0, 0x2bf);
const INPUT = Buffer.from([0x84, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);

export function desktopActions(context: HostContext): Actions {
	const servers: Server[] = [];
	return {
		/** Serves; `security` is "credssp", "encrypted" or "none". */
		openDesktop: async (args) => {
			const credentials = makeCredentials(`/CN=${context.name}`, { days: 180 });
			const server = createServer((socket) => {
				socket.on("error", () => {});
				if (args.security === "credssp") socket.once("data", () => secure(socket, credentials));
				else serve(socket, args.security === "encrypted");
			});
			server.listen(PORT, context.ip);
			await once(server, "listening");
			servers.push(server);
		},
		closeDesktop: () => {
			for (const server of servers.splice(0)) server.close();
		},
		/** Works on a desktop: `channels` are asked for, and `password` is sent where nothing is encrypted. */
		workDesktop: async (args) => {
			const { user, password, channels } = args as { user: string; password: string; channels: string[] };
			const socket = connect({ host: context.address(String(args.host)), port: PORT });
			socket.on("error", () => {});
			const next = async () => (await once(socket, "data", { signal: AbortSignal.timeout(PATIENCE) }))[0] as Buffer;
			socket.write(rdp.request(`Cookie: mstshash=${user.slice(0, 9)}`, args.isOld === true ? undefined : HYBRID));
			const answer = await next();
			if (answer.length > 11) {
				const inner = tlsConnect({ socket, rejectUnauthorized: false });
				inner.on("error", () => {});
				await once(inner, "secureConnect");
				for (let step = 0; step < 3; step++) {
					inner.write(INPUT);
					await once(inner, "data", { signal: AbortSignal.timeout(PATIENCE) });
				}
				inner.destroy();
				return;
			}
			const name = context.name.toUpperCase();
			socket.write(rdp.clientSettings(rdp.clientCore(name, 7601, 0x407), rdp.clientSecurity, rdp.clientNetwork(...channels)));
			const isEncrypted = (await next()).length > 150;
			socket.write(rdp.ERECT_DOMAIN);
			socket.write(rdp.ATTACH_USER);
			await next();
			socket.write(rdp.JOIN);
			await next();
			if (isEncrypted) {
				socket.write(rdp.EXCHANGE);
				socket.write(rdp.ENCRYPTED_INFORMATION);
			} else socket.write(rdp.information("PLANT", user, password));
			for (let step = 0; step < 3; step++) {
				await next();
				socket.write(INPUT);
			}
			await sleep(50);
			socket.destroy();
		},
	};
}

/** CredSSP in TLS, of which nothing can be read. */
function secure(socket: Socket, credentials: { key: string; cert: string }): void {
	socket.write(rdp.response(2));
	const inner = new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(credentials) });
	inner.on("error", () => {});
	inner.on("data", () => inner.write(UPDATE));
}

/** Standard RDP security. */
function serve(socket: Socket, isEncrypted: boolean): void {
	const certificate = Buffer.concat([Buffer.from([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]), Buffer.alloc(172, 0x21)]);
	const settings = rdp.serverSettings(
		rdp.serverCore,
		isEncrypted ? rdp.serverSecurity(2, 2, certificate) : rdp.serverSecurity(0, 0),
		rdp.block(0x0c03, Buffer.from([0xeb, 3, 0, 0])),
	);
	socket.on("data", (bytes) => {
		if (bytes[0] !== 3) {
			socket.write(UPDATE);
			return;
		}
		for (let at = 0; at + 4 <= bytes.length; at += Math.max(4, bytes.readUInt16BE(at + 2))) {
			const [code, first] = [bytes[at + 5]!, bytes[at + 7]!];
			if (code === 0xe0) socket.write(rdp.response());
			else if (first === 0x7f) socket.write(settings);
			else if (first === 0x28) socket.write(rdp.ATTACHED);
			else if (first === 0x38) socket.write(rdp.JOINED);
			else if (first === 0x64 && (bytes[at + 14]! & 0x40) !== 0) socket.write(UPDATE);
		}
	});
}
