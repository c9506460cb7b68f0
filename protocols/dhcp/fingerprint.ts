/**
 * What a client's software is, by what it asks with: vendor class (RFC 2132, 9.13), client id (9.14) and the list of the parameters that it wants, in its order (9.8). Of each only what the software's own
 * source, or its maker, shows; a client may choose all of it freely.
 */
import type { DhcpObservation } from "./observation.ts";

/** What is known of a client. */
export interface Fingerprint {
	operatingSystem?: string;
	vendor?: string;
	model?: string;
	firmware?: string;
	/** A list of parameters alone says it: others may ask for the same. */
	isPresumed: boolean;
}

type Known = Omit<Fingerprint, "isPresumed">;

/** The first vendor class that fits. Set by the makers of the systems and devices, and by `dhcpcd` from `uname`. */
const CLASSES: readonly (readonly [RegExp, (found: RegExpExecArray) => Known])[] = [
	// [MS-DHCPE] 2.2.3.
	[/^MSFT \d/, () => ({ operatingSystem: "Windows" })],
	[/^android-dhcp-(\d{1,3})/, (found) => ({ operatingSystem: `Android ${found[1]}` })],
	[
		/^dhcpcd[-:][^:]{0,64}:(Linux|FreeBSD|NetBSD|OpenBSD|Darwin)-([\w.+-]{1,48})/,
		(found) => ({ operatingSystem: `${found[1]} ${found[2]}` }),
	],
	[/^udhcp /, () => ({ operatingSystem: "Linux (BusyBox)" })],
	[/^Linux ([\w.+-]{1,48})/, (found) => ({ operatingSystem: `Linux ${found[1]}` })],
	// Axis's parameter Network.DHCP.VendorClass: kind, model, firmware.
	[/^AXIS,[^,]{1,32},([^,]{1,32}),([\w.]{1,24})$/, (found) => ({ vendor: "Axis Communications", model: found[1]!, firmware: found[2]! })],
	// Cisco, "DHCP option 43 for lightweight access points".
	[/^Cisco AP (c\d{3,4}\w{0,8})$/, (found) => ({ vendor: "Cisco", model: found[1]! })],
];

/** systemd's DUID (sd-dhcp-client, `dhcp-duid-internal.h`): kind 2, of the enterprise 43793. */
const SYSTEMD = /^ff:..:..:..:..:00:02:00:00:ab:11:/;

/** Lists of parameters as the software has them in its source. */
const LISTS: Readonly<Record<string, string>> = {
	// Debian's dhclient.conf, and dhclient.c of ISC without one.
	"1,28,2,3,15,6,119,12,44,47,26,121,42": "Linux (dhclient)",
	"1,28,2,3,15,6,12": "dhclient",
	// Linux, BusyBox: networking/udhcp/dhcpc.c, before and since it asks for the time.
	"1,3,6,12,15,28": "Linux (BusyBox)",
	"1,3,6,12,15,28,42": "Linux (BusyBox)",
	// lwIP, core/ipv4/dhcp.c, with and without names and time: what small devices are made with.
	"1,3,28": "lwIP",
	"1,3,28,6": "lwIP",
	"1,3,28,42": "lwIP",
	"1,3,28,6,42": "lwIP",
};
/** [MS-DHCPE] 2.2.8: routes in the form that Windows alone asks for, and NetBIOS with it. */
const WINDOWS = [249, 44, 46, 47] as const;

export function fingerprintOf({ vendorClass, clientId, parameters }: DhcpObservation): Fingerprint | undefined {
	for (const [pattern, words] of CLASSES) {
		const found = pattern.exec(vendorClass);
		if (found !== null) return { ...words(found), isPresumed: false };
	}
	if (SYSTEMD.test(clientId)) return { operatingSystem: "Linux (systemd)", isPresumed: false };
	const operatingSystem = LISTS[parameters.join()] ?? (isWindows(parameters) ? "Windows" : undefined);
	return operatingSystem === undefined ? undefined : { operatingSystem, isPresumed: true };
}

/** dhclient of Ubuntu asks for 249 and the like too, behind its own list, which begins otherwise. */
const isWindows = (parameters: readonly number[]): boolean =>
	parameters[0] === 1 && parameters[1] !== 28 && WINDOWS.every((code) => parameters.includes(code));
