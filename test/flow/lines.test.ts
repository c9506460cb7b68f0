/** Frames of serial lines through the engine: which line they belong to, and what is no such frame. */
import { describe, expect, it } from "vitest";
import { protocols, services } from "../../protocols/index.ts";
import { Engine } from "../../src/app/engine.ts";
import { observationLine } from "../../src/app/lines.ts";
import { LINK_TYPE } from "../../src/capture/frame.ts";
import { MAX_LINES } from "../../src/flow/lines.ts";
import { SERIAL_EVENT } from "../../src/wire/serial.ts";
import { rtu } from "../protocols/serialSamples.ts";
import { frameOf } from "../wire/frameBuilder.ts";

const T0 = 1_700_000_000_000_000;

function engine() {
	const lines: Record<string, unknown>[] = [];
	const it = new Engine({ protocols, services, onObservation: (protocol, one, flow) => lines.push(observationLine(protocol, one, flow)) });
	let number = 0;
	const send = (bytes: Uint8Array, interfaceName?: string, event: number = SERIAL_EVENT.dataReceived) => {
		const frame = frameOf([0, 0, 0, 0, 0, 0, 0, 0, event, 0, 0, 0, ...bytes], {
			linkType: LINK_TYPE.rtacSerial,
			number: ++number,
			time: T0 + number * 10_000,
		});
		it.frame(interfaceName === undefined ? frame : { ...frame, interfaceName });
	};
	return { it, lines, send };
}

describe("serial lines", () => {
	it("are parted by the names of their interfaces", () => {
		const { it, lines, send } = engine();
		send(rtu(1, "03 0000 0001"), "/dev/ttyUSB0");
		send(rtu(1, "03 0000 0001"), "bad name\n");
		send(rtu(1, "03 02 0007"), "/dev/ttyUSB0");
		send(rtu(1, "03 02 0008"), "bad name\n");
		send(rtu(2, "03 0000 0001"));
		it.endSource();
		expect(lines.map(({ kind, server, client, values }) => [kind, server, client, values])).toEqual([
			["request", { line: "ttyUSB0" }, { line: "ttyUSB0-master" }, undefined],
			["request", { line: "bad_name_" }, { line: "bad_name_-master" }, undefined],
			["response", { line: "ttyUSB0" }, { line: "ttyUSB0-master" }, [7]],
			["response", { line: "bad_name_" }, { line: "bad_name_-master" }, [8]],
			["request", { line: "serial" }, { line: "serial-master" }, undefined],
		]);
		expect(it.counts().counters).toMatchObject({ serialFrames: 5 });
	});

	it("forget what waited where the capture lost bytes, and count what is too short or too many", () => {
		const { it, lines, send } = engine();
		send(rtu(1, "03 0000 0001"), "one");
		send(new Uint8Array(0), "one", SERIAL_EVENT.overflow);
		send(rtu(1, "03 02 0007"), "one");
		it.frame(frameOf([1, 2, 3], { linkType: LINK_TYPE.rtacSerial }));
		for (let index = 0; index < MAX_LINES + 9; index++) send(rtu(1, "03 0000 0001"), `line${index}`);
		it.endSource();
		const one = lines.filter(({ server }) => (server as { line: string }).line === "one");
		expect(one.map(({ kind }) => kind)).toEqual(["request", "unsolicited"]);
		expect(it.counts().counters).toMatchObject({ serialLost: 1, serialUnreadable: 1, linesBound: 10 });
	});
});
