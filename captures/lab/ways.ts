/** What goes between networks, by the ways that are meant for it and by others: files from a web server, and values read from a PLC from afar. */
import { once } from "node:events";
import { createServer, get, type Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Actions, Arguments, HostContext } from "./host.ts";
import { ModbusLink } from "./link.ts";
import { UNIT } from "./plant.ts";

const PATIENCE = 3000;
const FILE = "update 4.2.1 of the engineering software: nothing to do\n";

export function wayActions(context: HostContext): Actions {
	let server: Server | undefined;
	return {
		/** A web server with one file. */
		serveFiles: async (args: Arguments) => {
			server = createServer((_, response) =>
				response.writeHead(200, { "content-type": "text/plain", date: "", server: context.name }).end(FILE),
			);
			server.listen(Number(args.port), context.ip);
			await once(server, "listening");
		},
		stopServing: () => server?.close(),
		/** Gets the file of a host. */
		fetchFile: async (args: Arguments) => {
			const host = context.address(String(args.from));
			const options = { host, port: Number(args.port), path: "/update.txt", agent: false, timeout: PATIENCE };
			const request = get(options);
			const [response] = await once(request, "response");
			let length = 0;
			for await (const chunk of response) length += (chunk as Buffer).length;
			return length;
		},
		/** Reads what a report needs from a PLC, a few times. */
		readFromAfar: async (args: Arguments) => {
			const link = new ModbusLink(context, String(args.plc));
			for (let round = 0; round < Number(args.rounds); round++) {
				await link.run(UNIT.plc, (client) => client.readInputRegisters(0, 4));
				await sleep(700);
			}
			await link.close();
		},
	};
}
