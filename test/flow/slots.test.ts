/** The layout of a slot: no two things in one place. */
import { describe, expect, it } from "vitest";
import * as slots from "../../src/flow/slots.ts";

const all = slots as unknown as Readonly<Record<string, unknown>>;
const numbers = Object.entries(all).filter((entry): entry is [string, number] => typeof entry[1] === "number");
/** Bits of a word; those of two sides have two. */
const widths = new Map(numbers.map(([name]) => [name, name.endsWith("0") ? 2 : 1]));
const RARE = ["RESET_BY_SERVER", "IS_REVERSED"];
const META = [
	...["IS_TCP", "IS_V6", "FLIP", "CONVERSATION", "ENDED", "SYN_WAITING", "SYN_SIDE", "SAW_HANDSHAKE", "IS_LONE"],
	...numbers.map(([name]) => name).filter((name) => name.endsWith("0")),
];

describe("the bits of a slot", () => {
	it.each([
		["META", META],
		["RARE", RARE],
	])("of %s are each of their own", (_, names) => {
		let used = names === META ? BigInt(slots.ROLE_MASK) : 0n;
		for (const name of names) {
			for (let side = 0; side < widths.get(name)!; side++) {
				const bit = BigInt((all[name] as number) >>> 0) << BigInt(side);
				expect(bit < 1n << 32n, name).toBe(true);
				expect(used & bit, name).toBe(0n);
				used |= bit;
			}
		}
	});
});
