/** Nothing in a TLS handshake is an attack by itself. */
import type { DetectionRecord } from "../../src/detect/detection.ts";

export const DETECTIONS: readonly DetectionRecord[] = [];
