/** Topics (DESIGN: what leaves the box): `<root>/<site>/<sensor>/...`. */
import { createHash } from "node:crypto";

/** Most characters of one level made from data; brokers limit the whole topic (65,535 bytes by the protocol, often far less by configuration). */
const MAX_LEVEL = 128;
const DIGEST = 16;

/**
 * One level of a topic from any text: letters, digits and `-_.:@` stay, each other byte of its UTF-8 becomes `%XX`, so that no separator, wildcard or control character
 * is left (MQTT 5.0, 4.7) and different texts stay different. What is too long ends in a digest of the whole.
 */
export function topicLevel(text: string): string {
	let level = "";
	for (const byte of Buffer.from(text, "utf8")) {
		const character = String.fromCharCode(byte);
		level += /[A-Za-z0-9_.:@-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
		// Longer texts need no more: the digest tells them apart.
		if (level.length > MAX_LEVEL) break;
	}
	if (level.length <= MAX_LEVEL) return level === "" ? "%" : level;
	const digest = createHash("sha256").update(text).digest("hex").slice(0, DIGEST);
	return `${level.slice(0, MAX_LEVEL - DIGEST - 1)}~${digest}`;
}

export const baseTopic = (root: string, site: string, sensor: string): string => [root, site, sensor].map(topicLevel).join("/");
