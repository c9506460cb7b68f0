/**
 * A dosing cell of its own: an OPC UA server that a station reads over a signed channel as a user (node-opcua both), relays in front of it, an engineer who maintains it, and what
 * somebody does who attacks it. Any host may be any of them; all are silent until the lab says so, and node-opcua is loaded no sooner.
 */
import { createServer, connect as dial, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClientSession, ClientSubscription, OPCUAClient, OPCUAServer } from "node-opcua";
import type { Actions, Arguments, HostContext } from "./host.ts";
import type { ApplicationKeys } from "./roles/applicationKeys.ts";
import { OPERATORS } from "./roles/operators.ts";

const CELL_PORT = 4850;
/** Ports of the relays, each of which leads to the server. */
const RELAYS = [4851, 4852, 4853, 4854, 4855];
const MOST_SESSIONS = 6;
const VALUES = ["Dose", "Level", "Pressure", "Valve"];
const nodeId = (name: string) => `ns=1;s=Cell.${name}`;

interface Station {
	client: OPCUAClient;
	session: ClientSession;
	subscription: ClientSubscription | undefined;
	timer: NodeJS.Timeout | undefined;
}

export function cellActions(context: HostContext): Actions {
	let server: OPCUAServer | undefined;
	let station: Station | undefined;
	const relays: Server[] = [];
	const sockets = new Set<Socket>();
	/** Made once for all recordings of a lab. */
	const known = new Map<string, ApplicationKeys>();
	const keysOf = async (name: string, title: string): Promise<ApplicationKeys> => {
		const { makeApplicationKeys } = await import("./roles/applicationKeys.ts");
		const keys = known.get(name) ?? (await makeApplicationKeys(context, name, title));
		known.set(name, keys);
		return keys;
	};
	const url = (port = CELL_PORT) => `opc.tcp://${context.address("opcua")}:${port}`;

	const open = async (args: Arguments): Promise<void> => {
		const ua = await import("node-opcua");
		const name = String(args.name ?? "cell");
		const keys = await keysOf(name, String(args.title ?? "Dosing server"));
		const userCertificateManager = new ua.OPCUACertificateManager({ rootFolder: join(context.pkiFolder, `${name}-users`) });
		await userCertificateManager.initialize();
		server = new ua.OPCUAServer({
			port: CELL_PORT,
			host: context.ip,
			hostname: context.ip,
			serverCertificateManager: keys.certificateManager,
			userCertificateManager,
			certificateFile: keys.certificateFile,
			securityPolicies: [ua.SecurityPolicy.None, ua.SecurityPolicy.Basic256Sha256],
			securityModes: [ua.MessageSecurityMode.None, ua.MessageSecurityMode.Sign],
			allowAnonymous: true,
			userManager: { isValidUser: (user: string, password: string) => OPERATORS[user] === password },
			serverInfo: {
				applicationUri: keys.applicationUri,
				applicationName: { text: "Dosing server" },
				productUri: "urn:plant.example:server",
			},
			serverCapabilities: { maxSessions: MOST_SESSIONS },
			registerServerMethod: 1,
		});
		await server.initialize();
		const namespace = server.engine.addressSpace!.getOwnNamespace();
		const cell = namespace.addFolder(server.engine.addressSpace!.rootFolder.objects, { browseName: "Cell", nodeId: "s=Cell" });
		let phase = 0;
		for (const [index, value] of VALUES.entries())
			namespace.addVariable({
				componentOf: cell,
				browseName: value,
				nodeId: `s=Cell.${value}`,
				dataType: ua.DataType.Double,
				minimumSamplingInterval: 250,
				value: { get: () => new ua.Variant({ dataType: ua.DataType.Double, value: Math.round(50 + 40 * Math.sin(phase++ / 9 + index)) }) },
			});
		for (let machine = 0; machine < 60; machine++)
			namespace.addFolder(cell, { browseName: `Machine${machine}`, nodeId: `s=Cell.Machine${machine}` });
		await server.start();
	};
	const close = async (): Promise<void> => {
		for (const socket of sockets) socket.destroy();
		for (const relay of relays.splice(0)) relay.close();
		await server?.shutdown(0);
		server = undefined;
	};
	const relay = (): void => {
		for (const port of RELAYS) {
			const listener = createServer((near) => {
				const far = dial({ host: context.ip, port: CELL_PORT });
				for (const [one, other] of [
					[near, far],
					[far, near],
				] as const) {
					sockets.add(one);
					one.on("data", (bytes) => other.write(bytes));
					one.on("error", () => other.destroy());
					one.on("close", () => other.destroy());
				}
			});
			listener.listen(port, context.ip);
			relays.push(listener);
		}
	};

	/** A client of this host's program `name`, on a signed channel or on none. */
	const client = async (name: string, isSigned: boolean): Promise<OPCUAClient> => {
		const ua = await import("node-opcua");
		const keys = await keysOf(name, name);
		return ua.OPCUAClient.create({
			applicationName: name,
			applicationUri: keys.applicationUri,
			clientName: name,
			securityMode: isSigned ? ua.MessageSecurityMode.Sign : ua.MessageSecurityMode.None,
			securityPolicy: isSigned ? ua.SecurityPolicy.Basic256Sha256 : ua.SecurityPolicy.None,
			certificateFile: keys.certificateFile,
			clientCertificateManager: keys.certificateManager,
			endpointMustExist: false,
			keepSessionAlive: false,
			requestedSessionTimeout: 60_000,
			connectionStrategy: { maxRetry: 0, initialDelay: 100 },
		});
	};
	const userOf = async (userName: string, password = OPERATORS[userName] ?? "") => {
		const { UserTokenType } = await import("node-opcua");
		return { type: UserTokenType.UserName, userName, password } as const;
	};
	const visit = async <T>(name: string, isSigned: boolean, work: (client: OPCUAClient) => Promise<T>): Promise<T> => {
		const visitor = await client(name, isSigned);
		await visitor.connect(url());
		try {
			return await work(visitor);
		} finally {
			await visitor.disconnect().catch(() => undefined);
		}
	};
	const subscribe = async ({ session }: Station): Promise<ClientSubscription> => {
		const { AttributeIds, TimestampsToReturn } = await import("node-opcua");
		const subscription = await session.createSubscription2({
			requestedPublishingInterval: 1000,
			requestedLifetimeCount: 60,
			requestedMaxKeepAliveCount: 5,
			maxNotificationsPerPublish: 100,
			publishingEnabled: true,
			priority: 1,
		});
		await subscription.monitorItems(
			VALUES.map((name) => ({ nodeId: nodeId(name), attributeId: AttributeIds.Value })),
			{ samplingInterval: 1000, queueSize: 1, discardOldest: true },
			TimestampsToReturn.Source,
		);
		return subscription;
	};

	return {
		openCell: open,
		closeCell: close,
		openRelays: relay,
		/** Logs in as an operator over a signed channel, reads twice a second, and is told what changes. */
		cellStation: async () => {
			const { AttributeIds } = await import("node-opcua");
			const connection = await client("station", true);
			await connection.connect(url());
			const session = await connection.createSession(await userOf("operator1"));
			station = { client: connection, session, subscription: undefined, timer: undefined };
			station.subscription = await subscribe(station);
			station.timer = setInterval(() => {
				session.read({ nodeId: nodeId("Dose"), attributeId: AttributeIds.Value }).catch(() => undefined);
			}, 500);
		},
		leaveCell: async () => {
			if (station === undefined) return;
			clearInterval(station.timer);
			await station.subscription?.terminate().catch(() => undefined);
			await station.session.close(true).catch(() => undefined);
			await station.client.disconnect().catch(() => undefined);
			station = undefined;
		},
		/** Another screen: other reports in place of the old ones. */
		changeScreen: async () => {
			if (station === undefined) return;
			await station.subscription?.terminate();
			station.subscription = await subscribe(station);
		},
		/** All reports stopped, and the station reads on. */
		stopReports: async () => {
			await station?.subscription?.terminate();
			if (station !== undefined) station.subscription = undefined;
		},
		/** The engineer with the right certificate: may mistype, logs in, opens a few folders. */
		maintain: (args) =>
			visit("maintenance", true, async (connection) => {
				if (args.mistypes === true) await connection.createSession(await userOf("operator2", "wrong")).catch(() => undefined);
				const session = await connection.createSession(await userOf("operator2"));
				for (const node of ["ns=0;i=85", "ns=1;s=Cell", "ns=1;s=Cell.Machine1", "ns=1;s=Cell.Machine2"]) await session.browse(node);
				await session.close(true);
			}),
		/** Asks for the endpoints of the server and of all its relays. */
		searchServers: async () => {
			for (const port of [CELL_PORT, ...RELAYS]) {
				const connection = await client("tool", false);
				await connection.connect(url(port));
				await connection.getEndpoints();
				await connection.disconnect();
			}
		},
		/** A foreign program on this host: no security, nobody's name. */
		comeWithout: () =>
			visit("tool", false, async (connection) => {
				const session = await connection.createSession();
				await session.read({ nodeId: nodeId("Level"), attributeId: 13 });
				await session.close(true);
			}),
		/** One login after the other in one session. */
		guessPasswords: () =>
			visit("tool", false, async (connection) => {
				const session = await connection.createSession();
				for (const user of ["admin", "root", "operator", "guest", "service", "user"])
					await connection.changeSessionIdentity(session, await userOf(user, "12345")).catch(() => undefined);
				await session.close(true);
			}),
		/** Asks for the references of every node that it finds. */
		walkNodes: () =>
			visit("tool", false, async (connection) => {
				const session = await connection.createSession();
				const { references } = await session.browse("ns=1;s=Cell");
				for (const { nodeId: node } of references ?? [])
					await session.browse({ nodeId: node, resultMask: 0, referenceTypeId: "i=33", includeSubtypes: true });
				await session.close(true);
			}),
		/** Sessions until the server has no room, and some more. */
		useUp: () =>
			visit("tool", false, async (connection) => {
				const sessions: ClientSession[] = [];
				let refused = 0;
				for (let count = 0; count < MOST_SESSIONS + 5; count++) {
					await connection.createSession().then(
						(session) => sessions.push(session),
						() => refused++,
					);
					await sleep(50);
				}
				for (const session of sessions) await session.close(true);
				return `${sessions.length} sessions, ${refused} refused`;
			}),
	};
}
