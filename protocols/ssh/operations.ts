/**
 * SSH in neutral words: a connection that agreed on its keys, and a login, each an `authenticate`; with what both ends showed of themselves. What is said and copied inside is encrypted, and no
 * operation.
 */
import type { Operation, OperationSink, Outcome } from "../../src/decode/protocol.ts";
import { OPERATION, OUTCOME, reasonName, weaknessOf } from "./codes.ts";
import type { SshObservation } from "./observation.ts";
import { softwareOf } from "./software.ts";

export const operationName = (code: number): string => (code === OPERATION.login ? "log in" : "begin a connection in SSH");

export const outcomeName = (code: number): string =>
	code === OUTCOME.noAgreement ? "no algorithm is known to both" : code === OUTCOME.notLetIn ? "not let in" : reasonName(code);

export function operations(o: SshObservation, sink: OperationSink): void {
	switch (o.kind) {
		case "version":
			identify(o, sink);
			if (o.agreedVersion !== 1) return;
			begin(o, sink, OPERATION.connect, "ok");
			sink.commit();
			sink.credential({ kind: "security", text: "SSH 1", isServer: false, rank: 0 });
			return;
		case "no-agreement":
			begin(o, sink, OPERATION.connect, "refused", OUTCOME.noAgreement);
			sink.commit();
			return;
		case "host-key":
			sink.credential({ kind: `${o.hostKeyType} host key`, text: o.fingerprint, isServer: true, port: o.serverPort });
			return;
		case "new-keys":
			if (!o.isComplete) return;
			begin(o, sink, OPERATION.connect, "ok");
			sink.commit();
			if (o.agreement !== undefined) {
				const weak = weakestOf(o);
				sink.credential({
					kind: "security",
					text: weak === undefined ? "SSH 2" : `SSH 2 with ${weak}`,
					isServer: false,
					rank: weak === undefined ? 2 : 1,
				});
			}
			return;
		case "login":
			begin(o, sink, OPERATION.login, o.isLetIn ? "ok" : "refused", o.isLetIn ? 0 : OUTCOME.notLetIn);
			sink.commit();
	}
}

function begin(o: SshObservation, sink: OperationSink, code: number, outcome: Outcome, outcomeCode = 0): Operation {
	const operation = sink.begin(-1);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.requestFrame > 0 ? o.requestFrame : o.frame;
	operation.verb = "authenticate";
	operation.code = code;
	operation.outcome = outcome;
	operation.outcomeCode = outcomeCode;
	operation.latency = o.latency;
	return operation;
}

/** The first of what was agreed on that is not safe any more. */
const weakestOf = ({ agreement }: SshObservation): string | undefined =>
	[agreement!.kex, agreement!.hostKey, ...agreement!.cipher, ...agreement!.mac].find((name) => weaknessOf(name) !== undefined);

function identify(o: SshObservation, sink: OperationSink): void {
	const ip = o.isFromServer ? o.ends.server : o.ends.client;
	if (ip === undefined || o.software === "") return;
	const { application, vendor, operatingSystem } = softwareOf(o.software, o.comments);
	sink.identity({
		ip,
		application,
		...(vendor !== "" && { vendor }),
		...(operatingSystem !== "" && { operatingSystem }),
		presumed: true,
		evidence: "SSH version",
	});
}
