/** RDP in neutral words: a connection that is asked for is an `authenticate`, with what both sides show of themselves. What is done on the screen is no operation. */
import type { OperationSink, Outcome } from "../../src/decode/protocol.ts";
import { CONNECT, methodName, SECURITY, STANDARD, securityNames, systemOfBuild } from "./codes.ts";
import type { RdpObservation } from "./observation.ts";

export function operations(o: RdpObservation, sink: OperationSink): void {
	switch (o.kind) {
		case "response":
			connect(o, sink, o.failure >= 0 ? "refused" : "ok");
			if (o.selectedProtocol > SECURITY.standard)
				sink.credential({
					kind: "security",
					text: securityNames(o.selectedProtocol).join(", "),
					isServer: false,
					rank: o.selectedProtocol === SECURITY.tls ? 2 : 3,
				});
			return;
		case "unanswered":
			connect(o, sink, "unanswered");
			return;
		case "client":
			identify(o, sink);
			return;
		case "server":
			sink.credential({
				kind: "security",
				text: `${STANDARD} with ${o.encryptionMethod < 0 ? "unknown encryption" : methodName(o.encryptionMethod)}`,
				isServer: false,
				rank: o.encryptionMethod > 0 ? 1 : 0,
			});
			if (o.certificate !== undefined) {
				const { thumbprint, thumbprint256, subject, issuer } = o.certificate;
				sink.credential({ kind: "certificate", text: thumbprint, isServer: true, port: o.serverPort, names: `${subject}|${issuer}` });
				sink.trace("certificate", thumbprint, true);
				sink.trace("certificate", thumbprint256, true);
			}
			return;
		case "information":
			if (o.user !== "") sink.credential({ kind: "user", text: o.domain === "" ? o.user : `${o.domain}\\${o.user}`, isServer: false });
	}
}

function connect(o: RdpObservation, sink: OperationSink, outcome: Outcome): void {
	const operation = sink.begin(-1);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.requestFrame;
	operation.verb = "authenticate";
	operation.code = CONNECT;
	operation.outcome = outcome;
	operation.outcomeCode = outcome === "refused" ? o.failure : 0;
	operation.latency = o.latency;
	sink.commit();
}

function identify(o: RdpObservation, sink: OperationSink): void {
	const { name, build } = o.client!;
	const operatingSystem = systemOfBuild(build);
	if (o.ends.client === undefined || (name === "" && operatingSystem === "")) return;
	sink.identity({
		ip: o.ends.client,
		...(name !== "" && { hostName: name }),
		...(operatingSystem !== "" && { operatingSystem }),
		presumed: true,
		evidence: "RDP client settings",
	});
}
