/** What the monitor says of itself: its own watch over interfaces, drops, engine and disk, with the real book of alerts and the real outbox, second by second. */
import type { Alert } from "../../src/alert/alert.ts";
import { AlertBook, type AlertChange } from "../../src/alert/book.ts";
import { records } from "../../src/app/records.ts";
import { SelfWatch } from "../../src/app/selfWatch.ts";
import type { InterfaceHealth } from "../../src/health/health.ts";
import { Outbox } from "../../src/output/outbox.ts";
import type { Change } from "../../src/store/store.ts";
import { MemoryStore } from "../support/memoryStore.ts";
import type { CatalogueEntry, Said } from "./entry.ts";

const PORT = "eth1";
const HOUR = 3600;

/** A box that listens on one port, with time that only computes. */
class Box {
	/** Seconds since the epoch. */
	now = 1_700_000_000;
	readonly #alerts = new Map<string, Alert>();
	readonly #book = new AlertBook({ site: "catalogue", sensor: "box", records });
	readonly watch = new SelfWatch({
		sensor: "box",
		book: this.#book,
		keep: (changes) => this.#keep(changes),
		clock: () => this.now,
	});
	readonly port: InterfaceHealth = { name: PORT, state: "up", frames: 0, kernelDrops: 0, interfaceDrops: 0, lastFrame: 0 };

	/** Seconds go by; a frame comes once in `pause` of them. */
	run(seconds: number, pause = 1): this {
		for (let passed = 1; passed <= seconds; passed++) {
			this.now++;
			if (passed % pause === 0) this.port.lastFrame = this.now - 0.3;
			this.watch.health({ time: this.now, interfaces: [this.port] }, true);
			this.#keep([...this.#book.advance(this.now * 1e6), ...this.#book.flush(false)]);
		}
		return this;
	}

	enter(state: InterfaceHealth["state"], sentence: string): this {
		this.port.state = state;
		this.watch.interface(PORT, state !== "up", this.now, sentence);
		return this;
	}

	said(): readonly Said[] {
		this.#keep(this.#book.flush(true));
		return [...this.#alerts.values()];
	}

	#keep(changes: readonly AlertChange[]): void {
		for (const { alert } of changes) this.#alerts.set(alert.id, alert);
	}
}
const scene = (play: (box: Box) => void) => (): readonly Said[] => {
	const box = new Box().run(2 * HOUR);
	play(box);
	return box.run(HOUR).said();
};

/** A store that takes nothing for a while, as a full disk. */
class FullStore extends MemoryStore {
	isFull = false;
	override async batch(changes: readonly Change[], options: { durable: boolean }): Promise<void> {
		if (this.isFull) throw new Error("no space left on device");
		await super.batch(changes, options);
	}
}
const disk = (isFull: boolean) => async (): Promise<readonly Said[]> => {
	const box = new Box().run(60);
	const store = new FullStore();
	const outbox = await Outbox.open({
		store,
		destinations: [],
		maxEntries: 10,
		maxBytes: 1e6,
		onProblem: (problem) => box.watch.disk(problem),
	});
	store.isFull = isFull;
	for (let second = 0; second < 3; second++) {
		await outbox.post([{ kind: "meta", key: "one", value: second }], []);
		box.run(1);
	}
	store.isFull = false;
	await outbox.post([{ kind: "meta", key: "one", value: "last" }], []);
	await outbox.close();
	return box.run(60).said();
};

export const STATION: readonly CatalogueEntry[] = [
	{
		id: "sensor-blind",
		answers: ["G21"],
		fires: scene((box) =>
			box
				.enter("down", "eth1 has lost its link.")
				.run(20 * 60, HOUR)
				.enter("up", "eth1 has its link again."),
		),
		twin: scene((box) => box.enter("up", "Capture on eth1 is open.")),
		twinIs: "the capture is opened anew, and loses nothing",
	},
	{
		id: "sensor-blind",
		answers: ["G21"],
		fires: scene((box) => box.run(HOUR, 2 * HOUR)),
		twin: scene((box) => box.run(200, HOUR).run(HOUR).run(700, HOUR)),
		twinIs: "a quiet network: the pause is not four times its longest",
	},
	{
		id: "sensor-drops",
		answers: [],
		fires: scene((box) => {
			for (let second = 0; second < 30; second++) {
				box.port.kernelDrops += 500;
				box.run(1);
			}
		}),
		twin: scene((box) => {
			box.port.frames += 10_000_000;
			box.run(30);
		}),
		twinIs: "thirty busy seconds in which nothing is lost",
	},
	{
		id: "sensor-restarted",
		answers: [],
		fires: scene((box) => {
			box.watch.engineEnded("The engine ended unexpectedly (SIGKILL).");
			box.run(5).watch.engineRuns();
		}),
		twin: scene((box) => {
			for (let look = 0; look < 12; look++) box.run(5).watch.engineRuns();
		}),
		twinIs: "an engine that was slow to start, and runs",
	},
	{ id: "sensor-disk", answers: [], fires: disk(true), twin: disk(false), twinIs: "the same records on a disk that takes them" },
];
