/** MQTT, packet by packet and field by field against tshark. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { byFrame, type Line, linesOf } from "./captures.ts";
import { Tally } from "./tally.ts";
import { type Branch, treesOf, version } from "./tshark.ts";

/** The public capture that holds MQTT; and the lab's own recording. */
export const PUBLIC = "EmreEkin+ICS-Pcaps/Mergecap/kokteyl.pcap";
export const RECORDED = fileURLToPath(
	["../../captures/telemetry-spoof.pcap", "../../../captures/telemetry-spoof.pcap"]
		.map((path) => new URL(path, import.meta.url))
		.find((file) => existsSync(file))!,
);

const TYPES =
	"connect connack publish puback pubrec pubrel pubcomp subscribe suback unsubscribe unsuback pingreq pingresp disconnect auth".split(" ");
const VERSIONS: Readonly<Record<string, string>> = { 3: "3.1", 4: "3.1.1", 5: "5.0" };

/** What of a packet is compared, by name; undefined where one side does not say it. */
type Said = Record<string, string | undefined>;

const list = (values: readonly (string | number)[]): string | undefined => (values.length === 0 ? undefined : values.join("|"));
const flag = (value: unknown): string => (value ? "1" : "0");

function saidOf(line: Line): Said {
	const filters: { topicFilter?: string; qos?: number; reasonCode?: number }[] = line.filters ?? [];
	const isPublish = line.kind === "publish";
	const isAnswer = line.kind === "suback" || (line.kind === "unsuback" && line.version === "5.0");
	return {
		packet: line.kind,
		packetId: line.packetId?.toString(),
		...(isPublish && {
			topic: line.topicAlias !== undefined ? undefined : line.topic,
			qos: String(line.qos),
			retain: flag(line.retain),
			dup: flag(line.dup),
			payloadSize: String(line.payloadSize),
		}),
		...(line.kind === "connect" && {
			version: line.version,
			clientId: line.clientId,
			keepAlive: String(line.keepAlive),
			cleanStart: flag(line.cleanStart),
			userName: line.userName,
			password: flag(line.password),
			willTopic: line.will?.topic,
			willQos: line.will === undefined ? "0" : String(line.will.qos),
		}),
		...(line.kind === "connack" && {
			code: String(line.reasonCode),
			sessionPresent: line.sessionPresent === undefined ? undefined : flag(line.sessionPresent),
		}),
		...((line.kind === "subscribe" || line.kind === "unsubscribe") && {
			filters: list(filters.map(({ topicFilter }) => topicFilter!)),
			filterQos: line.kind === "subscribe" ? list(filters.map(({ qos }) => qos!)) : undefined,
		}),
		...(isAnswer && { codes: list(filters.map(({ reasonCode }) => reasonCode!)) }),
		reason: /^pub(ack|rec|rel|comp)$/.test(line.kind) && line.reasonCode > 0 ? String(line.reasonCode) : undefined,
	};
}

/** All fields of a packet by name, in order. */
function fieldsOf(branch: Branch, fields = new Map<string, string[]>()): Map<string, string[]> {
	for (const child of branch.children) {
		if (child.name !== "") fields.set(child.name, [...(fields.get(child.name) ?? []), child.show]);
		fieldsOf(child, fields);
	}
	return fields;
}

const number = (text: string | undefined): string | undefined =>
	text === undefined ? undefined : text === "True" ? "1" : text === "False" ? "0" : String(Number(text));

function tsharkSaid(root: Branch): Said {
	const fields = fieldsOf(root);
	const all = (name: string): string[] => fields.get(`mqtt.${name}`) ?? [];
	const first = (name: string): string | undefined => all(name)[0];
	const packet = TYPES[Number(first("msgtype")) - 1]!;
	const isV5 = (name: string) => all(name).length > 0;
	const codes = [...all("suback.qos"), ...all("suback.reason_code"), ...all("unsuback.reason_code")];
	const payload = first("msg");
	return {
		packet,
		packetId: number(first("msgid")),
		...(packet === "publish" && {
			topic: isV5("property.topic_alias") ? undefined : first("topic"),
			qos: number(first("qos")),
			retain: number(first("retain")),
			dup: number(first("dupflag")),
			payloadSize: payload === undefined || payload === "" ? "0" : String(payload.replaceAll(":", "").length / 2),
		}),
		...(packet === "connect" && {
			version: VERSIONS[number(first("ver"))!],
			clientId: first("clientid") ?? "",
			keepAlive: number(first("kalive")),
			cleanStart: number(first("conflag.cleansess")),
			userName: first("username"),
			password: flag(first("passwd")),
			willTopic: first("willtopic"),
			willQos: number(first("conflag.qos")),
		}),
		...(packet === "connack" && {
			code: number(first("conack.val") ?? first("connack.reason_code")),
			sessionPresent: number(first("conack.flags.sp")),
		}),
		...((packet === "subscribe" || packet === "unsubscribe") && {
			filters: list(all("topic")),
			filterQos: packet === "subscribe" ? list([...all("sub.qos"), ...all("subscription_options_qos")].map(Number)) : undefined,
		}),
		...(codes.length > 0 && { codes: list(codes.map(Number)) }),
		reason:
			/^pub(ack|rec|rel|comp)$/.test(packet) && Number(first(`${packet}.reason_code`) ?? 0) > 0
				? number(first(`${packet}.reason_code`))
				: undefined,
	};
}

/** `alter` may change our lines, to prove that a difference is seen; `options` are more of tshark's. */
export async function compareMqtt(
	capture: string,
	alter: (line: Line) => void = () => {},
	options: readonly string[] = [],
): Promise<Tally> {
	const tally = new Tally(capture, `tshark ${version}`);
	const lines = (await linesOf(capture, ["mqtt"])).filter(({ kind }) => kind !== "unanswered");
	lines.forEach(alter);
	const ours = byFrame(lines);
	const theirs = await treesOf(capture, "mqtt", options);
	for (const frame of [...new Set([...theirs.keys(), ...ours.keys()])].sort((a, b) => a - b)) {
		const mine = ours.get(frame) ?? [];
		// One layer may hold several packets, each a heading of its own.
		const roots = (theirs.get(frame) ?? []).flatMap((root) => packetsOf(root));
		for (let index = 0; index < Math.max(mine.length, roots.length); index++) {
			const line = mine[index];
			const root = roots[index];
			if (line === undefined || root === undefined) {
				tally.differs(`frame ${frame}: ${line === undefined ? "only tshark" : "only we"} say ${line?.kind ?? tsharkSaid(root!).packet}`);
				continue;
			}
			const said = saidOf(line);
			const peer = tsharkSaid(root);
			const fields = [...new Set([...Object.keys(said), ...Object.keys(peer)])].filter((key) => said[key] !== peer[key]);
			if (fields.length === 0) tally.same();
			else tally.differs(`frame ${frame}: ${fields.map((key) => `${key}: ours ${said[key]}, tshark ${peer[key]}`).join("; ")}`);
		}
	}
	return tally;
}

/** The packets of a layer: the branches that have a fixed header. */
function packetsOf(root: Branch): Branch[] {
	if (root.children.some(({ name }) => name === "mqtt.hdrflags")) return [root];
	return root.children.flatMap((child) => packetsOf(child));
}

export const compareAllMqtt = async (): Promise<Tally[]> => [await compareMqtt(PUBLIC), await compareMqtt(RECORDED)];
