/** The fields of a `decode` line. */
import { alertName, suiteName, versionName } from "../../src/wire/tlsNames.ts";
import type { Credential, MbapsObservation, Traffic } from "./observation.ts";

const credentialOf = ({ facts, role }: Credential) => ({
	subject: facts.subject,
	issuer: facts.issuer,
	thumbprint: facts.thumbprint,
	validFrom: facts.validFrom,
	validTo: facts.validTo,
	keyType: facts.keyType,
	...(facts.keyBits > 0 && { keyBits: facts.keyBits }),
	...(role !== undefined && { role }),
});

const trafficOf = ({ records, bytes, smallest, largest }: Traffic) =>
	records === 0 ? { records, bytes } : { records, bytes, smallest, largest };

const perSecond = (count: number, micros: number): number => Math.round((1e9 * count) / micros) / 1000;

export function recordOf(o: MbapsObservation): Record<string, unknown> {
	if (o.kind === "traffic") {
		const { toServer, toClient, duration } = o;
		return {
			seconds: duration / 1e6,
			toServer: trafficOf(toServer),
			toClient: trafficOf(toClient),
			...(duration > 0 && { recordsPerSecond: perSecond(toServer.records + toClient.records, duration) }),
		};
	}
	return {
		...(o.version >= 0 && { version: versionName(o.version), cipherSuite: suiteName(o.cipherSuite) }),
		...(o.hello !== undefined && {
			offeredVersion: versionName(o.hello.version),
			offeredCipherSuites: o.hello.cipherSuites.map(suiteName),
			...(o.hello.serverName !== undefined && { serverName: o.hello.serverName }),
			...(o.hello.protocols.length > 0 && { alpn: o.hello.protocols }),
			...(o.hello.ja4 !== undefined && { ja4: o.hello.ja4 }),
		}),
		...(o.server !== undefined && { serverCertificate: credentialOf(o.server) }),
		...(o.client !== undefined && { clientCertificate: credentialOf(o.client) }),
		...(o.isClientAuthenticated !== undefined && { clientAuthenticated: o.isClientAuthenticated }),
		...(o.isResumed && { resumed: true }),
		...(o.kind === "refused" && { alert: o.alert, alertName: alertName(o.alert), sender: o.isFromServer ? "server" : "client" }),
		...(o.requestFrame > 0 && { requestFrame: o.requestFrame }),
		...(o.latency >= 0 && { latencyMs: o.latency / 1000 }),
	};
}
