/**
 * The embedded MQTT broker, for a box without another one: MQTT 3.1.1, on loopback unless told otherwise.
 * It is a window: the station alone publishes, everybody else reads; but a user who may give commands publishes on his own topic of commands.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { type AddressInfo, createServer, isIPv6, type Server, type Socket } from "node:net";
import { Aedes, type AuthenticateError, type Client } from "aedes";
import { isLoopback } from "../config/load.ts";

export type BrokerErrorCode =
	/** Somebody else listens there. */
	| "BROKER_PORT_IN_USE"
	/** The address is not of this machine, the port needs rights that are not there, or readers could come in without a password. */
	| "BROKER_ADDRESS"
	| "BROKER_FAILED";

export class BrokerError extends Error {
	readonly code: BrokerErrorCode;
	constructor(code: BrokerErrorCode, sentence: string, cause?: unknown) {
		super(sentence, { cause });
		this.name = "BrokerError";
		this.code = code;
	}
}

export interface BrokerOptions {
	host: string;
	/** 0 for any free one. */
	port: number;
	/** What readers must say; both required unless `host` is loopback. */
	user?: string;
	password?: string;
	/** Topics on which a user may publish, by his name. */
	commandTopics?: ReadonlyMap<string, string>;
	/** Told of what goes wrong after the start, one sentence each. */
	onWarning: (sentence: string) => void;
}

/** User name and client id of the station. */
const STATION = "spanwatch-station";
/** A page, a recorder and a SOC's collector are three; many more are no longer readers. */
const MAX_CONNECTIONS = 100;
const MAX_SUBSCRIPTIONS = 100;
/** A CONNECT with long names and passwords is below 1 kB; who sends more before it is known is not a client. */
const MAX_BYTES_BEFORE_LOGIN = 64 << 10;
/** A reader that does not log in, or does not take its messages, is disconnected after so many milliseconds. */
const PATIENCE = 10_000;
/** Longest command, bytes; a little more than the station takes, so that it can say what is wrong. */
const MAX_COMMAND = 64 << 10;
/** CONNACK return codes (MQTT 3.1.1, 3.2.2.3). */
const IDENTIFIER_REJECTED = 2;
const BAD_USER_OR_PASSWORD = 4;

const digest = (text: string | Buffer): Buffer => createHash("sha256").update(text).digest();
const isSame = (a: string | Buffer | undefined, b: string): boolean => timingSafeEqual(digest(a ?? ""), digest(b));

export class Broker {
	readonly #options: BrokerOptions;
	readonly #aedes: Aedes;
	readonly #server: Server;
	readonly #sockets = new Set<Socket>();
	/** Known to this process alone. */
	readonly #secret = randomBytes(24).toString("base64url");
	readonly #stations = new WeakSet<Client>();
	/** Who a client is, as its password showed. */
	readonly #users = new WeakMap<Client, string>();

	private constructor(options: BrokerOptions, aedes: Aedes) {
		this.#options = options;
		this.#aedes = aedes;
		this.#server = createServer((socket) => this.#connect(socket));
		this.#server.maxConnections = MAX_CONNECTIONS;
		aedes.preConnect = (_client, packet, done) => {
			if (!this.#isStation(packet.username, packet.password)) {
				// A Will is a publication, and a kept session grows while its reader is away: neither is for readers.
				delete packet.will;
				packet.clean = true;
			}
			done(null, true);
		};
		aedes.authenticate = (client, username, password, done) => {
			const refuse = (returnCode: number) => done(Object.assign(new Error("refused"), { returnCode }) as AuthenticateError, null);
			if (this.#isStation(username, password)) this.#stations.add(client);
			// Whoever connects with a client id in use puts out the one before.
			else if (client.id === STATION) return refuse(IDENTIFIER_REJECTED);
			else if (!this.#isReader(username, password)) return refuse(BAD_USER_OR_PASSWORD);
			else if (options.user !== undefined) this.#users.set(client, options.user);
			done(null, true);
		};
		aedes.authorizePublish = (client, packet, done) =>
			done(client === null || this.#stations.has(client) || this.#isCommand(client, packet) ? null : new Error("readers do not publish"));
		aedes.authorizeSubscribe = (client, subscription, done) => {
			const { subscriptions } = client as unknown as { subscriptions: Record<string, unknown> };
			done(null, Object.keys(subscriptions).length < MAX_SUBSCRIPTIONS ? subscription : null);
		};
		// Readers that break off or talk nonsense are disconnected by then; they are no problem of ours.
		aedes.on("clientError", () => {});
		aedes.on("connectionError", () => {});
		(aedes as NodeJS.EventEmitter).on("error", (error: Error) => options.onWarning(`The embedded MQTT broker failed (${error.message}).`));
	}

	/** Starts listening. Throws a `BrokerError`. */
	static async start(options: BrokerOptions): Promise<Broker> {
		if (!isLoopback(options.host) && (options.user === undefined || options.password === undefined))
			throw new BrokerError(
				"BROKER_ADDRESS",
				`The embedded MQTT broker cannot listen on ${options.host} without a password, as anybody could read there: set broker.user and broker.passwordFile, or let it listen on 127.0.0.1.`,
			);
		const aedes = await Aedes.createBroker({ connectTimeout: PATIENCE, drainTimeout: PATIENCE });
		try {
			const broker = new Broker(options, aedes);
			await broker.#listen();
			return broker;
		} catch (error) {
			aedes.close();
			throw explain(error as NodeJS.ErrnoException, options);
		}
	}

	#listen(): Promise<void> {
		return new Promise((resolve, reject) => {
			this.#server.once("error", reject);
			this.#server.listen(this.#options.port, this.#options.host, () => {
				this.#server.off("error", reject);
				this.#server.on("error", (error) => this.#options.onWarning(`The embedded MQTT broker failed (${error.message}).`));
				resolve();
			});
		});
	}

	/** The port that it listens on. */
	get port(): number {
		return (this.#server.address() as AddressInfo).port;
	}

	get url(): string {
		const { host } = this.#options;
		return `mqtt://${isIPv6(host) ? `[${host}]` : host}:${this.port}`;
	}

	/** Where and as whom the station connects: options of its `MqttOutput`. */
	client(): { url: string; version: 4; clientId: string; user: string; password: string } {
		return { url: this.url, version: 4, clientId: STATION, user: STATION, password: this.#secret };
	}

	#isCommand(client: Client, { topic, retain, payload }: { topic: string; retain: boolean; payload: string | Buffer }): boolean {
		const user = this.#users.get(client);
		return user !== undefined && !retain && payload.length <= MAX_COMMAND && this.#options.commandTopics?.get(user) === topic;
	}

	#isStation(user: string | undefined, password: string | Buffer | undefined): boolean {
		return user === STATION && isSame(password, this.#secret);
	}

	#isReader(user: string | undefined, password: string | Buffer | undefined): boolean {
		const wanted = this.#options;
		if (wanted.user === undefined || wanted.password === undefined) return true;
		const isUser = isSame(user, wanted.user);
		return isSame(password, wanted.password) && isUser;
	}

	#connect(socket: Socket): void {
		this.#sockets.add(socket);
		socket.on("close", () => this.#sockets.delete(socket));
		const client = this.#aedes.handle(socket);
		const limit = () => {
			if (client.connected) socket.off("readable", limit);
			else if (socket.bytesRead > MAX_BYTES_BEFORE_LOGIN) socket.destroy();
		};
		socket.on("readable", limit);
	}

	async close(): Promise<void> {
		const isClosed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
		await new Promise<void>((resolve) => this.#aedes.close(resolve));
		for (const socket of this.#sockets) socket.destroy();
		await isClosed;
	}
}

function explain(error: NodeJS.ErrnoException, { host, port }: BrokerOptions): Error {
	if (error instanceof BrokerError) return error;
	const where = `The embedded MQTT broker cannot listen on ${host} port ${port}`;
	const other = "give another one as broker.port, or turn the embedded broker off with broker.enabled: false";
	if (error.code === "EADDRINUSE") return new BrokerError("BROKER_PORT_IN_USE", `${where}, as another program does: ${other}.`, error);
	if (error.code === "EACCES") return new BrokerError("BROKER_ADDRESS", `${where} without more rights: ${other}.`, error);
	if (error.code === "EADDRNOTAVAIL" || error.code === "ENOTFOUND")
		return new BrokerError("BROKER_ADDRESS", `${where}, as that is no address of this machine: correct broker.host.`, error);
	return new BrokerError("BROKER_FAILED", `${where} (${error.message}).`, error);
}
