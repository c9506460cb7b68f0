/** The list of protocols: one line each, in the order in which they are probed. */
import type { AnyProtocol } from "../src/decode/protocol.ts";
import { arp } from "./arp/index.ts";
import { bacnet } from "./bacnet/index.ts";
import { dhcp } from "./dhcp/index.ts";
import { dns } from "./dns/index.ts";
import { mbaps } from "./mbaps/index.ts";
import { modbus } from "./modbus/index.ts";
import { mqtt } from "./mqtt/index.ts";
import { opcua } from "./opcua/index.ts";
import { tftp } from "./tftp/index.ts";
import { tls } from "./tls/index.ts";

export { services } from "./services.ts";
export const protocols: readonly AnyProtocol[] = [modbus, mbaps, opcua, bacnet, mqtt, arp, dns, dhcp, tftp, tls];
