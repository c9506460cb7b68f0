/** Web pages of devices: bytes written from RFC 9112, through the whole engine. */
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { type Connection, WireBed } from "./wireBed.ts";

const ENGINEER = "10.0.0.4";
const DEVICE = "10.0.0.7";
const START = 1_700_000_000e6;

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const head = (...lines: string[]): Uint8Array => ascii([...lines, "", ""].join("\r\n"));
const OK = head("HTTP/1.1 200 OK", "Server: lighttpd", "Content-Length: 0");
const CHALLENGE = head("HTTP/1.1 401 Unauthorized", 'WWW-Authenticate: Basic realm="Drive 7"', "Content-Length: 0");

const scene = (play: (connection: Connection) => void) => (): readonly Said[] => {
	const bed = new WireBed(START);
	const connection = bed.connect(ENGINEER, DEVICE, 80);
	play(connection);
	connection.close();
	bed.wait(2);
	return alertsOf(bed.detections);
};
const get = (path: string, ...fields: string[]) =>
	scene((connection) => connection.request(head(`GET ${path} HTTP/1.1`, "Host: drive-7", ...fields)).answer(OK));
const post = (...fields: string[]) =>
	scene((connection) => connection.request(head("POST /settings HTTP/1.1", "Host: drive-7", ...fields)).answer(OK));

const SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell";
/** A request of WS-Management. */
function manage(action: string, resource: string, body = ""): () => readonly Said[] {
	const soap = `<s:Envelope><s:Header><a:Action>${action}</a:Action><w:ResourceURI>${resource}</w:ResourceURI></s:Header><s:Body>${body}</s:Body></s:Envelope>`;
	const fields = ["Host: hmi-1", "Content-Type: application/soap+xml;charset=UTF-8", `Content-Length: ${soap.length}`];
	return scene((connection) =>
		connection
			.request(head("POST /wsman HTTP/1.1", ...fields))
			.request(ascii(soap))
			.answer(OK),
	);
}

export const HTTP: readonly CatalogueEntry[] = [
	{
		id: "cleartext-password",
		answers: ["G16"],
		fires: get("/", "Authorization: Basic YW5uOnMzY3JldA=="),
		twin: scene((connection) =>
			connection
				.request(head("GET / HTTP/1.1", "Host: drive-7"))
				.answer(CHALLENGE)
				.request(head("GET / HTTP/1.1", "Host: drive-7", 'Authorization: Digest username="ann", realm="Drive 7", nonce="1", response="2"'))
				.answer(OK),
		),
		twinIs: "the same page with a login by Digest, which shows no password",
		twins: [{ scene: get("/", "Authorization: Basic YW5uOg=="), is: "a user without a password" }],
	},
	{
		id: "web-attack",
		answers: [],
		fires: get("/cgi-bin/ping?host=127.0.0.1%3Bcat%20/etc/passwd"),
		twin: get("/cgi-bin/ping?host=127.0.0.1&count=3;id=5"),
		twinIs: "the same page with parameters, one of which is called like a command",
		twins: [
			{ scene: get("/pages/../styles/main.css"), is: "a path that goes up and stays below the root" },
			{ scene: get("/search?q=pumps%20%26%20valves|price%3A%20%245"), is: "a search for words with characters that shells know" },
		],
	},
	{
		id: "http-malformed",
		answers: [],
		fires: post("Content-Length: 5", "Transfer-Encoding: chunked"),
		twin: post("Content-Length: 0", "Content-Length: 0"),
		twinIs: "one length, said twice",
	},
	{
		id: "remote-execution",
		answers: [],
		fires: manage(
			`${SHELL}/Command`,
			`${SHELL}/cmd`,
			"<r:CommandLine><r:Command>cmd.exe</r:Command><r:Arguments>/c whoami</r:Arguments></r:CommandLine>",
		),
		twin: manage(
			"http://schemas.xmlsoap.org/ws/2004/09/enumeration/Enumerate",
			"http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_Service",
		),
		twinIs: "a management system asks which services there are",
	},
];
