/** Where TLS is usual, and how much of it is read. The bytes themselves are read by `src/wire/tls.ts`. */

/** HTTPS, its usual other port, and MQTT inside TLS (IANA). */
export const PORTS: readonly number[] = [443, 8443, 8883];
/** One handshake message with the records that it lies in; a chain of certificates of a device is far smaller. */
export const MAX_MESSAGE = 65_536;
