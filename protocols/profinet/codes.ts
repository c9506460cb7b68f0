/** Names of PROFINET (IEC 61158-6-10): FrameIDs, DCP, blocks, records and status. */

/** 4.2: FrameIDs. */
export const FRAME = {
	hello: 0xfefc,
	getSet: 0xfefd,
	identifyRequest: 0xfefe,
	identifyResponse: 0xfeff,
	alarmHigh: 0xfc01,
	alarmLow: 0xfe01,
} as const;

/** PTCP (4.6): synchronisation, announcements and measurements of delay. */
const TIME_FRAMES: readonly (readonly [number, number])[] = [
	[0x0020, 0x0021],
	[0x0080, 0x0081],
	[0xff00, 0xff01],
	[0xff20, 0xff23],
	[0xff40, 0xff43],
];
export const LAYER = { none: 0, cyclic: 1, alarm: 2, time: 3, dcp: 4, fragment: 5 } as const;

/** What a FrameID is of. */
export function layerOf(frameId: number): number {
	if ((frameId >= 0x0100 && frameId <= 0x0fff) || (frameId >= 0x8000 && frameId <= 0xfbff)) return LAYER.cyclic;
	if (frameId === FRAME.alarmHigh || frameId === FRAME.alarmLow) return LAYER.alarm;
	if (frameId >= FRAME.hello && frameId <= FRAME.identifyResponse) return LAYER.dcp;
	if (frameId >= 0xff80 && frameId <= 0xff8f) return LAYER.fragment;
	return TIME_FRAMES.some(([first, last]) => frameId >= first && frameId <= last) ? LAYER.time : LAYER.none;
}

export function frameName(frameId: number): string {
	switch (layerOf(frameId)) {
		case LAYER.cyclic:
			if (frameId < 0x8000) return "RT_CLASS_3";
			if (frameId < 0xc000) return frameId < 0xbc00 ? "RT_CLASS_2 unicast" : "RT_CLASS_2 multicast";
			return frameId < 0xf800 ? "RT_CLASS_1 unicast" : "RT_CLASS_1 multicast";
		case LAYER.alarm:
			return frameId === FRAME.alarmHigh ? "alarm high" : "alarm low";
		case LAYER.dcp:
			return ["DCP-Hello", "DCP-Get-Set", "DCP-Identify request", "DCP-Identify response"][frameId - FRAME.hello]!;
		case LAYER.time:
			if (frameId < 0x0100) return "PTCP-RTSync";
			return frameId < 0xff20 ? "PTCP-Announce" : frameId < 0xff40 ? "PTCP-FollowUp" : "PTCP-Delay";
		default:
			return "RT fragment";
	}
}

/** 4.3.1.2: ServiceID and ServiceType. */
export const SERVICE = { get: 3, set: 4, identify: 5, hello: 6 } as const;
export const SERVICE_NAMES: Readonly<Record<number, string>> = { 3: "Get", 4: "Set", 5: "Identify", 6: "Hello" };
export const SERVICE_TYPE = { response: 0x01, notSupported: 0x04 } as const;

/** 4.3.1.4: option and suboption as one number. */
export const DCP_OPTION = {
	mac: 0x0101,
	ip: 0x0102,
	ipSuite: 0x0103,
	typeOfStation: 0x0201,
	nameOfStation: 0x0202,
	deviceId: 0x0203,
	deviceRole: 0x0204,
	alias: 0x0206,
	oemDeviceId: 0x0208,
	gateway: 0x0209,
	signal: 0x0503,
	response: 0x0504,
	factoryReset: 0x0505,
	resetToFactory: 0x0506,
	all: 0xffff,
} as const;
const OPTION_NAMES: ReadonlyMap<number, string> = new Map([
	[0x0101, "MAC address"],
	[0x0102, "IP parameter"],
	[0x0103, "full IP suite"],
	[0x0201, "type of station"],
	[0x0202, "name of station"],
	[0x0203, "device ID"],
	[0x0204, "device role"],
	[0x0205, "device options"],
	[0x0206, "alias name"],
	[0x0207, "device instance"],
	[0x0208, "OEM device ID"],
	[0x0209, "standard gateway"],
	[0x020a, "RSI properties"],
	[0x030c, "DHCP host name"],
	[0x032b, "DHCP vendor specific"],
	[0x0336, "DHCP server identifier"],
	[0x0337, "DHCP parameter request list"],
	[0x033c, "DHCP class identifier"],
	[0x033d, "DHCP client identifier"],
	[0x0351, "DHCP FQDN"],
	[0x0361, "DHCP UUID"],
	[0x03ff, "DHCP control"],
	[0x0501, "start transaction"],
	[0x0502, "end transaction"],
	[0x0503, "signal"],
	[0x0504, "response"],
	[0x0505, "factory reset"],
	[0x0506, "reset to factory"],
	[0x0601, "device initiative"],
	[0xffff, "all"],
]);
export const optionName = (option: number): string => OPTION_NAMES.get(option) ?? `option ${option >> 8} suboption ${option & 255}`;

/** 4.3.1.4.15: BlockError. */
const BLOCK_ERRORS = [
	"no error",
	"option not supported",
	"suboption not supported or no data set available",
	"suboption not set",
	"resource error",
	"set not possible by local reasons",
	"in operation, set not possible",
];
export const blockErrorName = (error: number): string => BLOCK_ERRORS[error] ?? `error ${error}`;

/** 4.3.1.4.6: bits of DeviceRoleDetails. */
const ROLES = ["PROFINET IO device", "PROFINET IO controller", "PROFINET IO multidevice", "PROFINET IO supervisor"] as const;
export const ROLE = { device: ROLES[0], controller: ROLES[1], supervisor: ROLES[3] } as const;
export const rolesOf = (role: number): string[] => ROLES.filter((_, bit) => (role & (1 << bit)) !== 0);

/** 4.3.1.4.16: bits 1 to 15 of the BlockQualifier of ResetToFactory. */
const RESETS: Readonly<Record<number, string>> = {
	1: "application data",
	2: "communication parameters",
	3: "engineering parameters",
	4: "all stored data",
	8: "all stored data of the device",
	9: "all stored data, with the factory image",
};
export const resetName = (mode: number): string => RESETS[mode] ?? `mode ${mode}`;

/** Vendor ids of PROFIBUS & PROFINET International. */
const VENDORS: ReadonlyMap<number, string> = new Map([
	[0x002a, "Siemens"],
	[0x00b0, "Phoenix Contact"],
	[0x011e, "Hilscher"],
]);
export const vendorName = (id: number): string | undefined => VENDORS.get(id);

/** 4.8.2: PDUType of an RTA PDU, and AlarmType (5.2.2.2). */
export const RTA = { data: 1, nack: 2, ack: 3, error: 4 } as const;
export const RTA_NAMES: Readonly<Record<number, string>> = { 1: "DATA-RTA-PDU", 2: "NACK-RTA-PDU", 3: "ACK-RTA-PDU", 4: "ERR-RTA-PDU" };
const ALARMS: ReadonlyMap<number, string> = new Map([
	[0x01, "diagnosis"],
	[0x02, "process"],
	[0x03, "pull"],
	[0x04, "plug"],
	[0x05, "status"],
	[0x06, "update"],
	[0x07, "redundancy"],
	[0x08, "controlled by supervisor"],
	[0x09, "released"],
	[0x0a, "plug wrong submodule"],
	[0x0b, "return of submodule"],
	[0x0c, "diagnosis disappears"],
	[0x0d, "multicast communication mismatch"],
	[0x0e, "port data change"],
	[0x0f, "sync data changed"],
	[0x10, "isochronous mode problem"],
	[0x11, "network component problem"],
	[0x12, "time data changed"],
	[0x13, "dynamic frame packing problem"],
	[0x14, "MRPD problem"],
	[0x15, "system redundancy"],
	[0x16, "MRP interconnection problem"],
	[0x1e, "upload and retrieval"],
	[0x1f, "pull module"],
]);
export const alarmName = (type: number): string => ALARMS.get(type) ?? `alarm type ${type}`;

/** C706, 12.5.2: types of a connectionless PDU. */
export const PACKET = {
	request: 0,
	ping: 1,
	response: 2,
	fault: 3,
	working: 4,
	nocall: 5,
	reject: 6,
	ack: 7,
	cancel: 8,
	fack: 9,
	cancelAck: 10,
} as const;
export const PACKET_NAMES = [
	"request",
	"ping",
	"response",
	"fault",
	"working",
	"nocall",
	"reject",
	"ack",
	"cl_cancel",
	"fack",
	"cancel_ack",
];

/** 4.10.3: operation numbers, and interfaces. */
export const OPERATION = { connect: 0, release: 1, read: 2, write: 3, control: 4, readImplicit: 5 } as const;
export const OPERATION_NAMES = ["Connect", "Release", "Read", "Write", "Control", "Read Implicit"];
export const INTERFACE = { device: 1, controller: 2, supervisor: 3, parameterServer: 4 } as const;
export const INTERFACE_NAMES: Readonly<Record<number, string>> = { 1: "device", 2: "controller", 3: "supervisor", 4: "parameter server" };
/** C706, Appendix O: operation of the endpoint mapper. */
export const LOOKUP = 2;

/** 5.2.1.2: BlockType; answers have the highest bit set. */
export const BLOCK_TYPE = {
	alarmHigh: 0x0001,
	alarmLow: 0x0002,
	writeRequest: 0x0008,
	readRequest: 0x0009,
	im0: 0x0020,
	im1: 0x0021,
	im2: 0x0022,
	im3: 0x0023,
	im4: 0x0024,
	ar: 0x0101,
	iocr: 0x0102,
	alarmCr: 0x0103,
	expected: 0x0104,
	firstControl: 0x0110,
	lastControl: 0x0118,
	answer: 0x8000,
	moduleDifference: 0x8104,
	arServer: 0x8106,
} as const;
const BLOCK_NAMES: ReadonlyMap<number, string> = new Map([
	[0x0008, "IODWrite"],
	[0x0009, "IODRead"],
	[0x0010, "DiagnosisData"],
	[0x0012, "ExpectedIdentificationData"],
	[0x0013, "RealIdentificationData"],
	[0x0014, "SubstituteValue"],
	[0x0015, "RecordInputDataObjectElement"],
	[0x0016, "RecordOutputDataObjectElement"],
	[0x0018, "ARData"],
	[0x0019, "LogBookData"],
	[0x001a, "APIData"],
	[0x0020, "I&M0"],
	[0x0021, "I&M1"],
	[0x0022, "I&M2"],
	[0x0023, "I&M3"],
	[0x0024, "I&M4"],
	[0x0030, "I&M0FilterDataSubmodul"],
	[0x0031, "I&M0FilterDataModul"],
	[0x0032, "I&M0FilterDataDevice"],
	[0x0101, "ARBlock"],
	[0x0102, "IOCRBlock"],
	[0x0103, "AlarmCRBlock"],
	[0x0104, "ExpectedSubmoduleBlock"],
	[0x0105, "PrmServerBlock"],
	[0x0106, "MCRBlock"],
	[0x0107, "ARRPCBlock"],
	[0x0108, "ARVendorBlock"],
	[0x0109, "IRInfoBlock"],
	[0x010a, "SRInfoBlock"],
	[0x010b, "ARFSUBlock"],
	[0x010c, "RSInfoBlock"],
	[0x0110, "PrmEnd"],
	[0x0111, "PrmEnd (plug)"],
	[0x0112, "ApplicationReady"],
	[0x0113, "ApplicationReady (plug)"],
	[0x0114, "Release"],
	[0x0115, "ARRPCServerBlock"],
	[0x0116, "ReadyForCompanion"],
	[0x0117, "ReadyForRT_CLASS_3"],
	[0x0118, "PrmBegin"],
	[0x0119, "SubmoduleListBlock"],
	[0x0200, "PDPortDataCheck"],
	[0x0201, "PDevData"],
	[0x0202, "PDPortDataAdjust"],
	[0x0203, "PDSyncData"],
	[0x020f, "PDPortDataReal"],
	[0x0240, "PDInterfaceDataReal"],
	[0x0400, "MultipleBlockHeader"],
	[0x0500, "RecordDataRead"],
	[0x0600, "FSHelloBlock"],
	[0x0601, "FSParameterBlock"],
	[0x0609, "ARFSUDataAdjust"],
	[0x8104, "ModuleDiffBlock"],
	[0x8106, "ARServerBlock"],
]);
export const blockName = (type: number): string => {
	const known = BLOCK_NAMES.get(type);
	if (known !== undefined) return known;
	const asked = (type & BLOCK_TYPE.answer) !== 0 ? BLOCK_NAMES.get(type & ~BLOCK_TYPE.answer) : undefined;
	return asked ?? `block 0x${type.toString(16).padStart(4, "0")}`;
};

/** 5.1.8.2: bits of ControlCommand. */
const COMMANDS = ["ParameterEnd", "ApplicationReady", "Release", "Done", "ReadyForCompanion", "ReadyForRT_CLASS_3", "ParameterBegin"];
export const COMMAND = { parameterEnd: 0x01, applicationReady: 0x02, release: 0x04, done: 0x08, parameterBegin: 0x40 } as const;
export const commandName = (command: number): string =>
	COMMANDS.filter((_, bit) => (command & (1 << bit)) !== 0).join(", ") || `command ${command}`;

/** 5.1.2.2: ARType. */
export const AR_TYPES: Readonly<Record<number, string>> = {
	1: "IOCARSingle",
	6: "IOSAR",
	16: "IOCARSingle with RT_CLASS_3",
	32: "IOCARSR",
};
export const SUPERVISOR_AR = 6;

/** 5.2.1.3: indexes of records. */
export const INDEX = { userLast: 0x7fff, im0: 0xaff0, im4: 0xaff4, imLast: 0xafff, multipleWrite: 0xe040, im0Filter: 0xf840 } as const;
const DIAGNOSIS: readonly number[] = [0x000a, 0x000b, 0x000c, 0x0010, 0x0011, 0x0012, 0x0013];
export const isIdentification = (index: number): boolean => (index >= INDEX.im0 && index <= INDEX.imLast) || index === INDEX.im0Filter;
/** Diagnosis of a subslot, slot, AR, API or device, and the log book. */
export const isDiagnosis = (index: number): boolean => index > INDEX.userLast && (DIAGNOSIS.includes(index & 0x0fff) || index === 0xf830);

/** 4.10.3.2.2: what ErrorDecode and the codes behind it say. */
const DECODE = { records: 0x80, profinet: 0x81 } as const;
const RECORD_ERRORS: ReadonlyMap<number, string> = new Map([
	[0xa0, "read error"],
	[0xa1, "write error"],
	[0xa2, "module failure"],
	[0xa7, "busy"],
	[0xa8, "version conflict"],
	[0xa9, "feature not supported"],
	[0xb0, "invalid index"],
	[0xb1, "write length error"],
	[0xb2, "invalid slot or subslot"],
	[0xb3, "type conflict"],
	[0xb4, "invalid area or API"],
	[0xb5, "state conflict"],
	[0xb6, "access denied"],
	[0xb7, "invalid range"],
	[0xb8, "invalid parameter"],
	[0xb9, "invalid type"],
	[0xba, "backup"],
	[0xc0, "read constrain conflict"],
	[0xc1, "write constrain conflict"],
	[0xc2, "resource busy"],
	[0xc3, "resource unavailable"],
]);
const PROFINET_ERRORS: ReadonlyMap<number, string> = new Map([
	[0x01, "faulty ARBlockReq"],
	[0x02, "faulty IOCRBlockReq"],
	[0x03, "faulty ExpectedSubmoduleBlockReq"],
	[0x04, "faulty AlarmCRBlockReq"],
	[0x05, "faulty PrmServerBlockReq"],
	[0x08, "faulty record"],
	[0x14, "faulty control block"],
	[0x28, "faulty release block"],
	[0x3c, "AlarmAck error"],
	[0x3d, "CMDEV"],
	[0x3e, "CMCTL"],
	[0x3f, "CTLDINA"],
	[0x40, "CMRPC"],
	[0x41, "ALPMI"],
	[0x42, "ALPMR"],
	[0xff, "user specific"],
]);

/** Outcomes: of DCP the BlockError, of RPC what the low bytes of its status say, of PROFINET ErrorDecode and both codes. */
const NOT_SUPPORTED = 0xff;
const FAULT = 0x100_0000;
export const DCP_NOT_SUPPORTED = NOT_SUPPORTED;
export const faultOutcome = (status: number): number => FAULT + (status & 0xff_ffff);
export const statusOutcome = (status: number): number => status & 0xff_ffff;
/** 0xa7 and 0xc2: asked again later, it may be done. */
export const POSTPONING: readonly number[] = [(DECODE.records << 16) | 0xa700, (DECODE.records << 16) | 0xc200];

export function outcomeName(code: number): string {
	if (code >= FAULT) return `fault of RPC, status 0x1c${(code - FAULT).toString(16).padStart(6, "0")}`;
	if (code <= NOT_SUPPORTED) return code === NOT_SUPPORTED ? "service not supported (DCP)" : `${blockErrorName(code)} (DCP)`;
	const [decode, first, second] = [code >> 16, (code >> 8) & 255, code & 255];
	const what = decode === DECODE.records ? RECORD_ERRORS.get(first) : decode === DECODE.profinet ? PROFINET_ERRORS.get(first) : undefined;
	return `${what ?? `error ${first}`} (${decode === DECODE.records ? "PNIORW" : decode === DECODE.profinet ? "PNIO" : `decode ${decode}`} ${first}, ${second})`;
}
