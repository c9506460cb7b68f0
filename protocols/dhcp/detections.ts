/** Facts of DHCP: none yet that are suspicious without knowing the site. */
import type { DetectionRecord } from "../../src/detect/detection.ts";

export const detections: readonly DetectionRecord[] = [];
