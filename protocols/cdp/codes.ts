/** Capabilities by bit, as Cisco names them. */
const CAPABILITIES: readonly string[] = [
	"router",
	"transparent bridge",
	"source-route bridge",
	"switch",
	"host",
	"IGMP capable",
	"repeater",
	"phone",
	"remotely managed",
];
export const CAPABILITY = { router: 1, bridge: 2, switch: 8 } as const;

/** Those whose bits are set. */
export const capabilityNames = (bits: number): string[] => CAPABILITIES.filter((_, bit) => (bits >> bit) & 1);
