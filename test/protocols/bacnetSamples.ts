/** BACnet/IP messages with the bytes written out (ASHRAE 135, J.2, 6.2, 20.1): the length of the BVLC is the only thing that is counted. */
import { hex } from "../support/decoderHarness.ts";

/** A message of the BVLC: its function, and what is behind the length. */
export function bvlc(code: number, body: string): Uint8Array {
	const content = hex(body);
	const length = content.length + 4;
	return Uint8Array.of(0x81, code, length >> 8, length & 255, ...content);
}

/** NPDU that expects an answer, and one that does not. */
export const unicast = (apdu: string): Uint8Array => bvlc(0x0a, `01 04 ${apdu}`);
export const answer = (apdu: string): Uint8Array => bvlc(0x0a, `01 00 ${apdu}`);
/** To all networks (DNET 65535, no address, 255 hops). */
export const broadcast = (apdu: string): Uint8Array => bvlc(0x0b, `01 20 ffff 00 ff ${apdu}`);

/** Present value of analog-input,3: asked, and 21.5. */
export const READ = unicast("0005 01 0c 0c00000003 1955");
export const VALUE = answer("30 01 0c 0c00000003 1955 3e 44 41ac0000 3f");
/** Present value of analog-output,1 becomes 55.0 with priority 8. */
export const WRITE = unicast("0005 02 0f 0c00400001 1955 3e 44 425c0000 3f 4908");
export const WRITTEN = answer("20 02 0f");
/** Class property, code unknown-property. */
export const UNKNOWN = answer("50 01 0c 9102 9120");
export const WHO_IS = broadcast("10 08");
/** Device 1234 of vendor 5, 1476 octets, no segmentation. */
export const I_AM = broadcast("10 00 c4020004d2 2205c4 9103 2105");
/** Subscriber 18, device 1234, analog-input,3, 60 s: present value 22.0, status flags none. */
const NOTIFICATION = "0912 1c020004d2 2c00000003 393c 4e 0955 2e 44 41b00000 2f 096f 2e 820400 2f 4f";
export const COV = unicast(`0005 07 01 ${NOTIFICATION}`);
export const COV_ACK = answer("20 07 01");
export const UNCONFIRMED_COV = answer(`10 02 ${NOTIFICATION}`);
export const SUBSCRIBE = unicast("0005 03 05 0912 1c00000003 2901 393c");
export const SUBSCRIBED = answer("20 03 05");
/** Saturday 2026-11-28, 10:20:30.40. */
export const TIME = broadcast("10 06 a47e0b1c06 b40a141e28");
/** Password "filister" in UTF-8. */
const PASSWORD = "0900 66696c6973746572";
export const RESTART = unicast(`0005 04 14 0900 1d ${PASSWORD}`);
export const RESTARTED = answer("20 04 14");
export const SILENCE = unicast("0005 05 11 0905 1901");
export const SILENCED = answer("20 05 11");
/** Object name and model of device 1234, and their answer; one of the two is unknown. */
export const READ_MULTIPLE = unicast("0275 06 0e 0c020004d2 1e 094d 0946 1f");
export const MULTIPLE = answer("30 06 0e 0c020004d2 1e 294d 4e 7505 00 41485531 4f 2946 5e 9102 9120 5f 1f");
