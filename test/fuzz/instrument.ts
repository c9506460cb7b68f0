/**
 * Counts how often each block of the decoders runs. The compiled files are copied, and where control flow parts (bodies, branches, cases, arms of `?:`, `&&`, `||`,
 * `??`) the copy counts up one number. That tells a fuzzer at once whether an input went where none went before, and it measures cost without a clock: the
 * counts of an input are the same on every machine. V8's own coverage says the same, but walks its heap each time it is asked (test/fuzz/README.md has the numbers).
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";

/** Blocks there is room for; the decoders and the dispatcher have some thousand. */
const MOST_BLOCKS = 1 << 16;
/** What is counted, of the compiled files. */
const COUNTED = /^(protocols\/.+|src\/wire\/.+|src\/decode\/dispatcher)\.js$/;
/** What the fuzzer runs. */
const COPIED = ["src", "protocols", "test/fuzz", "test/support", "test/protocols"];

/** Blocks of one file: `from` to below `to` in the counters. */
export interface FileBlocks {
	readonly file: string;
	readonly from: number;
	readonly to: number;
}

export interface Instrumented {
	readonly files: readonly FileBlocks[];
	/** Numbers and short texts that the source of each protocol names, by protocol: what a decoder compares its bytes with. */
	readonly literals: Readonly<Record<string, { readonly numbers: readonly number[]; readonly texts: readonly string[] }>>;
}

declare global {
	var $blocks: Uint32Array;
}

/** The counters of this thread; the instrumented copies count in the same array. */
export const blocks: Uint32Array = (globalThis.$blocks ??= new Uint32Array(MOST_BLOCKS));

/** Makes the counting copy of `from` (a compiled project) in `to`. */
export function instrumentProject(from: string, to: string): Instrumented {
	const files: FileBlocks[] = [];
	const literals: Record<string, { numbers: Set<number>; texts: Set<string> }> = {};
	let next = 0;
	for (const folder of COPIED) {
		const names = readdirSync(join(from, folder), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js"));
		for (const name of names.sort()) {
			const source = join(from, folder, name);
			const target = join(to, folder, name);
			const file = relative(from, source);
			mkdirSync(dirname(target), { recursive: true });
			if (!COUNTED.test(file)) {
				copyFileSync(source, target);
				continue;
			}
			const copy = instrument(readFileSync(source, "utf8"), file, next);
			writeFileSync(target, copy.text);
			files.push({ file, from: next, to: copy.next });
			next = copy.next;
			const protocol = /^protocols\/([^/]+)\//.exec(file)?.[1];
			if (protocol === undefined) continue;
			const own = (literals[protocol] ??= { numbers: new Set(), texts: new Set() });
			for (const number of copy.numbers) own.numbers.add(number);
			for (const text of copy.texts) own.texts.add(text);
		}
	}
	if (next > MOST_BLOCKS) throw new Error(`${next} blocks are more than there is room for`);
	return {
		files,
		literals: Object.fromEntries(
			Object.entries(literals).map(([name, { numbers, texts }]) => [name, { numbers: [...numbers], texts: [...texts] }]),
		),
	};
}

/** One file with counters from `first` on. */
export function instrument(
	text: string,
	name: string,
	first: number,
): { text: string; next: number; numbers: readonly number[]; texts: readonly string[] } {
	const source = ts.createSourceFile(name, text, ts.ScriptTarget.ES2023, true, ts.ScriptKind.JS);
	const insertions: { at: number; text: string }[] = [];
	const numbers: number[] = [];
	const texts: string[] = [];
	let next = first;
	const count = () => `$b[${next++}]++`;
	const branch = (node: ts.Statement) => {
		if (ts.isBlock(node)) visit(node);
		else wrap(node, `{${count()};`, "}");
	};
	/** Puts a node between two texts. */
	const wrap = (node: ts.Node, before: string, after: string) => {
		insertions.push({ at: node.getStart(), text: before });
		visit(node);
		insertions.push({ at: node.getEnd(), text: after });
	};
	const arm = (node: ts.Expression) => wrap(node, `(${count()},`, ")");
	const visit = (node: ts.Node): void => {
		if (ts.isNumericLiteral(node)) numbers.push(Number(node.text));
		else if (ts.isStringLiteral(node)) texts.push(node.text);
		else if (ts.isBlock(node)) {
			insertions.push({ at: node.getStart() + 1, text: `${count()};` });
			ts.forEachChild(node, visit);
		} else if (ts.isCaseOrDefaultClause(node)) {
			if (ts.isCaseClause(node)) visit(node.expression);
			insertions.push({ at: node.statements.pos, text: `${count()};` });
			for (const statement of node.statements) visit(statement);
		} else if (ts.isIfStatement(node)) {
			visit(node.expression);
			branch(node.thenStatement);
			if (node.elseStatement !== undefined) branch(node.elseStatement);
		} else if (ts.isIterationStatement(node, false)) {
			ts.forEachChild(node, (child) => (child === node.statement ? branch(node.statement) : visit(child)));
		} else if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) {
			for (const parameter of node.parameters) visit(parameter);
			arm(node.body);
		} else if (ts.isConditionalExpression(node)) {
			visit(node.condition);
			arm(node.whenTrue);
			arm(node.whenFalse);
		} else if (ts.isBinaryExpression(node) && LAZY.has(node.operatorToken.kind)) {
			visit(node.left);
			arm(node.right);
		} else ts.forEachChild(node, visit);
	};
	visit(source);
	insertions.sort((one, other) => one.at - other.at);
	let out = `const $b = (globalThis.$blocks ??= new Uint32Array(${MOST_BLOCKS}));`;
	let at = 0;
	for (const insertion of insertions) {
		out += text.slice(at, insertion.at) + insertion.text;
		at = insertion.at;
	}
	return { text: out + text.slice(at), next, numbers, texts };
}

const LAZY: ReadonlySet<ts.SyntaxKind> = new Set([
	ts.SyntaxKind.AmpersandAmpersandToken,
	ts.SyntaxKind.BarBarToken,
	ts.SyntaxKind.QuestionQuestionToken,
]);
