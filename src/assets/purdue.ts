/**
 * Which level of the Purdue model (ISA-95, IEC 62443) a device is probably of, from how it behaves: who answers as a controller is 1, who polls controllers and
 * changes them is 2, who programs them or collects from several is 3, what stands between OT and IT is 3.5, IT is 4 or 5. A guess says why, and how sure it is.
 */
import type { Asset } from "./asset.ts";
import type { Placed, Placement } from "./placement.ts";

/** What a client did at all controllers together. */
export interface ClientWork {
	servers: number;
	reads: number;
	writes: number;
	programs: number;
}

/** Operations below which little was seen: a guess is half as sure. */
const FEW = 20;
/** Reads of several controllers without a write that make an archive. */
export const ARCHIVE_SERVERS = 2;

const controllers = (count: number): string => (count === 1 ? "a controller" : `${count} controllers`);

export function guessLevel(
	{ isControl, services }: Pick<Asset, "isControl" | "services">,
	zone: Placement["zone"],
	work: ClientWork | undefined,
): Placement["level"] {
	const guess = (is: NonNullable<Placement["level"]>["is"], evidence: string, confidence: number): Placed<typeof is> => ({
		is,
		by: "guess",
		evidence,
		confidence,
	});
	if (zone?.is === "DMZ") return guess("3.5", "it is in the DMZ", 0.9);
	if (zone?.is === "IT") return guess("4", "it is in IT: level 4 or 5, which traffic cannot tell apart", 0.7);
	if (zone?.is === "remote" || zone?.is === "internet") return undefined;
	if (isControl) {
		if (work !== undefined && work.reads + work.writes > 0)
			return guess(
				"2",
				`it answers (${services.join(", ")}) and polls ${controllers(work.servers)} itself, as a station or a gateway does`,
				0.5,
			);
		return guess("1", `it answers as a controller (${services.join(", ")})`, 0.9);
	}
	if (work === undefined) return undefined;
	const sure = (confidence: number): number => (work.reads + work.writes + work.programs < FEW ? confidence / 2 : confidence);
	if (work.programs > 0) return guess("3", `it programs ${controllers(work.servers)}, as an engineering station does`, sure(0.8));
	if (work.writes > 0) return guess("2", `it polls and changes ${controllers(work.servers)}, as an operator station does`, sure(0.8));
	if (work.servers >= ARCHIVE_SERVERS)
		return guess("3", `it only reads, from ${controllers(work.servers)}, as a historian does`, sure(0.6));
	return guess("2", `it polls ${controllers(work.servers)}`, sure(0.4));
}

/** Makers and models of safety controllers, by words in what a device says of itself. What a device says can raise an alert's severity and never lower it. */
const SAFETY = /\b(?:triconex|tricon|trident|hima|himax|himatrix|safety|safeguard)\b/i;

export function guessCriticality({ vendor, model }: Pick<Asset, "vendor" | "model">): Placement["criticality"] {
	const text = `${vendor ?? ""} ${model ?? ""}`;
	const found = SAFETY.exec(text)?.[0];
	return found === undefined ? undefined : { is: "safety", by: "guess", evidence: `its maker or model says “${found}”`, confidence: 0.6 };
}
