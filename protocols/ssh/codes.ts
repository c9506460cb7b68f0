/** Messages (RFC 4250, 4.1), reasons to disconnect (4.2.2), algorithms that are broken (RFC 9142, 8758, 8429, 6151), and how long what is encrypted becomes on the wire. */

export const MESSAGE = {
	disconnect: 1,
	ignore: 2,
	unimplemented: 3,
	debug: 4,
	keyExchangeInit: 20,
	newKeys: 21,
	/** Their meaning is the method's: 30 and 31 of Diffie-Hellman (RFC 4253, 8; RFC 5656, 4), 30 to 34 of its group exchange (RFC 4419, 5), 30 of RSA (RFC 4432, 6). */
	method: 30,
	reply: 31,
	groupReply: 33,
	lastOfMethod: 49,
	/** RFC 4252: log in; RFC 4254: what is done afterwards. */
	userAuth: 50,
	connection: 80,
	lastOfConnection: 127,
} as const;

const MESSAGE_NAMES: Readonly<Record<number, string>> = {
	5: "service request",
	50: "userauth request",
	80: "global request",
	90: "channel open",
	94: "channel data",
	98: "channel request",
};
export const messageName = (type: number): string => MESSAGE_NAMES[type] ?? `message ${type}`;

const REASONS: Readonly<Record<number, string>> = {
	1: "host not allowed to connect",
	2: "protocol error",
	3: "key exchange failed",
	4: "reserved",
	5: "MAC error",
	6: "compression error",
	7: "service not available",
	8: "protocol version not supported",
	9: "host key not verifiable",
	10: "connection lost",
	11: "by application",
	12: "too many connections",
	13: "auth cancelled by user",
	14: "no more auth methods available",
	15: "illegal user name",
};
export const reasonName = (reason: number): string => REASONS[reason] ?? `reason ${reason}`;

/** Of an operation. */
export const OPERATION = { connect: 1, login: 2 } as const;
/** Outcome codes: no algorithm is known to both; the login was given up without being let in. Reasons to disconnect stand for themselves. */
export const OUTCOME = { noAgreement: 256, notLetIn: 257 } as const;

/** Why an algorithm must not be used any more, as the end of a sentence that begins with its name; undefined where it may. */
export function weaknessOf(name: string): string | undefined {
	if (name === "none") return "protects nothing";
	if (/^(?:diffie-hellman|gss)-group1-sha1/.test(name)) return "uses a group of 1024 bits, which has been broken ahead for all";
	if (name === "rsa1024-sha1") return "uses RSA of 1024 bits";
	if (/^arcfour/.test(name)) return "uses RC4, whose key stream gives away what it hides";
	if (/^(?:3des|des|blowfish|cast128|idea)-/.test(name)) return "is a cipher with blocks of 64 bits, or less safe";
	if (/^hmac-(?:md5|ripemd160)/.test(name)) return "uses a hash that is broken";
	if (/^hmac-sha1-96/.test(name)) return "is a code that is cut short, of a hash that is broken";
	if (/^ssh-dss/.test(name)) return "is a key of 1024 bits, signed with a hash that is broken";
	return undefined;
}
/** Keys of RSA and groups below are not safe any more (RFC 9142, 1.1). */
export const LEAST_BITS = 2048;

/** RFC 5647, 5116 and draft-ietf-sshm-chacha20-poly1305: ciphers that need no MAC. */
const isAead = (cipher: string): boolean => /gcm|^chacha20-poly1305/.test(cipher);
/** What Zeek and OpenSSH write in place of the MAC. */
export const macOf = (cipher: string, mac: string): string => (isAead(cipher) ? "implicit" : mac);

const blockOf = (cipher: string): number | undefined =>
	/^aes|^AEAD_AES|^rijndael|^camellia|^twofish|^serpent/.test(cipher)
		? 16
		: /^chacha20|^3des|^blowfish|^cast128|^arcfour/.test(cipher)
			? 8
			: undefined;

/** By the beginning of their names (RFC 4253, 6.4; RFC 6668; draft-miller-secsh-umac); those that are cut come first. */
const MAC_SIZES: readonly (readonly [RegExp, number])[] = [
	[/^hmac-(?:sha1|md5)-96/, 12],
	[/^hmac-sha2-512/, 64],
	[/^hmac-sha2-256/, 32],
	[/^hmac-(?:sha1|ripemd160)/, 20],
	[/^hmac-md5|^umac-128/, 16],
	[/^umac-64/, 8],
];

/** How packets of one direction lie on the wire. */
export interface Framing {
	readonly block: number;
	/** Bytes of MAC or tag. */
	readonly tag: number;
	/** The length is no part of what is filled up to blocks. */
	readonly isLengthApart: boolean;
	/** The length is in the clear. */
	readonly isLengthClear: boolean;
}

/** Undefined where an algorithm is not known. */
export function framingOf(cipher: string, mac: string): Framing | undefined {
	const block = blockOf(cipher);
	if (block === undefined) return undefined;
	if (isAead(cipher)) return { block, tag: 16, isLengthApart: true, isLengthClear: !cipher.startsWith("chacha20") };
	const tag = MAC_SIZES.find(([name]) => name.test(mac))?.[1];
	const isLengthApart = mac.includes("-etm@");
	return tag === undefined ? undefined : { block, tag, isLengthApart, isLengthClear: isLengthApart };
}

/** RFC 4253, 6: length, padding length, payload and at least four bytes of padding, filled up to blocks; then the MAC. */
export function sizeOf({ block, tag, isLengthApart }: Framing, payload: number): number {
	const before = isLengthApart ? 4 : 0;
	return before + Math.ceil((4 - before + 1 + payload + 4) / block) * block + tag;
}

/** Payloads of SSH_MSG_SERVICE_ACCEPT for "ssh-userauth" (RFC 4253, 10) and of SSH_MSG_USERAUTH_SUCCESS (RFC 4252, 5.1). */
export const PAYLOAD_SIZE = { serviceAccept: 17, success: 1 } as const;
