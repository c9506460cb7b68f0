/**
 * A short run of the fuzzer over every decoder, and the finds of earlier runs again. It counts inputs, not seconds; `npm run fuzz` is the long run, and with `--cost` it measures
 * how cost grows.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { protocols } from "../../protocols/index.ts";
import { Breach, breachOf, RULE } from "./breach.ts";
import { targetsOf } from "./carriers.ts";
import { codeOf } from "./code.ts";
import { decode, encode, type Find, findText, NO_BYTES, readFind, STEP } from "./conversation.ts";
import { instrument } from "./instrument.ts";
import { shrink } from "./shrink.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const INPUTS = 500;
/** `.ci/run` fuzzes each decoder beside the tests, for longer. */
const isFuzzed = process.env.CI === "true";
const TIME = 480_000;

function fuzz(...args: string[]): { status: number | null; text: string } {
	const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "dist/test/fuzz/main.js"), ...args], {
		encoding: "utf8",
		timeout: TIME,
	});
	return { status, text: `${stdout}${stderr}` };
}

const targets = targetsOf(protocols);

describe("every decoder", () => {
	it("is a target over each carrier that it declares", () => {
		// A carrier is what can be opened.
		const declared = protocols
			.flatMap((protocol) => Object.values(protocol) as unknown[])
			.filter((value) => typeof (value as { open?: unknown } | undefined)?.open === "function").length;
		expect(targets.length).toBe(declared);
	});

	it.skipIf(isFuzzed)(`keeps the contract for ${INPUTS} damaged conversations`, { timeout: TIME }, () => {
		const { status, text } = fuzz("--inputs", String(INPUTS), "--seed", "1");
		expect(status, text).toBe(0);
		// All good exchanges are played, however many they are.
		for (const { name } of targets) {
			const played = new RegExp(`^${name}: ([\\d,]+) inputs`, "m").exec(text)?.[1];
			expect(Number(played?.replaceAll(",", "")), name).toBeGreaterThanOrEqual(INPUTS);
		}
	});

	it("keeps it for what once broke it", { timeout: TIME }, () => {
		const { status, text } = fuzz("--replay");
		expect(status, text).toBe(0);
		const finds = readdirSync(join(ROOT, "test/regressions")).filter((name) => name.endsWith(".jsonl"));
		const played = [...text.matchAll(/: (\d+) old finds, 0 of them again/g)].reduce((sum, [, count]) => sum + Number(count), 0);
		expect(played).toBe(finds.length);
	});
});

describe("the fuzzer itself", () => {
	it("knows a decoder's code by all that it stands on, and by nothing else", () => {
		const folder = mkdtempSync(join(tmpdir(), "spanwatch-test-"));
		const write = (path: string, text: string) => {
			mkdirSync(join(folder, path, ".."), { recursive: true });
			writeFileSync(join(folder, path), text);
		};
		const written = (path: string, text: string) => {
			write(path, text);
			return codeOf(folder, "p");
		};
		write("src/wire/bytes.js", "export const u8 = 1;\n");
		write("src/other.js", "export const other = 1;\n");
		write("protocols/p/decoder.js", 'import {\n\tu8,\n} from "../../src/wire/bytes.js";\nexport const decode = u8;\n');
		const before = written("protocols/p/index.js", 'import { decode } from "./decoder.js";\nexport const p = decode;\n');
		expect(written("src/other.js", "export const other = 2;\n")).toBe(before);
		const after = written("src/wire/bytes.js", "export const u8 = 2;\n");
		expect(after).not.toBe(before);
		expect(written("src/wire/bytes.js", "export const u8 = 1;\n")).toBe(before);
		rmSync(folder, { recursive: true });
		for (const { name } of protocols) expect(codeOf(join(ROOT, "dist"), name)).toMatch(/^[0-9a-f]{64}$/);
	});

	it("counts each block once for each time it runs, and changes nothing else", () => {
		const source = `
export function f(x) {
	let out = 0;
	for (let i = 0; i < x; i++) if (i & 1) out += 1; else out += i > 2 ? 10 : (100);
	switch (x) { case 1: out += 1000; break; default: { out += 2000; } }
	const g = (y) => y && out || 7;
	return g(x) ?? 3;
}
f;`;
		const { text, next, numbers } = instrument(source, "f.js", 5);
		const plain = (code: string) => new Function(`${code.replace("export ", "").replace(/f;$/, "return f;")}`)() as (x: number) => number;
		globalThis.$blocks.fill(0);
		for (const x of [0, 1, 5]) expect(plain(text)(x)).toBe(plain(source)(x));
		expect(next).toBe(18);
		expect(numbers).toContain(2000);
		// The body; the loop's, then, else, its two arms; both cases and the block in one; the body of g, its two right-hand sides; that of ??.
		expect([...globalThis.$blocks.slice(5, next)]).toEqual([3, 6, 2, 4, 1, 3, 1, 2, 2, 3, 2, 1, 0]);
	});

	const find: Find = {
		protocol: "p",
		carrier: "tcp",
		rule: RULE.throws,
		conversation: [
			{ kind: STEP.bytes, direction: 0, wait: 0, bytes: Uint8Array.of(1, 2, 255) },
			{ kind: STEP.gap, direction: 1, wait: -5, bytes: NO_BYTES },
			{ kind: STEP.connectElsewhere, direction: 0, wait: 2 ** 40, bytes: NO_BYTES },
		],
	};

	it("writes finds so that they can be read", () => {
		expect(readFind(findText(find))).toEqual(find);
		const room = new Uint8Array(100);
		expect(decode(room.slice(0, encode(find.conversation, room)))).toEqual(find.conversation);
		expect(encode(find.conversation, new Uint8Array(20))).toBe(0);
	});

	it("makes finds small", () => {
		const breach = new Breach(RULE.throws, "a 9 and a 7 in the same piece");
		const conversation = Array.from({ length: 20 }, (_, index) => ({
			kind: STEP.bytes,
			direction: 0 as const,
			wait: index,
			bytes: Uint8Array.from({ length: 30 }, (_, at) => (index === 13 && at === 4 ? 9 : index === 13 && at === 20 ? 7 : 1)),
		}));
		const small = shrink(conversation, breach, (one) =>
			one.some(({ bytes }) => bytes.includes(9) && bytes.includes(7)) ? breach : undefined,
		);
		expect(small).toEqual([{ kind: STEP.bytes, direction: 0, wait: 0, bytes: Uint8Array.of(9, 7) }]);
	});

	it("takes an exception for a breach, with its words", () => {
		const breach = breachOf(new TypeError("x is not a function"));
		expect([breach.rule, breach.message.includes("x is not a function")]).toEqual([RULE.throws, true]);
		expect(breachOf(breach)).toBe(breach);
	});
});
