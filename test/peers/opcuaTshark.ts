/** OPC UA, message by message against tshark: its tree of every message and our line must say the same, field by field. */
import { byFrame, capturesOf, type Line, linesOf } from "./captures.ts";
import { inPairs, Tally } from "./tally.ts";
import { type Branch, treesOf, version } from "./tshark.ts";

type Nested = Record<string, unknown>;
const isNested = (value: unknown): value is Nested => typeof value === "object" && value !== null && !Array.isArray(value);

/** Where tshark names a field by its enumeration, or in words of its own. */
const NAMES: Readonly<Record<string, string>> = {
	messageSecurityMode: "securityMode",
	userTokenType: "tokenType",
	securityTokenRequestType: "requestType",
	"inner DiagnosticInfo": "innerDiagnosticInfo",
	"node Class Mask": "nodeClassMask",
	"result Mask": "resultMask",
};

const lowerFirst = (word: string): string => word.charAt(0).toLowerCase() + word.slice(1);

/** "NodesToRead: Array of ReadValueId" is `nodesToRead` and `Array of ReadValueId`; a leaf's type is empty. */
function titleOf(branch: Branch): { key: string; type: string } {
	if (branch.name === "") {
		const at = branch.show.indexOf(":");
		if (at < 0) return { key: "", type: branch.show.trim() };
		const key = lowerFirst(branch.show.slice(0, at).trim());
		return { key: NAMES[key] ?? key, type: branch.show.slice(at + 1).trim() };
	}
	const label = branch.label.replace(/^[.01 ]+ = /, "");
	const key = lowerFirst(label.slice(0, label.indexOf(":")).trim());
	return { key: NAMES[key] ?? key, type: "" };
}

const child = (branch: Branch, name: string): Branch | undefined => branch.children.find((one) => one.name === name);
const heading = (branch: Branch, key: string): Branch | undefined =>
	branch.children.find((one) => one.name === "" && titleOf(one).key === key);

/** What follows the name in a label: "Source (0x00000000)". */
const words = ({ label }: Branch): string => label.slice(label.indexOf(":") + 1).trim();
const isNullText = (branch: Branch): boolean => words(branch) === "[OpcUa Null String]" || words(branch) === "[OpcUa Null ByteString]";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** "Oct  6, 2022 16:40:07.369519000 UTC" as our ISO text; undefined where it is no time. */
export function isoOf(text: string): string | undefined {
	const parts = /^(\w{3}) +(\d+), (\d{4}) (\d\d:\d\d:\d\d)\.(\d{9}) UTC$/.exec(text);
	if (parts === null) return undefined;
	const [, month, day, year, clock, fraction] = parts as unknown as string[];
	const date = `${year}-${String(MONTHS.indexOf(month!) + 1).padStart(2, "0")}-${day!.padStart(2, "0")}T${clock}`;
	const ticks = fraction!.slice(0, 7);
	return ticks === "0000000" ? `${date}Z` : `${date}.${ticks.endsWith("0000") ? ticks.slice(0, 3) : ticks}Z`;
}

/** A node id as we write it. */
function nodeIdOf(branch: Branch): string {
	const deep = (name: string, at: Branch = branch): Branch | undefined => {
		for (const one of at.children) {
			if (one.name === name) return one;
			const within = deep(name, one);
			if (within !== undefined) return within;
		}
		return undefined;
	};
	const uri = deep("opcua.NamespaceUri") ?? deep("opcua.expandednodeid.NamespaceUri");
	const server = deep("opcua.expandednodeid.ServerIndex");
	const namespace = Number(deep("opcua.nodeid.nsindex")?.show ?? 0);
	const text = deep("opcua.nodeid.string");
	const guid = deep("opcua.nodeid.guid");
	const bytes = deep("opcua.nodeid.bytestring");
	const name =
		text !== undefined
			? `s=${text.show}`
			: guid !== undefined
				? `g=${guid.show}`
				: bytes !== undefined
					? `b=${Buffer.from(bytes.show.replaceAll(":", ""), "hex").toString("base64")}`
					: `i=${deep("opcua.nodeid.numeric")?.show ?? "?"}`;
	const prefix = uri !== undefined ? `nsu=${uri.show};` : namespace === 0 ? "" : `ns=${namespace};`;
	return `${server === undefined ? "" : `svr=${server.show};`}${prefix}${name}`;
}

class Comparison {
	readonly found: string[] = [];
	fields = 0;

	#differ(path: string, ours: unknown, theirs: string): void {
		this.found.push(`${path}: ours ${JSON.stringify(ours)?.slice(0, 120)}, tshark ${theirs.slice(0, 120)}`);
	}

	leaf(path: string, ours: unknown, branch: Branch): void {
		this.fields++;
		if (!isSame(ours, branch)) this.#differ(path, ours, words(branch) || branch.show);
	}

	/** Our value against a heading of a type. */
	typed(path: string, ours: unknown, branch: Branch, type: string): void {
		if (type.startsWith("Array of ")) {
			this.#list(path, ours, branch, type.slice("Array of ".length));
			return;
		}
		switch (type) {
			case "NodeId":
			case "ExpandedNodeId":
				this.fields++;
				if (ours !== "(present)" && ours !== nodeIdOf(branch)) this.#differ(path, ours, nodeIdOf(branch));
				return;
			case "QualifiedName": {
				this.fields++;
				const id = Number(child(branch, "opcua.qualname.Id")?.show ?? 0);
				const name = child(branch, "opcua.qualname.Name")!;
				const text = isNullText(name) ? null : id === 0 ? name.show : `${id}:${name.show}`;
				if (ours !== text) this.#differ(path, ours, String(text));
				return;
			}
			case "LocalizedText": {
				this.fields++;
				const locale = child(branch, "opcua.loctext.Locale");
				const text = child(branch, "opcua.loctext.Text");
				const words = text === undefined || isNullText(text) ? null : text.show;
				const mine = isNested(ours) ? ours : { locale: null, text: ours };
				const place = locale === undefined || isNullText(locale) || locale.show === "" ? null : locale.show;
				if (mine.text !== words || (mine.locale ?? null) !== place) this.#differ(path, ours, `${place} ${words}`);
				return;
			}
			case "Variant":
				this.#variant(path, ours as Nested, branch);
				return;
			case "DataValue":
				this.#dataValue(path, ours as Nested, branch);
				return;
			case "ExtensionObject":
				this.#extension(path, ours, branch);
				return;
			case "DiagnosticInfo":
				this.#diagnostic(path, ours, branch);
				return;
			default:
				if (!isNested(ours)) this.#differ(path, ours, branch.show);
				else this.fieldsOf(path, ours, branch.children, new Set());
		}
	}

	/** Each child of theirs is a field of ours, and each field of ours is a child of theirs. */
	fieldsOf(path: string, ours: Nested, children: readonly Branch[], extra: ReadonlySet<string>): void {
		const seen = new Set<string>(extra);
		for (const branch of children) {
			const { key: named, type } = titleOf(branch);
			// The server's own description in a registration has the enumeration of another field.
			const key = named === "applicationType" && !("applicationType" in ours) ? "serverType" : named;
			seen.add(key);
			if (!(key in ours)) this.#differ(`${path}.${key}`, undefined, branch.show);
			else if (branch.name === "") this.typed(`${path}.${key}`, ours[key], branch, type);
			else this.leaf(`${path}.${key}`, ours[key], branch);
		}
		const own = path.includes("results[") || path.includes("monitoredItems[") ? OWN_OF_RESULTS : OWN;
		for (const key of Object.keys(ours)) if (!seen.has(key) && !own.has(key)) this.#differ(`${path}.${key}`, ours[key], "nothing");
	}

	#list(path: string, ours: unknown, branch: Branch, type: string): void {
		const size = Number(child(branch, "opcua.variant.ArraySize")?.show ?? 0);
		const elements = branch.children.filter(({ name }) => name !== "opcua.variant.ArraySize");
		if (size < 0 || ours === null) {
			this.fields++;
			if (size > 0 || (size === 0 && ours === null) || (size < 0 && ours !== null)) this.#differ(path, ours, `${size} elements`);
			return;
		}
		if (!Array.isArray(ours) || ours.length !== size || elements.length !== size) {
			this.#differ(path, ours, `${size} elements`);
			return;
		}
		elements.forEach((element, at) => {
			if (element.name === "") this.typed(`${path}[${at}]`, ours[at], element, titleOf(element).type || type);
			else this.leaf(`${path}[${at}]`, ours[at], element);
		});
	}

	/** `ours` has `type` and `value`. */
	#variant(path: string, ours: Nested, branch: Branch): void {
		const mask = Number(child(branch, "opcua.variant.has_value")?.show ?? 0);
		const content = branch.children.filter(({ name, show }) => name !== "opcua.variant.has_value" && show !== "ArrayDimensions");
		this.fields++;
		const dimensions = branch.children.find(({ show }) => show === "ArrayDimensions");
		if (dimensions !== undefined || ours?.dimensions !== undefined) {
			const sizes = dimensions?.children.filter(({ name }) => name === "opcua.Int32").map(({ show }) => show);
			if (sizes?.join() !== (ours.dimensions as number[] | undefined)?.join())
				this.#differ(`${path}.dimensions`, ours.dimensions, String(sizes));
		}
		if (((mask & 0x80) !== 0) !== String(ours?.type).endsWith("[]")) this.#differ(`${path}.type`, ours?.type, `0x${mask.toString(16)}`);
		else if ((mask & 0x80) !== 0) {
			const list =
				content.length === 1 && content[0]!.name === "" && titleOf(content[0]!).type.startsWith("Array of ")
					? content[0]!
					: { ...branch, children: content };
			this.#list(`${path}.value`, ours.value, list, String(ours.type).slice(0, -2));
		} else if (mask === 0) {
			if (ours.value !== null) this.#differ(`${path}.value`, ours.value, "null");
		} else {
			const value = content[0];
			if (value === undefined) this.#differ(`${path}.value`, ours.value, "nothing");
			else if (value.name === "") this.typed(`${path}.value`, ours.value, value, titleOf(value).type || titleOf(value).key);
			else this.leaf(`${path}.value`, ours.value, value);
		}
	}

	#dataValue(path: string, ours: Nested, branch: Branch): void {
		const variant = heading(branch, "value");
		if (variant !== undefined) this.#variant(path, ours, variant);
		else if ("value" in ours) this.#differ(`${path}.value`, ours.value, "nothing");
		const status = branch.children.find(({ name }) => name === "opcua.StatusCode" || name === "opcua.datavalue.StatusCode");
		this.fields++;
		if ((ours.status as Nested).code !== Number(status?.show ?? 0)) this.#differ(`${path}.status`, ours.status, status?.show ?? "Good");
		for (const [field, key] of [
			["opcua.datavalue.SourceTimestamp", "sourceTimestamp"],
			["opcua.datavalue.ServerTimestamp", "serverTimestamp"],
			["opcua.datavalue.SourcePicoseconds", "sourcePicoseconds"],
			["opcua.datavalue.ServerPicoseconds", "serverPicoseconds"],
		] as const) {
			const leaf = child(branch, field);
			if (leaf !== undefined) this.leaf(`${path}.${key}`, ours[key], leaf);
			else if (key in ours) this.#differ(`${path}.${key}`, ours[key], "nothing");
		}
	}

	#extension(path: string, ours: unknown, branch: Branch): void {
		const typeId = nodeIdOf(heading(branch, "typeId")!);
		const mask = Number(child(branch, "opcua.extobj.mask")?.show ?? 0);
		this.fields++;
		if (ours === null) {
			if (typeId !== "i=0" || mask !== 0) this.#differ(path, ours, typeId);
			return;
		}
		if (!isNested(ours)) {
			this.#differ(path, ours, typeId);
			return;
		}
		const body = branch.children.filter((one) => one.name !== "opcua.extobj.mask" && titleOf(one).key !== "typeId");
		if (mask === 0) {
			if (ours.typeId !== typeId) this.#differ(`${path}.typeId`, ours.typeId, typeId);
		} else if ("type" in ours) {
			const structure = body.find(({ name }) => name === "");
			if (structure === undefined) this.#differ(path, ours, `${typeId}, undissected`);
			else this.fieldsOf(path, ours, structure.children, new Set(["type", "inClear"]));
		} else if (ours.typeId !== typeId) this.#differ(`${path}.typeId`, ours.typeId, typeId);
		else {
			const bytes = body.find(({ name }) => name === "opcua.ByteString");
			if (bytes === undefined) this.#differ(path, ours, body.map(({ show }) => show).join());
			else this.leaf(`${path}.bytes`, ours.bytes, bytes);
		}
	}

	#diagnostic(path: string, ours: unknown, branch: Branch): void {
		this.fields++;
		const content = branch.children.filter(({ name }) => name !== "opcua.diag.mask");
		if (content.length === 0) {
			if (ours !== null) this.#differ(path, ours, "nothing");
		} else if (!isNested(ours)) this.#differ(path, ours, content.map(({ show }) => show).join());
		else {
			for (const one of content) {
				const { key, type } = titleOf(one);
				const named = key === "namespace" ? "namespaceUri" : key;
				if (!(named in ours)) this.#differ(`${path}.${named}`, undefined, one.show);
				else if (one.name === "") this.typed(`${path}.${named}`, ours[named], one, type);
				else this.leaf(`${path}.${named}`, ours[named], one);
			}
		}
	}
}

/** What our lines add: the names of numbers; what was asked beside a result. */
const OWN: ReadonlySet<string> = new Set(["attribute"]);
const OWN_OF_RESULTS: ReadonlySet<string> = new Set(["attribute", "nodeId", "methodId", "startingNode", "parentNodeId", "sourceNodeId"]);

/** One value against what tshark prints of it. */
function isSame(ours: unknown, branch: Branch): boolean {
	const { show } = branch;
	if (ours === "(present)") return true;
	if (ours === null)
		return isNullText(branch) || show === "" || words(branch).startsWith("No time specified") || /\(0\)$/.test(words(branch));
	if (typeof ours === "boolean") return show === (ours ? "1" : "0") || show === (ours ? "True" : "False");
	if (typeof ours === "number") {
		const number = Number(show);
		return number === ours || (!Number.isInteger(ours) && Math.abs(number - ours) <= Math.abs(ours) * 1e-5);
	}
	if (typeof ours === "string") {
		if (ours === show || ours === words(branch).replace(/ \(0x[0-9a-f]+\)$/, "") || ours === isoOf(show)) return true;
		const bytes = show.replaceAll(":", "");
		return ours === bytes || (ours.includes("… (") && bytes.startsWith(ours.slice(0, ours.indexOf("…"))));
	}
	if (isNested(ours)) {
		if ("code" in ours) return ours.code === Number(show);
		if ("length" in ours) return ours.length === show.replaceAll(":", "").length / 2;
	}
	return false;
}

/** The heading that holds the message's fields, e.g. "ReadRequest". */
function bodyOf(root: Branch): Branch | undefined {
	const service = root.children.find(({ name, show }) => name === "" && show.endsWith(": Encodeable Object"));
	return service?.children.find(({ name, show }) => name === "" && !show.includes(":"));
}

const headerLeaves: readonly [string, string][] = [
	["opcua.transport.type", "messageType"],
	["opcua.transport.scid", "secureChannelId"],
	["opcua.security.tokenid", "tokenId"],
	["opcua.security.seq", "sequenceNumber"],
	["opcua.security.rqid", "requestId"],
];

const TRANSPORT: readonly [string, string][] = [
	["opcua.transport.ver", "protocolVersion"],
	["opcua.transport.rbs", "receiveBufferSize"],
	["opcua.transport.sbs", "sendBufferSize"],
	["opcua.transport.mms", "maxMessageSize"],
	["opcua.transport.mcc", "maxChunkCount"],
	["opcua.transport.endpoint", "endpointUrl"],
	["opcua.transport.suri", "serverUri"],
	["opcua.transport.error", "error"],
	["opcua.transport.reason", "reason"],
];

function compareMessage(line: Line, root: Branch): Comparison {
	const comparison = new Comparison();
	for (const [field, key] of headerLeaves) {
		const leaf = child(root, field);
		if (leaf !== undefined) comparison.leaf(key, line[key], leaf);
	}
	const policy = child(root, "opcua.security.spu");
	if (policy !== undefined)
		comparison.leaf("securityPolicy", line.securityPolicy, { ...policy, show: policy.show.slice(policy.show.indexOf("#") + 1) });
	const certificate = child(root, "opcua.security.scert");
	if (certificate !== undefined) comparison.leaf("certificate", line.certificate === undefined ? null : "(present)", certificate);
	for (const [field, key] of TRANSPORT) {
		const leaf = child(root, field);
		if (leaf !== undefined) comparison.leaf(key, line.parameters?.[key], leaf);
	}
	const body = bodyOf(root);
	if (body === undefined) {
		if (line.typeId !== undefined) comparison.found.push(`ours ${line.service}, tshark no service`);
		return comparison;
	}
	const service = root.children.find(({ show }) => show.endsWith(": Encodeable Object"))!;
	const typeId = heading(service, "typeId")!;
	comparison.leaf("typeId", line.typeId, child(typeId, "opcua.servicenodeid.numeric")!);
	const [head, ...rest] = body.children;
	const isRequest = head?.show.startsWith("RequestHeader");
	const { children } = head!;
	const named = new Map(children.map((one) => [titleOf(one).key, one]));
	comparison.leaf("requestHandle", line.requestHandle, named.get("requestHandle")!);
	const time = named.get("timestamp")!;
	const isNone = words(time).startsWith("No time specified");
	if (isNone ? line.timestamp !== undefined : Math.floor(Number(line.timestamp) * 1000) !== Date.parse(isoOf(time.show)!))
		comparison.found.push(`timestamp: ours ${line.timestamp}, tshark ${time.show}`);
	if (isRequest) {
		comparison.leaf("timeoutHint", line.timeoutHint ?? 0, named.get("timeoutHint")!);
		comparison.leaf("auditEntryId", line.auditEntryId ?? null, named.get("auditEntryId")!);
		comparison.leaf("returnDiagnostics", line.returnDiagnostics ?? 0, child(head!, "opcua.returndiag")!);
	} else {
		comparison.leaf("serviceResult", line.serviceResult, named.get("serviceResult")!);
		comparison.typed("serviceDiagnostics", line.serviceDiagnostics ?? null, named.get("serviceDiagnostics")!, "DiagnosticInfo");
		const size = Number(child(named.get("stringTable")!, "opcua.variant.ArraySize")!.show);
		if (size > 0 || line.stringTable !== undefined)
			comparison.typed("stringTable", line.stringTable, named.get("stringTable")!, "Array of String");
	}
	comparison.fieldsOf("parameters", (line.parameters ?? {}) as Nested, rest, new Set());
	return comparison;
}

export const ENCRYPTED =
	"theirs: in an encrypted message tshark takes ciphertext for sequence number and request id, we say that they cannot be read";

/** A message as the tables of the report call it: its service, or the kind of a message without one. */
const serviceOf = (root: Branch): string =>
	bodyOf(root)?.show.replace(/(Request|Response)$/, "") ?? child(root, "opcua.transport.type")?.show ?? "no message";
const ownService = (line: Line): string =>
	line.kind === "fault" ? "ServiceFault" : line.typeId === undefined ? (line.messageType ?? "no message") : line.service;

/** `alter` may change our lines, to prove that a difference is seen. */
export async function compareOpcua(capture: string, alter: (line: Line) => void = () => {}): Promise<Tally> {
	const tally = new Tally(capture, `tshark ${version}`);
	const lines = (await linesOf(capture, ["opcua"])).filter(({ kind }) => kind !== "unanswered");
	lines.forEach(alter);
	const ours = byFrame(lines);
	const ports = [...new Set(lines.map(({ server }) => server.port!))].filter((port) => port !== 4840);
	const theirs = await treesOf(
		capture,
		"opcua",
		ports.flatMap((port) => ["-d", `tcp.port==${port},opcua`]),
	);
	for (const line of lines) tally.saw("ours", ownService(line));
	for (const root of [...theirs.values()].flat()) tally.saw("theirs", serviceOf(root));
	const frames = [...new Set([...ours.keys(), ...theirs.keys()])].sort((a, b) => a - b);
	for (const frame of frames) {
		const mine = ours.get(frame) ?? [];
		const roots = theirs.get(frame) ?? [];
		for (let at = 0; at < Math.max(mine.length, roots.length); at++) {
			const line = mine[at];
			const root = roots[at];
			if (line === undefined || root === undefined) {
				tally.differs(`frame ${frame}: ${line === undefined ? "only tshark" : `only ours, ${line.kind} ${line.service ?? ""}`}`);
				continue;
			}
			const { found } = compareMessage(line, root);
			if (found.length === 0) tally.same();
			else if (line.encrypted && found.every((one) => /^(sequenceNumber|requestId): ours undefined/.test(one))) tally.because([ENCRYPTED]);
			else tally.differs(`frame ${frame} ${line.service ?? line.messageType} ${line.kind}: ${found.slice(0, 4).join("; ")}`);
		}
	}
	return tally;
}

/** Every capture that the list calls OPC UA. */
export const compareAllOpcua = (): Promise<Tally[]> => inPairs(capturesOf("OPC UA"), (capture) => compareOpcua(capture));
