/** What is suspicious in Telnet by itself, whatever was learned. */
import { accessFact, CLEARTEXT_PASSWORD } from "../../src/detect/access.ts";
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import type { TelnetObservation } from "./observation.ts";

export const DETECTIONS: readonly DetectionRecord[] = [CLEARTEXT_PASSWORD];

export function detect(o: TelnetObservation, report: ReportFact): void {
	if (o.kind !== "password") return;
	report(
		accessFact({
			record: CLEARTEXT_PASSWORD,
			words: `{client} logged in to the terminal of {server}${o.userName === "" ? "" : ` as ${o.userName}`} with a password that is not encrypted`,
			against: "anybody on the way can read it, and all that follows (Telnet)",
			key: o.userName,
			frames: [o.frame],
		}),
	);
}
