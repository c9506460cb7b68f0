/**
 * OPC UA in the logs of ICSNPP: their rows, made from our lines. Each log is a table of its own there, joined by ids that the test suite has cut off;
 * here the rows of all come from one line for each message.
 */
import type { Line } from "./captures.ts";
import { EMPTY, flag, MASK, type Reason, type Row, text, UNSET } from "./zeekLog.ts";

type Nested = Record<string, unknown>;
const nested = (value: unknown): Nested => (value ?? {}) as Nested;
const items = (value: unknown): Nested[] => (value ?? []) as Nested[];

const PARTIES = ["ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"];
const SENDER = ["is_orig", "source_h", "source_p", "destination_h", "destination_p"];
/** Of a node id: how it is packed, then its parts. */
const NODE = ["encoding_mask", "namespace_idx", "numeric", "string", "guid", "opaque"];
const node = (prefix: string): string[] => NODE.map((part) => `${prefix}_${part}`);
const expanded = (prefix: string): string[] => [...node(prefix), `${prefix}_namespace_uri`, `${prefix}_server_idx`];

const parties = ({ client, server }: Line): Row => ({
	"id.orig_h": text(client.ip),
	"id.orig_p": text(client.port),
	"id.resp_h": text(server.ip),
	"id.resp_p": text(server.port),
});
const sender = (line: Line): Row => {
	const [from, to] = line.sender === "client" ? [line.client, line.server] : [line.server, line.client];
	return {
		is_orig: flag(line.sender === "client"),
		source_h: text(from.ip),
		source_p: text(from.port),
		destination_h: text(to.ip),
		destination_p: text(to.port),
	};
};

/** Fewest bytes that hold the id (OPC 10000-6, 5.2.2.9), for our text does not say how it was packed. */
function packing(kind: string, namespace: number, name: string): number {
	if (kind !== "i") return { s: 3, g: 4, b: 5 }[kind]!;
	if (namespace === 0 && Number(name) < 0x100) return 0;
	return namespace < 0x100 && Number(name) < 0x10000 ? 1 : 2;
}

const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, "0")}`;

/** The parts of a node id that we have as text. */
function nodeId(prefix: string, id: unknown): Row {
	const found = /^(?:svr=(\d+);)?(?:ns=(\d+);|nsu=(.*?);)?([isgb])=(.*)$/s.exec(String(id));
	if (found === null) return {};
	const [, server, namespace, uri, kind, name] = found as unknown as string[];
	const mask = packing(kind!, Number(namespace ?? 0), name!);
	return {
		[`${prefix}_encoding_mask`]: hex(mask | (uri === undefined ? 0 : 0x80) | (server === undefined ? 0 : 0x40), 2),
		[`${prefix}_namespace_idx`]: mask === 0 ? UNSET : (namespace ?? "0"),
		[`${prefix}_${{ i: "numeric", s: "string", g: "guid", b: "opaque" }[kind!]}`]: name!,
		...(uri !== undefined && { [`${prefix}_namespace_uri`]: uri }),
		...(server !== undefined && { [`${prefix}_server_idx`]: server }),
	};
}

/** "2:Speed" in its two parts. */
function qualified(name: unknown): [namespace: string, name: unknown] {
	const found = typeof name === "string" ? /^(\d+):(.*)$/s.exec(name) : null;
	return found === null ? ["0", name] : [found[1]!, found[2]];
}

/** A localized text: text alone, or with its locale. */
function localized(value: unknown): { mask: number; locale: string; text: string } {
	const { locale, text: words } = typeof value === "object" && value !== null ? (value as Nested) : { locale: null, text: value };
	return { mask: (locale === null ? 0 : 1) | (words === null ? 0 : 2), locale: text(locale), text: text(words) };
}

/** The log shows the first bytes of a byte string. */
const SHOWN_DIGITS = 48;
const bytes = (value: unknown): string => {
	if (typeof value !== "string" || value === "") return text(value);
	return `0x${value.length > SHOWN_DIGITS ? `${value.slice(0, SHOWN_DIGITS)}...` : value}`;
};
const double = (value: unknown): string => (Number.isInteger(value) ? `${value}.0` : text(value));
/** A time is anonymous there, and no time is a time of 1601. */
const time = (value: unknown): string => (value === undefined ? UNSET : MASK);
const numberOf = (names: readonly string[], value: unknown): string =>
	typeof value === "string" ? String(names.indexOf(value)) : text(value);

const APPLICATION_TYPES = ["Server", "Client", "ClientAndServer", "DiscoveryServer"];
const SECURITY_MODES = ["Invalid", "None", "Sign", "SignAndEncrypt"];
const TOKEN_TYPES = ["Anonymous", "UserName", "Certificate", "IssuedToken"];
const REQUEST_TYPES = ["Issue", "Renew"];
const TIMESTAMPS = ["Source", "Server", "Both", "Neither"];
const DIRECTIONS: Readonly<Record<string, string>> = { Forward: "FWD", Inverse: "INV", Both: "BOTH" };
const IDENTITY_TOKENS: Readonly<Record<string, number>> = {
	AnonymousIdentityToken: 321,
	UserNameIdentityToken: 324,
	X509IdentityToken: 327,
	IssuedIdentityToken: 940,
};

interface Log {
	/** After those of the parties and of the sender. */
	columns: readonly string[];
	/** False where a row is about both directions. */
	hasSender: boolean;
	/** Which rows may be about the same. */
	key: readonly string[];
	/** What the columns hold for a message and the request that it answers; columns left out hold nothing. */
	rows: (line: Line, request: Line | undefined) => Row[];
}

const isAnswer = ({ kind }: Line): boolean => kind === "response" || kind === "fault" || kind === "unsolicited";

/** A log with a row for each request and each answer of a service; a fault has no fields of it. */
function perMessage(service: string, columns: readonly string[], asked: (fields: Nested) => Row, said: (fields: Nested) => Row): Log {
	return perItem([service], columns, (line) => {
		const fields = nested(line.parameters);
		return [line.kind === "request" ? asked(fields) : said(fields)];
	});
}

/** A log with a row for each of something in the messages of a service. */
function perItem(services: readonly string[], columns: readonly string[], rows: (line: Line) => Row[]): Log {
	return {
		columns,
		hasSender: true,
		key: ["id.orig_p", "is_orig"],
		rows: (line) => (services.includes(line.service) && line.parameters !== undefined && line.kind !== "fault" ? rows(line) : []),
	};
}

const nothing = (): Row => ({});

const HEADER_COLUMNS = [
	...["msg_type", "is_final", "total_size", "error", "reason"],
	...["version", "rcv_buf_size", "snd_buf_size", "max_msg_size", "max_chunk_cnt", "endpoint_url", "sec_channel_id"],
	...["sec_policy_uri_len", "sec_policy_uri", "snd_cert_len", "snd_cert", "rcv_cert_len", "rcv_cert", "request_id"],
	...["req_msg_size", "req_seq_number", "req_encoding_mask", "req_namespace_idx", "req_identifier", "req_identifier_str"],
	...["req_hdr_node_id_type", "req_hdr_node_id_namespace_idx", "req_hdr_node_id_numeric", "req_hdr_node_id_string"],
	...["req_hdr_node_id_guid", "req_hdr_node_id_opaque", "req_hdr_timestamp", "req_hdr_request_handle", "req_hdr_return_diag"],
	...["req_hdr_audit_entry_id", "req_hdr_timeout_hint", "req_hdr_add_hdr_type_id", "req_hdr_add_hdr_enc_mask"],
	...["res_msg_size", "res_seq_number", "res_encoding_mask", "res_namespace_idx", "res_identifier", "res_identifier_str"],
	...[
		"res_hdr_timestamp",
		"res_hdr_request_handle",
		"res_hdr_service_diag_encoding",
		"res_hdr_add_hdr_type_id",
		"res_hdr_add_hdr_enc_mask",
	],
];

const POLICY = "http://opcfoundation.org/UA/SecurityPolicy#";

/** What a message is, by the node id of its type, which is always of namespace 0. */
const typeId = (side: "req" | "res", line: Line): Row => ({
	[`${side}_msg_size`]: text(line.size),
	[`${side}_seq_number`]: text(line.sequenceNumber),
	[`${side}_namespace_idx`]: "0",
	[`${side}_identifier`]: text(line.typeId),
	[`${side}_identifier_str`]: `${line.kind === "fault" ? "ServiceFault" : line.service}${line.kind === "request" ? "Request" : line.kind === "fault" ? "" : "Response"}`,
	[`${side}_hdr_timestamp`]: time(line.timestamp),
	[`${side}_hdr_request_handle`]: text(line.requestHandle),
	[`${side}_hdr_add_hdr_type_id`]: line.additionalHeader === undefined ? "0" : "1",
	[`${side}_hdr_add_hdr_enc_mask`]: line.additionalHeader === undefined ? "0" : "1",
});

/** What stands where a secret was. */
const PRESENT = "(present)";
/** A request outside a session has no token; one of a session is a secret. */
const token = (asked: Line): Row =>
	asked.sessionId === undefined ? { req_hdr_node_id_type: "0x00", req_hdr_node_id_numeric: "0" } : { req_hdr_node_id_type: PRESENT };

/** Both messages that open a channel: each names a channel, and without security none has a certificate. */
const opening = (asked: Line, answer: Line): Row => ({
	sec_channel_id: `${asked.secureChannelId},${answer.secureChannelId}`,
	sec_policy_uri_len: text(POLICY.length + asked.securityPolicy.length),
	sec_policy_uri: POLICY + asked.securityPolicy,
	snd_cert_len: text(asked.certificate?.length ?? -1),
	rcv_cert_len: text(asked.certificate === undefined ? -1 : undefined),
});

function headerOf(line: Line, request: Line | undefined): Row[] {
	// Our line is the whole message, whose last chunk is final.
	const head = { msg_type: text(line.messageType), is_final: "F" };
	const { parameters } = line;
	if (line.kind === "hello" || line.kind === "acknowledge")
		return [
			{
				...head,
				total_size: text(line.size),
				version: text(parameters.protocolVersion),
				rcv_buf_size: text(parameters.receiveBufferSize),
				snd_buf_size: text(parameters.sendBufferSize),
				max_msg_size: text(parameters.maxMessageSize),
				max_chunk_cnt: text(parameters.maxChunkCount),
				endpoint_url: text(parameters.endpointUrl),
			},
		];
	if (line.kind === "error")
		return [{ ...head, total_size: text(line.size), error: text(parameters.error.code), reason: text(parameters.reason) }];
	// Closing a channel has no answer.
	const asked = line.messageType === "CLO" ? line : request;
	const answer = isAnswer(line) ? line : undefined;
	if (line !== (answer ?? asked)) return [];
	return [
		{
			...head,
			total_size: text((asked?.size ?? 0) + (answer?.size ?? 0)),
			sec_channel_id: text(line.secureChannelId),
			request_id: text(line.requestId),
			...(asked !== undefined && {
				...typeId("req", asked),
				...token(asked),
				req_hdr_return_diag: text(asked.returnDiagnostics ?? 0),
				req_hdr_audit_entry_id: asked.auditEntryId ?? EMPTY,
				req_hdr_timeout_hint: text(asked.timeoutHint ?? 0),
			}),
			...(answer !== undefined && {
				...typeId("res", answer),
				res_hdr_service_diag_encoding: answer.serviceDiagnostics === undefined ? "0" : "1",
			}),
			...(asked !== undefined && answer !== undefined && line.messageType === "OPN" && opening(asked, answer)),
		},
	];
}

/** Whose status it is, as the log numbers them; only these services have their items' statuses logged. */
const STATUS_SOURCES: Readonly<Record<string, readonly [source: number, name: string]>> = {
	Browse: [2, "Browse"],
	Read: [6, "Read"],
	CreateMonitoredItems: [8, "CreateMonitoredItems"],
	Write: [18, "Write"],
};
const SEVERITIES = ["Good", "Uncertain", "Bad", "Reserved"];
const flagOf = (code: number, bit: number): string => flag(((code >>> bit) & 1) === 1);

function statusOf(status: { code: number; name: string }, source: readonly [number, string]): Row {
	const { code } = status;
	return {
		source: text(source[0]),
		source_str: source[1],
		status_code: hex(code, 8),
		severity: text(code >>> 30),
		severity_str: `Severity_${SEVERITIES[code >>> 30]}`,
		sub_code: text((code >>> 16) & 0xfff),
		sub_code_str: status.name,
		structure_changed: flagOf(code, 15),
		semantics_changed: flagOf(code, 14),
		info_type: text((code >>> 10) & 3),
		info_type_str: ((code >>> 10) & 3) === 0 ? "InfoType_NotUsed" : "InfoType_DataValue",
	};
}

function statusesOf(line: Line): Row[] {
	if (!isAnswer(line) || line.serviceResult === undefined) return [];
	const rows = [statusOf(line.serviceResult, [0, "ResponseHeader"])];
	const source = STATUS_SOURCES[line.service];
	if (source === undefined) return rows;
	for (const result of items(line.parameters?.results)) {
		const status = (result.code !== undefined ? result : (result.status ?? result.statusCode)) as { code: number; name: string };
		// A value that is good has no status on the wire.
		if (line.service !== "Read" || status.code !== 0) rows.push(statusOf(status, source));
	}
	return rows;
}

const STATUS_COLUMNS = [
	...["source", "source_str", "source_level", "status_code", "severity", "severity_str", "sub_code", "sub_code_str"],
	...["structure_changed", "semantics_changed", "info_type", "info_type_str", "limit_bits", "limit_bits_str", "overflow"],
	...["historian_bits", "historian_bits_str", "historianPartial", "historianExtraData", "historianMultiValue"],
];

const APPLICATION_COLUMNS = ["application_uri", "product_uri", "encoding_mask", "locale", "text", "application_type"];
const DISCOVERY_COLUMNS = ["gateway_server_uri", "discovery_profile_uri"];

function application(description: Nested): Row {
	const name = localized(description.applicationName);
	return {
		application_uri: text(description.applicationUri),
		product_uri: text(description.productUri),
		encoding_mask: text(name.mask),
		locale: name.locale,
		text: name.text,
		application_type: numberOf(APPLICATION_TYPES, description.applicationType),
		gateway_server_uri: text(description.gatewayServerUri),
		discovery_profile_uri: text(description.discoveryProfileUri),
	};
}

/** A certificate's length and nothing else of it: we say whose it is instead of its bytes. */
const certificate = (prefix: string, value: unknown): Row =>
	value === null || value === "" ? {} : { [`${prefix}_size`]: text(nested(value).length), [prefix]: PRESENT };

const endpointLog = (services: readonly string[], url: string): Log =>
	perItem(
		services,
		[
			url,
			...APPLICATION_COLUMNS,
			...DISCOVERY_COLUMNS,
			"discovery_profile_link_id",
			"cert_size",
			"server_cert",
			"message_security_mode",
		].concat("security_policy_uri", "transport_profile_uri", "security_level"),
		(line) =>
			endpointsOf(line).map((endpoint) => ({
				[url]: text(endpoint.endpointUrl),
				...application(nested(endpoint.server)),
				message_security_mode: numberOf(SECURITY_MODES, endpoint.securityMode),
				security_policy_uri: text(endpoint.securityPolicyUri),
				transport_profile_uri: text(endpoint.transportProfileUri),
				security_level: text(endpoint.securityLevel),
			})),
	);
const endpointsOf = (line: Line): Nested[] => items(line.parameters.endpoints ?? line.parameters.serverEndpoints);

const tokenLog = (services: readonly string[]): Log =>
	perItem(
		services,
		["user_token_policy_id", "user_token_type", "user_token_issued_type", "user_token_endpoint_url", "user_token_sec_policy_uri"],
		(line) =>
			endpointsOf(line)
				.flatMap(({ userIdentityTokens }) => items(userIdentityTokens))
				.map((policy) => ({
					user_token_policy_id: text(policy.policyId),
					user_token_type: numberOf(TOKEN_TYPES, policy.tokenType),
					user_token_issued_type: text(policy.issuedTokenType),
					user_token_endpoint_url: text(policy.issuerEndpointUrl),
					user_token_sec_policy_uri: text(policy.securityPolicyUri),
				})),
	);

/** Which parts of a value are there (OPC 10000-6, 5.2.2.17). */
function dataValue(value: Nested): Row {
	const mask =
		("value" in value ? 1 : 0) |
		(nested(value.status).code === 0 ? 0 : 2) |
		("sourceTimestamp" in value ? 4 : 0) |
		("serverTimestamp" in value ? 8 : 0) |
		("sourcePicoseconds" in value ? 16 : 0) |
		("serverPicoseconds" in value ? 32 : 0);
	return {
		data_value_encoding_mask: hex(mask, 2),
		source_timestamp: time(value.sourceTimestamp),
		source_pico_sec: text(value.sourcePicoseconds),
		server_timestamp: time(value.serverTimestamp),
		server_pico_sec: text(value.serverPicoseconds),
	};
}
const DATA_VALUE_COLUMNS = ["data_value_encoding_mask", "source_timestamp", "source_pico_sec", "server_timestamp", "server_pico_sec"];

const timestampsToReturn = ({ timestampsToReturn }: Nested): Row => ({
	timestamps_to_return: numberOf(TIMESTAMPS, timestampsToReturn),
	timestamps_to_return_str: text(timestampsToReturn),
});

/** A filter as the log of monitored items has it: its type alone. */
const FILTERS = "monitoring_parameters_filter_info_type_id";

const LOGS: Readonly<Record<string, Log>> = {
	opcua_binary: {
		columns: HEADER_COLUMNS,
		hasSender: false,
		key: ["id.orig_p", "msg_type", "request_id"],
		rows: headerOf,
	},
	opcua_binary_status_code_detail: { columns: STATUS_COLUMNS, hasSender: true, key: ["id.orig_p", "source"], rows: statusesOf },
	opcua_binary_opensecure_channel: perMessage(
		"OpenSecureChannel",
		[
			...["client_proto_ver", "sec_token_request_type", "message_security_mode", "client_nonce", "req_lifetime", "server_proto_ver"],
			...["sec_token_sec_channel_id", "sec_token_id", "sec_token_created_at", "sec_token_revised_time", "server_nonce"],
		],
		(asked) => ({
			client_proto_ver: text(asked.clientProtocolVersion),
			sec_token_request_type: numberOf(REQUEST_TYPES, asked.requestType),
			message_security_mode: numberOf(SECURITY_MODES, asked.securityMode),
			client_nonce: bytes(asked.clientNonce),
			req_lifetime: text(asked.requestedLifetime),
		}),
		(said) => {
			const token = nested(said.securityToken);
			return {
				server_proto_ver: text(said.serverProtocolVersion),
				sec_token_sec_channel_id: text(token.channelId),
				sec_token_id: text(token.tokenId),
				sec_token_created_at: time(token.createdAt),
				sec_token_revised_time: text(token.revisedLifetime),
				server_nonce: bytes(said.serverNonce),
			};
		},
	),
	opcua_binary_get_endpoints: perMessage("GetEndpoints", ["endpoint_url"], (asked) => ({ endpoint_url: text(asked.endpointUrl) }), nothing),
	opcua_binary_get_endpoints_description: endpointLog(["GetEndpoints"], "endpoint_uri"),
	opcua_binary_get_endpoints_user_token: tokenLog(["GetEndpoints"]),
	opcua_binary_create_session: perMessage(
		"CreateSession",
		[
			...APPLICATION_COLUMNS,
			...DISCOVERY_COLUMNS,
			...["server_uri", "endpoint_url", "session_name", "client_nonce", "client_cert_size", "client_cert"],
			...["req_session_timeout", "max_res_msg_size"],
			...node("session_id"),
			...node("auth_token"),
			...["revised_session_timeout", "server_nonce", "server_cert_size", "server_cert", "algorithm", "signature", "max_req_msg_size"],
		],
		(asked) => ({
			...application(nested(asked.clientDescription)),
			server_uri: text(asked.serverUri),
			endpoint_url: text(asked.endpointUrl),
			session_name: text(asked.sessionName),
			client_nonce: bytes(asked.clientNonce),
			...certificate("client_cert", asked.clientCertificate),
			req_session_timeout: text(asked.requestedSessionTimeout),
			max_res_msg_size: text(asked.maxResponseMessageSize),
		}),
		(said) => ({
			...nodeId("session_id", said.sessionId),
			auth_token_encoding_mask: text(said.authenticationToken),
			revised_session_timeout: text(said.revisedSessionTimeout),
			server_nonce: bytes(said.serverNonce),
			...certificate("server_cert", said.serverCertificate),
			algorithm: text(nested(said.serverSignature).algorithm),
			signature: bytes(nested(said.serverSignature).signature),
			max_req_msg_size: text(said.maxRequestMessageSize),
		}),
	),
	opcua_binary_create_session_endpoints: endpointLog(["CreateSession"], "endpoint_url"),
	opcua_binary_create_session_user_token: tokenLog(["CreateSession"]),
	opcua_binary_activate_session: perMessage(
		"ActivateSession",
		[
			...["client_algorithm", "client_signature"],
			...node("ext_obj_type_id"),
			...["ext_obj_type_id_str", "ext_obj_encoding", "ext_obj_policy_id", "ext_obj_user_name", "ext_obj_password"],
			...["ext_obj_encryption_algorithom", "ext_obj_certificate_data", "ext_obj_token_data"],
			...["user_token_algorithm", "user_token_signature", "server_nonce"],
		],
		(asked) => {
			const token = nested(asked.userIdentityToken);
			return {
				client_algorithm: text(nested(asked.clientSignature).algorithm),
				client_signature: bytes(nested(asked.clientSignature).signature),
				...nodeId("ext_obj_type_id", `i=${IDENTITY_TOKENS[String(token.type)]}`),
				ext_obj_type_id_str: text(token.type),
				ext_obj_encoding: "0x01",
				ext_obj_policy_id: text(token.policyId),
				ext_obj_user_name: text(token.userName),
				ext_obj_password: text(token.password),
				ext_obj_encryption_algorithom: text(token.encryptionAlgorithm),
				user_token_algorithm: text(nested(asked.userTokenSignature).algorithm),
				user_token_signature: bytes(nested(asked.userTokenSignature).signature),
			};
		},
		(said) => ({ server_nonce: bytes(said.serverNonce) }),
	),
	opcua_binary_close_session: perItem(["CloseSession"], ["del_subscriptions"], (line) =>
		line.kind === "request" ? [{ del_subscriptions: flag(line.parameters.deleteSubscriptions) }] : [],
	),
	opcua_binary_browse: perMessage(
		"Browse",
		[
			"browse_service_type",
			...node("browse_view_id"),
			...["browse_view_description_timestamp", "browse_view_description_view_version", "req_max_ref_nodes"],
			"browse_next_release_continuation_point",
		],
		(asked) => {
			const view = nested(asked.view);
			return {
				browse_service_type: "BrowseRequest",
				...nodeId("browse_view_id", view.viewId),
				browse_view_description_timestamp: time(view.timestamp),
				browse_view_description_view_version: text(view.viewVersion),
				req_max_ref_nodes: text(asked.requestedMaxReferencesPerNode),
			};
		},
		() => ({ browse_service_type: "BrowseResponse" }),
	),
	opcua_binary_browse_description: perItem(
		["Browse"],
		[
			...node("browse_description"),
			"browse_direction",
			...node("browse_description_ref"),
			...["browse_description_include_subtypes", "browse_node_class_mask", "browse_result_mask"],
		],
		(line) =>
			items(line.parameters.nodesToBrowse).map((one) => ({
				...nodeId("browse_description", one.nodeId),
				browse_direction: DIRECTIONS[String(one.browseDirection)] ?? text(one.browseDirection),
				...nodeId("browse_description_ref", one.referenceTypeId),
				browse_description_include_subtypes: flag(one.includeSubtypes as boolean),
				browse_node_class_mask: one.nodeClassMask === 0 ? "All" : text(one.nodeClassMask),
				browse_result_mask: hex(one.resultMask as number, 8),
			})),
	),
	opcua_binary_browse_result: perItem(["Browse"], ["browse_result_continuation_point"], (line) =>
		items(line.parameters.results).map(({ continuationPoint }) => ({ browse_result_continuation_point: bytes(continuationPoint) })),
	),
	opcua_binary_browse_response_references: perItem(
		["Browse"],
		[
			...node("browse_response_ref"),
			"browse_response_is_forward",
			...expanded("browse_response_ref_type"),
			...["browse_response_ref_name_idx", "browse_response_ref_name", "browse_response_display_name_mask"],
			...["browse_response_display_name_locale", "browse_response_display_name_text", "browse_response_node_class"],
			...expanded("browse_response_type_def"),
		],
		(line) =>
			items(line.parameters.results)
				.flatMap(({ references }) => items(references))
				.map((reference) => {
					const [namespace, name] = qualified(reference.browseName);
					const shown = localized(reference.displayName);
					return {
						...nodeId("browse_response_ref", reference.referenceTypeId),
						browse_response_is_forward: flag(reference.isForward as boolean),
						...nodeId("browse_response_ref_type", reference.nodeId),
						browse_response_ref_name_idx: namespace === "0" ? UNSET : namespace,
						browse_response_ref_name: text(name),
						browse_response_display_name_mask: hex(shown.mask, 2),
						browse_response_display_name_locale: shown.locale,
						browse_response_display_name_text: shown.text,
						browse_response_node_class: `${reference.nodeClass}NodeClass`,
						...nodeId("browse_response_type_def", reference.typeDefinition),
					};
				}),
	),
	opcua_binary_create_subscription: perMessage(
		"CreateSubscription",
		[
			...["requested_publishing_interval", "requested_lifetime_count", "requested_max_keep_alive_count"],
			...["max_notifications_per_publish", "publishing_enabled", "priority"],
			...["subscription_id", "revised_publishing_interval", "revised_lifetime_count", "revised_max_keep_alive_count"],
		],
		(asked) => ({
			requested_publishing_interval: text(asked.requestedPublishingInterval),
			requested_lifetime_count: text(asked.requestedLifetimeCount),
			requested_max_keep_alive_count: text(asked.requestedMaxKeepAliveCount),
			max_notifications_per_publish: text(asked.maxNotificationsPerPublish),
			publishing_enabled: flag(asked.publishingEnabled as boolean),
			priority: text(asked.priority),
		}),
		(said) => ({
			subscription_id: text(said.subscriptionId),
			revised_publishing_interval: text(said.revisedPublishingInterval),
			revised_lifetime_count: text(said.revisedLifetimeCount),
			revised_max_keep_alive_count: text(said.revisedMaxKeepAliveCount),
		}),
	),
	opcua_binary_create_monitored_items: perMessage(
		"CreateMonitoredItems",
		["subscription_id", "timestamps_to_return", "timestamps_to_return_str"],
		(asked) => ({ subscription_id: text(asked.subscriptionId), ...timestampsToReturn(asked) }),
		nothing,
	),
	opcua_binary_create_monitored_items_create_item: perItem(
		["CreateMonitoredItems"],
		[
			...node("item_to_monitor_node_id"),
			...["item_to_monitor_attribute_id", "item_to_monitor_index_range", "item_to_monitor_namespace_idx", "item_to_monitor_name"],
			...["monitoring_mode", "monitoring_parameters_client_handle", "monitoring_parameters_sampling_interval"],
			...["monitoring_parameters_queue_size", "monitoring_parameters_discard_oldest"],
			...node(`${FILTERS}_node_id`),
			...[`${FILTERS}_string`, `${FILTERS}_encoding`],
			...["monitored_item_index_id", "monitoring_parameters_revised_sampling_interval", "monitoring_parameters_revised_queue_size"],
		],
		(line) =>
			line.kind === "request"
				? items(line.parameters.itemsToCreate).map((one) => {
						const item = nested(one.itemToMonitor);
						const parameters = nested(one.requestedParameters);
						const [namespace, name] = qualified(item.dataEncoding);
						return {
							...nodeId("item_to_monitor_node_id", item.nodeId),
							item_to_monitor_attribute_id: text(item.attribute),
							item_to_monitor_index_range: text(item.indexRange),
							item_to_monitor_namespace_idx: namespace === "0" ? UNSET : namespace,
							item_to_monitor_name: text(name),
							monitoring_mode: text(one.monitoringMode),
							monitoring_parameters_client_handle: text(parameters.clientHandle),
							monitoring_parameters_sampling_interval: double(parameters.samplingInterval),
							monitoring_parameters_queue_size: text(parameters.queueSize),
							monitoring_parameters_discard_oldest: flag(parameters.discardOldest as boolean),
						};
					})
				: items(line.parameters.results).map((result) => ({
						monitored_item_index_id: text(result.monitoredItemId),
						monitoring_parameters_revised_sampling_interval: double(result.revisedSamplingInterval),
						monitoring_parameters_revised_queue_size: text(result.revisedQueueSize),
					})),
	),
	opcua_binary_read: perMessage(
		"Read",
		["max_age", "timestamps_to_return", "timestamps_to_return_str"],
		(asked) => ({ max_age: text(asked.maxAge), ...timestampsToReturn(asked) }),
		nothing,
	),
	opcua_binary_read_nodes_to_read: perItem(
		["Read"],
		[...node("node_id"), "attribute_id", "attribute_id_str", "index_range", "data_encoding_name_idx", "data_encoding_name"],
		(line) =>
			items(line.parameters.nodesToRead).map((one) => {
				const [namespace, name] = qualified(one.dataEncoding);
				return { ...attributeOf(one), data_encoding_name_idx: namespace, data_encoding_name: text(name) };
			}),
	),
	opcua_binary_read_results: perItem(["Read"], ["level", ...DATA_VALUE_COLUMNS], (line) =>
		items(line.parameters.results).map((result) => dataValue(result)),
	),
	opcua_binary_write: perItem(
		["Write"],
		[...node("node_id"), "attribute_id", "attribute_id_str", "index_range", ...DATA_VALUE_COLUMNS],
		(line) =>
			line.kind === "request"
				? items(line.parameters.nodesToWrite).map((one) => ({ ...attributeOf(one), ...dataValue(nested(one.value)) }))
				: items(line.parameters.results).map(nothing),
	),
};

const attributeOf = (one: Nested): Row => ({
	...nodeId("node_id", one.nodeId),
	attribute_id: text(one.attributeId),
	attribute_id_str: text(one.attribute),
	index_range: text(one.indexRange),
});

/** What our lines do not say: how the node id of a message's type was packed, and how deep in the other's parser something was. */
const UNSAID: readonly string[] = ["req_encoding_mask", "res_encoding_mask", "source_level", "level"];

export const OPCUA_LOGS: Readonly<
	Record<string, { key: readonly string[]; columns: readonly string[]; rows: (lines: readonly Line[]) => Row[] }>
> = Object.fromEntries(
	Object.entries(LOGS).map(([name, { key, columns, hasSender, rows }]) => [
		name,
		{
			key,
			columns: [...PARTIES, ...(hasSender ? SENDER : []), ...columns],
			rows: (lines: readonly Line[]) => {
				const empty = Object.fromEntries(columns.filter((column) => !UNSAID.includes(column)).map((column) => [column, UNSET]));
				const requests = new Map(lines.filter(({ kind }) => kind === "request").map((line) => [`${line.frame} ${line.requestId}`, line]));
				return lines.flatMap((line) =>
					rows(line, requests.get(`${line.requestFrame} ${line.requestId}`)).map((fields) => ({
						...empty,
						...parties(line),
						...(hasSender && sender(line)),
						...fields,
					})),
				);
			},
		},
	]),
);

/** A GUID whose first three numbers have their bytes in the order of the wire, not in that of the text (OPC 10000-6, 5.2.2.6). */
const asOnWire = (guid: string): string =>
	guid
		.split("-")
		.map((part, at) => (at < 3 ? Buffer.from(part, "hex").reverse().toString("hex") : part))
		.join("-");

const TOKEN = "theirs: the session's authentication token, with which anyone can speak for the session, is written down; we never show it";

/** Where these logs have other words than we, and why. */
export const OPCUA_LOG_REASONS: readonly Reason[] = [
	{
		reason: TOKEN,
		log: "opcua_binary",
		fields: ["req_hdr_node_id_type", ...node("req_hdr_node_id").slice(1)],
		applies: (theirs, ours, row) => row.req_hdr_node_id_type !== "0x00" && theirs !== UNSET && (ours === UNSET || ours === PRESENT),
	},
	{
		reason: TOKEN,
		log: "opcua_binary_create_session",
		fields: node("auth_token"),
		applies: (theirs, ours) => theirs !== UNSET && (ours === UNSET || ours === PRESENT),
	},
	{
		reason: "theirs: the password is written down; we say that there is one, and that it is in clear",
		log: "opcua_binary_activate_session",
		fields: ["ext_obj_password"],
		applies: (theirs, ours) => theirs !== UNSET && ours === PRESENT,
	},
	{
		reason: "theirs: the numbers of a GUID have their bytes the wrong way round",
		log: "opcua_binary_create_session",
		fields: ["session_id_guid"],
		applies: (theirs, ours) => theirs !== ours && asOnWire(theirs) === ours,
	},
	{
		reason: "theirs: a nonce that is null is called empty",
		log: "opcua_binary_opensecure_channel",
		fields: ["client_nonce", "server_nonce"],
		applies: (theirs, ours) => theirs === EMPTY && ours === UNSET,
	},
	{
		reason: "either: an empty locale: the log shows the bit that says that it is there, to us it is none",
		log: "opcua_binary_browse_response_references",
		fields: ["browse_response_display_name_mask"],
		applies: (theirs, ours, row) => theirs === "0x03" && ours === "0x02" && row.browse_response_display_name_locale === UNSET,
	},
];
