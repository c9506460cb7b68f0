/** A node-opcua client and server on loopback, every byte between them seen by the decoder: what the one tells the other about its data names later lines. */
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	AttributeIds,
	DataType,
	MessageSecurityMode,
	OPCUACertificateManager,
	OPCUAClient,
	OPCUAServer,
	SecurityPolicy,
	StatusCodes,
	Variant,
} from "node-opcua";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { opcua } from "../../protocols/opcua/index.ts";
import { StreamHarness } from "../support/decoderHarness.ts";
import type { Any } from "./opcuaSaid.ts";

const HOST = "127.0.0.1";
const PATIENCE = 60_000;

describe("a node-opcua client that looks before it acts", () => {
	const folder = mkdtempSync(join(tmpdir(), "spanwatch-opcua-"));
	const harness = new StreamHarness(opcua);
	let server: OPCUAServer;
	let tap: Server;
	let lines: Any[];

	beforeAll(async () => {
		const certificates = (name: string) =>
			new OPCUACertificateManager({ rootFolder: join(folder, name), automaticallyAcceptUnknownCertificate: true });
		server = new OPCUAServer({
			host: HOST,
			port: 0,
			serverCertificateManager: certificates("server"),
			userCertificateManager: certificates("users"),
			securityPolicies: [SecurityPolicy.None],
			securityModes: [MessageSecurityMode.None],
		});
		await server.initialize();
		populate(server);
		await server.start();
		const port = (server.endpoints[0] as unknown as { port: number }).port;
		tap = createServer((client) => {
			const behind = connect(port, HOST);
			client.on("data", (bytes: Buffer) => {
				harness.request(new Uint8Array(bytes));
				behind.write(bytes);
			});
			behind.on("data", (bytes: Buffer) => {
				harness.response(new Uint8Array(bytes));
				client.write(bytes);
			});
			for (const [one, other] of [
				[client, behind],
				[behind, client],
			] as const) {
				one.on("close", () => other.destroy());
				one.on("error", () => other.destroy());
			}
		});
		await new Promise<void>((done) => tap.listen(0, HOST, done));
		await act(`opc.tcp://${HOST}:${(tap.address() as AddressInfo).port}`, certificates("client"));
		lines = harness.records;
	}, PATIENCE);

	afterAll(async () => {
		tap.close();
		await server.shutdown(0);
		rmSync(folder, { recursive: true, force: true });
	}, PATIENCE);

	function populate(of: OPCUAServer): void {
		const space = of.engine.addressSpace!;
		const namespace = space.getOwnNamespace();
		const pump = namespace.addObject({ organizedBy: space.rootFolder.objects, browseName: "Pump", nodeId: "s=Pump" });
		const modes = namespace.addEnumerationType({ browseName: "PumpMode", enumeration: ["Stopped", "Running", "Purging"] });
		namespace.addVariable({
			componentOf: pump,
			browseName: "Mode",
			nodeId: "s=Pump.Mode",
			dataType: modes,
			value: { dataType: DataType.Int32, value: 2 },
		});
		namespace.addAnalogDataItem({
			componentOf: pump,
			browseName: "Flow",
			nodeId: "s=Pump.Flow",
			dataType: "Double",
			engineeringUnitsRange: { low: 0, high: 60 },
			engineeringUnits: {
				namespaceUri: "http://www.opcfoundation.org/UA/units/un/cefact",
				unitId: 4666725,
				displayName: { text: "m³/h" },
				description: { text: "" },
			},
			value: { dataType: DataType.Double, value: 41.5 },
		} as never);
		const start = namespace.addMethod(pump, {
			browseName: "Start",
			nodeId: "s=Pump.Start",
			inputArguments: [
				{ name: "speed", dataType: DataType.Double, valueRank: -1 },
				{ name: "reason", dataType: DataType.String, valueRank: -1 },
			],
			outputArguments: [{ name: "accepted", dataType: DataType.Boolean, valueRank: -1 }],
		});
		start.bindMethod(async (_arguments: unknown, _context: unknown) => ({
			statusCode: StatusCodes.Good,
			outputArguments: [new Variant({ dataType: DataType.Boolean, value: true })],
		}));
	}

	/** Browses everything below the pump, reads what it found and what that is made of; then reads values and calls the method. */
	async function act(url: string, clientCertificateManager: OPCUACertificateManager): Promise<void> {
		const client = OPCUAClient.create({ endpointMustExist: false, clientCertificateManager, connectionStrategy: { maxRetry: 0 } });
		await client.withSessionAsync(url, async (session) => {
			const value = (nodeId: unknown, attributeId = AttributeIds.Value) => ({ nodeId: String(nodeId), attributeId });
			const below = async (nodeId: string): Promise<string[]> =>
				((await session.browse({ nodeId, resultMask: 63, browseDirection: 0 } as never)).references ?? []).map((one) =>
					one.nodeId.toString(),
				);
			const children = await below("ns=1;s=Pump");
			const properties: string[] = [];
			for (const child of children) properties.push(...(await below(child)));
			await session.read(properties.map((one) => value(one)));
			const [type] = await session.read([value("ns=1;s=Pump.Mode", AttributeIds.DataType)]);
			for (const property of await below(type!.value.value.toString())) await session.read(value(property));
			await session.read([value(type!.value.value, AttributeIds.DataTypeDefinition)]);
			await session.read([value("ns=1;s=Pump.Mode"), value("ns=1;s=Pump.Flow")]);
			await session.call({
				objectId: "ns=1;s=Pump",
				methodId: "ns=1;s=Pump.Start",
				inputArguments: [
					new Variant({ dataType: DataType.Double, value: 30 }),
					new Variant({ dataType: DataType.String, value: "shift A" }),
				],
			});
		});
	}

	const lastOf = (service: string, kind: string): Any => lines.filter((line) => line.service === service && line.kind === kind).at(-1);

	it("gives values their word, unit and range", () => {
		const read = lines.filter(
			({ service, kind, parameters }) => service === "Read" && kind === "response" && parameters.results.length === 2,
		);
		expect(read.at(-1).parameters.results).toMatchObject([
			{ nodeId: "ns=1;s=Pump.Mode", type: "Int32", value: 2, valueName: "Purging" },
			{ nodeId: "ns=1;s=Pump.Flow", type: "Double", value: 41.5, unit: "m³/h", range: [0, 60] },
		]);
	});

	it("names the method and its arguments", () => {
		expect(lastOf("Call", "request").parameters.methodsToCall[0]).toMatchObject({
			method: "Start",
			inputArguments: [
				{ argument: "speed", value: 30 },
				{ argument: "reason", value: "shift A" },
			],
		});
		expect(lastOf("Call", "response").parameters.results[0].outputArguments).toEqual([
			{ argument: "accepted", type: "Boolean", value: true },
		]);
		expect(harness.labels["method:ns=1;s=Pump.Start"]).toBe("Start(speed, reason)");
	});

	it("is read without a fault", () => {
		expect(lines.filter(({ kind }) => kind === "malformed" || kind === "unsolicited")).toEqual([]);
		expect(harness.facts).toEqual([]);
	});
});
