/**
 * The configuration: one schema, from which come the type, the validation, the defaults, the sample file (`sample.ts`) and the manual's words.
 * Every key has a default, so an empty file is a valid one.
 */
import { type Static, Type } from "typebox";
import { ZONES } from "./zones.ts";

/** Site and sensor become levels of MQTT topics and parts of ids. */
const NAME = "^[A-Za-z0-9_-]{1,64}$";
/** A path of a file that holds a secret or a certificate; the secret itself never stands in the configuration. */
const file = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 4096, description }));
const port = (value: number, description: string) => Type.Integer({ minimum: 0, maximum: 65_535, default: value, description });
const CLOSED = { additionalProperties: false } as const;

export const configSchema = Type.Object(
	{
		site: Type.String({
			pattern: NAME,
			default: "site",
			description: "Name of this site: letters, digits, - and _, at most 64. Part of every topic and alert.",
		}),
		sensor: Type.String({
			pattern: "^[A-Za-z0-9_-]{0,64}$",
			default: "",
			description: "Name of this box on its site; the host name unless given.",
		}),
		stateDir: Type.String({
			minLength: 1,
			maxLength: 4096,
			default: "state",
			description: "Folder for everything that must survive: what is learned, alerts, what waits to be sent, users.",
		}),
		capture: Type.Object(
			{
				interfaces: Type.Array(Type.String({ minLength: 1, maxLength: 15 }), {
					maxItems: 16,
					default: [],
					description: "Interfaces to listen on. Nothing is ever sent on them; they need no address.",
				}),
				serial: Type.Array(Type.String({ pattern: "^/[^,]+(,(auto|[0-9]{2,7})(,(auto|[78][NEOneo][12]))?)?$", maxLength: 512 }), {
					maxItems: 16,
					default: [],
					description:
						"Serial lines (RS-485) to listen on: port, rate and format, e.g. /dev/ttyUSB0,19200,8E1; what is left out or auto is found out. Nothing is ever sent on them.",
				}),
				filter: Type.String({ maxLength: 4096, default: "", description: "A capture filter as for tcpdump; empty for all traffic." }),
				snapLength: Type.Integer({ minimum: 64, maximum: 65_535, default: 65_535, description: "Bytes kept of each frame." }),
				bufferMegabytes: Type.Integer({
					minimum: 1,
					maximum: 1024,
					default: 64,
					description: "The kernel's buffer for each interface, in MiB.",
				}),
			},
			{ ...CLOSED, description: "Where frames come from." },
		),
		web: Type.Object(
			{
				host: Type.String({
					minLength: 1,
					maxLength: 255,
					default: "127.0.0.1",
					description: "Address of the local page; use another than loopback only with certFile and keyFile.",
				}),
				port: port(8480, "Port of the local page; 0 takes a free one."),
				certFile: file("Certificate (PEM) for HTTPS."),
				keyFile: file("Private key (PEM) for HTTPS; readable by its owner only."),
			},
			{ ...CLOSED, description: "The local page." },
		),
		broker: Type.Object(
			{
				enabled: Type.Boolean({
					default: true,
					description: "The embedded MQTT broker; alerts go there when no other broker is configured.",
				}),
				host: Type.String({
					minLength: 1,
					maxLength: 255,
					default: "127.0.0.1",
					description: "Address to listen on; another than loopback needs user and passwordFile.",
				}),
				port: port(1883, "Port to listen on; 0 takes a free one."),
				user: Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: "User name that clients must give." })),
				passwordFile: file("File with the password that clients must give; readable by its owner only."),
			},
			{ ...CLOSED, description: "The embedded MQTT broker." },
		),
		mqtt: Type.Object(
			{
				url: Type.String({
					maxLength: 2048,
					default: "",
					description: "External broker, e.g. mqtts://broker.example:8883; empty for the embedded one.",
				}),
				version: Type.Union([Type.Literal(4), Type.Literal(5)], {
					default: 5,
					description: "MQTT version of the external broker: 5, or 4 for 3.1.1.",
				}),
				clientId: Type.String({ maxLength: 255, default: "", description: "Client identifier; made from site and sensor unless given." }),
				user: Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: "User name." })),
				passwordFile: file("File with the password; readable by its owner only."),
				caFile: file("Certificates (PEM) that the broker's certificate is checked against; the system's own unless given."),
				certFile: file("Client certificate (PEM)."),
				keyFile: file("Private key (PEM) of the client certificate; readable by its owner only."),
				topicRoot: Type.String({ pattern: NAME, default: "spanwatch", description: "First level of all topics." }),
			},
			{ ...CLOSED, description: "Where alerts are published." },
		),
		maps: Type.Array(
			Type.Object(
				{
					plc: Type.String({ minLength: 1, maxLength: 80, description: "Address of the PLC, or address/unit." }),
					file: Type.String({ minLength: 1, maxLength: 4096, description: "Its register map (CSV)." }),
				},
				CLOSED,
			),
			{
				maxItems: 4096,
				default: [],
				description:
					"Register maps (CSV: address or node id, name, unit, scale, offset, type, word order, alarm limits), e.g. [{plc: 10.0.0.5/1, file: maps/plc-5.csv}].",
			},
		),
		indicators: Type.Array(Type.String({ minLength: 1, maxLength: 4096 }), {
			maxItems: 256,
			default: [],
			description:
				"Lists of indicators (STIX 2.1 bundles, CSV), or folders of them, against which addresses, names, TLS clients, certificates and names of files are held, e.g. [lists/stix.json, lists/own.csv].",
		}),
		zones: Type.Array(
			Type.Object(
				{
					zone: Type.Unsafe<(typeof ZONES)[number]>({ anyOf: ZONES.map((zone) => ({ const: zone })) }),
					networks: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 256 })),
					vlans: Type.Optional(Type.Array(Type.Integer({ minimum: 0, maximum: 4095 }), { maxItems: 256 })),
					interfaces: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 16 })),
				},
				CLOSED,
			),
			{
				maxItems: 256,
				default: [],
				description:
					"What is OT, IT, DMZ, remote or internet: networks, VLANs and interfaces, e.g. [{zone: OT, networks: [10.20.0.0/16]}, {zone: DMZ, networks: [10.20.9.0/24], vlans: [9]}]. The longest network wins, then the VLAN, then the interface. What is not told is guessed: networks where controllers speak are OT, public addresses internet, the rest unknown.",
			},
		),
		conduits: Type.Array(
			Type.Object(
				{
					from: Type.String({ minLength: 1, maxLength: 64 }),
					to: Type.String({ minLength: 1, maxLength: 64 }),
					services: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 64 })),
				},
				CLOSED,
			),
			{
				maxItems: 256,
				default: [],
				description:
					"Who may talk across zones without an alert: from and to are a zone or a network, services are like tcp/502 or ssh (all unless given), e.g. [{from: 10.30.0.5, to: OT, services: [tcp/502]}].",
			},
		),
		rules: Type.Array(Type.String({ minLength: 1, maxLength: 4096 }), {
			maxItems: 100,
			default: [],
			description: "Rules of the plant's people: files (YAML), and folders of such files (*.yaml, *.yml), read when the box starts.",
		}),
		learning: Type.Object(
			{
				hours: Type.Number({
					minimum: 0.01,
					maximum: 8760,
					default: 24,
					description: "Hours that each trait watches at least before it judges by itself.",
				}),
				forgetDays: Type.Number({
					minimum: 1,
					maximum: 3650,
					default: 90,
					description:
						"Watched days after which what was normal and was not seen again is normal no more: clients, functions and habits then, points and values within twice the time. It is said for information.",
				}),
				timeZone: Type.String({
					pattern: "^[A-Za-z0-9_+/-]{0,64}$",
					default: "",
					description:
						"Time zone of the plant's people, e.g. Europe/Zurich; that of the box unless given. Habits, maintenance windows and rules count their hours in it.",
				}),
				quarantineSeverity: Type.Integer({
					minimum: 1,
					maximum: 101,
					default: 70,
					description: "While an alert of this severity or more is open, nothing new of its client and its PLC is learned; 101 for never.",
				}),
			},
			{ ...CLOSED, description: "How it is learned." },
		),
		alerts: Type.Object(
			{
				minSeverity: Type.Integer({
					minimum: 0,
					maximum: 100,
					default: 0,
					description: "Alerts below this are stored and shown, but not published.",
				}),
			},
			{ ...CLOSED, description: "Which alerts leave the box." },
		),
		commands: Type.Object(
			{
				mqttUsers: Type.Array(Type.String({ pattern: "^[A-Za-z0-9_-]{1,64}$" }), {
					maxItems: 32,
					default: [],
					description:
						"Users of the MQTT broker who may give commands (learn, mute, close, unlearn, permit), each on the topic command/USER, to which the broker must let that user alone publish. Empty: no commands over MQTT.",
				}),
			},
			{ ...CLOSED, description: "Who may give commands." },
		),
		outbox: Type.Object(
			{
				maxEntries: Type.Integer({
					minimum: 100,
					maximum: 10_000_000,
					default: 100_000,
					description: "Messages that wait for a destination at most; then the oldest of the least severe give way.",
				}),
				maxMegabytes: Type.Integer({ minimum: 1, maximum: 10_000, default: 200, description: "The same in MiB." }),
			},
			{ ...CLOSED, description: "What waits to be sent." },
		),
	},
	CLOSED,
);

/** A whole configuration: every key is there but the optional ones. */
export type Config = Static<typeof configSchema>;
