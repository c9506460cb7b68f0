/**
 * `npm run protocol new NAME`: the skeleton of a protocol, from the example beside this file, which is checked and tested like any other code. Writes the folder, its test,
 * the line in protocols/index.ts and the row in protocols/README.md, and says what comes next.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project; this runs compiled, in dist/. */
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const EXAMPLE = "test/skeleton/example";
const INDEX = "protocols/index.ts";
const README = "protocols/README.md";

/** The files of a new protocol by their path, and those that change. */
export function skeleton(root: string, name: string): Map<string, string> {
	const read = (path: string): string => readFileSync(join(root, path), "utf8");
	const title = name[0]!.toUpperCase() + name.slice(1);
	const renamed = (text: string): string => text.replaceAll("Example", title).replaceAll("example", name);
	const files = new Map<string, string>();
	for (const file of readdirSync(join(root, EXAMPLE))) {
		const text = read(`${EXAMPLE}/${file}`).replaceAll('"../../../src/', '"../../src/');
		files.set(`protocols/${name}/${file}`, renamed(text));
	}
	const test = read(`${EXAMPLE}.test.ts`).replace('"./example/', '"../../protocols/example/');
	files.set(`test/protocols/${name}.test.ts`, renamed(test));
	files.set(
		INDEX,
		read(INDEX)
			.replace(/\n\nexport const protocols/, `\nimport { ${name} } from "./${name}/index.ts";$&`)
			.replace(/,?\s*\];/, `, ${name}];`),
	);
	const rows = read(README);
	const last = rows.lastIndexOf("](") < 0 ? -1 : rows.indexOf("\n", rows.lastIndexOf("/README.md) |"));
	files.set(README, `${rows.slice(0, last)}\n| [${name}](${name}/README.md) | TCP | magic number and length | yes |${rows.slice(last)}`);
	return files;
}

function main(args: readonly string[]): number {
	const [verb, name, ...others] = args;
	const refuse = (words: string): number => {
		process.stderr.write(`protocol: ${words}\n`);
		return 2;
	};
	if (verb !== "new" || name === undefined || others.length > 0) return refuse("say `npm run protocol new NAME`.");
	if (!/^[a-z][a-z0-9]{1,23}$/.test(name))
		return refuse(`"${name}" is no name for a protocol: lower-case letters and digits, a letter first.`);
	if (name === "example" || existsSync(join(ROOT, "protocols", name))) return refuse(`there is a protocol ${name} already.`);
	for (const [path, text] of skeleton(ROOT, name)) {
		const file = join(ROOT, path);
		mkdirSync(join(file, ".."), { recursive: true });
		writeFileSync(file, text);
		console.log(path);
	}
	console.log(
		[
			"",
			`The skeleton of ${name} decodes a made-up message, and its test passes. Now (protocols/README.md):`,
			`  1. Put the specification's messages in place of it: protocols/${name}, test/protocols/${name}.test.ts.`,
			"  2. A recording of real software in captures/ (npm run lab), a scene for each detection in test/catalogue, a comparison in test/peers.",
			`  3. npx biome check --write protocols; npm test; npm run check; npm run fuzz -- --protocol ${name}.`,
		].join("\n"),
	);
	return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.slice(2));
