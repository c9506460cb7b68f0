/** A monitored interface gets no packet from us: what leaves it is counted by the kernel, while it is captured and while it goes down and up. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Wire, whyNoLiveCapture } from "../support/namespace.ts";

const why = whyNoLiveCapture();
if (why !== undefined) console.warn(`skipped: the test that nothing is sent, ${why}`);

describe.skipIf(why !== undefined)("a monitored interface", () => {
	let wire: Wire;
	beforeEach(() => {
		wire = new Wire();
	});
	afterEach(() => wire.close());

	it("without an address sends no frame, whatever arrives and happens", async () => {
		wire.connect("mon0");
		expect(wire.read("mon0", "statistics/tx_packets")).toBe("0");
		const listener = wire.listen({ interfaces: ["mon0"] });
		await listener.until((line) => line.started === true);
		await wire.send(2000);
		await listener.until((line) => line.frame === 1999);
		wire.ip("link", "set", "mon0", "down");
		await listener.state("down");
		const from = listener.lines.length;
		wire.ip("link", "set", "mon0", "up");
		await listener.state("up", from);
		await wire.send(2000, { millis: 1, first: 5000 });
		await listener.until((line) => line.frame === 6999);
		await listener.stop();
		expect(Number(wire.read("mon0", "statistics/rx_packets"))).toBeGreaterThanOrEqual(4000);
		expect(wire.read("mon0", "statistics/tx_packets")).toBe("0");
		expect(wire.read("mon0", "statistics/tx_bytes")).toBe("0");
	});

	it("would be caught: a single frame that is sent is counted", () => {
		wire.connect("mon0");
		wire.ip("address", "add", "10.99.1.2/24", "dev", "mon0");
		wire.sendBack();
		expect(Number(wire.read("mon0", "statistics/tx_packets"))).toBeGreaterThan(0);
	});
});
