/** `npm run manual`: writes `appliance/detections.md` from the records. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { manualText } from "./text.ts";

const root = import.meta.url.includes("/dist/") ? "../../../" : "../../";
writeFileSync(fileURLToPath(new URL(`${root}appliance/detections.md`, import.meta.url)), manualText());
