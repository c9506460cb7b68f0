/** Why a connection to an MQTT broker is not there, in one sentence that says what to do. */

export interface Attempt {
	url: string;
	version: 4 | 5;
	/** The broker had accepted the connection before it ended. */
	wasReady: boolean;
}

/** Codes of CONNACK, PUBACK and DISCONNECT (MQTT 3.1.1, 3.2.2.3; MQTT 5.0, 2.4), of TLS, and of sockets. */
const WORDS: Readonly<Record<string, string>> = {
	1: "does not speak this version of MQTT: set mqtt.version to the other one",
	132: "does not speak this version of MQTT: set mqtt.version to the other one",
	2: "refuses the client id: set mqtt.clientId to one that it allows",
	133: "refuses the client id: set mqtt.clientId to one that it allows",
	3: "is not available at the moment: see its own log",
	136: "is not available at the moment: see its own log",
	137: "is busy: see its own log",
	139: "is shutting down: it is tried again",
	4: "refuses the user name or password: check mqtt.user and mqtt.passwordFile",
	134: "refuses the user name or password: check mqtt.user and mqtt.passwordFile",
	5: "does not allow this client: check mqtt.user and mqtt.passwordFile, and on the broker what this user may publish",
	135: "does not allow this client: check mqtt.user and mqtt.passwordFile, and on the broker what this user may publish",
	138: "has banned this client: see its own log",
	141: "heard nothing from us for too long: check the network",
	142: "was told that another client has the same client id: set mqtt.clientId to one of its own for each sensor",
	151: "has reached a limit of its own: see its own log",
	154: "keeps no retained messages, which the status needs: allow them on the broker",
	155: "does not take messages with confirmation (QoS 1): allow them on the broker",
	ECONNREFUSED: "refuses connections: check mqtt.url, and that the broker runs",
	ECONNRESET:
		"broke the connection off: check that mqtt.url says mqtts:// where the broker wants TLS and mqtt:// where not, and see its own log",
	EPIPE: "broke the connection off: see its own log",
	ENOTFOUND: "cannot be found: check the name in mqtt.url, and the name server of this box",
	EAI_AGAIN: "cannot be found, as no name server answers: check the network of this box",
	ETIMEDOUT: "does not answer: check mqtt.url, and firewalls in between",
	EHOSTUNREACH: "cannot be reached: check the network of this box",
	ENETUNREACH: "cannot be reached: check the network of this box",
	UNCONFIRMED: "confirms no messages: see its own log",
	CERT_HAS_EXPIRED: "shows a certificate that has expired: renew it there, or set the clock of this box",
	CERT_NOT_YET_VALID: "shows a certificate that is not valid yet: set the clock of this box",
	ERR_TLS_CERT_ALTNAME_INVALID: "shows a certificate for another name: use a name of the certificate in mqtt.url",
	SELF_SIGNED_CERT_IN_CHAIN: "shows a certificate of an authority that is not known here: name that authority's certificate as mqtt.caFile",
	DEPTH_ZERO_SELF_SIGNED_CERT: "shows a certificate that it signed itself: name that certificate as mqtt.caFile",
	UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		"shows a certificate of an authority that is not known here: name that authority's certificate as mqtt.caFile",
	UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
		"shows a certificate of an authority that is not known here: name that authority's certificate as mqtt.caFile",
	ERR_SSL_WRONG_VERSION_NUMBER: "does not speak TLS on this port: use the TLS port, or mqtt:// in mqtt.url",
	ERR_SSL_PACKET_LENGTH_TOO_LONG: "does not speak TLS on this port: use the TLS port, or mqtt:// in mqtt.url",
	ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: "wants a client certificate: set mqtt.certFile and mqtt.keyFile",
	ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: "breaks off the TLS handshake: it may want a client certificate (mqtt.certFile and mqtt.keyFile)",
	ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "does not know the authority of our client certificate: check mqtt.certFile",
	ERR_OSSL_X509_KEY_VALUES_MISMATCH: "was not tried, as mqtt.keyFile is not the key of mqtt.certFile: check both",
};

export function explainMqtt(reason: unknown, { url, version, wasReady }: Attempt): string {
	const broker = `The MQTT broker at ${url}`;
	const { code, message } = (reason ?? {}) as { code?: string | number; message?: string };
	const words = code === undefined ? undefined : WORDS[String(code)];
	if (words !== undefined) return `${broker} ${words}.`;
	if (String(code).startsWith("ERR_OSSL_"))
		return `${broker} was not tried, as a certificate or key cannot be read (${message}): check mqtt.caFile, mqtt.certFile and mqtt.keyFile.`;
	if (reason === undefined)
		return wasReady
			? `${broker} has closed the connection: see its own log, and check that no other client has the same client id (mqtt.clientId).`
			: `${broker} has closed the connection before it accepted us: check that mqtt.url names a broker, that it speaks MQTT ${version === 5 ? "5" : "3.1.1"} (mqtt.version), and see its own log.`;
	return `${broker} cannot be used (${message ?? `code ${code}`}): see its own log.`;
}
