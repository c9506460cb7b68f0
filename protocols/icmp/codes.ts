/** Types and codes (IANA ICMP and ICMPv6 Parameters). */

export const V4_TYPE = {
	echoReply: 0,
	unreachable: 3,
	quench: 4,
	redirect: 5,
	echo: 8,
	advertisement: 9,
	exceeded: 11,
	parameter: 12,
} as const;
export const V6_TYPE = {
	unreachable: 1,
	tooBig: 2,
	exceeded: 3,
	parameter: 4,
	echo: 128,
	echoReply: 129,
	solicitation: 133,
	advertisement: 134,
	neighbourSolicitation: 135,
	neighbourAdvertisement: 136,
	redirect: 137,
} as const;

const V4_NAMES: Readonly<Record<number, string>> = {
	0: "echo reply",
	3: "destination unreachable",
	4: "source quench",
	5: "redirect",
	8: "echo",
	9: "router advertisement",
	10: "router solicitation",
	11: "time exceeded",
	12: "parameter problem",
	13: "timestamp",
	14: "timestamp reply",
	17: "address mask request",
	18: "address mask reply",
	40: "security failure",
	42: "extended echo",
	43: "extended echo reply",
};
const V6_NAMES: Readonly<Record<number, string>> = {
	1: "destination unreachable",
	2: "packet too big",
	3: "time exceeded",
	4: "parameter problem",
	128: "echo",
	129: "echo reply",
	130: "multicast listener query",
	131: "multicast listener report",
	132: "multicast listener done",
	133: "router solicitation",
	134: "router advertisement",
	135: "neighbour solicitation",
	136: "neighbour advertisement",
	137: "redirect",
	138: "router renumbering",
	139: "node information query",
	140: "node information reply",
	141: "inverse neighbour solicitation",
	142: "inverse neighbour advertisement",
	143: "multicast listener report, version 2",
	144: "home agent discovery",
	145: "home agent discovery reply",
	146: "mobile prefix solicitation",
	147: "mobile prefix advertisement",
	148: "certification path solicitation",
	149: "certification path advertisement",
	151: "multicast router advertisement",
	152: "multicast router solicitation",
	153: "multicast router termination",
	155: "routing of low-power networks",
	160: "extended echo",
	161: "extended echo reply",
};
const UNREACHABLE_V4: Readonly<Record<number, string>> = {
	0: "network",
	1: "host",
	2: "protocol",
	3: "port",
	4: "fragmentation needed",
	5: "source route failed",
	6: "network unknown",
	7: "host unknown",
	9: "network prohibited",
	10: "host prohibited",
	13: "communication prohibited",
};
const UNREACHABLE_V6: Readonly<Record<number, string>> = {
	0: "no route",
	1: "communication prohibited",
	2: "beyond scope",
	3: "address",
	4: "port",
	5: "source address failed policy",
	6: "route rejected",
};

/** Errors quote the packet that they are about. */
export const isError = (version: 4 | 6, type: number): boolean =>
	version === 4
		? [V4_TYPE.unreachable, V4_TYPE.quench, V4_TYPE.redirect, V4_TYPE.exceeded, V4_TYPE.parameter].includes(type as never)
		: type < 128;

export const isAssigned = (version: 4 | 6, type: number): boolean => (version === 4 ? V4_NAMES : V6_NAMES)[type] !== undefined;
export const typeName = (version: 4 | 6, type: number): string => (version === 4 ? V4_NAMES : V6_NAMES)[type] ?? `type ${type}`;

/** Why something cannot be reached; undefined for other messages. */
export function reasonName(version: 4 | 6, type: number, code: number): string | undefined {
	if (version === 4 ? type !== V4_TYPE.unreachable : type !== V6_TYPE.unreachable) return undefined;
	return (version === 4 ? UNREACHABLE_V4 : UNREACHABLE_V6)[code] ?? `code ${code}`;
}
