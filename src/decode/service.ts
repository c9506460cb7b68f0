/** What a flow that nobody decodes probably is: from its first bytes, else from its port. */

/** What a server may do for a whole network; whoever poses as one misleads all. */
export type NetworkDuty = "addresses" | "routes" | "names" | "time" | "mail";

/** One service that can be recognised. */
export interface ServiceRecord {
	/** Short and stable, e.g. `tls`, `ssh`, `s7comm`. */
	readonly name: string;
	readonly transport: "tcp" | "udp";
	readonly ports: readonly number[];
	/** True where people come in over it to work on a machine: when they do is worth knowing. */
	readonly isRemoteAccess?: boolean;
	/** What who offers it does for the whole network. */
	readonly duty?: NetworkDuty;
	/** True where these first bytes of one direction cannot reasonably be anything else. Never throws. */
	readonly test?: (bytes: Uint8Array, start: number, end: number) => boolean;
}

/** The protocols among those that are services, by their ports. */
export function servicesOf(
	protocols: readonly {
		readonly name: string;
		readonly service?: Pick<ServiceRecord, "isRemoteAccess" | "duty">;
		readonly tcp?: Pick<ServiceRecord, "ports">;
		readonly udp?: Pick<ServiceRecord, "ports">;
	}[],
): ServiceRecord[] {
	return protocols.flatMap(({ name, service, ...carriers }) =>
		service === undefined
			? []
			: (["tcp", "udp"] as const).flatMap((transport) => {
					const ports = carriers[transport]?.ports;
					return ports === undefined ? [] : [{ ...service, name, transport, ports }];
				}),
	);
}

/** The guess: what it is and what said so. */
export interface ServiceGuess {
	readonly service: string;
	readonly by: "bytes" | "port";
}

/** Looks services up; built once from the list. */
export class ServiceTable {
	readonly #byBytes: { tcp: ServiceRecord[]; udp: ServiceRecord[] } = { tcp: [], udp: [] };
	readonly #byPort = new Map<string, ServiceGuess>();

	constructor(records: readonly ServiceRecord[]) {
		for (const record of records) {
			if (record.test !== undefined) this.#byBytes[record.transport].push(record);
			for (const port of record.ports) {
				const key = `${record.transport}${port}`;
				if (!this.#byPort.has(key)) this.#byPort.set(key, { service: record.name, by: "port" });
			}
		}
	}

	/** From the first bytes of one direction, or undefined. */
	ofBytes(transport: "tcp" | "udp", bytes: Uint8Array, start: number, end: number): ServiceGuess | undefined {
		for (const record of this.#byBytes[transport]) {
			if (record.test!(bytes, start, end)) return { service: record.name, by: "bytes" };
		}
		return undefined;
	}

	ofPort(transport: "tcp" | "udp", port: number | undefined): ServiceGuess | undefined {
		return port === undefined ? undefined : this.#byPort.get(`${transport}${port}`);
	}
}
