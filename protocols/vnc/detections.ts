/** What is suspicious in VNC by itself, whatever was learned. */
import { accessFact, WEAK_PROTOCOL } from "../../src/detect/access.ts";
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import { SECURITY } from "./codes.ts";
import type { VncObservation } from "./observation.ts";

export const DETECTIONS: readonly DetectionRecord[] = [WEAK_PROTOCOL];

export function detect(o: VncObservation, report: ReportFact): void {
	if (o.kind !== "choice" || o.securityType !== SECURITY.none) return;
	report(
		accessFact({
			record: WEAK_PROTOCOL,
			words: "{client} took over the screen of {server}, which asked for no password (VNC, security None)",
			against: "whoever reaches this port works on the machine",
			key: "none",
			frames: [o.frame],
		}),
	);
}
