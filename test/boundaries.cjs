// Who may import whom (src/README.md, "Import rules"); checked by `npm run boundaries`, which fails when it sees no modules.
const stages = ["capture", "wire", "flow", "decode", "assets", "baseline", "detect", "alert", "incident"];

/** Contracts that layers to the left may name as types. */
const contracts = "^src/(detect/detection|decode/protocol)\\.ts$";

const rules = [
	{
		name: "no-cycles",
		comment: "Nothing depends on itself, however indirectly (types aside).",
		severity: "error",
		from: {},
		to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
	},
	{
		name: "protocols-see-contracts-only",
		comment: "A protocol sees its own folder, src/wire and the contracts; no sibling.",
		severity: "error",
		from: { path: "^protocols/([^/]+)/" },
		to: {
			pathNot: [
				"^protocols/$1/",
				"^src/wire/",
				"^src/decode/(messageReader|protocol|service|waitingRequests)\\.ts$",
				"^src/detect/(detection|engineering|access)\\.ts$",
				"^src/flow/flow\\.ts$",
				"^src/baseline/",
			],
		},
	},
	{
		name: "only-app-lists-protocols",
		comment: "The engine names no protocol.",
		severity: "error",
		from: { path: "^src/", pathNot: "^src/app/" },
		to: { path: "^protocols/" },
	},
	{
		name: "only-app-knows-everything",
		severity: "error",
		from: { path: "^src/", pathNot: "^src/app/" },
		to: { path: "^src/app/" },
	},
	{
		name: "leaves-know-nobody",
		comment: "store, config and health know no stage.",
		severity: "error",
		from: { path: "^src/(store|config|health)/" },
		to: { path: "^src/", pathNot: "^src/$1/" },
	},
	{
		name: "intel-knows-no-traffic",
		comment: "What is imported (lists, advisories) is read without a stage; detect and app hold the traffic against it.",
		severity: "error",
		from: { path: "^src/intel/" },
		to: { path: "^src/", pathNot: "^src/(intel|config)/" },
	},
	{
		name: "nobody-imports-tests-or-lab",
		severity: "error",
		from: { path: "^(src|protocols|appliance)/" },
		to: { path: "^(test|captures)/" },
	},
	{
		name: "clients-live-in-the-lab",
		comment: "Passive: nothing that speaks Modbus, S7, BACnet or OPC UA is within reach of the product.",
		severity: "error",
		from: { path: "^(src|protocols|appliance)/" },
		to: { path: "node_modules/(modbus-serial|nodes7|@bacnet-js/client|node-opcua[^/]*)/" },
	},
	...[
		["pcap", "^src/capture/"],
		["serialport", "^src/capture/"],
		["@serialport", "^src/capture/"],
		["level", "^src/store/"],
		["mqtt", "^src/output/"],
		["aedes", "^src/output/"],
		["fastify", "^src/web/"],
		["@fastify/static", "^src/web/"],
		["yaml", "^src/config/"],
		["typebox", "^src/config/"],
		["oui-data", "^src/assets/"],
	].map(([name, home]) => ({
		name: `${name}-has-one-home`,
		severity: "error",
		from: { path: "^(src|protocols|appliance)/", pathNot: home },
		to: { path: `node_modules/${name}/` },
	})),
	...stages.slice(0, -1).map((stage, at) => ({
		name: `${stage}-imports-nothing-to-its-right`,
		severity: "error",
		from: { path: `^src/${stage}/`, pathNot: contracts },
		to: { path: `^src/(${[...stages.slice(at + 1), "respond", "output", "web"].join("|")})/`, pathNot: contracts },
	})),
];

module.exports = {
	forbidden: rules,
	options: {
		tsConfig: { fileName: "tsconfig.json" },
		tsPreCompilationDeps: true,
		doNotFollow: { path: "node_modules" },
		exclude: { path: "^dist/" },
	},
};
