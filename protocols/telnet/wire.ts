/** Telnet (RFC 854, 855): commands inside the stream. Bytes alone, no state. */
export const IAC = 255;
export const COMMAND = { se: 240, sb: 250, will: 251, wont: 252, do: 253, dont: 254 } as const;
/** Bytes of a subnegotiation that are waited for; terminal types have at most 40 characters (RFC 1091), environments hundreds of bytes. */
export const MAX_SUBNEGOTIATION = 4096;

export const isNegotiation = (command: number): boolean => command >= COMMAND.will && command <= COMMAND.dont;
