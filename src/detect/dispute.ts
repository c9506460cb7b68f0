/**
 * Addresses that two devices claim. While one does, what each of the two says is compared: a point that has two values within a moment, again and again, shows that
 * somebody in the middle alters what the PLC says. Bounded; nothing is compared where no address is in dispute.
 */

/** Capture time after which a dispute is forgotten unless it is claimed again, microseconds: as long as an alert stays open. */
const DISPUTE_MICROS = 3600e6;
const MAX_DISPUTES = 256;
/** Points compared in one dispute. */
const MAX_READINGS = 4096;
/** Two answers this close are about the same moment; a proxy takes a few milliseconds. Microseconds of capture time. */
const MOMENT_MICROS = 100_000;
/** A difference of this share of the point's range is more than noise, and twice is no accident. */
const SHARE = 0.05;
const TIMES = 2;

/** What one of the devices said of a point. */
interface Reading {
	mac: string;
	value: number;
	time: number;
	/** How often it was contradicted. */
	contradictions: number;
}

export interface Dispute {
	/** Microseconds of capture time of the latest claim. */
	time: number;
	oldMac: string;
	newMac: string;
	/** By name of the point. */
	readonly readings: Map<string, Reading>;
}

/** Two values of one point. */
export interface Contradiction {
	/** What the device that held the address said, and what the other one said. */
	held: number;
	claimed: number;
	/** Microseconds between the two. */
	apart: number;
}

export class Disputes {
	readonly #disputes = new Map<string, Dispute>();

	get size(): number {
		return this.#disputes.size;
	}

	/** An address was claimed by another device. */
	claim(ip: string, oldMac: string, newMac: string, time: number): void {
		const known = this.#disputes.get(ip);
		if (known !== undefined && known.oldMac === oldMac && known.newMac === newMac) {
			known.time = time;
			return;
		}
		this.#disputes.delete(ip);
		if (this.#disputes.size >= MAX_DISPUTES) this.#disputes.delete(this.#disputes.keys().next().value!);
		this.#disputes.set(ip, { time, oldMac, newMac, readings: new Map() });
	}

	of(ip: string, time: number): Dispute | undefined {
		const dispute = this.#disputes.get(ip);
		if (dispute === undefined || Math.abs(time - dispute.time) <= DISPUTE_MICROS) return dispute;
		this.#disputes.delete(ip);
		return undefined;
	}

	/** `mac` said `value`; the contradiction, where the other one said something else just before and it was not the first time. */
	compare(dispute: Dispute, point: string, mac: string, value: number, time: number, range: number): Contradiction | undefined {
		const { readings } = dispute;
		const known = readings.get(point);
		if (known === undefined) {
			if (readings.size < MAX_READINGS) readings.set(point, { mac, value, time, contradictions: 0 });
			return undefined;
		}
		const before = known.value;
		const apart = time - known.time;
		const isOther = known.mac !== mac;
		known.mac = mac;
		known.value = value;
		known.time = time;
		if (!isOther || value === before || !(apart >= 0 && apart <= MOMENT_MICROS) || Math.abs(value - before) <= SHARE * range)
			return undefined;
		if (++known.contradictions < TIMES) return undefined;
		const isClaimant = mac === dispute.newMac;
		return { held: isClaimant ? before : value, claimed: isClaimant ? value : before, apart };
	}

	/** Plain data; undefined where there is nothing. */
	save(): unknown {
		if (this.#disputes.size === 0) return undefined;
		return [...this.#disputes].map(([ip, { time, oldMac, newMac, readings }]) => [
			ip,
			time,
			oldMac,
			newMac,
			[...readings].map(([point, { mac, value, time: at, contradictions }]) => [point, mac, value, at, contradictions]),
		]);
	}

	restore(saved: unknown): void {
		if (!Array.isArray(saved)) return;
		for (const entry of saved.slice(0, MAX_DISPUTES)) {
			if (!Array.isArray(entry)) continue;
			const [ip, time, oldMac, newMac, readings] = entry;
			if (typeof ip !== "string" || typeof oldMac !== "string" || typeof newMac !== "string" || !Number.isFinite(time)) continue;
			const dispute: Dispute = { time, oldMac, newMac, readings: new Map() };
			for (const reading of Array.isArray(readings) ? readings.slice(0, MAX_READINGS) : []) {
				const [point, mac, value, at, contradictions] = Array.isArray(reading) ? reading : [];
				if (typeof point !== "string" || typeof mac !== "string" || ![value, at, contradictions].every(Number.isFinite)) continue;
				dispute.readings.set(point, { mac, value, time: at, contradictions });
			}
			this.#disputes.set(ip, dispute);
		}
	}
}
