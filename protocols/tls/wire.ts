/** Where TLS is usual, and how much of it is read. The bytes themselves are read by `src/wire/tls.ts`. */
import { u8, u16 } from "../../src/wire/bytes.ts";

/** HTTPS, its usual other port, and MQTT inside TLS (IANA). */
export const PORTS: readonly number[] = [443, 8443, 8883];
/** One handshake message with the records that it lies in; a chain of certificates of a device is far smaller. */
export const MAX_MESSAGE = 65_536;

/** Type and length of what is to be sent back; padding behind it (RFC 6520, 4). */
const HEARTBEAT = { header: 3, padding: 16, request: 1 } as const;

/** A heartbeat request may not ask for more than it brings: who answers one that does gives memory away. */
export const heartbeatFits = (bytes: Uint8Array, from: number, to: number): boolean =>
	u8(bytes, from) !== HEARTBEAT.request || HEARTBEAT.header + u16(bytes, from + 1) + HEARTBEAT.padding <= to - from;
