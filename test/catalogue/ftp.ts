/** Files by FTP: lines written from RFC 959, through the whole engine. */
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { WireBed } from "./wireBed.ts";

const ENGINEER = "10.0.0.4";
const DEVICE = "10.0.0.7";
const START = 1_700_000_000e6;

/** Commands (`>`) and replies (`<`), in their order. */
const scene =
	(...lines: string[]) =>
	(): readonly Said[] => {
		const bed = new WireBed(START);
		const connection = bed.connect(ENGINEER, DEVICE, 21);
		for (const line of ["<220 FTP server ready", ...lines])
			connection.send(line.startsWith(">") ? TO_SERVER : TO_CLIENT, Buffer.from(`${line.slice(1)}\r\n`));
		connection.close();
		bed.wait(2);
		return alertsOf(bed.detections);
	};

const IN = [">USER ann", "<331 Password", ">PASS s3cret", "<230 Welcome"];
const ANONYMOUS = [">USER anonymous", "<331 Password", ">PASS me@plant.example", "<230 Welcome"];

export const FTP: readonly CatalogueEntry[] = [
	{
		id: "cleartext-password",
		answers: ["G16"],
		fires: scene(...IN),
		twin: scene(...ANONYMOUS),
		twinIs: "a server that takes everybody, and by custom an address for a password",
		twins: [{ scene: scene(">AUTH TLS", "<234 Go on"), is: "a login behind TLS" }],
	},
	{
		id: "remote-execution",
		answers: [],
		fires: scene(...ANONYMOUS, ">SITE EXEC /bin/sh -c id", "<200 Done"),
		twin: scene(...ANONYMOUS, ">SITE CHMOD 644 executive.txt", "<200 Done"),
		twinIs: "the rights of a file are set",
	},
	{
		id: "ftp-malformed",
		answers: [],
		fires: scene(`>USER ${"A".repeat(5000)}`),
		twin: scene(`>USER ${"a".repeat(200)}`, "<530 No"),
		twinIs: "a long name of a user",
	},
];
