/** System capabilities by bit (IEEE 802.1AB-2016, 8.5.8.1). */
const CAPABILITIES: readonly string[] = [
	"other",
	"repeater",
	"bridge",
	"access point",
	"router",
	"telephone",
	"cable device",
	"station",
	"C-VLAN component",
	"S-VLAN component",
	"two-port relay",
];
export const CAPABILITY = { bridge: 1 << 2, accessPoint: 1 << 3, router: 1 << 4 } as const;

/** Those whose bits are set. */
export const capabilityNames = (bits: number): string[] => CAPABILITIES.filter((_, bit) => (bits >> bit) & 1);
