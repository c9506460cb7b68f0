/** Makes a find small: fewer steps, then fewer bytes, as long as the same promise is broken (delta debugging). */
import type { Breach } from "./breach.ts";
import type { Conversation } from "./conversation.ts";

/** Milliseconds spent on one find. */
const TIME = 20_000;

export function shrink(
	conversation: Conversation,
	breach: Breach,
	examine: (conversation: Conversation) => Breach | undefined,
): Conversation {
	const end = performance.now() + TIME;
	const isSame = (smaller: Conversation) => examine(smaller)?.rule === breach.rule;
	let rest: Conversation = without([...conversation], isSame, end);
	for (let index = 0; index < rest.length; index++) {
		const step = rest[index]!;
		const replaced = (bytes: readonly number[]) =>
			rest.map((one, place) => (place === index ? { ...step, bytes: Uint8Array.from(bytes) } : one));
		if (step.bytes.length > 0) {
			const bytes = without([...step.bytes], (smaller) => isSame(replaced(smaller)), end);
			rest = replaced(bytes);
		}
		if (step.wait !== 0 && performance.now() < end) {
			const calm = rest.map((one, place) => (place === index ? { ...one, wait: 0 } : one));
			if (isSame(calm)) rest = calm;
		}
	}
	return rest;
}

/** Fewer items with which it is still the same. */
function without<T>(items: T[], isSame: (fewer: T[]) => boolean, end: number): T[] {
	let rest = items;
	for (let size = Math.ceil(rest.length / 2); size >= 1; size = Math.floor(size / 2)) {
		for (let at = 0; at < rest.length && performance.now() < end; ) {
			const fewer = [...rest.slice(0, at), ...rest.slice(at + size)];
			if (isSame(fewer)) rest = fewer;
			else at += size;
		}
	}
	return rest;
}
