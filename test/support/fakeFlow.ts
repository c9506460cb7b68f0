/** A flow for tests of the layers above the flow table. */
import { type Endpoint, type Flow, ROLE } from "../../src/flow/flow.ts";

export class FakeFlow implements Flow {
	readonly id: number;
	readonly transport: "tcp" | "udp";
	client: Endpoint;
	server: Endpoint;
	vlan = -1;
	firstTime = 0;
	lastTime = 0;
	firstFrame = 1;
	lastFrame = 1;
	readonly packets: [number, number] = [1, 1];
	readonly bytes: [number, number] = [0, 0];
	isConversation = true;
	sawHandshake: boolean;
	isReversed = false;
	isResetByServer = false;
	role: number;
	decoding: unknown = undefined;
	analysis: unknown = undefined;
	macChanges = 0;
	swaps = 0;

	constructor(
		options: {
			id?: number;
			transport?: "tcp" | "udp";
			client?: Partial<Endpoint>;
			server?: Partial<Endpoint>;
			sawHandshake?: boolean;
			role?: number;
		} = {},
	) {
		this.id = options.id ?? 1;
		this.transport = options.transport ?? "tcp";
		this.client = { ip: "10.0.0.1", port: 40_000, mac: "02:00:00:00:00:01", ...options.client };
		this.server = { ip: "10.0.0.2", port: 7_777, mac: "02:00:00:00:00:02", ...options.server };
		this.sawHandshake = options.sawHandshake ?? true;
		this.role = options.role ?? (this.sawHandshake ? ROLE.handshake : ROLE.firstSender);
	}

	swap(certainty: number): void {
		[this.client, this.server] = [this.server, this.client];
		this.role = certainty;
		this.swaps++;
	}

	confirm(certainty: number): void {
		this.role = Math.max(this.role, certainty);
	}
}
