/**
 * The SCADA station (node-opcua client) with three connections: unsecured and anonymous (reads, writes, browses, calls), signed and anonymous
 * (subscribes, writes), signed and encrypted with a user name (reads, calls).
 */
import {
	AttributeIds,
	type ClientSession,
	type ClientSubscription,
	DataType,
	MessageSecurityMode,
	OPCUAClient,
	SecurityPolicy,
	TimestampsToReturn,
	UserTokenType,
} from "node-opcua";
import { keepTime, resolveName } from "../everyday.ts";
import type { Actions, HostContext } from "../host.ts";
import { Cycle } from "../link.ts";
import { NETWORK } from "../plant.ts";
import { makeApplicationKeys } from "./applicationKeys.ts";
import { OPCUA_PORT } from "./opcuaServer.ts";
import { OPERATORS } from "./operators.ts";

const MODES = { none: MessageSecurityMode.None, sign: MessageSecurityMode.Sign, encrypt: MessageSecurityMode.SignAndEncrypt } as const;
type Mode = keyof typeof MODES;

const READ = ["Tank.Level", "Pump.Speed", "Valve.Position", "Dosing.SetPoint"];
const WATCHED = ["Tank.Level", "Tank.Temperature", "Pump.Current", "Pump.Pressure"];
const nodeId = (name: string) => `ns=1;s=${name}`;

interface Connection {
	client: OPCUAClient;
	session: ClientSession;
}

export async function start(context: HostContext): Promise<Actions> {
	const { applicationUri, certificateFile, certificateManager } = await makeApplicationKeys(context, "scada", "SCADA station");
	const connections = new Map<Mode, Connection>();
	const polls = [new Cycle(), new Cycle()];
	let user = "operator1";
	let subscription: ClientSubscription | undefined;

	const open = async (mode: Mode): Promise<ClientSession> => {
		const client = OPCUAClient.create({
			applicationName: "SCADA station",
			applicationUri,
			clientName: `scada-${mode}`,
			securityMode: MODES[mode],
			securityPolicy: mode === "none" ? SecurityPolicy.None : SecurityPolicy.Basic256Sha256,
			certificateFile,
			clientCertificateManager: certificateManager,
			endpointMustExist: false,
			keepSessionAlive: false,
			requestedSessionTimeout: 120_000,
			connectionStrategy: { maxRetry: 1, initialDelay: 500 },
		});
		await client.connect(`opc.tcp://${context.address("opcua")}:${OPCUA_PORT}`);
		const session =
			mode === "encrypt"
				? await client.createSession({ type: UserTokenType.UserName, userName: user, password: OPERATORS[user] ?? "" })
				: await client.createSession();
		connections.set(mode, { client, session });
		return session;
	};
	const sessionOf = (mode: unknown): ClientSession => {
		const connection = connections.get(String(mode ?? "none") as Mode);
		if (connection === undefined) throw new Error(`the SCADA station has no ${String(mode)} connection open`);
		return connection.session;
	};
	const connect = async () => {
		await resolveName(context, `opcua.${NETWORK.domain}`);
		const plain = await open("none");
		await plain.browse(nodeId("Plant"));
		for (const part of ["Tank", "Pump", "Valve", "Dosing"]) await plain.browse(nodeId(part));
		polls[0]!.start(
			() => context.random.jitter(1000, 0.1),
			async (round) => {
				await plain.read(READ.map((name) => ({ nodeId: nodeId(name), attributeId: AttributeIds.Value })));
				if (round % 10 === 5) await keepTime(context);
			},
		);
		const signed = await open("sign");
		subscription = await signed.createSubscription2({
			requestedPublishingInterval: 500,
			requestedLifetimeCount: 600,
			requestedMaxKeepAliveCount: 10,
			maxNotificationsPerPublish: 100,
			publishingEnabled: true,
			priority: 1,
		});
		await subscription.monitorItems(
			WATCHED.map((name) => ({ nodeId: nodeId(name), attributeId: AttributeIds.Value })),
			{ samplingInterval: 500, queueSize: 2, discardOldest: true },
			TimestampsToReturn.Both,
		);
		const secret = await open("encrypt");
		polls[1]!.start(
			() => context.random.jitter(2000, 0.1),
			async () => {
				await secret.read(["Tank.Level", "Dosing.Recipe"].map((name) => ({ nodeId: nodeId(name), attributeId: AttributeIds.Value })));
			},
		);
	};
	const disconnect = async () => {
		await Promise.all(polls.map((poll) => poll.stop()));
		await subscription?.terminate().catch(() => undefined);
		subscription = undefined;
		for (const { client, session } of connections.values()) {
			await session.close(true).catch(() => undefined);
			await client.disconnect().catch(() => undefined);
		}
		connections.clear();
	};
	return {
		connect,
		disconnect,
		/** Another operator logs in: all connections anew. */
		relogin: async (args) => {
			await disconnect();
			user = String(args.user);
			await connect();
		},
		write: async (args) => {
			const name = String(args.node);
			const dataType = name === "Dosing.Recipe" ? DataType.UInt16 : DataType.Double;
			const status = await sessionOf(args.mode).write({
				nodeId: nodeId(name),
				attributeId: AttributeIds.Value,
				value: { value: { dataType, value: Number(args.value) } },
			});
			return status.name;
		},
		call: async (args) => {
			const result = await sessionOf(args.mode).call({
				objectId: nodeId("Dosing"),
				methodId: nodeId("Dosing.Start"),
				inputArguments: [{ dataType: DataType.UInt32, value: Number(args.batch) }],
			});
			return result.statusCode.name;
		},
	};
}
