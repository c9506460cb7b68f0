/**
 * Services that are recognised but not decoded: first bytes (from the specification named beside each), then registered ports (IANA).
 * A flow gets the name; its contents are not looked at further.
 */
import type { ServiceRecord } from "../src/decode/service.ts";
import { u8, u16 } from "../src/wire/bytes.ts";

type Test = (bytes: Uint8Array, start: number, end: number) => boolean;

/** True where the bytes begin with this ASCII text. */
const text =
	(...beginnings: string[]): Test =>
	(bytes, start, end) =>
		beginnings.some((beginning) => {
			if (end - start < beginning.length) return false;
			for (let at = 0; at < beginning.length; at++) if (bytes[start + at] !== beginning.charCodeAt(at)) return false;
			return true;
		});

const tcp = (name: string, ports: readonly number[], test?: Test): ServiceRecord => ({
	name,
	transport: "tcp",
	ports,
	...(test && { test }),
});
/** People work on machines over it. */
const remote = (record: ServiceRecord): ServiceRecord => ({ ...record, isRemoteAccess: true });
const udp = (name: string, ports: readonly number[], test?: Test): ServiceRecord => ({
	name,
	transport: "udp",
	ports,
	...(test && { test }),
});

/** TPKT (RFC 1006): version 3, reserved 0, length; then COTP (ISO 8073, 13): its length indicator and PDU type. */
const isCotp = (bytes: Uint8Array, start: number, end: number): boolean =>
	end - start >= 7 && u8(bytes, start) === 3 && u8(bytes, start + 1) === 0 && u16(bytes, start + 2) >= 7 && u8(bytes, start + 4) >= 2;

export const services: readonly ServiceRecord[] = [
	tcp("iso-tsap", [102], isCotp),
	remote(tcp("winrm", [5985, 5986])),
	// Tools by which somebody far away takes over the screen; as their makers document them.
	remote(tcp("teamviewer", [5938])),
	remote(tcp("anydesk", [6568, 7070])),
	remote(tcp("rustdesk", [21115, 21116, 21117])),
	remote(tcp("radmin", [4899])),
	remote(tcp("x11", [6000])),
	// [C706] 12.6: connection-oriented DCE RPC version 5.0, bind and its answers.
	tcp(
		"dcerpc",
		[135],
		(bytes, start, end) =>
			end - start >= 16 && u8(bytes, start) === 5 && u8(bytes, start + 1) === 0 && [11, 12, 13, 14, 15].includes(u8(bytes, start + 2)),
	),
	tcp("mssql", [1433]),
	tcp("postgresql", [5432]),
	tcp("mysql", [3306]),
	tcp("syslog", [601, 6514]),
	// RFC 5905, 7.3: version 1 to 4, client, server or broadcast, 48 bytes.
	{
		...udp(
			"ntp",
			[123],
			(bytes, start, end) =>
				end - start === 48 &&
				[3, 4, 5].includes(u8(bytes, start) & 7) &&
				((u8(bytes, start) >> 3) & 7) >= 1 &&
				((u8(bytes, start) >> 3) & 7) <= 4,
		),
		duty: "time",
	},
	udp("syslog", [514]),
	// SSDP rides on HTTP's syntax (UPnP Device Architecture 2.0, 1.2 and 1.3).
	udp("ssdp", [1900], text("M-SEARCH ", "NOTIFY ", "HTTP/1.1")),
	udp("ptp", [319, 320]),
	udp("quic", [443]),
	remote(udp("ipsec-ike", [500, 4500])),
	// Tunnels and the remote help of makers, by registered or usual port: no first byte of theirs is theirs alone.
	remote(udp("openvpn", [1194])),
	remote(tcp("openvpn", [1194])),
	remote(udp("wireguard", [51820])),
	remote(udp("l2tp", [1701])),
	remote(tcp("pptp", [1723])),
];
