/** Programs that are copied from host to host, to or from OT: seen by their headers in traffic that nobody decodes. */
import type { Inventory } from "../assets/inventory.ts";
import type { ZoneMap } from "../assets/zones.ts";
import type { ProgramImage } from "../decode/program.ts";
import { type Direction, type Flow, TO_SERVER } from "../flow/flow.ts";
import type { Desk } from "./desk.ts";
import type { DetectionRecord, Reason } from "./detection.ts";
import type { Narrator } from "./narrator.ts";
import { declare } from "./techniques.ts";

const CONFIDENCE = 0.95;

export const EXECUTABLE_TRANSFER = declare({
	id: "executable-transfer",
	title: "Program copied from host to host",
	nature: "fact",
	isLearnable: true,
	severity: 50,
	techniques: ["T0867"],
	needs:
		"The transfer in clear, with the program's header whole in one segment; one of the two a controller, or in OT (`zones`, or guessed).",
	causes: ["Updates, virus patterns or an installation are spread from a server.", "Somebody of maintenance copies his tool to a station."],
	advice: [
		"Ask who copies what, and whether it is wanted.",
		"If nobody knows, cut the receiver off before the program is started, and check both hosts for malware.",
		"Look at what the sender did before: whoever spreads programs came in somewhere.",
	],
});

export const TRANSFER_DETECTIONS: readonly DetectionRecord[] = [EXECUTABLE_TRANSFER];

const FORMATS: Readonly<Record<ProgramImage["format"], string>> = { PE: "a Windows program", ELF: "a Linux program" };

export interface TransfersOptions {
	readonly inventory: Inventory;
	readonly zones: ZoneMap;
	readonly narrator: Narrator;
	readonly desk: Desk;
	/** A person said that this is normal. */
	readonly isAccepted: (fact: { type: string; source: string; destination: string; key: string }) => boolean;
}

export class Transfers {
	readonly #options: TransfersOptions;

	constructor(options: TransfersOptions) {
		this.#options = options;
	}

	/** A program passed in a flow; `time` in microseconds. */
	program(
		flow: Flow,
		{ format, machine }: ProgramImage,
		direction: Direction,
		service: string | undefined,
		time: number,
		frame: number,
	): void {
		const { inventory, narrator, desk } = this.#options;
		const isByClient = direction === TO_SERVER;
		const [sender, receiver] = isByClient ? [flow.client, flow.server] : [flow.server, flow.client];
		if (sender.ip === undefined || receiver.ip === undefined || !(this.#isOt(sender.ip) || this.#isOt(receiver.ip))) return;
		const key = `${flow.transport}/${flow.server.port}`;
		const thing = { type: EXECUTABLE_TRANSFER.id, source: sender.ip, destination: receiver.ip, key };
		if (this.#options.isAccepted(thing)) return;
		const reasons: Reason[] = [{ points: EXECUTABLE_TRANSFER.severity, text: EXECUTABLE_TRANSFER.title }];
		if (inventory.byIp(receiver.ip)?.isControl) reasons.push({ points: 15, text: "a PLC receives it" });
		const over = service === undefined ? key : `${service} (${key})`;
		desk.submit(EXECUTABLE_TRANSFER, {
			type: EXECUTABLE_TRANSFER.id,
			time,
			source: narrator.party(sender, !isByClient),
			destination: narrator.party(receiver, isByClient),
			key,
			sentence: `${narrator.name(sender.ip)} sent ${narrator.name(receiver.ip)} ${FORMATS[format]} (${format}, ${machine}) over ${over}; normally no programs pass between hosts of OT.`,
			confidence: CONFIDENCE,
			reasons,
			frames: [frame],
			things: [{ trait: "fact", ...thing }],
		});
	}

	#isOt(ip: string): boolean {
		const { inventory, zones } = this.#options;
		return inventory.byIp(ip)?.isControl === true || zones.ofIp(ip)?.is === "OT";
	}
}
