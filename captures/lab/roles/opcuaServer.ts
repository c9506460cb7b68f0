/** The plant's OPC UA server (node-opcua): tank, pump, valve and a dosing station with set points and a method. */
import { join } from "node:path";
import {
	DataType,
	MessageSecurityMode,
	OPCUACertificateManager,
	OPCUAServer,
	SecurityPolicy,
	StatusCodes,
	type UAObject,
	Variant,
} from "node-opcua";
import type { Actions, HostContext } from "../host.ts";
import type { Measurements } from "../physics.ts";
import { makeApplicationKeys } from "./applicationKeys.ts";
import { OPERATORS } from "./operators.ts";
import { tourActions } from "./tourServer.ts";

export const OPCUA_PORT = 4840;

export async function start(context: HostContext): Promise<Actions> {
	const keys = await makeApplicationKeys(context, "opcua", "Plant server");
	const { applicationUri, certificateFile, certificateManager: serverCertificateManager } = keys;
	const userCertificateManager = new OPCUACertificateManager({
		rootFolder: join(context.pkiFolder, "users"),
		automaticallyAcceptUnknownCertificate: true,
	});
	await userCertificateManager.initialize();
	const server = new OPCUAServer({
		port: OPCUA_PORT,
		host: context.ip,
		hostname: context.ip,
		serverCertificateManager,
		userCertificateManager,
		certificateFile,
		securityPolicies: [SecurityPolicy.None, SecurityPolicy.Basic256Sha256],
		securityModes: [MessageSecurityMode.None, MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt],
		allowAnonymous: true,
		userManager: { isValidUser: (user: string, password: string) => OPERATORS[user] === password },
		serverInfo: { applicationUri, applicationName: { text: "Plant server" }, productUri: "urn:plant.example:server" },
		buildInfo: { productName: "Plant server", manufacturerName: "Riverside Controls", softwareVersion: "4.1.0", buildNumber: "410" },
		registerServerMethod: 1,
	});
	await server.initialize();
	let measured: Measurements | undefined;
	context.onMeasurements((now) => (measured = now));
	addPlant(server, () => measured);
	await server.start();
	return tourActions(context, { serverCertificateManager, userCertificateManager, certificateFile });
}

function addPlant(server: OPCUAServer, measured: () => Measurements | undefined): void {
	const space = server.engine.addressSpace!;
	const namespace = space.getOwnNamespace();
	const plant = namespace.addFolder(space.rootFolder.objects, { browseName: "Plant", nodeId: "s=Plant" });
	const part = (name: string): UAObject => namespace.addObject({ browseName: name, organizedBy: plant, nodeId: `s=${name}` });
	const reading = (owner: UAObject, name: string, pick: (now: Measurements) => number) =>
		namespace.addVariable({
			componentOf: owner,
			browseName: name,
			nodeId: `s=${owner.browseName.name}.${name}`,
			dataType: DataType.Double,
			minimumSamplingInterval: 250,
			value: { get: () => new Variant({ dataType: DataType.Double, value: measured() === undefined ? 0 : pick(measured()!) }) },
		});
	const tank = part("Tank");
	reading(tank, "Level", (now) => now.level);
	reading(tank, "Temperature", (now) => now.temperature / 10);
	reading(tank, "Total", (now) => now.total / 10);
	const pump = part("Pump");
	reading(pump, "Speed", (now) => now.speed);
	reading(pump, "Current", (now) => now.current / 100);
	reading(pump, "Pressure", (now) => now.pressure / 100);
	const valve = part("Valve");
	reading(valve, "Position", (now) => now.position / 10);

	const dosing = part("Dosing");
	const setPoint = { dose: 2.5, recipe: 1 };
	namespace.addVariable({
		componentOf: dosing,
		browseName: "SetPoint",
		nodeId: "s=Dosing.SetPoint",
		dataType: DataType.Double,
		value: {
			get: () => new Variant({ dataType: DataType.Double, value: setPoint.dose }),
			set: (variant: Variant) => {
				if (typeof variant.value !== "number" || variant.value > 1000) return StatusCodes.BadOutOfRange;
				setPoint.dose = variant.value;
				return StatusCodes.Good;
			},
		},
	});
	namespace.addVariable({
		componentOf: dosing,
		browseName: "Recipe",
		nodeId: "s=Dosing.Recipe",
		dataType: DataType.UInt16,
		value: {
			get: () => new Variant({ dataType: DataType.UInt16, value: setPoint.recipe }),
			set: (variant: Variant) => {
				setPoint.recipe = Number(variant.value);
				return StatusCodes.Good;
			},
		},
	});
	const method = namespace.addMethod(dosing, {
		browseName: "Start",
		nodeId: "s=Dosing.Start",
		inputArguments: [{ name: "batch", dataType: DataType.UInt32, description: { text: "Batch number" } }],
		outputArguments: [{ name: "accepted", dataType: DataType.Boolean, description: { text: "Whether it runs now" } }],
	});
	method.bindMethod((inputs, _context, callback) => {
		const batch = Number(inputs[0]?.value ?? 0);
		callback(null, {
			statusCode: batch > 0 ? StatusCodes.Good : StatusCodes.BadInvalidArgument,
			outputArguments: [new Variant({ dataType: DataType.Boolean, value: batch > 0 })],
		});
	});
}
