/** Every text of the page can be read: contrast AA (4.5) in light and dark, for the colours that meet in the style sheet. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync(new URL("../../src/web/page/style.css", import.meta.url), "utf8");
const blocks = [...css.matchAll(/:root \{([^}]*)\}/g)].map(([, block]) =>
	Object.fromEntries([...block!.matchAll(/--([\w-]+): (#\w{6});/g)].map(([, name, value]) => [name!, value!])),
);
const themes: Record<string, Record<string, string>> = { light: blocks[0]!, dark: { ...blocks[0], ...blocks[1] } };

function luminance(colour: string): number {
	const [red, green, blue] = [1, 3, 5].map((at) => {
		const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
		return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
	}) as [number, number, number];
	return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
	const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
	return (light + 0.05) / (dark + 0.05);
}

const bands = ["critical", "high", "medium", "low", "informational"];
const tints = ["critical-tint", "high-tint", "medium-tint", "low-tint", "good-tint"];
const pairs: [string, string][] = [
	...["ground", "sheet", "well", ...tints].flatMap((ground): [string, string][] => [
		["ink", ground],
		["soft", ground],
	]),
	...["ground", "sheet", "well"].map((ground): [string, string] => ["accent", ground]),
	["on-accent", "accent"],
	// A severity stands on an alert, and in the statement of any level that has alerts.
	...bands.flatMap((band): [string, string][] => ["sheet", "critical-tint", "medium-tint", "high-tint"].map((ground) => [band, ground])),
	["good", "sheet"],
	...["critical", "high", "medium", "low", "good"].map((tone): [string, string] => [tone, `${tone}-tint`]),
];

describe.each(Object.keys(themes))("in the %s theme", (theme) => {
	it.each(pairs)("%s can be read on %s", (text, ground) => {
		expect(contrast(themes[theme]![text]!, themes[theme]![ground]!)).toBeGreaterThanOrEqual(4.5);
	});
});

it("loads nothing from elsewhere and has no style or script in the page", () => {
	const html = readFileSync(new URL("../../src/web/page/index.html", import.meta.url), "utf8");
	expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*src=)|https?:/i);
	expect(css).not.toMatch(/url\(|@import/);
});
