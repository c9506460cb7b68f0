/** What MODBUS/TCP Security adds to TLS (MB-TCP-Security v21): a port, and a role in the client's certificate. */

/** Registered as "mbaps" (6.1). */
export const PORT = 802;
/** The role extension of a client's certificate (8.3, figure 9): one UTF8String. */
export const ROLE_OID = "1.3.6.1.4.1.50316.802.1";

const UTF8_STRING = 0x0c;
/** Roles are cut here: they come from the wire. */
const MAX_ROLE = 256;

/** The role in the value of its extension; undefined where it is no UTF8String. Bytes that are not ASCII are shown as `?`. */
export function roleOf(value: Uint8Array): string | undefined {
	if (value.length < 2 || value[0] !== UTF8_STRING) return undefined;
	const start = value[1]! < 0x80 ? 2 : 2 + (value[1]! & 0x7f);
	let role = "";
	for (let at = start; at < value.length && role.length < MAX_ROLE; at++) {
		const byte = value[at]!;
		role += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "?";
	}
	return role;
}
