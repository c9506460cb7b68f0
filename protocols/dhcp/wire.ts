/** The BOOTP message that DHCP lives in: offsets (RFC 2131, 2, figure 1). */
export const OFFSET = {
	operation: 0,
	hardwareType: 1,
	hardwareLength: 2,
	hops: 3,
	transactionId: 4,
	seconds: 8,
	flags: 10,
	clientIp: 12,
	yourIp: 16,
	serverIp: 20,
	relayIp: 24,
	clientMac: 28,
	serverName: 44,
	file: 108,
	cookie: 236,
	options: 240,
} as const;
/** RFC 2131, 3. */
export const MAGIC_COOKIE = 0x63825363;
export const BOOT_REQUEST = 1;
export const BOOT_REPLY = 2;
