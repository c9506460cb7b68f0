/** Offsets and lengths of EtherCAT (ETG.1000.4, IEC 61158-4-12): the frame, its datagrams, and mailboxes; all little-endian. */

export const ETHER_TYPE = 0x88a4;
/** IANA: ethercat. */
export const PORT = 34980;

/** 5.3.1: length and type of a frame. */
export const FRAME = { header: 2, length: 0x07ff, typeShift: 12, datagrams: 1 } as const;
/** 5.4.1: a datagram; its data is followed by the working counter. */
export const DATAGRAM = { command: 0, index: 1, address: 2, offset: 4, length: 6, data: 10, counter: 2 } as const;
export const LENGTH = { mask: 0x07ff, more: 0x8000 } as const;
/** 5.6: mailbox header. */
export const MAILBOX = { length: 0, address: 2, type: 5, body: 6 } as const;
/** ETG.1000.6, 5.6: CoE: number and service, then the SDO. */
export const COE = { serviceShift: 12, sdo: 2, index: 3, subindex: 5, data: 6, size: 10, block: 10 } as const;
/** ETG.1000.6, 5.8: FoE: what is asked, then a password, a number or an error, then text or data. */
export const FOE = { code: 0, value: 2, text: 6 } as const;
