/** Messages of SSH written out (RFC 4253), for its tests and for the catalogue. */
import { join } from "../support/decoderHarness.ts";

export const line = (text: string): Uint8Array => Buffer.from(`${text}\r\n`);
export const u32 = (value: number): Uint8Array => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
export const string = (value: string | Uint8Array): Uint8Array => {
	const bytes = typeof value === "string" ? Buffer.from(value) : value;
	return join(u32(bytes.length), bytes);
};

/** 6: a packet in the clear. */
export function packet(...parts: readonly Uint8Array[]): Uint8Array {
	const payload = join(...parts);
	const padding = 4 + ((8 - ((payload.length + 9) % 8)) % 8);
	return join(u32(payload.length + padding + 1), Uint8Array.of(padding), payload, new Uint8Array(padding));
}

export interface Offer {
	kex: string;
	hostKey: string;
	cipher: string;
	mac: string;
	zip: string;
	/** Of the server's packets, where they are others. */
	down?: string;
}
const OFFER: Offer = {
	kex: "curve25519-sha256",
	hostKey: "ssh-ed25519",
	cipher: "chacha20-poly1305@openssh.com",
	mac: "hmac-sha2-256",
	zip: "none",
};

/** 7.1 */
export function keyExchangeInit(offer: Partial<Offer> = {}): Uint8Array {
	const { kex, hostKey, cipher, mac, zip, down } = { ...OFFER, ...offer };
	const lists = [kex, hostKey, cipher, down ?? cipher, mac, mac, zip, zip, "", ""];
	return packet(Uint8Array.of(20), new Uint8Array(16).fill(9), ...lists.map(string), Uint8Array.of(0), u32(0));
}

export const ED25519 = join(string("ssh-ed25519"), string(new Uint8Array(32).fill(3)));
/** 6.6: of so many bits. */
export const rsaKey = (bits: number): Uint8Array =>
	join(string("ssh-rsa"), string(Uint8Array.of(1, 0, 1)), string(join(Uint8Array.of(0), new Uint8Array(bits / 8).fill(0xaa))));

/** 8: key, the server's value, signature. */
export const reply = (key: Uint8Array, type = 31): Uint8Array =>
	packet(Uint8Array.of(type), string(key), string(new Uint8Array(32).fill(1)), string(new Uint8Array(70).fill(2)));
export const NEW_KEYS = packet(Uint8Array.of(21));
