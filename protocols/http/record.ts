/** The fields of a `decode` line, by the names of Zeek's http.log where it has one. */
import type { HttpObservation } from "./observation.ts";

export function recordOf(o: HttpObservation): Record<string, unknown> {
	const { request } = o;
	const { management } = o;
	const isRequest = o.kind === "request" || o.kind === "unanswered";
	return {
		...(o.kind === "malformed" && { sender: o.isFromServer ? "server" : "client" }),
		...(request !== undefined && { method: request.method, host: request.host, uri: request.uri }),
		...(isRequest &&
			request !== undefined && {
				...(o.version !== "" && { version: o.version }),
				...(request.userAgent !== "" && { userAgent: request.userAgent }),
				...(request.referrer !== "" && { referrer: request.referrer }),
				...(request.scheme !== "" && {
					authorization: {
						scheme: request.scheme,
						...(request.userName !== "" && { userName: request.userName }),
						...(request.hasPassword && { password: "(present)", inClear: true }),
					},
				}),
			}),
		...(o.kind === "response" && {
			version: o.version,
			statusCode: o.statusCode,
			...(o.statusMessage !== "" && { statusMessage: o.statusMessage }),
			...(o.server !== "" && { software: o.server }),
			...(o.challenges.length > 0 && { challenges: [...o.challenges] }),
			...(o.realm !== "" && { realm: o.realm }),
			...(o.location !== "" && { location: o.location }),
			...(o.fileName !== "" && { fileName: o.fileName }),
			...(o.login !== "" && { login: o.login }),
		}),
		...(o.contentType !== "" && { contentType: o.contentType }),
		...(o.contentLength >= 0 && { contentLength: o.contentLength }),
		...(o.isChunked && { chunked: true }),
		...(o.upgrade !== "" && { upgrade: o.upgrade }),
		...(o.kind === "response" && { matched: request !== undefined }),
		...(o.latency >= 0 && { latencyMs: Math.round(o.latency) / 1000 }),
		...(request !== undefined && request.frame !== o.frame && { requestFrame: request.frame }),
		...(management !== undefined && {
			action: management.action,
			...(management.resource !== "" && { resource: management.resource }),
			...(management.commandLine !== "" && { commandLine: management.commandLine }),
		}),
		...(o.attack !== undefined && { attack: { ...o.attack } }),
		...(o.violations.length > 0 && { violations: [...o.violations] }),
	};
}
