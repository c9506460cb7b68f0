/** A computer that has no business in the plant. It stays silent until told; what it can do is in `attacks.ts`, which every host could. */
import type { Actions } from "../host.ts";

export function start(): Actions {
	return {};
}
