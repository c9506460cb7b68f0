/** The serial ports of this box, as far as their names tell: adapters and the boards' own. */
import { readdirSync } from "node:fs";

const PORT = /^tty(?:USB|ACM|AMA|SC|XRUSB)\d+$/;

export function serialPorts(): string[] {
	try {
		return readdirSync("/dev")
			.filter((name) => PORT.test(name))
			.map((name) => `/dev/${name}`);
	} catch {
		return [];
	}
}
