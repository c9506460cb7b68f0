/** OPC UA clients and servers that speak bytes, for played scenes: all of it from the decoder on is what runs in the plant. Bodies are written by the structures of the standard. */
import { type Field, LAYOUT, OLD_POLICIES, SERVICES, STRUCTURE_BY_NAME, type Structure, TYPE } from "../../protocols/opcua/codes.ts";
import { opcua } from "../../protocols/opcua/index.ts";
import type { CertificateFacts, Stream } from "../../src/decode/protocol.ts";
import { Analyst } from "../../src/detect/analyst.ts";
import type { Detection } from "../../src/detect/detection.ts";
import { type Direction, type Flow, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { acknowledge, hello, message, opening, openRequest, openResponse, Writer } from "../protocols/opcuaMessages.ts";
import { FakeFlow } from "../support/fakeFlow.ts";

export type Fields = Readonly<Record<string, unknown>>;

const NODE = /^(?:ns=(\d+);)?(?:i=(\d+)|s=(.*))$/;

function nodeId(writer: Writer, text: string): void {
	const [, namespace = "0", number, name = ""] = NODE.exec(text)!;
	if (number !== undefined && namespace === "0") writer.id(Number(number));
	else if (number !== undefined) writer.u8(2).u16(Number(namespace)).u32(Number(number));
	else writer.node(name, Number(namespace));
}

/** One value of a built-in type; what is not given is null, zero or empty. */
function builtIn(writer: Writer, type: number, value: unknown): void {
	const number = Number(value ?? 0);
	switch (type) {
		case TYPE.Boolean:
		case TYPE.SByte:
		case TYPE.Byte:
			writer.u8(number);
			break;
		case TYPE.Int16:
		case TYPE.UInt16:
			writer.u16(number);
			break;
		case TYPE.Int32:
		case TYPE.UInt32:
		case TYPE.StatusCode:
		case TYPE.enumeration:
			writer.u32(number >>> 0);
			break;
		case TYPE.Int64:
		case TYPE.UInt64:
			writer.u32(number).u32(0);
			break;
		case TYPE.Double:
			writer.f64(number);
			break;
		case TYPE.DateTime:
			writer.time();
			break;
		case TYPE.NodeId:
		case TYPE.ExpandedNodeId:
			nodeId(writer, String(value ?? "i=0"));
			break;
		case TYPE.QualifiedName:
			writer.u16(0).string((value as string | undefined) ?? null);
			break;
		case TYPE.LocalizedText:
			if (value === undefined) writer.u8(0);
			else writer.u8(2).string(value as string);
			break;
		case TYPE.ExtensionObject: {
			const { of, ...fields } = (value ?? {}) as Fields;
			if (of === undefined) writer.id(0).u8(0);
			else {
				const structure = STRUCTURE_BY_NAME.get(String(of))!;
				const body = new Writer();
				structured(body, structure, fields);
				writer.id(structure.encodingId).u8(1).string(body.bytes());
			}
			break;
		}
		case TYPE.Variant: {
			const [kind, content] = (value ?? []) as [keyof typeof TYPE | undefined, unknown];
			writer.u8(kind === undefined ? 0 : TYPE[kind]);
			if (kind !== undefined) builtIn(writer, TYPE[kind], content);
			break;
		}
		case TYPE.DataValue:
			if (value === undefined) writer.u8(0);
			else {
				writer.u8(1);
				builtIn(writer, TYPE.Variant, value);
			}
			break;
		case TYPE.DiagnosticInfo:
			writer.u8(0);
			break;
		default:
			writer.string((value as string | Uint8Array | undefined) ?? null);
	}
}

function one(writer: Writer, { type, structure }: Field, value: unknown): void {
	if (structure === undefined) builtIn(writer, type, value);
	else structured(writer, structure, (value ?? {}) as Fields);
}

function structured(writer: Writer, structure: Structure, fields: Fields): void {
	if (structure.layout !== LAYOUT.plain) throw new Error(`${structure.name} is not plain`);
	for (const field of structure.fields) {
		const value = fields[field.name];
		if (field.isArray) {
			const values = (value ?? []) as readonly unknown[];
			writer.u32(values.length);
			for (const element of values) one(writer, field, element);
		} else one(writer, field, value);
	}
}

/** The body of a message, with the node id of its encoding in front. */
export function body(name: string, fields: Fields = {}): Uint8Array {
	const structure = STRUCTURE_BY_NAME.get(name)!;
	const writer = new Writer().id(structure.encodingId);
	structured(writer, structure, fields);
	return writer.bytes();
}

/** An X.509 certificate, as far as the engine wants to know. */
export const certificate = (more: Partial<CertificateFacts> = {}): CertificateFacts => ({
	subject: "CN=Plant server",
	issuer: "CN=Plant server",
	thumbprint: "AB12",
	thumbprint256: "AB1234",
	validFrom: 1_690_000_000,
	validTo: 1_890_000_000,
	keyType: "rsa",
	keyBits: 2048,
	signatureHash: "sha256",
	applicationUri: "urn:plant:server",
	...more,
});

export class Connection {
	readonly flow: FakeFlow;
	readonly stream: Stream;
	readonly #bed: OpcuaBed;
	#request = 1;
	/** Token of the session; 0 for none. */
	token = 0;

	constructor(bed: OpcuaBed, flow: FakeFlow, stream: Stream) {
		this.#bed = bed;
		this.flow = flow;
		this.stream = stream;
	}

	send(direction: Direction, bytes: Uint8Array): this {
		this.#bed.frame();
		this.stream.data(bytes, 0, bytes.length, direction);
		return this;
	}

	/** HEL, ACK, OPN of policy None. */
	open(): this {
		this.send(TO_SERVER, hello()).send(TO_CLIENT, acknowledge());
		return this.send(TO_SERVER, openRequest()).send(TO_CLIENT, openResponse());
	}

	/** The same with a policy; what follows is hidden, or signed by 32 bytes. */
	secure(policy: string, client: CertificateFacts, server: CertificateFacts): this {
		this.send(TO_SERVER, hello()).send(TO_CLIENT, acknowledge());
		const hidden = new Uint8Array(OLD_POLICIES.has(policy) ? 256 : 512);
		this.send(TO_SERVER, opening(0, policy, this.#bed.der(client), hidden));
		return this.send(TO_CLIENT, opening(7, policy, this.#bed.der(server), hidden));
	}

	request(service: string, fields: Fields = {}, signature = 0): this {
		const header = { requestHeader: { authenticationToken: this.token === 0 ? "i=0" : `ns=1;i=${this.token}` } };
		const bytes = body(`${service}Request`, { ...header, ...fields });
		return this.send(TO_SERVER, signed(bytes, ++this.#request, signature));
	}

	response(service: string, fields: Fields = {}, signature = 0): this {
		return this.send(TO_CLIENT, signed(body(`${service}Response`, fields), this.#request, signature));
	}

	/** A request and its answer. */
	ask(service: string, request: Fields = {}, response: Fields = {}, signature = 0): this {
		if (!SERVICES.has(service)) throw new Error(`there is no service ${service}`);
		return this.request(service, request, signature).response(service, response, signature);
	}

	fault(status: number): this {
		return this.send(TO_CLIENT, message(body("ServiceFault", { responseHeader: { serviceResult: status } }), { request: this.#request }));
	}

	/** A session of this application; `user` undefined is nobody. */
	login(application: string, user?: string, { token = 100, signature = 0, clear = true } = {}): this {
		this.ask(
			"CreateSession",
			{ clientDescription: { applicationUri: application } },
			{ sessionId: `ns=1;i=${token}`, authenticationToken: `ns=1;i=${token}` },
			signature,
		);
		this.token = token;
		return this.ask("ActivateSession", { userIdentityToken: identity(user, clear) }, {}, signature);
	}

	close(): this {
		this.ask("CloseSession", { deleteSubscriptions: 1 });
		return this.hangUp();
	}

	hangUp(): this {
		return this.send(TO_SERVER, message(body("CloseSecureChannelRequest"), { type: "CLOF", request: ++this.#request }));
	}
}

const signed = (bytes: Uint8Array, request: number, signature: number): Uint8Array =>
	message(new Writer().raw(bytes).raw(new Uint8Array(signature)).bytes(), { request });

/** A user's token; the password is encrypted unless it is `clear`. */
export const identity = (user: string | undefined, clear = false): Fields =>
	user === undefined
		? { of: "AnonymousIdentityToken", policyId: "anonymous" }
		: { of: "UserNameIdentityToken", userName: user, password: "secret", encryptionAlgorithm: clear ? undefined : "rsa-oaep" };

/** Many clients and servers, one engine's decoders and one analyst. */
export class OpcuaBed {
	readonly detections: Detection[] = [];
	analyst = this.#make();
	readonly #records = new Map<string, unknown>();
	readonly clock = { time: 1_700_000_000e6, frame: 0 };
	readonly #connections: Connection[] = [];
	readonly #certificates: CertificateFacts[] = [];

	#make(): Analyst {
		return new Analyst({ protocols: [opcua], onDetection: (detection) => this.detections.push(structuredClone(detection)) });
	}

	/** A new analyst that knows what this one saved; the decoders go on. */
	restart(): void {
		for (const [key, value] of structuredClone([...this.analyst.save()])) this.#records.set(key, value);
		this.analyst = this.#make();
		this.analyst.restore([...this.#records].filter(([, value]) => value !== null));
		for (const { flow } of this.#connections) flow.analysis = undefined;
	}

	frame(): void {
		this.clock.frame++;
	}

	/** Bytes that stand for a certificate. */
	der(facts: CertificateFacts): Uint8Array {
		const known = this.#certificates.findIndex((other) => other.thumbprint === facts.thumbprint);
		const at = known < 0 ? this.#certificates.push(facts) - 1 : known;
		return new Uint8Array(600).fill(at + 1);
	}

	connect(client: string, server: string, port = 4840): Connection {
		const id = this.#connections.length + 1;
		const mac = (ip: string) => `00:10:20:00:00:${Number(ip.split(".")[3]).toString(16).padStart(2, "0")}`;
		const flow = new FakeFlow({
			id,
			client: { ip: client, port: 40_000 + id, mac: mac(client) },
			server: { ip: server, port, mac: mac(server) },
		});
		const stream = opcua.tcp!.open({
			clock: this.clock,
			flow,
			emit: (observation) => this.analyst.observe(opcua, observation, flow as Flow),
			count: () => {},
			certificate: (bytes) => this.#certificates[bytes[0]! - 1],
			inner: () => false,
		});
		const connection = new Connection(this, flow, stream);
		this.#connections.push(connection);
		return connection;
	}

	/** Time goes on, in steps of a tenth of a second or a few hundred. */
	wait(seconds: number): this {
		const steps = Math.max(1, Math.min(300, Math.round(seconds * 10)));
		for (let step = 0; step < steps; step++) {
			this.clock.time += (seconds * 1e6) / steps;
			for (const { stream } of this.#connections) if (stream.deadline <= this.clock.time) stream.expire(this.clock.time);
			this.analyst.advance(this.clock.time);
		}
		return this;
	}
}
