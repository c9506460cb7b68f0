/** Where tshark sees neither Modbus nor OPC UA nor MQTT nor TFTP nor BACnet, we see none: in every other public capture. And nDPI sees neither of the first two there, as far as it was asked. */
import { expect, it } from "vitest";
import { CaptureError } from "../../src/capture/error.ts";
import { capturesOf, capturesWithout, hasCaptures, linesOf, outputsOf } from "./captures.ts";
import { ndpiFlowsIn } from "./connections.ts";
import { PUBLIC } from "./mqttTshark.ts";

const WANTED = ["Modbus", "OPC UA"];

it.skipIf(!hasCaptures)("takes nothing else for Modbus, OPC UA, MQTT, TFTP or BACnet", { timeout: 180_000 }, async () => {
	const mistaken: string[] = [];
	let captures = 0;
	const withBacnet = new Set(capturesOf("BACnet"));
	for (const capture of capturesWithout(WANTED)) {
		try {
			const wanted = ["modbus", "opcua", "tftp", ...(capture === PUBLIC ? [] : ["mqtt"]), ...(withBacnet.has(capture) ? [] : ["bacnet"])];
			const [line] = await linesOf(capture, wanted);
			captures++;
			if (line !== undefined) mistaken.push(`${capture}: ${JSON.stringify(line)}`);
		} catch (error) {
			if (!(error instanceof CaptureError)) throw error;
		}
	}
	expect(mistaken).toEqual([]);
	expect(captures).toBeGreaterThan(900);
});

it.skipIf(!hasCaptures)("is of one mind with nDPI there", () => {
	const flows = outputsOf((protocols) => !protocols.some((one) => WANTED.includes(one)))
		.filter(({ file }) => file.includes("nDPI/") && file.endsWith(".out"))
		.flatMap(({ file }) => ndpiFlowsIn(file));
	expect(flows.filter(({ protocol }) => /Modbus|OPC|UMAS/i.test(protocol!))).toEqual([]);
	expect(flows.length).toBeGreaterThan(300);
});
