/** A ClientHello written out from what it offers (RFC 8446, 4.1.2). */
import type { Ja4Parts } from "../../src/wire/ja4.ts";
import { join } from "../support/decoderHarness.ts";

const u16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 255);
const words = (values: readonly number[]): Uint8Array => join(...values.map(u16));
const behind = (bytes: Uint8Array): Uint8Array => join(u16(bytes.length), bytes);

/** Its body, behind the handshake header. */
export function clientHello(
	{ version, cipherSuites, extensions, signatureAlgorithms, firstProtocol }: Ja4Parts,
	name = "plc.example",
): Uint8Array {
	const host = Uint8Array.from(name, (letter) => letter.charCodeAt(0));
	const data: Readonly<Record<number, Uint8Array>> = {
		0: behind(join(Uint8Array.of(0), behind(host))),
		13: behind(words(signatureAlgorithms)),
		16: firstProtocol === undefined ? new Uint8Array(0) : behind(join(Uint8Array.of(firstProtocol.length), firstProtocol)),
		43: join(Uint8Array.of(6), words([0x2a2a, version, 0x0303])),
	};
	const listed = join(...extensions.map((type) => join(u16(type), behind(data[type] ?? new Uint8Array(0)))));
	return join(
		u16(Math.min(version, 0x0303)),
		new Uint8Array(32).fill(7),
		Uint8Array.of(0),
		behind(words(cipherSuites)),
		Uint8Array.of(1, 0),
		behind(listed),
	);
}
