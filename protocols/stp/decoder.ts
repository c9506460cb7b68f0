/** BPDUs of STP, RSTP and MSTP, and of PVST+. The root of each VLAN is remembered: who has the lowest id becomes it (IEEE 802.1D-2004, 17.4), and with that the way of all frames. */
import type { DecoderContext } from "../../src/decode/protocol.ts";
import { macText } from "../../src/wire/address.ts";
import { u8, u16, u32 } from "../../src/wire/bytes.ts";
import type { StpObservation } from "./observation.ts";
import { BRIDGE, FLAG, LENGTH, LLC_HEADER, OFFSET, PVST_HEADER, PVST_VLAN, TYPE } from "./wire.ts";

/** Trees whose root is remembered: one of each VLAN. Beyond it the one that was heard of longest ago is forgotten. */
const MAX_TREES = 128;

interface Root {
	/** Priority and MAC address as one comparable text. */
	readonly order: string;
	readonly name: string;
	frame: number;
}

const startsWith = (bytes: Uint8Array, start: number, end: number, header: readonly number[]): boolean =>
	end - start >= header.length && header.every((byte, index) => bytes[start + index] === byte);

const bridgeName = (bytes: Uint8Array, at: number): string => `${u16(bytes, at)}/${macText(bytes, at + BRIDGE.mac)}`;

export class StpDecoder {
	readonly #context: DecoderContext<StpObservation>;
	readonly #roots = new Map<string, Root>();
	readonly #out: StpObservation = {
		protocol: "stp",
		kind: "configuration",
		time: 0,
		frame: 0,
		version: 0,
		root: "",
		bridge: "",
		treeVlan: -1,
		cost: 0,
		port: 0,
		isTopologyChange: false,
		deposed: "",
		deposedFrame: 0,
		violation: "",
	};

	constructor(context: DecoderContext<StpObservation>) {
		this.#context = context;
	}

	/** False where the frame is no BPDU. */
	data(bytes: Uint8Array, start: number, end: number): boolean {
		const isPvst = startsWith(bytes, start, end, PVST_HEADER);
		if (!isPvst && !startsWith(bytes, start, end, LLC_HEADER)) return false;
		const at = start + (isPvst ? PVST_HEADER.length : LLC_HEADER.length);
		if (end - at < LENGTH.notification || u16(bytes, at + OFFSET.protocol) !== 0) return false;
		const out = this.#out;
		const { clock, emit } = this.#context;
		out.time = clock.time;
		out.frame = clock.frame;
		out.version = u8(bytes, at + OFFSET.version);
		out.root = out.bridge = out.deposed = out.violation = "";
		out.cost = out.port = out.deposedFrame = 0;
		out.treeVlan = -1;
		out.isTopologyChange = false;
		const type = u8(bytes, at + OFFSET.type);
		out.kind = type === TYPE.notification ? "notification" : "configuration";
		if (type === TYPE.configuration || type === TYPE.rapid) this.#configuration(bytes, at, end, isPvst);
		else if (type !== TYPE.notification) out.violation = "type";
		if (out.violation !== "") out.kind = "malformed";
		emit(out);
		return true;
	}

	#configuration(bytes: Uint8Array, at: number, end: number, isPvst: boolean): void {
		const out = this.#out;
		if (end - at < LENGTH.configuration) {
			out.violation = "length";
			return;
		}
		out.root = bridgeName(bytes, at + OFFSET.root);
		out.bridge = bridgeName(bytes, at + OFFSET.bridge);
		out.cost = u32(bytes, at + OFFSET.cost);
		out.port = u16(bytes, at + OFFSET.port);
		out.isTopologyChange = (u8(bytes, at + OFFSET.flags) & FLAG.topologyChange) !== 0;
		if (isPvst && end - at >= PVST_VLAN.offset + PVST_VLAN.length && u32(bytes, at + PVST_VLAN.offset) === PVST_VLAN.head)
			out.treeVlan = u16(bytes, at + PVST_VLAN.offset + 4);
		this.#elect(bytes, at + OFFSET.root, isPvst);
	}

	/** Who says that he is root himself decides it; what others repeat may be old. */
	#elect(bytes: Uint8Array, at: number, isPvst: boolean): void {
		const out = this.#out;
		if (out.root !== out.bridge) return;
		const { flow, count } = this.#context;
		const tree = `${flow.vlan}|${isPvst}|${out.treeVlan}`;
		const order = u16(bytes, at).toString(16).padStart(4, "0") + macText(bytes, at + BRIDGE.mac);
		const before = this.#roots.get(tree);
		if (before?.order === order) {
			before.frame = out.frame;
			return;
		}
		if (before !== undefined && order < before.order) [out.deposed, out.deposedFrame] = [before.name, before.frame];
		this.#roots.delete(tree);
		if (this.#roots.size >= MAX_TREES) {
			this.#roots.delete(this.#roots.keys().next().value!);
			count("trees");
		}
		this.#roots.set(tree, { order, name: out.root, frame: out.frame });
	}
}
