/**
 * HTTP in neutral words: a response says how its request ended; the path, without its query, is the point. What a login gave is an operation of its own. The Host
 * and names of programs and archives are held against lists of indicators. A web server steers no machine, so its points are not learned, however many there are.
 */
import type { Operation, OperationSink, Outcome } from "../../src/decode/protocol.ts";
import { codeOf, LOGIN, STATUS, verbOf } from "./codes.ts";
import type { HttpObservation, HttpRequest } from "./observation.ts";
import { applicationOf, systemOf, systemOfServer } from "./userAgent.ts";

/** Names of programs, scripts, installers, archives and images: what malware and updates come as. */
const CARRIER =
	/\.(?:exe|dll|sys|scr|ocx|cpl|msi|msp|com|bat|cmd|ps1|vbs|vbe|hta|js|jse|wsf|jar|class|apk|sh|elf|so|ko|py|pl|deb|rpm|zip|7z|rar|gz|tgz|bz2|xz|tar|cab|iso|img|bin|hex|fw|upd)$/i;
/** An address in place of a name. */
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[.*)$/;

export function operations(o: HttpObservation, sink: OperationSink): void {
	const { request } = o;
	if (o.kind === "request" && request !== undefined) {
		const host = request.host.replace(/:\d{1,5}$/, "");
		if (host !== "" && !ADDRESS.test(host)) sink.trace("domain", host, false);
		if (CARRIER.test(request.path)) sink.trace("file-name", request.path, false);
		if (o.isNewAgent) identifyClient(o, request, sink);
	} else if (o.kind === "response") {
		if (o.fileName !== "") sink.trace("file-name", o.fileName, true);
		if (o.isNewServer) identifyServer(o, sink);
		// An interim response (RFC 9110, 15.2) ends nothing.
		if (request === undefined || (o.statusCode < 200 && o.statusCode !== STATUS.switching)) return;
		const isRefused = o.statusCode >= STATUS.refused;
		if (o.login !== "") {
			const login = begin(o, request, sink, o.login);
			login.verb = "authenticate";
			login.code = LOGIN;
			sink.commit();
			if (o.login === "ok" && request.userName !== "") sink.credential({ kind: "user", text: request.userName, isServer: false });
		}
		const operation = begin(o, request, sink, isRefused ? "refused" : "ok");
		say(operation, request, sink);
	} else if (o.kind === "unanswered" && request !== undefined) say(begin(o, request, sink, "unanswered"), request, sink);
}

function begin(o: HttpObservation, request: HttpRequest, sink: OperationSink, outcome: Outcome): Operation {
	const operation = sink.begin(-1);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = request.frame;
	operation.outcome = outcome;
	operation.outcomeCode = outcome === "refused" ? o.statusCode : 0;
	operation.latency = o.latency;
	return operation;
}

function say(operation: Operation, request: HttpRequest, sink: OperationSink): void {
	operation.verb = verbOf(request.method);
	operation.code = codeOf(request.method);
	sink.named(request.path);
	sink.commit();
}

function identifyClient(o: HttpObservation, request: HttpRequest, sink: OperationSink): void {
	const application = applicationOf(request.userAgent);
	const operatingSystem = systemOf(request.userAgent);
	if (o.ends.client === undefined || (application === "" && operatingSystem === "")) return;
	sink.identity({
		ip: o.ends.client,
		...(application !== "" && { application }),
		...(operatingSystem !== "" && { operatingSystem }),
		presumed: true,
		evidence: "HTTP User-Agent",
	});
}

/** Devices name themselves in the realm of their login; so does many a program, with words of its own. */
function identifyServer(o: HttpObservation, sink: OperationSink): void {
	const operatingSystem = systemOfServer(o.server);
	if (o.server !== "")
		sink.identity({ application: o.server, ...(operatingSystem !== "" && { operatingSystem }), presumed: true, evidence: "HTTP Server" });
	if (o.realm !== "") sink.identity({ model: o.realm, presumed: true, evidence: "HTTP realm" });
}
