/** SHA-256 (FIPS 180-4, 6.2) of short ASCII texts, for fingerprints: a decoder may use no module of the system. What is long or secret is hashed elsewhere. */

/** First 32 bits of the fractional parts of the cube roots of the first 64 primes (4.2.2), and of the square roots of the first 8 (5.3.3). */
const { K, H } = constants();

function constants(): { K: Int32Array; H: Int32Array } {
	const k = new Int32Array(64);
	const h = new Int32Array(8);
	const fraction = (root: number): number => ((root - Math.floor(root)) * 2 ** 32) | 0;
	let found = 0;
	for (let one = 2; found < 64; one++) {
		let isPrime = true;
		for (let divisor = 2; divisor * divisor <= one; divisor++) if (one % divisor === 0) isPrime = false;
		if (!isPrime) continue;
		if (found < 8) h[found] = fraction(Math.sqrt(one));
		k[found++] = fraction(Math.cbrt(one));
	}
	return { K: k, H: h };
}

const turned = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

const words = new Int32Array(64);

function compress(state: Int32Array, block: Uint8Array, at: number): void {
	for (let t = 0; t < 16; t++) {
		const from = at + 4 * t;
		words[t] = (block[from]! << 24) | (block[from + 1]! << 16) | (block[from + 2]! << 8) | block[from + 3]!;
	}
	for (let t = 16; t < 64; t++) {
		const near = words[t - 2]!;
		const far = words[t - 15]!;
		const low = turned(far, 7) ^ turned(far, 18) ^ (far >>> 3);
		const high = turned(near, 17) ^ turned(near, 19) ^ (near >>> 10);
		words[t] = (words[t - 16]! + low + words[t - 7]! + high) | 0;
	}
	let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
	for (let t = 0; t < 64; t++) {
		const one = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + K[t]! + words[t]!) | 0;
		const two = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
		h = g;
		g = f;
		f = e;
		e = (d + one) | 0;
		d = c;
		c = b;
		b = a;
		a = (one + two) | 0;
	}
	for (const [index, value] of [a, b, c, d, e, f, g, h].entries()) state[index] = (state[index]! + value) | 0;
}

/** Lower-case hex of the SHA-256 of a text of ASCII characters. */
export function sha256Hex(text: string): string {
	const length = text.length;
	// A one bit, zeros, and the length in bits (5.1.1).
	const padded = new Uint8Array(64 * Math.ceil((length + 9) / 64));
	for (let at = 0; at < length; at++) padded[at] = text.charCodeAt(at);
	padded[length] = 0x80;
	new DataView(padded.buffer).setUint32(padded.length - 4, 8 * length);
	const state = H.slice();
	for (let at = 0; at < padded.length; at += 64) compress(state, padded, at);
	let hex = "";
	for (const word of state) hex += (word >>> 0).toString(16).padStart(8, "0");
	return hex;
}
