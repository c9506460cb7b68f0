/** Requests that wait for their answers: kept, found, taken, sent again, given up, and their memory used again. */
import { describe, expect, it } from "vitest";
import { WaitingRequests } from "../../src/decode/waitingRequests.ts";
import { TO_SERVER } from "../../src/flow/flow.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const keep = (waiting: WaitingRequests, value: number, time: number): boolean =>
	waiting.keep(bytes(0, value, 0), 1, 2, TO_SERVER, time, time);
const is = (value: number) => (request: { bytes: Uint8Array }) => request.bytes[0] === value;

describe("requests that wait", () => {
	it("are taken once, with what they were", () => {
		const waiting = new WaitingRequests(4, 100);
		keep(waiting, 7, 10);
		keep(waiting, 8, 20);
		expect(waiting.find(is(8))).toMatchObject({ length: 1, direction: TO_SERVER, time: 20, frame: 20 });
		expect(waiting.take(is(7))).toMatchObject({ time: 10 });
		expect(waiting.take(is(7))).toBeUndefined();
		expect(waiting.deadline).toBe(120);
		expect(waiting.take(is(8))).toBeDefined();
		expect(waiting.deadline).toBe(Number.POSITIVE_INFINITY);
	});

	it("are given up in the order in which they were sent last", () => {
		const waiting = new WaitingRequests(4, 100);
		keep(waiting, 1, 0);
		keep(waiting, 2, 10);
		waiting.renew(waiting.find(is(1))!, 50);
		expect([waiting.deadline, waiting.takeOverdue(109)]).toEqual([110, undefined]);
		const second = waiting.takeOverdue(110)!;
		expect([second.bytes[0], waiting.endOf(second)]).toEqual([2, 110]);
		expect(waiting.takeOverdue(1e9)).toMatchObject({ time: 0, lastTime: 50 });
		expect(waiting.takeOverdue(1e9)).toBeUndefined();
	});

	it("give way to new ones, which is told", () => {
		const waiting = new WaitingRequests(2, 100);
		expect([keep(waiting, 1, 0), keep(waiting, 2, 1), keep(waiting, 3, 2)]).toEqual([true, true, false]);
		expect(waiting.find(is(1))).toBeUndefined();
		waiting.clear();
		expect([waiting.find(is(3)), waiting.deadline]).toEqual([undefined, Number.POSITIVE_INFINITY]);
	});

	it("use memory again, and grow it where it does not suffice", () => {
		const waiting = new WaitingRequests(2, 100);
		keep(waiting, 1, 0);
		const slot = waiting.take(is(1))!;
		waiting.keep(bytes(5, 6, 7), 0, 3, TO_SERVER, 1, 1);
		const again = waiting.take(is(5))!;
		expect(again).toBe(slot);
		expect([...again.bytes.subarray(0, again.length)]).toEqual([5, 6, 7]);
	});
});
