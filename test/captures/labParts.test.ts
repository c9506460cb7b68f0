import { describe, expect, it } from "vitest";
import { answerDhcp, answerTime } from "../../captures/lab/everyday.ts";
import { Physics } from "../../captures/lab/physics.ts";
import { HOSTS, LEASES, MENU } from "../../captures/lab/plant.ts";
import { PLAYBILL } from "../../captures/lab/playbill.ts";
import { Random, seedOf } from "../../captures/lab/random.ts";
import { LINE_NAME } from "../../captures/lab/serialLine.ts";

describe("random numbers of the lab", () => {
	it("repeat with their seed and differ with another", () => {
		const draw = (seed: number) => {
			const random = new Random(seed);
			return Array.from({ length: 5 }, () => random.next());
		};
		expect(draw(seedOf("plant"))).toEqual(draw(seedOf("plant")));
		expect(draw(1)).not.toEqual(draw(2));
		for (const value of draw(7)) expect(value >= 0 && value < 1).toBe(true);
	});
});

describe("the process behind the PLCs", () => {
	const run = (physics: Physics, seconds: number) => {
		for (let step = 0; step < seconds * 10; step++) physics.step(0.1);
		return physics.measure();
	};

	it("holds the level at its set point, wherever operators put the others", () => {
		for (const speed of [MENU.speed[2], MENU.speed[5]]) {
			const physics = new Physics(1, 0);
			Object.assign(physics.actuators, { levelSetPoint: 2300, speedSetPoint: speed });
			const measured = run(physics, 40);
			expect(Math.abs(measured.level - 2300)).toBeLessThan(450);
			expect(Math.abs(measured.speed - speed)).toBeLessThan(10);
			expect(Math.abs(measured.inflow - measured.outflow)).toBeLessThan(60);
		}
	});

	it("has no inflow when the pump stands, and draws no current", () => {
		const physics = new Physics(1, 0);
		physics.actuators.run = false;
		expect(run(physics, 10)).toMatchObject({ inflow: 0, current: 0 });
	});

	it("counts up only, and goes on from the age it is given", () => {
		const physics = new Physics(1, 1000);
		const before = physics.measure();
		const after = run(physics, 20);
		expect(after.total).toBeGreaterThan(before.total);
		expect(Math.abs(after.runSeconds - before.runSeconds - 20)).toBeLessThanOrEqual(1);
		expect(before.total).toBeGreaterThan(new Physics(1, 0).measure().total);
	});

	it("never leaves the tank", () => {
		const physics = new Physics(1, 0);
		Object.assign(physics.actuators, { outletOpen: false, speedSetPoint: 2900, positionSetPoint: 1000 });
		expect(run(physics, 60).level).toBeLessThanOrEqual(5004);
	});
});

describe("everyday services", () => {
	it("offer a known MAC its address, and nothing to others", () => {
		const discover = Buffer.alloc(300);
		discover.set([1, 1, 6, 0, 0xca, 0xfe, 0x00, 0x01]);
		discover.set([0x00, 0xd0, 0xc9, 0x20, 0x00, 0x41], 28);
		discover.set([0x63, 0x82, 0x53, 0x63, 53, 1, 1, 255], 236);
		const offer = answerDhcp(discover, "10.20.0.2", LEASES)!;
		expect([...offer.subarray(0, 8)]).toEqual([2, 1, 6, 0, 0xca, 0xfe, 0x00, 0x01]);
		expect([...offer.subarray(16, 20)]).toEqual([10, 20, 0, 141]);
		expect([...offer.subarray(240, 243)]).toEqual([53, 1, 2]);
		discover[33] = 0x99;
		expect(answerDhcp(discover, "10.20.0.2", LEASES)).toBeUndefined();
		expect(answerDhcp(Buffer.from([1, 2, 3]), "10.20.0.2", LEASES)).toBeUndefined();
	});

	it("answer the time to a client's question only, and give its stamp back", () => {
		const question = Buffer.alloc(48);
		question[0] = 0x23;
		question.set([1, 2, 3, 4, 5, 6, 7, 8], 40);
		const answer = answerTime(question)!;
		expect(answer[0]).toBe(0x24);
		expect([...answer.subarray(24, 32)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
		expect(answerTime(answer)).toBeUndefined();
	});
});

describe("scenarios", () => {
	it("have names of their own, and each attack says what must be found, at hosts that exist", () => {
		expect(new Set(PLAYBILL.map((one) => one.name)).size).toBe(PLAYBILL.length);
		const addresses = new Set([...HOSTS.map((host) => host.ip), ...Object.values(LEASES), LINE_NAME, `${LINE_NAME}-master`]);
		for (const one of PLAYBILL) {
			expect(one.mustFind.length > 0, one.name).toBe(one.verdict === "attack");
			for (const { source, destination } of one.mustFind) {
				for (const ip of [source, destination]) if (ip !== undefined) expect(addresses.has(ip), `${one.name} ${ip}`).toBe(true);
			}
		}
	});

	it("hosts have addresses and MACs of their own", () => {
		expect(new Set(HOSTS.map((host) => host.mac)).size).toBe(HOSTS.length);
		expect(new Set(HOSTS.map((host) => host.ip).filter((ip) => ip !== "")).size).toBe(HOSTS.filter((host) => host.ip !== "").length);
	});
});
