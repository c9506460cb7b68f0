/** The capture filter (pcap-filter, BPF) that fetches an alert's traffic from a full capture. */
import { isIP } from "node:net";
import type { Party } from "../detect/detection.ts";

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;

/** One end, by IP address where there is one. Anything that is no address, say with a zone, is left out rather than guessed. */
const host = (party: Party | undefined): string | undefined => {
	if (party?.ip !== undefined) return isIP(party.ip) && !party.ip.includes("%") ? `host ${party.ip}` : undefined;
	return party?.mac !== undefined && MAC.test(party.mac) ? `ether host ${party.mac.toLowerCase()}` : undefined;
};

/** The port of the service: the given one, or the lower of two, as clients' ports are picked from the upper range. */
const servicePort = (source: Party, destination: Party | undefined): number | undefined => {
	const ports = [source.port, destination?.port].filter((port) => port !== undefined && Number.isInteger(port) && port > 0 && port < 65536);
	return ports.length === 0 ? undefined : Math.min(...(ports as number[]));
};

/** Both directions between the two ends, with and without a VLAN tag (the word `vlan` moves every offset after it, so the rest is said twice). */
export function captureFilter(source: Party, destination: Party | undefined): string | undefined {
	const terms = [host(source), host(destination)].filter((term) => term !== undefined);
	if (terms.length === 0) return undefined;
	const port = servicePort(source, destination);
	if (port !== undefined) terms.push(`port ${port}`);
	const text = terms.join(" and ");
	return `(${text}) or (vlan and ${text})`;
}
