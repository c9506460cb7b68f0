/** The router between the plant, the office, the DMZ and the Internet. Its kernel passes packets on; it says nothing itself. */
import type { Actions } from "../host.ts";

export function start(): Actions {
	return {};
}
