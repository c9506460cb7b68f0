/** Where tshark sees neither Modbus nor OPC UA nor MQTT, we see none: in every other public capture. */
import { expect, it } from "vitest";
import { CaptureError } from "../../src/capture/error.ts";
import { capturesWithout, hasCaptures, linesOf } from "./captures.ts";
import { PUBLIC } from "./mqttTshark.ts";

it.skipIf(!hasCaptures)("takes nothing else for Modbus, OPC UA or MQTT", { timeout: 180_000 }, async () => {
	const mistaken: string[] = [];
	let captures = 0;
	for (const capture of capturesWithout(["Modbus", "OPC UA"])) {
		try {
			const [line] = await linesOf(capture, capture === PUBLIC ? ["modbus", "opcua"] : ["modbus", "opcua", "mqtt"]);
			captures++;
			if (line !== undefined) mistaken.push(`${capture}: ${JSON.stringify(line)}`);
		} catch (error) {
			if (!(error instanceof CaptureError)) throw error;
		}
	}
	expect(mistaken).toEqual([]);
	expect(captures).toBeGreaterThan(900);
});
