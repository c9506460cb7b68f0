/** Lets a child process of a test run TypeScript: `node --import <this file> script.ts`. Types are removed, nothing is checked. */
import { readFile } from "node:fs/promises";
import { register } from "node:module";
import { isMainThread } from "node:worker_threads";

if (isMainThread) register(import.meta.url);

/** @type {import("node:module").LoadHook} */
export async function load(url, context, next) {
	if (!url.endsWith(".ts")) return next(url, context);
	const { default: typescript } = await import("typescript");
	const { outputText } = typescript.transpileModule(await readFile(new URL(url), "utf8"), {
		compilerOptions: { module: typescript.ModuleKind.ESNext, target: typescript.ScriptTarget.ES2023 },
	});
	return { format: "module", source: outputText, shortCircuit: true };
}
