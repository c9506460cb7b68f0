/** The traits of habits: the contract, and what each knows. */
import { describe, expect, it } from "vitest";
import { Cadence } from "../../src/baseline/cadence.ts";
import { Habits } from "../../src/baseline/habits.ts";
import { DAILY_RUNS, Jobs, LATE, WEEKLY_RUNS } from "../../src/baseline/jobs.ts";
import { LocalTime } from "../../src/baseline/localTime.ts";
import { Schedule } from "../../src/baseline/schedule.ts";
import { Sequence } from "../../src/baseline/sequence.ts";
import type { Trait, Watch } from "../../src/baseline/trait.ts";
import { Volume } from "../../src/baseline/volume.ts";
import type { Flow } from "../../src/flow/flow.ts";
import { Bed, traitSuite } from "../contract/trait.ts";
import { random } from "../support/random.ts";
import { cadence, job, schedule, sequence, volume } from "./habits.ts";

traitSuite("cadence", cadence);
traitSuite("sequence", sequence);
traitSuite("schedule", schedule);
traitSuite("volume", volume);
traitSuite("job", job);

const DAY = 86_400;
const kinds = (bed: Bed<Trait>) => bed.take().map(({ kind }) => kind);
/** The same numbers in each run. */
function dice(seed: number): () => number {
	let state = seed;
	return () => {
		state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
		return (state >>> 8) / 2 ** 24;
	};
}

describe("job", () => {
	/** Minutes go on; `runs` says at which minute of which day (0 for the first Monday) the job runs. */
	const watched = (zone = "UTC") => {
		const bed = new Bed((watch, capacity) => new Jobs(watch, new LocalTime(zone), capacity));
		const id = bed.trait.subject("tcp/21|10.0.0.5|10.0.0.40|connect");
		let now = 0;
		/** Lives through a day in steps of five minutes; true for `at` is a run at that minute. */
		const day = (...at: number[]) => {
			const found: number[] = [];
			for (let minute = 0; minute < 1440; minute += 5) {
				bed.wait(300);
				now += 5;
				if (at.some((one) => Math.floor(one / 5) * 5 === minute)) bed.observe(id);
				if (bed.take().length > 0) found.push(minute + 5);
			}
			return found;
		};
		return { bed, id, day, hours: () => now / 60 };
	};
	const WEEK = 7;

	it("is missed half an hour after its time, and said once until it runs again", () => {
		const { day } = watched();
		for (let n = 0; n < 2 * WEEK; n++) expect(day(120, 130, 150)).toEqual([]);
		const [first] = day();
		expect(first).toBeGreaterThan(120 + LATE);
		expect(first).toBeLessThanOrEqual(120 + LATE + 15);
		expect(day()).toEqual([]);
		expect(day()).toEqual([]);
		expect(day(120)).toEqual([]);
		expect(day()).toHaveLength(1);
	});

	it("keeps the weekend, or its one day of the week", () => {
		const working = watched();
		for (let n = 0; n < 3 * WEEK; n++) expect(n % WEEK < 5 ? working.day(1320) : working.day()).toEqual([]);
		expect(working.day()).toHaveLength(1);
		const weekly = watched();
		for (let n = 0; n < (WEEKLY_RUNS + 1) * WEEK; n++) expect(n % WEEK === 5 ? weekly.day(600) : weekly.day()).toEqual([]);
		for (let n = 0; n < 5; n++) expect(weekly.day()).toEqual([]);
		expect(weekly.day()).toHaveLength(1);
	});

	it("at midnight is one job", () => {
		const { day } = watched();
		for (let n = 0; n < 2 * WEEK; n++) expect(day(...(n % 2 === 0 ? [0] : []), ...(n % 2 === 0 ? [1435] : []))).toEqual([]);
		expect([...day(), ...day()]).toHaveLength(1);
	});

	it("is none before it came on enough days, and one where it did", () => {
		const few = watched();
		for (let n = 1; n < DAILY_RUNS; n++) few.day(120);
		for (let n = 0; n < WEEK; n++) expect(few.day()).toEqual([]);
		const { day } = watched();
		for (let n = 0; n < WEEK; n++) day(120);
		expect(day()).toHaveLength(1);
	});

	it("is none where it comes at any time, where people come at about eight, and where it is cyclic", () => {
		const random = dice(11);
		const anyTime = watched();
		const people = watched();
		const cyclic = watched();
		for (let n = 0; n < 4 * WEEK; n++) {
			anyTime.day(Math.floor(random() * 1440));
			people.day(450 + Math.floor(random() * 60));
			cyclic.day(...Array.from({ length: 24 }, (_, hour) => hour * 60));
		}
		for (const { day } of [anyTime, people, cyclic]) expect([...day(), ...day(), ...day()]).toEqual([]);
	});

	it("moved to another hour, is said once and is a job there", () => {
		const { day } = watched();
		for (let n = 0; n < 2 * WEEK; n++) day(120);
		expect(day(300)).toHaveLength(1);
		for (let n = 0; n < 2 * WEEK; n++) expect(day(300)).toEqual([]);
		expect(day()).toHaveLength(1);
	});

	it("keeps the plant's clocks when they change", () => {
		const { day, bed } = watched("Europe/Berlin");
		const summer = Date.UTC(2024, 2, 25) * 1000; // the Monday before
		bed.time = summer - 14 * DAY * 1e6;
		// 3:00 on the wall is 2:00 UTC, and 1:00 UTC from the Sunday on.
		for (let n = 0; n < 20; n++) expect(day(120)).toEqual([]);
		for (let n = 0; n < WEEK; n++) expect(day(60)).toEqual([]);
		expect(day()).toHaveLength(1);
	});

	it("is not missed where its time was not watched", () => {
		const { day, bed } = watched();
		for (let n = 0; n < 2 * WEEK; n++) day(120);
		bed.wait(7000);
		bed.trait.interrupt();
		bed.time += 3600e6;
		for (let n = 0; n < 200; n++) bed.wait(300);
		expect(bed.take()).toEqual([]);
	});

	it("that a suspect does is not missed, and teaches nothing", () => {
		const { day, bed, id } = watched();
		for (let n = 0; n < 2 * WEEK; n++) day(120);
		bed.wait(7200);
		bed.observe(id, 0, false);
		for (let n = 0; n < 250; n++) bed.wait(300);
		expect(bed.take()).toEqual([]);
		const other = watched();
		other.bed.observe(other.id, 0, false);
		expect([...other.bed.trait.all()]).toHaveLength(1);
		expect(other.bed.trait.evidence(other.id).observations).toBe(0);
	});
});

describe("cadence", () => {
	/** A poll of 10 s with some jitter, for some days. */
	const polled = (days: number, period = 10, jitter = 0.2) => {
		const bed = new Bed((watch, capacity) => new Cadence(watch, capacity));
		const id = bed.trait.subject("poll");
		const random = dice(7);
		const poll = (pace = period) => {
			bed.wait(pace + (random() - 0.5) * jitter);
			bed.observe(id);
		};
		for (let n = 0; n < (days * DAY) / period; n++) poll();
		return { bed, id, poll };
	};

	it("finds the period though one in ten intervals is a pause or an extra poll", () => {
		const bed = new Bed((watch, capacity) => new Cadence(watch, capacity));
		const id = bed.trait.subject("poll");
		const random = dice(3);
		for (let n = 0; n < 2000; n++) {
			bed.wait(random() < 0.05 ? 47 : random() < 0.05 ? 2 : 10 + (random() - 0.5));
			bed.observe(id);
		}
		expect(bed.trait.period(id) / 1e6).toBeGreaterThan(9.8);
		expect(bed.trait.period(id) / 1e6).toBeLessThan(10.2);
	});

	it("knows that what comes when it is needed has none", () => {
		const bed = new Bed((watch, capacity) => new Cadence(watch, capacity));
		const id = bed.trait.subject("report");
		const random = dice(5);
		for (let n = 0; n < 9000; n++) {
			bed.wait(0.1 + 30 * random() ** 4 * 3);
			bed.observe(id);
		}
		expect(bed.trait.isCyclic(id)).toBe(false);
		expect(bed.trait.maturity(id)).toMatchObject({ value: 1, reason: "it comes when it is needed, without a period" });
		for (let n = 0; n < 40; n++) bed.wait(100);
		expect(kinds(bed)).toEqual([]);
	});

	it("says nothing of the silence of what comes and goes, as a screen that is opened now and then, and knows its period", () => {
		const bed = new Bed((watch, capacity) => new Cadence(watch, capacity));
		const id = bed.trait.subject("screen");
		for (let half = 0; half < 8; half++) {
			for (let poll = 0; poll < 80; poll++) {
				bed.wait(3);
				bed.observe(id);
			}
			for (let minute = 0; minute < 700; minute++) bed.wait(60);
		}
		expect(kinds(bed)).toEqual([]);
		expect(bed.trait.maturity(id)).toMatchObject({ value: 1, reason: "its period is known" });
		// While it is open its pace is judged.
		for (let poll = 0; poll < 80; poll++) {
			bed.wait(1);
			bed.observe(id);
		}
		expect(kinds(bed)).toEqual(["faster"]);
	});

	it("says silence after a minute, once", () => {
		const { bed } = polled(1.5);
		for (let second = 0; second < 58; second++) bed.wait(1);
		expect(kinds(bed)).toEqual([]);
		for (let second = 58; second < 63; second++) bed.wait(1);
		expect(kinds(bed)).toEqual(["silent"]);
		for (let second = 0; second < 1000; second++) bed.wait(1);
		expect(kinds(bed)).toEqual([]);
	});

	it("lets pass the pause that is a habit, and not a longer one", () => {
		const { bed, poll } = polled(0.1);
		for (let hour = 0; hour < 40; hour++) {
			for (let n = 0; n < 360; n++) poll();
			poll(120);
		}
		for (let n = 0; n < 9000; n++) poll();
		kinds(bed);
		poll(120);
		expect(kinds(bed)).toEqual([]);
		for (let second = 0; second < 460; second++) bed.wait(1);
		expect(kinds(bed)).toEqual([]);
		for (let second = 0; second < 40; second++) bed.wait(1);
		expect(kinds(bed)).toEqual(["silent"]);
	});

	it("says once that polls come faster or slower, and again after it was as usual", () => {
		const { bed, poll } = polled(1.5);
		for (let n = 0; n < 30; n++) poll(4);
		expect(kinds(bed)).toEqual(["faster"]);
		for (let n = 0; n < 100; n++) poll();
		for (let n = 0; n < 30; n++) poll(20);
		expect(kinds(bed)).toEqual(["slower"]);
		for (let n = 0; n < 100; n++) poll();
		for (let n = 0; n < 30; n++) poll(4);
		expect(kinds(bed)).toEqual(["faster"]);
	});

	it("lets a single lost or extra poll pass", () => {
		const { bed, poll } = polled(1.5);
		for (let n = 0; n < 300; n++) {
			if (n % 30 === 10) poll(20);
			else if (n % 30 === 20) {
				poll(5);
				poll(5);
			} else poll();
		}
		expect(kinds(bed)).toEqual([]);
	});

	it("follows a slow drift within its limit, says it there, and follows no jump", () => {
		const { bed, id, poll } = polled(1.5, 10, 0);
		for (let n = 0; n < 20_000; n++) poll(10 + n * 0.00003);
		expect(kinds(bed)).toEqual([]);
		expect(bed.trait.period(id) / 1e6).toBeGreaterThan(10.5);
		for (let n = 0; n < 40_000; n++) poll(10.6 + n * 0.00003);
		expect(kinds(bed)[0]).toBe("drift");
		expect(bed.trait.period(id) / 1e6).toBeLessThan(11.3);
		const jumped = polled(1.5, 10, 0);
		for (let n = 0; n < 10_000; n++) jumped.poll(13);
		expect(kinds(jumped.bed)).toEqual(["slower"]);
		expect(jumped.bed.trait.period(jumped.id) / 1e6).toBeCloseTo(10, 1);
	});

	it("stays silent about a poll with jitter for 111 hours", () => {
		const { bed } = polled(111 / 24, 1, 0.3);
		expect(kinds(bed)).toEqual([]);
	});
});

describe("sequence", () => {
	const channel = (symbols: number) => {
		const bed = new Bed((watch, capacity) => new Sequence(watch, capacity));
		const id = bed.trait.subject("channel");
		for (let n = 0; n < symbols; n++) bed.trait.symbol(id, `s${n}`);
		const send = (...messages: number[]) => {
			for (const message of messages) {
				bed.wait(1);
				bed.observe(id, message);
			}
		};
		return { bed, id, send };
	};

	it("knows a cycle after about 100 messages, also one in which a request comes twice", () => {
		const { bed, id, send } = channel(4);
		for (let round = 0; round < 25; round++) send(0, 1, 0, 2, 3);
		expect(bed.trait.cycles(id)).toEqual([5]);
	});

	it("takes apart cycles of several timers that interleave anyhow", () => {
		const { bed, id } = channel(12);
		const random = dice(11);
		// Two programs on one host, each in its own order, that get their turn by chance.
		const timers = [
			{ at: 0, symbols: [0, 1, 2, 3, 4] },
			{ at: 0, symbols: [5, 6, 7] },
		];
		const send = () => {
			const timer = random() < 0.7 ? timers[0]! : timers[1]!;
			bed.observe(id, timer.symbols[timer.at++ % timer.symbols.length]!);
			bed.wait(1);
		};
		for (let n = 0; n < 120_000; n++) send();
		expect(bed.trait.cycles(id)).toEqual([5, 3]);
		expect(bed.trait.maturity(id).value).toBe(1);
		expect(kinds(bed)).toEqual([]);
		for (let n = 0; n < 50; n++) {
			send();
			if (n % 10 === 0) for (const symbol of [7, 6, 5]) bed.observe(id, symbol);
		}
		expect(kinds(bed)).toEqual(["order"]);
	});

	it("says a wrong order in a mature channel, with what was expected, and not one lost message", () => {
		const { bed, send } = channel(5);
		for (let round = 0; round < 20_000; round++) send(0, 1, 2, 3, 4);
		send(0, 1, 3, 4);
		for (let round = 0; round < 5; round++) send(0, 1, 2, 3, 4);
		expect(kinds(bed)).toEqual([]);
		send(0, 2, 1, 3, 4);
		for (let round = 0; round < 20; round++) send(0, 1, 2, 3, 4);
		expect(bed.take()).toMatchObject([{ kind: "order", usual: 0 }]);
	});

	it("lets a loss of one message in fifty pass, which it met while learning", () => {
		const { bed, send } = channel(5);
		const random = dice(13);
		for (let n = 0; n < 200_000; n++) if (random() > 0.02) send(n % 5);
		expect(kinds(bed)).toEqual([]);
	});

	it("knows several phases, and goes from one to the other without a word", () => {
		const { bed, id, send } = channel(8);
		const day = () => {
			for (let round = 0; round < 1500; round++) send(0, 1, 2, 3, 4);
			for (let round = 0; round < 1500; round++) send(0, 2, 4, 1, 3, 5);
		};
		for (let n = 0; n < 12; n++) day();
		expect(bed.trait.phases(id)).toBe(2);
		expect(bed.trait.maturity(id).value).toBe(1);
		expect(kinds(bed)).toEqual([]);
		for (let round = 0; round < 10; round++) send(4, 3, 2, 1, 0);
		expect(kinds(bed)).toEqual(["order"]);
	});

	it("knows channels without a cycle by what follows what", () => {
		const { bed, id } = channel(6);
		const random = dice(17);
		const after = [[1, 2], [2, 3, 0], [0, 4], [4], [0, 1, 5], [0]];
		let at = 0;
		const send = () => {
			bed.wait(3);
			at = after[at]![Math.floor(random() ** 2 * after[at]!.length)]!;
			bed.observe(id, at);
		};
		for (let n = 0; n < 40_000; n++) send();
		expect(bed.trait.cycles(id)).toEqual([]);
		expect(bed.trait.maturity(id).value).toBe(1);
		expect(kinds(bed)).toEqual([]);
		for (let n = 0; n < 4; n++) for (const symbol of [5, 4, 3, 2, 1]) bed.observe(id, symbol);
		bed.wait(1);
		expect(kinds(bed)).toEqual(["order"]);
	});

	it("does bounded work, whatever comes", () => {
		const { bed, id } = channel(500);
		const random = dice(19);
		for (let n = 0; n < 200_000; n++) bed.observe(id, Math.floor(random() * 500));
		bed.wait(1);
		expect(bed.trait.refused).toBeGreaterThan(0);
	});
});

describe("schedule", () => {
	const HOUR = 3600;
	const office = (days: number, act: (bed: Bed<Schedule>, id: number, day: number, hour: number) => void) => {
		const bed = new Bed((watch, capacity) => new Schedule(watch, new LocalTime(), capacity));
		const id = bed.trait.subject("hmi|write");
		for (let n = 0; n < days * 24; n++) {
			act(bed, id, Math.floor(n / 24), n % 24);
			bed.wait(HOUR);
		}
		return { bed, id };
	};

	it("knows what comes each Monday at 6, and says the same on a Thursday at 22", () => {
		const { bed, id } = office(21, (one, subject, day, hour) => {
			if (day % 7 === 0 && hour === 6) one.observe(subject);
		});
		expect(kinds(bed)).toEqual([]);
		for (let hour = 0; hour < 6; hour++) bed.wait(HOUR);
		bed.observe(id);
		bed.wait(1);
		expect(kinds(bed)).toEqual([]);
		for (let hour = 6; hour < 3 * 24 + 22; hour++) bed.wait(HOUR);
		bed.observe(id);
		bed.wait(1);
		expect(bed.take()).toMatchObject([{ kind: "hour", seen: 3 * 24 + 22, hours: [6] }]);
	});

	it("takes working hours for all working days, not for the weekend", () => {
		const { bed, id } = office(21, (one, subject, day, hour) => {
			// Each hour on three of five days only.
			if (day % 7 < 5 && hour >= 7 && hour < 16 && (day + hour) % 2 === 0) one.observe(subject);
		});
		expect(kinds(bed)).toEqual([]);
		for (let hour = 0; hour < 5 * 24 + 10; hour++) {
			if (hour < 5 * 24 && hour % 24 >= 7 && hour % 24 < 16) bed.observe(id);
			bed.wait(HOUR);
		}
		expect(kinds(bed)).toEqual([]);
		bed.observe(id);
		bed.wait(1);
		expect(kinds(bed)).toEqual(["hour"]);
	});

	it("knows what comes at the same time each day once a week is over, also where that lies around the hour", () => {
		for (const [days, said] of [
			[6, []],
			[7, ["hour"]],
		] as const) {
			const { bed, id } = office(days, (one, subject, day, hour) => {
				if (hour === (day % 3 === 0 ? 6 : 7) || hour === 22) one.observe(subject);
			});
			for (let hour = 0; hour < 15; hour++) bed.wait(HOUR);
			bed.observe(id);
			bed.wait(1);
			expect(kinds(bed)).toEqual(said);
		}
	});

	it("knows what came at the same hour of two weeks", () => {
		const { bed, id } = office(8, (one, subject, day, hour) => {
			if (day % 7 === 0 && hour === 6) one.observe(subject);
		});
		for (let hour = 0; hour < 9; hour++) bed.wait(HOUR);
		bed.observe(id);
		bed.wait(1);
		expect(bed.take()).toMatchObject([{ kind: "hour", seen: 24 + 9, hours: [6] }]);
	});

	it("says nothing of what came twice at different hours, or in many hours of one day", () => {
		for (const hours of [
			[6, 100],
			[30, 31, 32, 33, 34, 35, 36],
		]) {
			const { bed, id } = office(9, (one, subject, day, hour) => {
				if (hours.includes(24 * day + hour)) one.observe(subject);
			});
			bed.observe(id);
			bed.wait(1);
			expect(kinds(bed)).toEqual([]);
			expect(bed.trait.maturity(id).reason).toContain("it comes at no hours of its own");
		}
	});

	it("hardly says anything of acts that come at any time", () => {
		const rng = random(7);
		let said = 0;
		const SUBJECTS = 60;
		const WEEKS = 8;
		for (const perDay of [0.3, 1, 3]) {
			const bed = new Bed((watch, capacity) => new Schedule(watch, new LocalTime(), capacity));
			const ids = Array.from({ length: SUBJECTS }, (_, at) => bed.trait.subject(`client ${at}`));
			for (let hour = 0; hour < WEEKS * 168; hour++) {
				for (const id of ids) if (rng() < perDay / 24) bed.observe(id);
				bed.wait(HOUR);
			}
			said += kinds(bed).length;
		}
		expect(said / (3 * SUBJECTS * WEEKS)).toBeLessThan(0.05);
	});

	it("says that it needs a week, and how long that still takes", () => {
		const { bed, id } = office(3, (one, subject, _day, hour) => {
			if (hour === 9) one.observe(subject);
		});
		const { value, forecast, reason } = bed.trait.maturity(id);
		expect(value).toBeLessThan(0.5);
		expect(forecast / DAY).toBeCloseTo(4, 0);
		expect(reason).toBe("it has not watched for long enough");
	});

	it("says nothing of an hour that was never watched", () => {
		const bed = new Bed((watch, capacity) => new Schedule(watch, new LocalTime(), capacity));
		const id = bed.trait.subject("hmi|write");
		// The box is switched off from 18 to 6.
		for (let day = 0; day < 20; day++) {
			for (let hour = 0; hour < 12; hour++) {
				if (hour === 3) bed.observe(id);
				bed.wait(HOUR);
			}
			bed.trait.interrupt();
			bed.time += 12 * HOUR * 1e6;
		}
		bed.time += 14 * HOUR * 1e6;
		bed.observe(id);
		bed.wait(1);
		expect(kinds(bed)).toEqual([]);
	});

	it("counts in the plant's time, daylight saving included", () => {
		const zurich = new LocalTime("Europe/Zurich");
		expect(zurich.hour({ time: Date.UTC(2023, 0, 2, 5, 30) * 1000 }) % 24).toBe(6);
		expect(zurich.hour({ time: Date.UTC(2023, 6, 3, 5, 30) * 1000 }) % 24).toBe(7);
		expect(new LocalTime("Asia/Kolkata").hour({ time: Date.UTC(2023, 0, 2, 18, 45) * 1000 }) % 24).toBe(0);
		expect(new LocalTime("America/New_York").hour({ time: 0 })).toBe(0);
		expect(() => new LocalTime("Mars/Olympus")).toThrow(RangeError);
	});

	it("forgets an hour that is no longer used, and keeps the others", () => {
		const { bed, id } = office(200, (one, subject, day, hour) => {
			if (hour === 9 || (day < 20 && hour === 14)) one.observe(subject);
			if (hour === 23) one.trait.fade(90 * DAY * 1e6);
		});
		expect(kinds(bed)).toEqual([]);
		for (let hour = 0; hour < 14; hour++) bed.wait(HOUR);
		bed.observe(id);
		bed.wait(1);
		expect(kinds(bed)).toEqual(["hour"]);
	});
});

describe("volume", () => {
	it("of hosts that hardly ever say anything survives a restart", () => {
		const make = (watch: Watch, capacity: number) => new Volume(watch, new LocalTime(), capacity);
		const bed = new Bed(make);
		const id = bed.trait.subject("a|b|tcp/502");
		for (let minute = 0; minute < 4 * 1440; minute++) {
			bed.wait(60);
			bed.observe(id, minute % 7 === 0 ? 0.001 * (minute % 5) : 0);
		}
		const other = make(bed.watch, 16);
		expect(other.restore(JSON.parse(JSON.stringify([...bed.trait.save()])))).toBe(0);
		expect(other.size).toBe(1);
	});

	const days = (count: number, bytes: (hour: number, minute: number) => number) => {
		const bed = new Bed((watch, capacity) => new Volume(watch, new LocalTime(), capacity));
		const id = bed.trait.subject("a|b|tcp/443");
		for (let minute = 0; minute < count * 1440; minute++) {
			bed.wait(60);
			bed.observe(id, bytes(Math.floor(minute / 60) % 24, minute));
		}
		return { bed, id };
	};

	it("knows the nightly copy, and says the same amount by day", () => {
		const { bed, id } = days(8, (hour, minute) => (hour === 2 ? 50e6 : 30_000) * (1 + (minute % 5) / 10));
		expect(kinds(bed)).toEqual([]);
		for (let minute = 0; minute < 600; minute++) {
			bed.wait(60);
			bed.observe(id, Math.floor(minute / 60) === 2 ? 50e6 : 30_000);
		}
		expect(kinds(bed)).toEqual([]);
		for (let minute = 0; minute < 5; minute++) {
			bed.wait(60);
			bed.observe(id, 50e6);
		}
		expect(kinds(bed)).toEqual(["more"]);
	});

	it("says that a channel that always speaks has become quiet, and not that one that rests does", () => {
		const steady = days(2, (_hour, minute) => 30_000 + (minute % 9) * 500);
		for (let minute = 0; minute < 4; minute++) {
			steady.bed.wait(60);
			steady.bed.observe(steady.id, 0);
		}
		expect(kinds(steady.bed)).toEqual(["less"]);
		const resting = days(2, (_hour, minute) => (minute % 30 === 0 ? 80_000 : 0));
		for (let minute = 0; minute < 400; minute++) {
			resting.bed.wait(60);
			resting.bed.observe(resting.id, 0);
		}
		expect(kinds(resting.bed)).toEqual([]);
	});

	it("says for shadow mode what would have been said while it learns: once for each time, and learns it all the same", () => {
		const { bed, id } = days(0.5, (_hour, minute) => 30_000 + (minute % 9) * 500);
		const { surprises } = bed.trait;
		const minutes = (count: number, bytes: number) => {
			for (let minute = 0; minute < count; minute++) {
				bed.wait(60);
				bed.observe(id, bytes);
			}
			return surprises.splice(0).map(({ kind, usual, seen }) => [kind, Math.round(usual / 1000), seen / 1000]);
		};
		expect(surprises).toEqual([]);
		expect(minutes(1, 500_000)).toEqual([]);
		expect(minutes(5, 32_000)).toEqual([]);
		expect(minutes(2, 3_000_000)).toEqual([]);
		expect(minutes(4, 3_000_000)).toEqual([["more", 500, 3000]]);
		// After an hour of it, it is another way of life: what is odd now is odd beside that.
		expect(minutes(90, 3_000_000)).toEqual([]);
		expect(minutes(30, 32_000)).toEqual([]);
		expect(minutes(30, 5_000_000)).toEqual([]);
		expect(minutes(30, 500_000_000)).toEqual([["more", 5000, 500_000]]);
		expect(kinds(bed)).toEqual([]);
	});

	it("is not led away step by step", () => {
		const { bed, id } = days(2, () => 30_000);
		let bytes = 30_000;
		for (let minute = 0; minute < 60 * 24 * 60; minute++) {
			bytes *= 1.0001;
			bed.wait(60);
			bed.observe(id, bytes);
		}
		expect(kinds(bed)[0]).toBe("more");
	});
});

describe("while an incident is open", () => {
	it("no cycle and no period is found in what its parties do", () => {
		const order = new Bed((watch, capacity) => new Sequence(watch, capacity));
		const channel = order.trait.subject("channel");
		for (let n = 0; n < 4; n++) order.trait.symbol(channel, `s${n}`);
		const pace = new Bed((watch, capacity) => new Cadence(watch, capacity));
		const poll = pace.trait.subject("poll");
		const live = (isNormal: boolean) => {
			for (let at = 0; at < 200; at++) {
				order.observe(channel, at % 4, isNormal);
				pace.wait(10);
				pace.observe(poll, 0, isNormal);
			}
		};
		live(false);
		expect([order.trait.cycles(channel), pace.trait.period(poll)]).toEqual([[], 0]);
		live(true);
		expect(order.trait.cycles(channel)).toEqual([4]);
		expect(pace.trait.period(poll)).toBeCloseTo(10e6, 0);
	});

	it("who comes in from afar and who talks to whom is not learned", () => {
		const watch = { watched: 0, epoch: 0, learningSeconds: DAY };
		const held = new Set(["10.0.0.66"]);
		const habits = new Habits(watch, { isHeld: (client, server) => held.has(client) || held.has(server) });
		const meet = (client: string) => {
			habits.entered(client, "10.0.0.5", "ssh", 1, 1);
			habits.track({ bytes: [10, 10], lastFrame: 1 } as unknown as Flow, client, "10.0.0.5", "tcp/22", true);
			return [habits.schedule.size, habits.volume.size];
		};
		expect(meet("10.0.0.66")).toEqual([0, 0]);
		expect(meet("10.0.0.7")).toEqual([1, 1]);
		held.clear();
		expect(meet("10.0.0.66")).toEqual([2, 2]);
	});
});

it("what was only seen again waits for a whole saving", () => {
	const bed = new Bed((watch, capacity) => new Cadence(watch, capacity));
	const poll = bed.trait.subject("poll");
	const live = () => {
		bed.wait(10);
		bed.observe(poll);
	};
	live();
	expect([...bed.trait.save(false)]).toHaveLength(1);
	live();
	expect([...bed.trait.save(false)]).toEqual([]);
	expect([...bed.trait.save(true)]).toHaveLength(1);
});
