import { readdirSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Listener, Wire, whyNoLiveCapture } from "../support/namespace.ts";

const why = whyNoLiveCapture();
if (why !== undefined) console.warn(`skipped: live capture, ${why}`);

describe.skipIf(why !== undefined)("live capture", () => {
	let wire: Wire;
	beforeEach(() => {
		wire = new Wire();
	});
	afterEach(() => wire.close());

	async function listening(options: object, wanted: "up" | "down" = "up"): Promise<Listener> {
		const listener = wire.listen(options);
		await listener.until((line) => line.started === true);
		await listener.state(wanted);
		return listener;
	}

	const numbers = (listener: Listener) => listener.frames.map((line) => line.frame);
	const upTo = (count: number, first = 0) => Array.from({ length: count }, (_, index) => first + index);

	it("gives every frame, in order, numbered from 1, and ends with its counts", async () => {
		wire.connect("mon0");
		const listener = await listening({ interfaces: ["mon0"] });
		await wire.send(5000, { millis: 0, size: 100 });
		await listener.until((line) => line.frame === 4999);
		expect(numbers(listener)).toEqual(upTo(5000));
		const all = listener.frames.map((line) => line.number!);
		expect(all.every((number, index) => index === 0 || number > all[index - 1]!)).toBe(true);
		expect(listener.frames[0]).toMatchObject({ interfaceId: 0, length: 142 });
		const [health] = await listener.stop();
		expect(health).toMatchObject({ name: "mon0", state: "ended", kernelDrops: 0, interfaceDrops: 0 });
		expect(health!.frames).toBeGreaterThanOrEqual(5000);
		expect(health!.lastFrame).toBeGreaterThan(Date.now() / 1000 - 60);
		expect(listener.states).toEqual(["up", "ended"]);
	});

	it("merges several interfaces, each with its place in the list", async () => {
		wire.connect("mon0", { subnet: 1 });
		wire.connect("mon1", { subnet: 2 });
		const listener = wire.listen({ interfaces: ["mon0", "mon1"] });
		await listener.until((line) => line.started === true);
		await Promise.all([wire.send(300, { subnet: 1, millis: 1 }), wire.send(300, { subnet: 2, millis: 1, first: 1000 })]);
		await listener.until((line) => line.frame === 299);
		await listener.until((line) => line.frame === 1299);
		const of = (id: number) => listener.frames.filter((line) => line.interfaceId === id).map((line) => line.frame);
		expect(of(0)).toEqual(upTo(300));
		expect(of(1)).toEqual(upTo(300, 1000));
		const all = listener.frames.map((line) => line.number!);
		expect(all.every((number, index) => index === 0 || number > all[index - 1]!)).toBe(true);
		expect((await listener.health()).map((one) => [one.name, one.state])).toEqual([
			["mon0", "up"],
			["mon1", "up"],
		]);
	});

	it("keeps what the filter lets through, and only as many bytes as asked", async () => {
		wire.connect("mon0");
		const listener = await listening({ interfaces: ["mon0"], filter: "udp and greater 200" });
		await wire.send(50, { size: 20, millis: 1 });
		await wire.send(50, { size: 300, millis: 1, first: 100 });
		await listener.until((line) => line.frame === 149);
		expect(numbers(listener)).toEqual(upTo(50, 100));
	});

	it.each([
		[
			{ interfaces: ["nope"] },
			"SPANWATCH_CAPTURE_NO_INTERFACE",
			/^There is no network interface "nope"\. There is lo, mon0: name one of them\.$/,
		],
		[{ interfaces: ["mon0", "../x"] }, "SPANWATCH_CAPTURE_NO_INTERFACE", /no network interface "\.\.\/x"/],
		[
			{ interfaces: ["mon0"], filter: "tcp prt 5" },
			"SPANWATCH_CAPTURE_BAD_FILTER",
			/^The capture filter "tcp prt 5" for mon0 is not valid/,
		],
	])("refuses %j in one sentence", async (options, code, sentence) => {
		wire.connect("mon0");
		const listener = wire.listen(options);
		const { error, message } = await listener.until((line) => line.error !== undefined);
		expect(error).toBe(code);
		expect(message).toMatch(sentence);
	});

	it("says what to do when it has no privilege", async () => {
		wire.connect("mon0");
		const unprivileged = wire.listen({ interfaces: ["mon0"] }, ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]);
		const { error, message } = await unprivileged.until((line) => line.error !== undefined);
		expect(error).toBe("SPANWATCH_CAPTURE_NO_PRIVILEGE");
		expect(message).toMatch(/^No permission to capture on mon0: run as root, or allow it once with "setcap cap_net_raw\+ep /);
	});

	it("needs no privilege but CAP_NET_RAW", async () => {
		wire.connect("mon0");
		const sets = ["--bounding-set=-all,+net_raw", "--inh-caps=-all,+net_raw", "--ambient-caps=-all,+net_raw"];
		const listener = wire.listen({ interfaces: ["mon0"] }, ["setpriv", ...sets]);
		await listener.until((line) => line.started === true);
		await wire.send(10, { millis: 1 });
		await listener.until((line) => line.frame === 9);
	});

	it("waits for an interface that is down at the start", async () => {
		wire.connect("mon0", { isUp: false });
		const listener = await listening({ interfaces: ["mon0"] }, "down");
		expect((await listener.state("down")).sentence).toBe("mon0 is down.");
		wire.ip("link", "set", "mon0", "up");
		await listener.state("up");
		await wire.send(20, { millis: 1 });
		await listener.until((line) => line.frame === 19);
		expect(listener.states).toEqual(["down", "up"]);
	});

	it("reopens after a quick down and up, when frames come again, and loses none that the kernel took", async () => {
		wire.connect("mon0");
		const listener = await listening({ interfaces: ["mon0"] });
		await wire.send(50, { millis: 1 });
		await listener.until((line) => line.frame === 49);
		wire.ip("link", "set", "mon0", "down");
		wire.ip("link", "set", "mon0", "up");
		const from = listener.lines.length;
		const sending = wire.send(600, { millis: 5, first: 1000 });
		await listener.state("up", from);
		await sending;
		await listener.until((line) => line.frame === 1599);
		const seen = listener.frames.filter((line) => line.frame! >= 1000).length;
		expect(seen).toBeGreaterThan(300);
		expect(new Set(numbers(listener)).size).toBe(numbers(listener).length);
	});

	it("tells when the interface goes down, and when it is up again", async () => {
		wire.connect("mon0");
		const listener = await listening({ interfaces: ["mon0"] });
		wire.ip("link", "set", "mon0", "down");
		expect((await listener.state("down")).sentence).toBe("mon0 is down.");
		expect((await listener.health())[0]!.state).toBe("down");
		const from = listener.lines.length;
		wire.ip("link", "set", "mon0", "up");
		const up = await listener.state("up", from);
		expect(up.seconds).toBeGreaterThan(0);
		await wire.send(20, { millis: 1 });
		await listener.until((line) => line.frame === 19);
		expect(listener.states).toEqual(["up", "down", "up"]);
	});

	it("tells when the cable is pulled, and when it is back", async () => {
		wire.connect("mon0");
		const listener = await listening({ interfaces: ["mon0"] });
		const peer = (state: string) => wire.peer("link", "set", "mon0p", state);
		peer("down");
		expect((await listener.state("down")).sentence).toBe("mon0 has no link: check its cable and the switch.");
		const from = listener.lines.length;
		peer("up");
		await listener.state("up", from);
		wire.peer("neighbour", "replace", "10.99.1.2", "lladdr", "02:00:00:00:00:02", "dev", "mon0p", "nud", "permanent");
		await wire.send(20, { millis: 1 });
		await listener.until((line) => line.frame === 19);
	});

	it("survives that the interface is deleted and made again", async () => {
		wire.connect("mon0");
		const listener = await listening({ interfaces: ["mon0"] });
		wire.ip("link", "delete", "mon0");
		expect((await listener.state("down")).sentence).toBe("mon0 is gone.");
		const from = listener.lines.length;
		wire.connect("mon0");
		await listener.state("up", from);
		await wire.send(20, { millis: 1 });
		await listener.until((line) => line.frame === 19);
	});

	/** The sniffer, which is the only child of the listener that is not a thread. */
	const snifferOf = (listener: Listener): number => {
		const { pid } = listener.child;
		const children = readdirSync("/proc")
			.filter((name) => /^\d+$/.test(name))
			.filter((name) => {
				try {
					return (
						readFileSync(`/proc/${name}/stat`, "latin1")
							.replace(/^.*\) /s, "")
							.split(" ")[1] === String(pid)
					);
				} catch {
					return false;
				}
			});
		expect(children.length).toBe(1);
		return Number(children[0]);
	};
	const isThere = (pid: number) => {
		try {
			process.kill(pid, 0);
			return true;
		} catch {
			return false;
		}
	};

	it("starts a sniffer again that was killed, and keeps its counts", async () => {
		wire.connect("mon0");
		const listener = await listening({ interfaces: ["mon0"] });
		await wire.send(30, { millis: 1 });
		await listener.until((line) => line.frame === 29);
		const from = listener.lines.length;
		process.kill(snifferOf(listener), "SIGKILL");
		expect((await listener.state("deaf", from)).sentence).toBe("The capture process of mon0 ended unexpectedly (SIGKILL).");
		await listener.state("up", from);
		await wire.send(30, { millis: 1, first: 100 });
		await listener.until((line) => line.frame === 129);
		expect((await listener.stop())[0]!.frames).toBeGreaterThanOrEqual(60);
	});

	it("replaces a sniffer that hangs", async () => {
		wire.connect("mon0");
		const listener = await listening({ interfaces: ["mon0"] });
		const from = listener.lines.length;
		process.kill(snifferOf(listener), "SIGSTOP");
		await listener.state("deaf", from);
		await listener.state("up", from);
	});

	it("leaves no sniffer behind when it stops, nor when it is killed", async () => {
		wire.connect("mon0");
		const stopped = await listening({ interfaces: ["mon0"] });
		const first = snifferOf(stopped);
		await stopped.stop();
		expect(isThere(first)).toBe(false);
		const killed = await listening({ interfaces: ["mon0"] });
		const second = snifferOf(killed);
		killed.child.kill("SIGKILL");
		await expect.poll(() => isThere(second), { timeout: 5000 }).toBe(false);
	});

	it("counts what the kernel drops when frames are taken too slowly, and accounts for every frame", async () => {
		wire.connect("mon0");
		const listener = await listening({ interfaces: ["mon0"], bufferBytes: 1 << 20, holdMicros: 100, isQuiet: true });
		const before = (await listener.health())[0]!.frames;
		await wire.send(30_000, { size: 400 });
		await expect
			.poll(
				async () => {
					const [health] = await listener.health();
					return health!.frames - before + health!.kernelDrops;
				},
				{ timeout: 20_000 },
			)
			.toBeGreaterThanOrEqual(30_000);
		expect((await listener.health())[0]!.kernelDrops).toBeGreaterThan(0);
	});
});
