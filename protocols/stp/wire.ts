/** BPDUs behind LLC (IEEE 802.1D-2004, 9.3; IEEE 802.1Q-2018, 14), and Cisco's of each VLAN in SNAP, whose layout is the same. */

/** DSAP, SSAP, control (IEEE 802.1D-2004, 7.12.3). */
export const LLC_HEADER = [0x42, 0x42, 0x03] as const;
/** Of Cisco's: SNAP with its organisation and the type of PVST+. */
export const PVST_HEADER = [0xaa, 0xaa, 0x03, 0x00, 0x00, 0x0c, 0x01, 0x0b] as const;
export const OFFSET = { protocol: 0, version: 2, type: 3, flags: 4, root: 5, cost: 13, bridge: 17, port: 25 } as const;
/** Behind a BPDU of PVST+, at this offset: type 0, length 2, and the VLAN whose tree it is. */
export const PVST_VLAN = { offset: 36, head: 0x0002, length: 6 } as const;
/** Bytes of the notification of a changed topology, and least of the others. */
export const LENGTH = { notification: 4, configuration: 35 } as const;
export const TYPE = { configuration: 0x00, rapid: 0x02, notification: 0x80 } as const;
/** Bits of `flags`. */
export const FLAG = { topologyChange: 1 } as const;
/** A bridge is a priority of two bytes and a MAC address. */
export const BRIDGE = { mac: 2, length: 8 } as const;
