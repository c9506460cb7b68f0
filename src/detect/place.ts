/** Places as people write them in rules: hosts and networks, hardware addresses, serial lines, zones. */
import { BlockList, isIP } from "node:net";

/** Which zone an address is in; whoever knows the zones gives it. */
export interface Zones {
	readonly names: readonly string[];
	zoneOf(address: string): string | undefined;
}

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;
const NETWORK = /^([^/]+)\/(\d{1,3})$/;
const NAMED = /^(zone|line):(\S.*)$/;

/** A list of places, ready to be asked. */
export class Places {
	readonly #addresses = new BlockList();
	readonly #names = new Set<string>();
	readonly zones: string[] = [];

	/** Adds one; says what is wrong where it is none. */
	add(text: string): string | undefined {
		const [, kind, name] = NAMED.exec(text) ?? [];
		if (kind === "zone") this.zones.push(name!);
		else if (kind === "line") this.#names.add(name!);
		else if (MAC.test(text.toLowerCase())) this.#names.add(text.toLowerCase());
		else if (isIP(text) !== 0 && !text.includes("%")) this.#addresses.addAddress(text, familyOf(text));
		else return this.#addNetwork(text);
		return undefined;
	}

	#addNetwork(text: string): string | undefined {
		const [, address = "", length = ""] = NETWORK.exec(text) ?? [];
		const family = isIP(address);
		const most = family === 4 ? 32 : 128;
		if (family === 0 || address.includes("%") || Number(length) > most)
			return `${JSON.stringify(text)} is no place: write an address (10.0.0.5), a network (10.0.0.0/24), a hardware address, line:NAME or zone:NAME.`;
		// "10.0.0.5/1" means unit 1 elsewhere; as a network it would be half of the Internet.
		if (family === 4 && (bitsOf(address) & hostMask(Number(length))) !== 0)
			return `${text} is no network: bits behind its first ${length} are set; write the address alone for one host, and unit: ${length} for a unit behind it.`;
		this.#addresses.addSubnet(address, Number(length), familyOf(address));
		return undefined;
	}

	has(address: string, zones: Zones | undefined): boolean {
		if (this.#names.has(address)) return true;
		if (isIP(address) !== 0 && !address.includes("%") && this.#addresses.check(address, familyOf(address))) return true;
		if (this.zones.length === 0) return false;
		const zone = zones?.zoneOf(address);
		return zone !== undefined && this.zones.includes(zone);
	}
}

const familyOf = (address: string): "ipv4" | "ipv6" => (address.includes(":") ? "ipv6" : "ipv4");
const bitsOf = (address: string): number => address.split(".").reduce((bits, part) => ((bits << 8) | Number(part)) >>> 0, 0);
const hostMask = (length: number): number => (length === 0 ? 0xffff_ffff : (2 ** (32 - length) - 1) >>> 0) | 0;
