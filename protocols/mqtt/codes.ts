/** Words of MQTT: control packets, return codes of version 3 (3.2.2.3), reason codes and properties of version 5 (2.4, 2.2.2.2). */

/** Control packet types (2.2.1 of 3.1.1, 2.1.2 of 5.0). */
export const PACKET = {
	connect: 1,
	connack: 2,
	publish: 3,
	puback: 4,
	pubrec: 5,
	pubrel: 6,
	pubcomp: 7,
	subscribe: 8,
	suback: 9,
	unsubscribe: 10,
	unsuback: 11,
	pingreq: 12,
	pingresp: 13,
	disconnect: 14,
	auth: 15,
} as const;
export type PacketName = keyof typeof PACKET;

/** Names by type; 0 is reserved. */
export const PACKET_NAMES: readonly (PacketName | undefined)[] = [undefined, ...(Object.keys(PACKET) as PacketName[])];

/** Protocol levels of CONNECT (3.1.2.2). */
export const LEVEL = { v31: 3, v311: 4, v5: 5 } as const;
export const LEVEL_NAMES: Readonly<Record<number, string>> = { 3: "3.1", 4: "3.1.1", 5: "5.0" };

/** What a CONNACK of version 3 answers (3.1.1, table 3.1). */
const RETURN_NAMES: readonly string[] = [
	"accepted",
	"unacceptable protocol version",
	"identifier rejected",
	"server unavailable",
	"bad user name or password",
	"not authorized",
];

/** Reason codes (5.0, table 2-6). What a 0 says depends on the packet. */
const REASON_NAMES: Readonly<Record<number, string>> = {
	0: "success",
	1: "granted QoS 1",
	2: "granted QoS 2",
	4: "disconnect with will message",
	16: "no matching subscribers",
	17: "no subscription existed",
	24: "continue authentication",
	25: "re-authenticate",
	128: "unspecified error",
	129: "malformed packet",
	130: "protocol error",
	131: "implementation specific error",
	132: "unsupported protocol version",
	133: "client identifier not valid",
	134: "bad user name or password",
	135: "not authorized",
	136: "server unavailable",
	137: "server busy",
	138: "banned",
	139: "server shutting down",
	140: "bad authentication method",
	141: "keep alive timeout",
	142: "session taken over",
	143: "topic filter invalid",
	144: "topic name invalid",
	145: "packet identifier in use",
	146: "packet identifier not found",
	147: "receive maximum exceeded",
	148: "topic alias invalid",
	149: "packet too large",
	150: "message rate too high",
	151: "quota exceeded",
	152: "administrative action",
	153: "payload format invalid",
	154: "retain not supported",
	155: "QoS not supported",
	156: "use another server",
	157: "server moved",
	158: "shared subscriptions not supported",
	159: "connection rate exceeded",
	160: "maximum connect time",
	161: "subscription identifiers not supported",
	162: "wildcard subscriptions not supported",
};

/** A refusal: of 0x80 and above in every acknowledgement of 5.0, and in the SUBACK of 3.1.1. */
export const isRefusal = (code: number): boolean => code >= 0x80;

/** Says that the server did not believe who the client claimed to be. Version 3 has its own codes in CONNACK; they are below those of version 5. */
export const isCredentialRefusal = (code: number): boolean =>
	code === 4 || code === 5 || code === 134 || code === 135 || code === 138 || code === 140;

/** A CONNACK of version 3 that refuses: it answers a CONNECT of 5.0 too, where the broker does not know that version (3.1.2.2 of 3.1.1). */
export const isOldRefusal = (code: number): boolean => code > 0 && code < RETURN_NAMES.length;

/** The words of a CONNACK's answer, of either version. */
export const connackName = (code: number): string => (code < RETURN_NAMES.length ? RETURN_NAMES[code]! : reasonName(code));
export const reasonName = (code: number): string => REASON_NAMES[code] ?? `code ${code}`;

/** How a property is encoded (5.0, table 2-4). */
export const PROPERTY_TYPE = { byte: 0, u16: 1, u32: 2, varInt: 3, text: 4, binary: 5, pair: 6 } as const;

/** Properties by identifier: name, and how it is encoded. */
export const PROPERTIES: ReadonlyMap<number, { readonly name: string; readonly type: number }> = new Map(
	(
		[
			[1, "payloadFormatIndicator", "byte"],
			[2, "messageExpiryInterval", "u32"],
			[3, "contentType", "text"],
			[8, "responseTopic", "text"],
			[9, "correlationData", "binary"],
			[11, "subscriptionIdentifier", "varInt"],
			[17, "sessionExpiryInterval", "u32"],
			[18, "assignedClientIdentifier", "text"],
			[19, "serverKeepAlive", "u16"],
			[21, "authenticationMethod", "text"],
			[22, "authenticationData", "binary"],
			[23, "requestProblemInformation", "byte"],
			[24, "willDelayInterval", "u32"],
			[25, "requestResponseInformation", "byte"],
			[26, "responseInformation", "text"],
			[28, "serverReference", "text"],
			[31, "reasonString", "text"],
			[33, "receiveMaximum", "u16"],
			[34, "topicAliasMaximum", "u16"],
			[35, "topicAlias", "u16"],
			[36, "maximumQos", "byte"],
			[37, "retainAvailable", "byte"],
			[38, "userProperty", "pair"],
			[39, "maximumPacketSize", "u32"],
			[40, "wildcardSubscriptionAvailable", "byte"],
			[41, "subscriptionIdentifierAvailable", "byte"],
			[42, "sharedSubscriptionAvailable", "byte"],
		] as const
	).map(([id, name, type]) => [id, { name, type: PROPERTY_TYPE[type] }]),
);
export const TOPIC_ALIAS = 35;
export const AUTHENTICATION_DATA = 22;

/** Why a packet cannot be read: fixed words. */
export const REASON = {
	short: "a length beyond the end of the packet",
	rest: "bytes after the end of the packet",
	property: "no such property",
	packetId: "packet identifier 0",
	topic: "a topic name with a wildcard or a zero byte",
	flags: "reserved bits in the connect flags",
	protocolName: "another protocol name",
	level: "no such protocol level",
	empty: "no topic filter, or an empty one",
	options: "reserved bits in the subscription options",
	header: "a header longer than any packet that is kept",
} as const;
export type Reason = (typeof REASON)[keyof typeof REASON];
