/** What "learn" would make normal of a deviation: exactly the things that it is about (`baseline/thing.ts`), as the alert is going to carry them. */
import type { Target, Use } from "../baseline/plant.ts";
import { type FactThing, MAX_THINGS, type PointsThing, type Thing } from "../baseline/thing.ts";
import type { DetectionRecord } from "./detection.ts";
import type { Scene } from "./narrator.ts";

const linkOf = ({ link }: Scene) => ({ protocol: link.server.protocol, server: link.server.address, client: link.client });
const pairOf = (scene: Scene) => ({ ...linkOf(scene), unit: scene.target.unit });

/** Points that the operation touched, a run each; of one run where it is named. */
function pointsOf(scene: Scene, use: Use, only?: number): PointsThing[] {
	const { recorder, protocol } = scene;
	const things: PointsThing[] = [];
	for (let run = only ?? 0; run < (only === undefined ? recorder.runs : only + 1); run++) {
		const space = recorder.spaces[run]!;
		const first = recorder.firsts[run]!;
		const point = space < 0 ? recorder.names[first]! : `${protocol.spaces[space] ?? space}:${first}`;
		things.push({ trait: "points", ...pairOf(scene), verb: use.verb, point, count: recorder.counts[run]! });
	}
	return things;
}

/** Values that the operation wrote, each at its point. */
function writtenOf(scene: Scene, nameAt: (scene: Scene, index: number) => string, most: number): Thing[] {
	const { operation } = scene.recorder;
	const { client, ...place } = pairOf(scene);
	const things: Thing[] = [];
	for (let at = 0; at < operation.valueCount && things.length < most; at++) {
		const value = operation.values[at]!;
		if (Number.isFinite(value)) things.push({ trait: "value", ...place, point: nameAt(scene, at), from: value, to: value, client });
	}
	return things;
}

const cut = (things: Thing[]): Thing[] => things.slice(0, MAX_THINGS);

export const pointThings = (scene: Scene, use: Use, run: number): Thing[] => cut(pointsOf(scene, use, run));

export const functionThings = (scene: Scene, use: Use): Thing[] =>
	cut([{ trait: "function", ...pairOf(scene), verb: use.verb, code: use.code }, ...pointsOf(scene, use)]);

export const unitThings = (scene: Scene, use: Use): Thing[] => cut([{ trait: "unit", ...pairOf(scene) }, ...functionThings(scene, use)]);

export const clientThings = (scene: Scene, use: Use): Thing[] => cut([{ trait: "client", ...linkOf(scene) }, ...unitThings(scene, use)]);

/** A first write: that the client writes, and what it wrote where. */
export function writerThings(scene: Scene, use: Use, nameAt: (scene: Scene, index: number) => string): Thing[] {
	const things: Thing[] = [{ trait: "writer", ...linkOf(scene) }, ...clientThings(scene, use)];
	return use.verb === "write" ? [...things, ...writtenOf(scene, nameAt, MAX_THINGS - things.length)] : cut(things);
}

export const refusalThings = (scene: Scene): Thing[] => {
	const { code, outcomeCode } = scene.recorder.operation;
	return [{ trait: "refusal", ...pairOf(scene), code, outcomeCode }];
};

/**
 * A value out of the ordinary. What was written is learned as that very value, of that client. What was reported reaches from the edge of the known range to
 * the value, as a quantity that got there passes everything between.
 */
export function valueThings(scene: Scene, point: string, value: number, known: { min: number; max: number }, isWrite: boolean): Thing[] {
	const { client, ...place } = pairOf(scene);
	if (!Number.isFinite(value)) return [];
	if (isWrite) return [{ trait: "value", ...place, point, from: value, to: value, client }];
	const from = value > known.max ? known.max : value;
	const to = value < known.min ? known.min : value;
	return [{ trait: "value", ...place, point, from, to }];
}

/** That this point behaves like this: stands still, drifts, repeats itself. No value becomes normal by it, and no other point. */
export const behaviourThing = ({ id }: DetectionRecord, { server, unit }: Target, point: string): FactThing => ({
	trait: "fact",
	type: id,
	source: server.address,
	destination: "",
	key: `${server.protocol}/${unit}/${point}`,
});
