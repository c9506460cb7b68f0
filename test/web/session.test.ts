import { describe, expect, it } from "vitest";
import { Sessions } from "../../src/web/session.ts";

describe("Sessions", () => {
	it("are bounded: the one idle longest makes room", () => {
		const sessions = new Sessions();
		const tokens = Array.from({ length: 128 }, (_, i) => sessions.open("Ada", undefined, i));
		sessions.find(tokens[0], 500, true);
		const last = sessions.open("Ada", undefined, 501);
		expect(sessions.find(tokens[1], 502, false)).toBeUndefined();
		for (const token of [tokens[0], tokens[2], last]) expect(sessions.find(token, 502, false)?.user).toBe("Ada");
	});

	it("do not live on when the clock is set back by a year", () => {
		const sessions = new Sessions();
		const token = sessions.open("Ada", undefined, 1.79e12);
		expect(sessions.find(token, 1.76e12, true)).toBeUndefined();
	});

	it("are not found by what is no token", () => {
		const sessions = new Sessions();
		const token = sessions.open("Ada", undefined, 0);
		for (const wrong of [undefined, "", `${token}x`, token.slice(1), token.toUpperCase(), "__proto__"]) {
			expect(sessions.find(wrong, 1, true)).toBeUndefined();
		}
	});
});
