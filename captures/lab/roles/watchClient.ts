/**
 * A station that works over an encrypted channel, and notes the name of every message that it sends and gets: what a monitor can only guess. It browses when it
 * comes, polls, subscribes to values that change and then to ones that do not, writes, and goes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { AttributeIds, DataType, MessageSecurityMode, OPCUAClient, SecurityPolicy, TimestampsToReturn, UserTokenType } from "node-opcua";
import type { HostContext } from "../host.ts";
import { makeApplicationKeys } from "./applicationKeys.ts";
import { OPCUA_PORT } from "./opcuaServer.ts";
import { OPERATORS } from "./operators.ts";

/** Names of the messages of the session in the order in which they were sent, by side. */
export interface Diary {
	client: string[];
	server: string[];
}

interface Message {
	schema: { name: string };
	notificationMessage?: { notificationData?: unknown[] | null };
}
type Callback = (error: (Error & { response?: Message }) | null, response?: Message) => void;
interface Transactions {
	performMessageTransaction(request: Message, callback: Callback): void;
}

/** A refusal is noted as what it is; a publication with nothing in it keeps alive. */
function keepDiary(client: Transactions, diary: Diary): void {
	const perform = client.performMessageTransaction.bind(client);
	client.performMessageTransaction = (request, callback) => {
		diary.client.push(request.schema.name);
		perform(request, (error, response) => {
			const answer = response ?? error?.response;
			const isEmpty = answer?.schema.name === "PublishResponse" && (answer.notificationMessage?.notificationData?.length ?? 0) === 0;
			diary.server.push(isEmpty ? "KeepAlive" : (answer?.schema.name ?? "ServiceFault"));
			callback(error, response);
		});
	};
}

const nodeId = (name: string) => `ns=1;s=${name}`;
const valueAt = (name: string) => ({ nodeId: nodeId(name), attributeId: AttributeIds.Value });

export async function prepareWatch(context: HostContext): Promise<(policy: "encrypted" | "plain") => Promise<Diary>> {
	const { applicationUri, certificateFile, certificateManager } = await makeApplicationKeys(context, "watch", "Watch station");
	return async (policy) => {
		const isPlain = policy === "plain";
		const client = OPCUAClient.create({
			applicationName: "Watch station",
			applicationUri,
			clientName: "watch",
			securityMode: isPlain ? MessageSecurityMode.None : MessageSecurityMode.SignAndEncrypt,
			securityPolicy: isPlain ? SecurityPolicy.None : SecurityPolicy.Basic256Sha256,
			certificateFile,
			clientCertificateManager: certificateManager,
			endpointMustExist: false,
			keepSessionAlive: false,
			requestedSessionTimeout: 120_000,
			connectionStrategy: { maxRetry: 1, initialDelay: 500 },
		});
		const diary: Diary = { client: [], server: [] };
		keepDiary(client as unknown as Transactions, diary);
		await client.connect(`opc.tcp://${context.address("opcua")}:${OPCUA_PORT}`);
		const session = await client.createSession({
			type: UserTokenType.UserName,
			userName: "operator1",
			password: OPERATORS.operator1 ?? "",
		});
		for (const name of ["Plant", "Tank", "Pump", "Valve", "Dosing"]) await session.browse(nodeId(name));
		const read = async (rounds: number) => {
			for (let round = 0; round < rounds; round++) {
				await session.read(["Tank.Level", "Pump.Speed", "Valve.Position"].map(valueAt));
				await sleep(400);
			}
		};
		await read(5);
		const subscription = await session.createSubscription2({
			requestedPublishingInterval: 250,
			requestedLifetimeCount: 600,
			requestedMaxKeepAliveCount: 3,
			maxNotificationsPerPublish: 100,
			publishingEnabled: true,
			priority: 1,
		});
		const watched = await subscription.monitorItems(
			["Tank.Level", "Pump.Current", "Dosing.SetPoint"].map(valueAt),
			{ samplingInterval: 250, queueSize: 2, discardOldest: true },
			TimestampsToReturn.Both,
		);
		const write = (value: number) =>
			session.write({ ...valueAt("Dosing.SetPoint"), value: { value: { dataType: DataType.Double, value } } });
		await read(4);
		for (const value of [2.5, 3, 3.5]) {
			await write(value);
			await read(2);
		}
		await watched.terminate().catch(() => undefined);
		// Nothing is watched any more: the subscription only keeps alive.
		await sleep(4000);
		await write(2.5);
		await read(3);
		await subscription.terminate().catch(() => undefined);
		await session.close(true);
		await client.disconnect();
		return diary;
	};
}
