/** NTLM messages with the bytes written out ([MS-NLMP] 2.2), bare and inside other bytes, whole and cut. */
import { describe, expect, it } from "vitest";
import { ntlmAt, ntlmIn, systemOf } from "../../src/wire/ntlm.ts";
import { le16, le32, narrow, ntlmAuthenticate, ntlmChallenge, ntlmNegotiate, wide } from "../protocols/smbMessages.ts";
import { hex, join } from "../support/decoderHarness.ts";

const read = (bytes: Uint8Array) => ntlmAt(bytes, 0, bytes.length);

describe("NTLM", () => {
	it("is found inside a token, and nowhere else", () => {
		const token = join(hex("6048 0606 2b06 4e54 4c4d"), ntlmNegotiate());
		expect(ntlmIn(token, 0, token.length)).toBe(10);
		expect(ntlmIn(token, 0, 14)).toBe(-1);
		expect(ntlmIn(narrow("NTLMSSP is no message"), 0, 21)).toBe(-1);
	});

	it("tells the client's names of a negotiate message, which are never Unicode", () => {
		const bytes = join(
			narrow("NTLMSSP\0"),
			le32(1),
			le32(0x02003000),
			le16(5),
			le16(5),
			le32(45),
			le16(5),
			le16(5),
			le32(40),
			hex("0601b11d 0000000f"),
			narrow("HMI-1PLANT"),
		);
		expect(read(bytes)).toMatchObject({ type: 1, domain: "PLANT", workstation: "HMI-1", version: "6.1.7601" });
		expect(read(ntlmNegotiate())).toMatchObject({ domain: "", workstation: "", version: "10.0.17763" });
	});

	it("tells the server's names of a challenge", () => {
		expect(read(ntlmChallenge())).toMatchObject({
			type: 2,
			computer: "PLANT-SRV",
			targetDomain: "PLANT",
			dnsComputer: "srv.plant.example",
			dnsDomain: "plant.example",
			version: "10.0.17763",
		});
		// Programs that are no Windows say no build.
		expect(read(ntlmChallenge({ version: hex("0601 0000 000000 0f") }))).toMatchObject({ version: "" });
	});

	it.each([
		[96, "NTLMv2"],
		[24, "NTLMv1"],
	])("tells who logs in, and how (a response of %i bytes)", (response, kind) => {
		expect(read(ntlmAuthenticate({ response }))).toMatchObject({
			type: 3,
			user: "operator",
			domain: "PLANT",
			workstation: "HMI-1",
			response: kind,
			isAnonymous: false,
		});
	});

	it("knows nobody", () => {
		expect(read(ntlmAuthenticate({ user: "", response: 0 }))).toMatchObject({ user: "", isAnonymous: true, response: "" });
	});

	it("reads nothing outside, and no other type", () => {
		for (const bytes of [ntlmNegotiate(), ntlmChallenge(), ntlmAuthenticate()])
			for (let cut = 12; cut < bytes.length; cut++) {
				const padded = join(bytes.subarray(0, cut), new Uint8Array(200).fill(0x41));
				expect(ntlmAt(padded, 0, cut)).toEqual(ntlmAt(bytes.slice(0, cut), 0, cut));
			}
		expect(read(join(narrow("NTLMSSP\0"), le32(4), wide("something that is long enough")))).toBeUndefined();
	});

	it.each([
		["10.0.17763", "Windows 10 or later (10.0.17763)"],
		["5.1.2600", "Windows XP (5.1.2600)"],
		["4.0.1381", "Windows (4.0.1381)"],
	])("names the system of %s", (version, name) => {
		expect(systemOf(version)).toBe(name);
	});
});
