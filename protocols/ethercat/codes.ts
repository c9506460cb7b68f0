/** Names of EtherCAT (ETG.1000.4 and ETG.1000.6). */

/** ETG.1000.4, 5.4: commands. */
const COMMAND = {
	APRD: 1,
	APWR: 2,
	APRW: 3,
	FPRD: 4,
	FPWR: 5,
	FPRW: 6,
	BRD: 7,
	BWR: 8,
	BRW: 9,
	LRD: 10,
	LWR: 11,
	LRW: 12,
	ARMW: 13,
	FRMW: 14,
} as const;
const NAMES = ["NOP", "APRD", "APWR", "APRW", "FPRD", "FPWR", "FPRW", "BRD", "BWR", "BRW", "LRD", "LWR", "LRW", "ARMW", "FRMW"];
export const LAST_COMMAND = 14;
export const commandName = (command: number): string => NAMES[command] ?? `command ${command}`;

/** By position, by station address, to all, or by logical address. */
export const isByPosition = (command: number): boolean => (command >= COMMAND.APRD && command <= COMMAND.APRW) || command === COMMAND.ARMW;
export const isByStation = (command: number): boolean => (command >= COMMAND.FPRD && command <= COMMAND.FPRW) || command === COMMAND.FRMW;
export const isToAll = (command: number): boolean => command >= COMMAND.BRD && command <= COMMAND.BRW;
export const isLogical = (command: number): boolean => command >= COMMAND.LRD && command <= COMMAND.LRW;
const READING: readonly number[] = [1, 3, 4, 6, 7, 9, 10, 12, 13, 14];
const WRITING: readonly number[] = [2, 3, 5, 6, 8, 9, 11, 12];
export const isReading = (command: number): boolean => READING.includes(command);
export const isWriting = (command: number): boolean => WRITING.includes(command);

/** ETG.1000.4, 6: registers. Mailboxes lie in the memory behind them. */
export const REGISTER = { control: 0x0120, status: 0x0130, memory: 0x1000 } as const;

/** ETG.1000.6, 5.3: states of AL control and AL status. */
export const STATE = { init: 1, preOperational: 2, bootstrap: 3, safeOperational: 4, operational: 8, mask: 0x0f, error: 0x10 } as const;
const STATES: Readonly<Record<number, string>> = { 1: "INIT", 2: "PREOP", 3: "BOOT", 4: "SAFEOP", 8: "OP" };
export const stateName = (state: number): string => STATES[state & STATE.mask] ?? `state ${state & STATE.mask}`;
export const isState = (state: number): boolean => STATES[state & STATE.mask] !== undefined;

/** ETG.1000.4, 5.6: types of mailboxes. */
export const MAILBOX_TYPE = { aoe: 1, eoe: 2, coe: 3, foe: 4, soe: 5, voe: 15 } as const;
export const MAILBOX_NAMES: Readonly<Record<number, string>> = { 0: "error", 1: "AoE", 2: "EoE", 3: "CoE", 4: "FoE", 5: "SoE", 15: "VoE" };

/** ETG.1000.6, 5.6.1: services of CoE; specifiers of an SDO. */
export const COE_SERVICE = { emergency: 1, request: 2, response: 3, information: 8 } as const;
export const COE_NAMES: Readonly<Record<number, string>> = {
	1: "Emergency",
	2: "SDO Request",
	3: "SDO Response",
	4: "TxPDO",
	5: "RxPDO",
	6: "TxPDO Remote Request",
	7: "RxPDO Remote Request",
	8: "SDO Information",
};
export const SDO = { download: 1, upload: 2, downloaded: 3, abort: 4, expedited: 0x02, sized: 0x01 } as const;

/** ETG.1000.6, 5.8: OpCodes of FoE. */
export const FOE_CODE = { read: 1, write: 2, data: 3, acknowledge: 4, error: 5, busy: 6 } as const;
export const FOE_NAMES: Readonly<Record<number, string>> = { 1: "Read", 2: "Write", 3: "Data", 4: "Ack", 5: "Error", 6: "Busy" };

/** ETG.1000.6, 5.6.2.7: abort codes. */
const ABORTS: ReadonlyMap<number, string> = new Map([
	[0x05040000, "SDO protocol timeout"],
	[0x06010000, "unsupported access"],
	[0x06010001, "read of a write-only object"],
	[0x06010002, "write to a read-only object"],
	[0x06020000, "object does not exist"],
	[0x06090011, "subindex does not exist"],
	[0x06090030, "value range exceeded"],
	[0x08000000, "general error"],
	[0x08000022, "not possible in the present state"],
]);
/** Outcomes: an abort code without its sign; of FoE a number behind all of them. */
export const FOE_OUTCOME = 0x7000_0000;
export function outcomeName(code: number): string {
	if (code >= FOE_OUTCOME) return `error 0x${(0x8000 + code - FOE_OUTCOME).toString(16)} (FoE)`;
	return `${ABORTS.get(code) ?? "abort"} (CoE 0x${code.toString(16).padStart(8, "0")})`;
}
/** Makers by the number that is in object 1018. */
const VENDORS: ReadonlyMap<number, string> = new Map([[2, "Beckhoff"]]);
export const vendorName = (id: number): string | undefined => VENDORS.get(id);
