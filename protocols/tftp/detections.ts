/** Facts of TFTP: none that are suspicious without knowing the site. A file of a list of indicators is found by its name. */
import type { DetectionRecord } from "../../src/detect/detection.ts";

export const detections: readonly DetectionRecord[] = [];
