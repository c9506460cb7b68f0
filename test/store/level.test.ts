import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Level } from "level";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore } from "../../src/store/level.ts";
import { storeSuite } from "../contract/store.ts";

let folder = "";
const fresh = () => {
	folder = mkdtempSync(join(tmpdir(), "store-"));
	return folder;
};
const remove = () => rmSync(folder, { recursive: true, force: true });

storeSuite("LevelDB", async () => {
	const dir = fresh();
	let store = await openStore(dir);
	return {
		store,
		reopen: async () => {
			await store.close();
			store = await openStore(dir);
			return store;
		},
		remove: async () => {
			await store.close();
			remove();
		},
	};
});

describe("openStore", () => {
	let dir = "";
	beforeEach(() => {
		dir = fresh();
	});
	afterEach(remove);

	it("makes its folder, readable by its owner alone", async () => {
		const store = await openStore(join(dir, "state"));
		await store.close();
		expect(statSync(join(dir, "state")).mode & 0o777).toBe(0o700);
	});

	it("names a second opener's problem", async () => {
		const store = await openStore(dir);
		await expect(openStore(dir)).rejects.toMatchObject({
			code: "STORE_LOCKED",
			message: `The state in ${dir} is in use by another process: stop that one first, or give another state folder.`,
		});
		await store.close();
		await (await openStore(dir)).close();
	});

	it("does not make the folders above, which are more likely mistyped or not mounted", async () => {
		const where = join(dir, "no", "state");
		await expect(openStore(where)).rejects.toMatchObject({ code: "STORE_FOLDER", message: expect.stringContaining(where) });
		expect(existsSync(join(dir, "no"))).toBe(false);
	});

	it("refuses a file in the folder's place", async () => {
		writeFileSync(join(dir, "file"), "");
		await expect(openStore(join(dir, "file"))).rejects.toMatchObject({
			code: "STORE_FOLDER",
			message: expect.stringContaining("is not a folder"),
		});
		await expect(openStore(join(dir, "file", "state"))).rejects.toMatchObject({ code: "STORE_FOLDER" });
	});

	it("names damage in what it needs to open", async () => {
		await (await openStore(dir)).close();
		writeFileSync(join(dir, "store", "CURRENT"), "");
		await expect(openStore(dir)).rejects.toMatchObject({ code: "STORE_DAMAGED", message: expect.stringContaining(join(dir, "store")) });
	});

	it("names a damaged table when it is read", async () => {
		let store = await openStore(dir);
		for (let at = 0; at < 3000; at++)
			void store.batch([{ kind: "alert", key: String(at).padStart(6, "0"), value: `${Math.random()}`.repeat(20) }], { durable: false });
		await store.batch([], { durable: true });
		await store.close();
		const level = new Level(join(dir, "store")) as Level & { compactRange(from: string, to: string): Promise<void> };
		await level.open();
		await level.compactRange("!", "~");
		await level.close();
		for (const name of readdirSync(join(dir, "store")).filter((name) => name.endsWith(".ldb"))) {
			const file = openSync(join(dir, "store", name), "r+");
			writeSync(file, Buffer.alloc(2000, 0x5a), 0, 2000, 20_000);
		}
		store = await openStore(dir);
		await expect(
			(async () => {
				for await (const _ of store.list("alert"));
			})(),
		).rejects.toMatchObject({ code: "STORE_DAMAGED" });
		await store.close();
	});

	it("steps over a damaged record and counts it", async () => {
		let store = await openStore(dir);
		const value = { n: 1 };
		await store.batch(
			["a", "b", "c"].map((key) => ({ kind: "alert" as const, key, value })),
			{ durable: true },
		);
		await store.close();
		const level = new Level(join(dir, "store"));
		await level.sublevel("alert").put("b", '{"n":');
		await level.close();
		store = await openStore(dir);
		const found: string[] = [];
		for await (const [key] of store.list("alert", { limit: 2 })) found.push(key);
		expect(found).toEqual(["a", "c"]);
		expect(store.damaged).toBe(1);
		expect(await store.get("alert", "b")).toBeUndefined();
		expect(store.damaged).toBe(2);
		await store.close();
	});

	it("loses nothing that was acknowledged when its process is killed", async () => {
		const script = join(import.meta.dirname, "writer.ts");
		const child = fork(script, [dir], { execArgv: ["--import", join(import.meta.dirname, "..", "support", "typescript.mjs")] });
		let acknowledged = -1;
		child.on("message", (number: number) => {
			acknowledged = number;
			if (number === 300) child.kill("SIGKILL");
		});
		await once(child, "exit");
		expect(acknowledged).toBeGreaterThanOrEqual(300);
		const store = await openStore(dir);
		for (let at = 0; at <= acknowledged; at++) {
			expect(await store.get("alert", String(at))).toBe(at);
			expect(await store.get("outbox", String(at))).toBe(at);
		}
		await store.close();
	});
});

const canMount = (() => {
	const dir = mkdtempSync(join(tmpdir(), "mount-"));
	try {
		execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", dir], { stdio: "ignore" });
		execFileSync("umount", [dir]);
		return true;
	} catch {
		return false;
	} finally {
		rmSync(dir, { recursive: true });
	}
})();

describe.skipIf(!canMount)("on a file system of its own (needs the right to mount)", () => {
	let dir = "";
	beforeEach(() => {
		dir = fresh();
		execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", dir]);
	});
	afterEach(() => {
		execFileSync("umount", ["-l", dir]);
		remove();
	});
	const fill = () => {
		try {
			writeFileSync(join(dir, "filler"), Buffer.alloc(30 << 20));
		} catch {}
	};

	it("refuses writes while the disk is full, goes on reading, and writes again once there is space", async () => {
		let store = await openStore(dir);
		await store.batch([{ kind: "alert", key: "before", value: 1 }], { durable: true });
		fill();
		const big = (key: string) => store.batch([{ kind: "alert", key, value: "x".repeat(100_000) }], { durable: true });
		await expect(big("a")).rejects.toMatchObject({ code: "STORE_FULL" });
		expect(store.isFull).toBe(true);
		await expect(big("b")).rejects.toMatchObject({ code: "STORE_FULL", message: expect.stringContaining(dir) });
		expect(await store.get("alert", "before")).toBe(1);
		rmSync(join(dir, "filler"));
		await Promise.all([big("c"), big("d")]);
		expect(store.isFull).toBe(false);
		expect(await store.get("alert", "before")).toBe(1);
		await store.close();
		store = await openStore(dir);
		const found: string[] = [];
		for await (const [key] of store.list("alert")) found.push(key);
		expect(found).toEqual(["before", "c", "d"]);
		await store.close();
	});

	it("opens no state on a full disk, and says so", async () => {
		await (await openStore(dir)).close();
		mkdirSync(join(dir, "other"));
		fill();
		await expect(openStore(join(dir, "other"))).rejects.toMatchObject({ code: "STORE_FULL" });
	});

	it("says that a read-only disk cannot be written", async () => {
		execFileSync("mount", ["-o", "remount,ro", dir]);
		await expect(openStore(dir)).rejects.toMatchObject({ code: "STORE_FOLDER", message: expect.stringContaining("cannot be written") });
	});
});
