/** The list of protocols: one line each, in the order in which they are probed. */
import type { AnyProtocol } from "../src/decode/protocol.ts";
import { type ServiceRecord, servicesOf } from "../src/decode/service.ts";
import { arp } from "./arp/index.ts";
import { bacnet } from "./bacnet/index.ts";
import { cdp } from "./cdp/index.ts";
import { dhcp } from "./dhcp/index.ts";
import { dnp3 } from "./dnp3/index.ts";
import { dns } from "./dns/index.ts";
import { enip } from "./enip/index.ts";
import { ethercat } from "./ethercat/index.ts";
import { fins } from "./fins/index.ts";
import { ftp } from "./ftp/index.ts";
import { goose } from "./goose/index.ts";
import { hartIp } from "./hart-ip/index.ts";
import { http } from "./http/index.ts";
import { icmp } from "./icmp/index.ts";
import { iec104 } from "./iec104/index.ts";
import { kerberos } from "./kerberos/index.ts";
import { ldap } from "./ldap/index.ts";
import { lldp } from "./lldp/index.ts";
import { mbaps } from "./mbaps/index.ts";
import { melsec } from "./melsec/index.ts";
import { mms } from "./mms/index.ts";
import { modbus } from "./modbus/index.ts";
import { mqtt } from "./mqtt/index.ts";
import { netbios } from "./netbios/index.ts";
import { opcua } from "./opcua/index.ts";
import { profinet } from "./profinet/index.ts";
import { rdp } from "./rdp/index.ts";
import { s7comm } from "./s7comm/index.ts";
import { s7commPlus } from "./s7comm-plus/index.ts";
import { services as undecoded } from "./services.ts";
import { smb } from "./smb/index.ts";
import { smtp } from "./smtp/index.ts";
import { snmp } from "./snmp/index.ts";
import { sparkplug } from "./sparkplug/index.ts";
import { srtp } from "./srtp/index.ts";
import { ssh } from "./ssh/index.ts";
import { stp } from "./stp/index.ts";
import { telnet } from "./telnet/index.ts";
import { tftp } from "./tftp/index.ts";
import { tls } from "./tls/index.ts";
import { vnc } from "./vnc/index.ts";

export const protocols: readonly AnyProtocol[] = [
	modbus,
	mbaps,
	opcua,
	s7comm,
	s7commPlus,
	mms,
	goose,
	enip,
	dnp3,
	iec104,
	bacnet,
	profinet,
	ethercat,
	fins,
	hartIp,
	melsec,
	srtp,
	mqtt,
	sparkplug,
	http,
	ftp,
	smtp,
	telnet,
	vnc,
	ssh,
	rdp,
	arp,
	icmp,
	lldp,
	cdp,
	stp,
	netbios,
	dns,
	dhcp,
	snmp,
	ldap,
	kerberos,
	tftp,
	smb,
	tls,
];

/** What a flow may be by its port or first bytes where no protocol takes it. */
export const services: readonly ServiceRecord[] = [...servicesOf(protocols), ...undecoded];
