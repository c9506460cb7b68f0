/** Mail by SMTP: lines written from RFC 5321 and 4954, through the whole engine. */
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { WireBed } from "./wireBed.ts";

const ENGINEER = "10.0.0.4";
const SERVER = "10.0.0.7";
const START = 1_700_000_000e6;
const base64 = (text: string): string => Buffer.from(text, "latin1").toString("base64");

/** Lines of the client (`>`) and the server (`<`), in their order. */
const scene =
	(...lines: string[]) =>
	(): readonly Said[] => {
		const bed = new WireBed(START);
		const connection = bed.connect(ENGINEER, SERVER, 25);
		for (const line of ["<220 mail.plant.example ESMTP", ">EHLO laptop", "<250 AUTH PLAIN CRAM-MD5", ...lines])
			connection.send(line.startsWith(">") ? TO_SERVER : TO_CLIENT, Buffer.from(`${line.slice(1)}\r\n`));
		connection.close();
		bed.wait(2);
		return alertsOf(bed.detections);
	};
const mail = (name: string, first: string): string[] => [
	">MAIL FROM:<ann@plant.example>",
	"<250 Ok",
	">RCPT TO:<bob@plant.example>",
	"<250 Ok",
	">DATA",
	"<354 Go on",
	`>Content-Disposition: attachment; filename="${name}"`,
	">",
	`>${first}`,
	">.",
	"<250 Ok",
];

export const MAIL: readonly CatalogueEntry[] = [
	{
		id: "cleartext-password",
		answers: ["G16"],
		fires: scene(`>AUTH PLAIN ${base64("\0ann\0s3cret")}`, "<235 Welcome"),
		twin: scene(">AUTH CRAM-MD5", `<334 ${base64("<1.2@mail>")}`, `>${base64("ann 0123456789abcdef")}`, "<235 Welcome"),
		twinIs: "a login by which the password does not travel",
		twins: [{ scene: scene(">STARTTLS", "<220 Go on"), is: "a login behind TLS" }],
	},
	{
		id: "smtp-program-attached",
		answers: [],
		fires: scene(...mail("viewer.exe", "TVqQAAMAAAAEAAAA//8AALgAAAA")),
		twin: scene(...mail("viewer.exe.pdf", "JVBERi0xLjQKJcOkw7zDtsOfCjI")),
		twinIs: "a document is attached",
	},
	{
		id: "smtp-malformed",
		answers: [],
		fires: scene(">STARTTLS\r\nMAIL FROM:<ann@plant.example>"),
		twin: scene(">STARTTLS", "<454 Not now", ">MAIL FROM:<ann@plant.example>"),
		twinIs: "the server cannot encrypt, and the client goes on without",
	},
];
