/** A host behind the router: in the office, in the DMZ, or on the Internet. Silent until told; what it can do is in `ways.ts`, which every host could. */
import type { Actions } from "../host.ts";

export function start(): Actions {
	return {};
}
