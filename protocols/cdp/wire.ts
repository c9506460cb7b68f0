/** CDP in SNAP (Cisco, "Frame Format of the Cisco Discovery Protocol"; TLVs as its software development kit names them). */

/** DSAP, SSAP, control (IEEE 802.2), Cisco's organisation and the type of CDP. */
export const SNAP_HEADER = [0xaa, 0xaa, 0x03, 0x00, 0x00, 0x0c, 0x20, 0x00] as const;
/** Version, time to live, checksum. */
export const HEADER = 4;
/** Type and length, which counts both. */
export const TLV_HEADER = 4;
export const TYPE = {
	deviceId: 1,
	addresses: 2,
	portId: 3,
	capabilities: 4,
	softwareVersion: 5,
	platform: 6,
	nativeVlan: 10,
	managementAddresses: 22,
} as const;

/** An address: protocol type, its length, the protocol, length of the address, the address. */
export const NLPID = { type: 1, ip: 0xcc } as const;
