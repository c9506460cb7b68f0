/** Real TLS: a server and a client of node:tls on loopback, and what went over the wire between them. */
import { type AddressInfo, connect as connectTcp, createServer as createTcpServer, type Socket } from "node:net";
import { connect, createServer, type SecureVersion, type TlsOptions } from "node:tls";
import type { Credentials } from "../../captures/lab/credentials.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";

export interface Chunk {
	direction: Direction;
	bytes: Uint8Array;
}

export interface SessionOptions {
	version: SecureVersion;
	server: Credentials;
	client?: Credentials;
	/** The server demands a client certificate; it takes whichever comes unless `isStrict`. */
	isMutual?: boolean;
	isStrict?: boolean;
	ciphers?: string;
	serverName?: string;
	/** Messages that the client sends; the server answers each with the same. */
	messages?: readonly Uint8Array[];
	/** Connect this many times, taking the session up again; only the last connection is recorded. */
	connections?: number;
}

/** The bytes of one connection in the order in which they passed. */
export async function recordSession(options: SessionOptions): Promise<Chunk[]> {
	let chunks: Chunk[] = [];
	const settings: TlsOptions = {
		...options.server,
		minVersion: options.version,
		maxVersion: options.version,
		requestCert: options.isMutual ?? false,
		rejectUnauthorized: options.isStrict ?? false,
		...(options.ciphers !== undefined && { ciphers: options.ciphers }),
	};
	const server = createServer(settings, (socket) => {
		socket.on("error", () => {});
		socket.pipe(socket);
	});
	server.on("tlsClientError", () => {});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const sockets = new Set<Socket>();
	const proxy = createTcpServer((inner) => {
		const outer = connectTcp((server.address() as AddressInfo).port, "127.0.0.1");
		for (const [from, to, direction] of [
			[inner, outer, TO_SERVER],
			[outer, inner, TO_CLIENT],
		] as const) {
			sockets.add(from);
			from.on("data", (data) => {
				chunks.push({ direction, bytes: Uint8Array.from(data) });
				to.write(data);
			});
			from.on("end", () => to.end());
			from.on("error", () => to.destroy());
		}
	});
	await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
	let session: Buffer | undefined;
	try {
		for (let count = 0; count < (options.connections ?? 1); count++) {
			chunks = [];
			await new Promise<void>((resolve) => {
				const socket = connect({
					host: "127.0.0.1",
					port: (proxy.address() as AddressInfo).port,
					rejectUnauthorized: false,
					minVersion: options.version,
					maxVersion: options.version,
					...options.client,
					...(options.serverName !== undefined && { servername: options.serverName }),
					...(options.ciphers !== undefined && { ciphers: options.ciphers }),
					...(session !== undefined && { session }),
				});
				socket.setTimeout(5000, () => socket.destroy());
				socket.on("session", (ticket) => {
					session = ticket;
				});
				socket.on("error", () => {});
				socket.on("close", () => resolve());
				socket.on("secureConnect", async () => {
					for (const message of options.messages ?? []) {
						const answered = new Promise((done) => socket.once("data", done));
						socket.write(message);
						await answered;
					}
					socket.end();
				});
			});
		}
		return chunks;
	} finally {
		for (const socket of sockets) socket.destroy();
		proxy.close();
		server.close();
	}
}
