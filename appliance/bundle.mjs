// Puts the program into few files that start fast, in dist/program: one for all that sees each packet, one for each command. They are CommonJS, since the engine of Node
// finds the names of a function faster than those of a module: the bundle takes a fifth less time than the modules it is made of (npm run bench).
//   node appliance/bundle.mjs
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

/** What runs for each packet or message. */
const PER_PACKET =
	/[/\\](protocols|src[/\\](wire|flow|decode|baseline|detect|assets|capture[/\\](reader|file|frame)\.ts|app[/\\]engine\.ts))/;
/** Packages stay where npm puts them. */
const PACKAGE = /^(node:|@?[a-z])[^:]*$/i;

async function bundle(folder, input) {
	const build = await rolldown({
		input,
		platform: "node",
		external: PACKAGE,
		onLog(_level, { message }) {
			throw new Error(message);
		},
	});
	await build.write({
		dir: folder,
		format: "cjs",
		entryFileNames: "[name].js",
		chunkFileNames: "[name].js",
		codeSplitting: { groups: [{ name: "packets", test: PER_PACKET }] },
	});
	await build.close();
	// The project's own package.json says otherwise.
	writeFileSync(`${folder}/package.json`, '{ "type": "commonjs" }\n');
}

for (const folder of ["dist/program", "dist/bench"]) rmSync(folder, { recursive: true, force: true });
await bundle("dist/program", { main: "src/app/main.ts", engineProcess: "src/app/engineProcess.ts" });
cpSync("src/web/page", "dist/program/page", { recursive: true });
// Small programs of their own, a folder each: nothing of the engine is to be loaded for them.
for (const program of ["capture/sniffer", "capture/serialSniffer", "app/advisoryWorker"]) {
	const name = program.split("/")[1];
	await bundle(`dist/program/${name}`, { [name]: `src/${program}.ts` });
}
await bundle("dist/bench", { pipeline: "test/bench/pipeline.ts", listen: "test/bench/listen.ts" });
