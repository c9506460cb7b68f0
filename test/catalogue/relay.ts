/** A relay on loopback between a real client and a real server, that keeps what passes. */
import { once } from "node:events";
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from "node:net";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import type { Chunk } from "../protocols/tlsSession.ts";

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** What passed on each connection that `play` made to `server` through the port that it is given, in their order. The server is closed at the end. */
export async function relayed(server: Server, play: (port: number) => Promise<void>): Promise<Chunk[][]> {
	const connections: Chunk[][] = [];
	const sockets = new Set<Socket>();
	server.on("connection", (socket) => sockets.add(socket));
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const relay = createServer((near) => {
		const far = createConnection(portOf(server), "127.0.0.1");
		const chunks: Chunk[] = [];
		connections.push(chunks);
		for (const [from, to, direction] of [
			[near, far, TO_SERVER],
			[far, near, TO_CLIENT],
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
	relay.listen(0, "127.0.0.1");
	await once(relay, "listening");
	try {
		await play(portOf(relay));
	} finally {
		for (const socket of sockets) socket.destroy();
		relay.close();
		server.close();
	}
	return connections;
}
