/** A login (RFC 4954): what the client's and the server's lines say in base64, by the mechanism. Passwords are never kept. */
import { base64Of } from "../../src/wire/base64.ts";
import { NTLM, ntlmAt, ntlmIn } from "../../src/wire/ntlm.ts";
import { utf8Of } from "../../src/wire/text.ts";
import type { SmtpIdentity } from "./observation.ts";

/** Characters of a line that are read: an NTLM message with its names has fewer. */
const MAX_BASE64 = 8192;
const MAX_TEXT = 256;
const LATIN = new TextDecoder("latin1");

/** What one line of a login said. */
export interface LoginLine {
	/** Empty where it does not say. */
	readonly userName: string;
	readonly hasPassword: boolean;
	readonly identity: SmtpIdentity | undefined;
}

const NOTHING: LoginLine = { userName: "", hasPassword: false, identity: undefined };

const decoded = (bytes: Uint8Array, start: number, end: number): Uint8Array =>
	base64Of(LATIN.decode(bytes.subarray(start, Math.min(end, start + MAX_BASE64))));

const textOf = (bytes: Uint8Array, start = 0, end = bytes.length): string => utf8Of(bytes, start, Math.min(end, start + MAX_TEXT));

/** A line of the client; `step` counts those before it in this login. */
export function saidByClient(mechanism: string, step: number, bytes: Uint8Array, start: number, end: number): LoginLine {
	const message = decoded(bytes, start, end);
	if (message.length === 0) return NOTHING;
	switch (mechanism) {
		case "PLAIN": {
			// RFC 4616, 2: for whom, user, password.
			const first = message.indexOf(0);
			const second = first < 0 ? -1 : message.indexOf(0, first + 1);
			return second < 0
				? NOTHING
				: { userName: textOf(message, first + 1, second), hasPassword: message.length > second + 1, identity: undefined };
		}
		case "LOGIN":
			// draft-murchison-sasl-login-00, 2: user, then password.
			return step === 0 ? { ...NOTHING, userName: textOf(message) } : { ...NOTHING, hasPassword: true };
		case "CRAM-MD5": {
			// RFC 2195, 2: user, a space, and the answer to the challenge.
			const space = message.lastIndexOf(0x20);
			return space < 0 ? NOTHING : { ...NOTHING, userName: textOf(message, 0, space) };
		}
		case "XOAUTH2":
		case "OAUTHBEARER":
			return { ...NOTHING, userName: /(?:user=|,a=)([^\ufffd,]{1,256})/.exec(utf8Of(message, 0, message.length))?.[1] ?? "" };
		default: {
			const ntlm = ntlmOf(message);
			if (ntlm?.type !== NTLM.authenticate) return NOTHING;
			const { user, domain, workstation, version } = ntlm;
			return {
				userName: domain === "" || user === "" ? user : `${domain}\\${user}`,
				hasPassword: false,
				identity: { isServer: false, hostName: workstation, version },
			};
		}
	}
}

/** What a challenge says of the server. */
export function saidByServer(bytes: Uint8Array, start: number, end: number): SmtpIdentity | undefined {
	const ntlm = ntlmOf(decoded(bytes, start, end));
	return ntlm?.type === NTLM.challenge ? { isServer: true, hostName: ntlm.dnsComputer || ntlm.computer, version: ntlm.version } : undefined;
}

function ntlmOf(message: Uint8Array) {
	const at = ntlmIn(message, 0, message.length);
	return at < 0 ? undefined : ntlmAt(message, at, message.length);
}
