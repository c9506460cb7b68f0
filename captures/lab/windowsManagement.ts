/**
 * A host that is managed by WS-Management as Windows has it (WinRM, [MS-WSMV]): node:http on both sides, with the messages written from the specification, as no package has them. It takes Basic
 * without TLS, as it can be set up to. Any host may be managed or manage; all are silent until the lab says so.
 */
import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request, type Server } from "node:http";
import type { Actions, HostContext } from "./host.ts";

const PORT = 5985;
const PATIENCE = 2000;
const SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell";
const CREATE = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create";
const ENUMERATE = "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Enumerate";
const SERVICES = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_Service";
const CLIENT = "Microsoft WinRM Client";

const envelope = (action: string, resource: string, body: string): string =>
	`<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns:rsp="${SHELL}"><s:Header><a:Action s:mustUnderstand="true">${action}</a:Action><w:ResourceURI s:mustUnderstand="true">${resource}</w:ResourceURI></s:Header><s:Body>${body}</s:Body></s:Envelope>`;

export function managementActions(context: HostContext): Actions {
	let server: Server | undefined;
	const authorizationOf = (args: { user?: unknown; password?: unknown }) =>
		`Basic ${Buffer.from(`${args.user}:${args.password}`).toString("base64")}`;
	return {
		/** Is managed by who knows user and password. */
		openManagement: async (args) => {
			const right = authorizationOf(args);
			server = createServer((asked, answer) => {
				asked.resume();
				asked.on("end", () => {
					const isIn = asked.headers.authorization === right;
					const body = isIn
						? envelope("http://schemas.dmtf.org/wbem/wsman/1/wsman/response", SHELL, "<rsp:CommandId>1</rsp:CommandId>")
						: "";
					const head = { server: "Microsoft-HTTPAPI/2.0", date: "", "content-length": Buffer.byteLength(body) };
					if (isIn) answer.writeHead(200, { ...head, "content-type": "application/soap+xml;charset=UTF-8" }).end(body);
					else answer.writeHead(401, { ...head, "www-authenticate": ["Negotiate", 'Basic realm="WSMAN"'] }).end();
				});
			});
			server.listen(PORT, context.ip);
			await once(server, "listening");
		},
		closeManagement: () => {
			server?.closeAllConnections();
			server?.close();
		},
		/** Asks which services there are, and with `command` opens a shell and runs it. */
		manage: async (args) => {
			const agent = new Agent({ keepAlive: true, maxSockets: 1 });
			const ask = async (body: string): Promise<number> => {
				const asked = request({
					host: context.address(String(args.host)),
					port: PORT,
					method: "POST",
					path: "/wsman",
					agent,
					timeout: PATIENCE,
					headers: {
						"user-agent": CLIENT,
						authorization: authorizationOf(args),
						"content-type": "application/soap+xml;charset=UTF-8",
						"content-length": Buffer.byteLength(body),
					},
				});
				asked.end(body);
				const [answer] = (await once(asked, "response")) as [IncomingMessage];
				for await (const _ of answer);
				return answer.statusCode ?? 0;
			};
			const statuses = [await ask(envelope(ENUMERATE, SERVICES, "<n:Enumerate/>"))];
			if (args.command !== undefined) {
				const [command, ...rest] = args.command as readonly string[];
				const words = `<rsp:Command>${command}</rsp:Command>${rest.map((one) => `<rsp:Arguments>${one}</rsp:Arguments>`).join("")}`;
				statuses.push(await ask(envelope(CREATE, `${SHELL}/cmd`, "<rsp:Shell/>")));
				statuses.push(await ask(envelope(`${SHELL}/Command`, `${SHELL}/cmd`, `<rsp:CommandLine>${words}</rsp:CommandLine>`)));
			}
			agent.destroy();
			return statuses;
		},
	};
}
