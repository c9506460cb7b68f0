import { defineConfig } from "vitest/config";

/** What computes only: two files at a time. */
const COMPUTING = [
	...[
		"wire",
		"flow",
		"decode",
		"protocols",
		"assets",
		"baseline",
		"detect",
		"alert",
		"config",
		"fuzz",
		"peers",
		"catalogue",
		"evaluation",
		"manual",
		"skeleton",
	].map((folder) => `test/${folder}/**/*.test.ts`),
	"test/captures.test.ts",
	"test/captures/labRecordings.test.ts",
	"test/e2e/publicCaptures.test.ts",
];
const ALL = "test/**/*.test.ts";

export default defineConfig({
	test: {
		root: new URL("..", import.meta.url).pathname,
		testTimeout: 30_000,
		hookTimeout: 60_000,
		reporters: process.env.CI ? ["default", ["json", { outputFile: "coverage/report.json" }]] : ["default"],
		projects: [
			{ extends: true, test: { name: "computing", include: COMPUTING, maxWorkers: 2, sequence: { groupOrder: 0 } } },
			// Interfaces, ports, brokers and browsers: one file at a time, beside nothing.
			{ extends: true, test: { name: "machine", include: [ALL], exclude: COMPUTING, maxWorkers: 1, sequence: { groupOrder: 1 } } },
		],
	},
});
