/** What stands on a list of indicators: the same recording held against a list that names what is in it, and against one that names what is just beside it. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { protocols, services } from "../../protocols/index.ts";
import { Engine } from "../../src/app/engine.ts";
import { CaptureReader } from "../../src/capture/reader.ts";
import { Analyst } from "../../src/detect/analyst.ts";
import type { Detection } from "../../src/detect/detection.ts";
import { IndicatorLists } from "../../src/intel/indicatorList.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";

const FOLDER = fileURLToPath(new URL("../../captures/", import.meta.url));
/** Who asks a server of updates there, and which. */
const HISTORIAN = "10.20.0.31";
const SERVER = "10.20.0.2";
/** Who asks that server for a file. */
const ENGINEER = "10.20.0.40";
/** Of that server's certificate; of the client's first message. */
const THUMBPRINT = "8F77A13217142FC4A07B58A97209D48EC9F78071";
const JA4 = "t12d560700_99d8c53049f3_e7e480e5a997";

const indicatorsOf = (rows: readonly string[]) => {
	const lists = new IndicatorLists(0);
	lists.read(`type,value,name,confidence,valid until\n${rows.join("\n")}\n`, "list.csv", "list.csv");
	return lists.columns();
};

/** A recording against a list. */
function played(file: string, rows: readonly string[]): readonly Said[] {
	const detections: Detection[] = [];
	const analyst = new Analyst({ protocols, onDetection: (detection) => void detections.push(detection) });
	analyst.indicators.take(indicatorsOf(rows));
	const engine = new Engine({ protocols, services, analyst });
	const reader = new CaptureReader(engine.frame, { name: file });
	reader.push(readFileSync(`${FOLDER}${file}`));
	reader.end();
	engine.endSource();
	return alertsOf(detections);
}

/** A morning on which two hosts look for updates. */
const morning = (...rows: string[]): readonly Said[] => played("update-check.pcap", rows);

/** One on which a gateway fetches its configuration, and an engineer's laptop sends a file and asks for one. */
const transfers = (...rows: string[]): readonly Said[] => played("file-transfers.pcap", rows);

export const INDICATORS: readonly CatalogueEntry[] = [
	{
		id: "indicator-address-called",
		answers: [],
		fires: () => morning("ip,10.20.0.14/32,listed,80,2030-01-01"),
		twin: () => morning("ip,10.20.0.15,neighbour,80,2030-01-01", "ip,10.20.0.14,over,80,2026-01-01"),
		twinIs: "the neighbouring address, and the same one until last year",
		which: { destination: "10.20.0.14", source: "10.20.0.30" },
	},
	{
		id: "indicator-address-caller",
		answers: [],
		fires: () => morning("ip,10.20.0.32,listed,80,"),
		twin: () => morning("ip,10.20.0.33,neighbour,80,"),
		twinIs: "the neighbouring address",
		which: { source: "10.20.0.32", destination: "10.20.0.20" },
	},
	{
		id: "indicator-domain",
		answers: [],
		fires: () => morning("domain,vendor.example,listed,80,"),
		twin: () =>
			morning(
				"domain,dor.example,only ends alike,80,",
				"domain,evil.updates.vendor.example,below it,80,",
				"domain,vendor.example,over,80,2026-01-01",
			),
		twinIs: "a name that only ends alike, one below it, and the same one until last year",
		which: { source: HISTORIAN, destination: SERVER },
	},
	{
		id: "indicator-tls-client",
		answers: [],
		fires: () => morning(`ja4,${JA4},listed,80,`),
		twin: () => morning(`ja4,${JA4.slice(0, -1)}0,another program,80,`),
		twinIs: "a fingerprint that differs in its last digit",
		which: { source: HISTORIAN },
	},
	{
		id: "indicator-certificate",
		answers: [],
		fires: () => morning(`thumbprint,${THUMBPRINT},listed,80,`),
		twin: () => morning(`filehash,${THUMBPRINT},a file,80,`, `thumbprint,${THUMBPRINT.slice(0, -1)}0,another one,80,`),
		twinIs: "the same hash of a file, and a thumbprint that differs in its last digit",
		which: { source: SERVER, destination: HISTORIAN },
	},
	{
		id: "indicator-file",
		answers: [],
		fires: () => transfers("filename,Pump-2.4.BIN,worm,90,"),
		twin: () =>
			transfers("filename,ump-2.4.bin,only ends alike,90,", "filename,pump-2.4.bin,over,90,2026-01-01", "filename,firmware,its folder,90,"),
		twinIs: "a name that only ends alike, the file's folder, and the same name until last year",
		which: { source: ENGINEER, destination: SERVER },
	},
];
