/**
 * Words of SMB: commands ([MS-CIFS] 2.2.2.1, [MS-SMB2] 2.2.1.2), dialects, dispositions, statuses ([MS-ERREF] 2.3.1). A command has one number here whatever the version: those
 * of SMB2 as they are, of SMB1 from 256 on, calls of remote procedures from 65,536 on (interface and operation).
 */
import { RPC_INTERFACES } from "../../src/wire/rpcInterfaces.ts";

/** Commands of SMB2. */
export const COMMAND = {
	negotiate: 0,
	sessionSetup: 1,
	logoff: 2,
	treeConnect: 3,
	treeDisconnect: 4,
	create: 5,
	close: 6,
	flush: 7,
	read: 8,
	write: 9,
	lock: 10,
	ioctl: 11,
	cancel: 12,
	echo: 13,
	queryDirectory: 14,
	changeNotify: 15,
	queryInfo: 16,
	setInfo: 17,
	oplockBreak: 18,
} as const;
const SMB2_NAMES: readonly string[] = [
	"NEGOTIATE",
	"SESSION_SETUP",
	"LOGOFF",
	"TREE_CONNECT",
	"TREE_DISCONNECT",
	"CREATE",
	"CLOSE",
	"FLUSH",
	"READ",
	"WRITE",
	"LOCK",
	"IOCTL",
	"CANCEL",
	"ECHO",
	"QUERY_DIRECTORY",
	"CHANGE_NOTIFY",
	"QUERY_INFO",
	"SET_INFO",
	"OPLOCK_BREAK",
];
export const isSmb2Command = (command: number): boolean => command < SMB2_NAMES.length;

/** Added to the commands of SMB1. */
export const OLD = 256;
/** Commands of SMB1 that are understood, as they are on the wire. */
export const OLD_COMMAND = {
	createDirectory: 0x00,
	deleteDirectory: 0x01,
	open: 0x02,
	create: 0x03,
	close: 0x04,
	delete: 0x06,
	rename: 0x07,
	queryInformation: 0x08,
	read: 0x0a,
	write: 0x0b,
	checkDirectory: 0x10,
	locking: 0x24,
	transaction: 0x25,
	transactionSecondary: 0x26,
	echo: 0x2b,
	openAndx: 0x2d,
	readAndx: 0x2e,
	writeAndx: 0x2f,
	transaction2: 0x32,
	transaction2Secondary: 0x33,
	findClose: 0x34,
	treeConnect: 0x70,
	treeDisconnect: 0x71,
	negotiate: 0x72,
	sessionSetup: 0x73,
	logoff: 0x74,
	treeConnectAndx: 0x75,
	ntTransact: 0xa0,
	ntTransactSecondary: 0xa1,
	ntCreate: 0xa2,
	ntCancel: 0xa4,
	none: 0xff,
} as const;
const SMB1_NAMES: Readonly<Record<number, string>> = {
	0: "CREATE_DIRECTORY",
	1: "DELETE_DIRECTORY",
	2: "OPEN",
	3: "CREATE",
	4: "CLOSE",
	5: "FLUSH",
	6: "DELETE",
	7: "RENAME",
	8: "QUERY_INFORMATION",
	9: "SET_INFORMATION",
	10: "READ",
	11: "WRITE",
	12: "LOCK_BYTE_RANGE",
	13: "UNLOCK_BYTE_RANGE",
	14: "CREATE_TEMPORARY",
	15: "CREATE_NEW",
	16: "CHECK_DIRECTORY",
	17: "PROCESS_EXIT",
	18: "SEEK",
	19: "LOCK_AND_READ",
	20: "WRITE_AND_UNLOCK",
	26: "READ_RAW",
	27: "READ_MPX",
	29: "WRITE_RAW",
	30: "WRITE_MPX",
	34: "SET_INFORMATION2",
	35: "QUERY_INFORMATION2",
	36: "LOCKING_ANDX",
	37: "TRANSACTION",
	38: "TRANSACTION_SECONDARY",
	39: "IOCTL",
	41: "COPY",
	42: "MOVE",
	43: "ECHO",
	44: "WRITE_AND_CLOSE",
	45: "OPEN_ANDX",
	46: "READ_ANDX",
	47: "WRITE_ANDX",
	50: "TRANSACTION2",
	51: "TRANSACTION2_SECONDARY",
	52: "FIND_CLOSE2",
	112: "TREE_CONNECT",
	113: "TREE_DISCONNECT",
	114: "NEGOTIATE",
	115: "SESSION_SETUP_ANDX",
	116: "LOGOFF_ANDX",
	117: "TREE_CONNECT_ANDX",
	128: "QUERY_INFORMATION_DISK",
	129: "SEARCH",
	160: "NT_TRANSACT",
	161: "NT_TRANSACT_SECONDARY",
	162: "NT_CREATE_ANDX",
	164: "NT_CANCEL",
	165: "NT_RENAME",
};
/** Those that name another command behind themselves ([MS-CIFS] 2.2.3.4). */
export const ANDX: ReadonlySet<number> = new Set([0x24, 0x2d, 0x2e, 0x2f, 0x73, 0x74, 0x75, 0xa2]);

/** Calls: this times one more than the index of the interface, and the number of the operation. */
const CALL = 65_536;
export const callCode = (index: number, operation: number): number => CALL * (1 + (index < 0 ? RPC_INTERFACES.length : index)) + operation;
export const isCall = (code: number): boolean => code >= CALL;
export const operationOf = (index: number, operation: number): string =>
	RPC_INTERFACES[index]?.operations[operation] ?? `operation ${operation}`;

export function commandName(code: number): string {
	if (code >= CALL) {
		const index = Math.floor(code / CALL) - 1;
		return `${RPC_INTERFACES[index]?.name ?? "an unknown interface"}: ${operationOf(index, code % CALL)}`;
	}
	if (code >= OLD) return SMB1_NAMES[code - OLD] ?? `SMB1 command ${code - OLD}`;
	return SMB2_NAMES[code] ?? `command ${code}`;
}

/** [MS-SMB2] 2.2.4 DialectRevision; rank by the protection that it can have. */
const DIALECTS: Readonly<Record<number, string>> = {
	514: "SMB 2.0.2",
	528: "SMB 2.1",
	767: "SMB 2",
	768: "SMB 3.0",
	770: "SMB 3.0.2",
	785: "SMB 3.1.1",
};
/** A server that answers the question of an old client so negotiates again. */
export const ANY_SMB2 = 0x02ff;
export const dialectName = (revision: number): string => DIALECTS[revision] ?? `0x${revision.toString(16).padStart(4, "0")}`;

/** [MS-SMB2] 2.2.10. */
export const SHARE_TYPES: readonly string[] = ["", "disk", "pipe", "printer"];
/** [MS-CIFS] 2.2.4.55.2: services of a tree connect. */
export const SERVICES: Readonly<Record<string, string>> = { "A:": "disk", IPC: "pipe", "LPT1:": "printer" };

/** [MS-SMB2] 2.2.13 CreateDisposition and 2.2.14 CreateAction, which SMB1 shares. */
export const DISPOSITIONS: readonly string[] = ["supersede", "open", "create", "open if", "overwrite", "overwrite if"];
export const ACTIONS: readonly string[] = ["superseded", "opened", "created", "overwritten"];
export const DIRECTORY = 0x1;
export const DELETE_ON_CLOSE = 0x1000;

/** [MS-FSCC] 2.3, [MS-SMB2] 2.2.31. */
export const FSCTL = { transceive: 0x0011c017 } as const;
const CONTROLS: Readonly<Record<number, string>> = {
	393620: "FSCTL_DFS_GET_REFERRALS",
	393648: "FSCTL_DFS_GET_REFERRALS_EX",
	589980: "FSCTL_GET_OBJECT_ID",
	589988: "FSCTL_SET_REPARSE_POINT",
	589992: "FSCTL_GET_REPARSE_POINT",
	590016: "FSCTL_CREATE_OR_GET_OBJECT_ID",
	590020: "FSCTL_SET_SPARSE",
	606415: "FSCTL_QUERY_ALLOCATED_RANGES",
	622792: "FSCTL_SET_ZERO_DATA",
	1114136: "FSCTL_PIPE_WAIT",
	1130508: "FSCTL_PIPE_PEEK",
	1163287: "FSCTL_PIPE_TRANSCEIVE",
	1310840: "FSCTL_SRV_REQUEST_RESUME_KEY",
	1311236: "FSCTL_VALIDATE_NEGOTIATE_INFO",
	1311188: "FSCTL_LMR_REQUEST_RESILIENCY",
	1311228: "FSCTL_QUERY_NETWORK_INTERFACE_INFO",
	1327204: "FSCTL_SRV_ENUMERATE_SNAPSHOTS",
	1327346: "FSCTL_SRV_COPYCHUNK",
	1343730: "FSCTL_SRV_COPYCHUNK_WRITE",
	1327547: "FSCTL_SRV_READ_HASH",
};
export const controlName = (code: number): string => CONTROLS[code] ?? `0x${code.toString(16).padStart(8, "0")}`;

/** [MS-CIFS] 2.2.6: subcommands of TRANSACTION2. */
export const TRANS2 = { findFirst: 1, findNext: 2, queryPath: 5, setPath: 6, queryFile: 7, setFile: 8, sessionSetup: 14 } as const;
const TRANS2_NAMES: readonly string[] = [
	"OPEN2",
	"FIND_FIRST2",
	"FIND_NEXT2",
	"QUERY_FS_INFORMATION",
	"SET_FS_INFORMATION",
	"QUERY_PATH_INFORMATION",
	"SET_PATH_INFORMATION",
	"QUERY_FILE_INFORMATION",
	"SET_FILE_INFORMATION",
	"FSCTL",
	"IOCTL2",
	"FIND_NOTIFY_FIRST",
	"FIND_NOTIFY_NEXT",
	"CREATE_DIRECTORY",
	"SESSION_SETUP",
	"",
	"GET_DFS_REFERRAL",
	"REPORT_DFS_INCONSISTENCY",
];
export const trans2Name = (subcommand: number): string => TRANS2_NAMES[subcommand] || `subcommand ${subcommand}`;
/** [MS-CIFS] 2.2.7: of NT_TRANSACT. */
export const NOTIFY_CHANGE = 4;
const NT_TRANSACT_NAMES: readonly string[] = [
	"",
	"CREATE",
	"IOCTL",
	"SET_SECURITY_DESC",
	"NOTIFY_CHANGE",
	"RENAME",
	"QUERY_SECURITY_DESC",
	"QUERY_QUOTA",
	"SET_QUOTA",
];
export const ntTransactName = (code: number): string => NT_TRANSACT_NAMES[code] || `function ${code}`;
/** [MS-CIFS] 2.2.5.6: of TRANSACTION on a pipe. */
export const TRANSACT_PIPE = 0x26;

export const STATUS = {
	ok: 0,
	pending: 0x00000103,
	overflow: 0x80000005,
	moreProcessing: 0xc0000016,
} as const;
const STATUSES: Readonly<Record<number, string>> = {
	0: "STATUS_SUCCESS",
	259: "STATUS_PENDING",
	267: "STATUS_NOTIFY_CLEANUP",
	268: "STATUS_NOTIFY_ENUM_DIR",
	2147483653: "STATUS_BUFFER_OVERFLOW",
	2147483654: "STATUS_NO_MORE_FILES",
	2147483693: "STATUS_STOPPED_ON_SYMLINK",
	3221225473: "STATUS_UNSUCCESSFUL",
	3221225474: "STATUS_NOT_IMPLEMENTED",
	3221225475: "STATUS_INVALID_INFO_CLASS",
	3221225476: "STATUS_INFO_LENGTH_MISMATCH",
	3221225480: "STATUS_INVALID_HANDLE",
	3221225485: "STATUS_INVALID_PARAMETER",
	3221225487: "STATUS_NO_SUCH_FILE",
	3221225488: "STATUS_INVALID_DEVICE_REQUEST",
	3221225489: "STATUS_END_OF_FILE",
	3221225494: "STATUS_MORE_PROCESSING_REQUIRED",
	3221225506: "STATUS_ACCESS_DENIED",
	3221225507: "STATUS_BUFFER_TOO_SMALL",
	3221225523: "STATUS_OBJECT_NAME_INVALID",
	3221225524: "STATUS_OBJECT_NAME_NOT_FOUND",
	3221225525: "STATUS_OBJECT_NAME_COLLISION",
	3221225530: "STATUS_OBJECT_PATH_NOT_FOUND",
	3221225539: "STATUS_SHARING_VIOLATION",
	3221225556: "STATUS_FILE_LOCK_CONFLICT",
	3221225557: "STATUS_LOCK_NOT_GRANTED",
	3221225558: "STATUS_DELETE_PENDING",
	3221225572: "STATUS_NO_SUCH_USER",
	3221225578: "STATUS_WRONG_PASSWORD",
	3221225581: "STATUS_LOGON_FAILURE",
	3221225582: "STATUS_ACCOUNT_RESTRICTION",
	3221225583: "STATUS_INVALID_LOGON_HOURS",
	3221225584: "STATUS_INVALID_WORKSTATION",
	3221225585: "STATUS_PASSWORD_EXPIRED",
	3221225586: "STATUS_ACCOUNT_DISABLED",
	3221225598: "STATUS_RANGE_NOT_LOCKED",
	3221225599: "STATUS_DISK_FULL",
	3221225626: "STATUS_INSUFFICIENT_RESOURCES",
	3221225644: "STATUS_PIPE_NOT_AVAILABLE",
	3221225645: "STATUS_PIPE_BUSY",
	3221225648: "STATUS_PIPE_DISCONNECTED",
	3221225653: "STATUS_IO_TIMEOUT",
	3221225658: "STATUS_FILE_IS_A_DIRECTORY",
	3221225659: "STATUS_NOT_SUPPORTED",
	3221225673: "STATUS_NETWORK_NAME_DELETED",
	3221225676: "STATUS_BAD_NETWORK_NAME",
	3221225680: "STATUS_REQUEST_NOT_ACCEPTED",
	3221225729: "STATUS_DIRECTORY_NOT_EMPTY",
	3221225731: "STATUS_NOT_A_DIRECTORY",
	3221225760: "STATUS_CANCELLED",
	3221225761: "STATUS_CANNOT_DELETE",
	3221225763: "STATUS_FILE_DELETED",
	3221225768: "STATUS_FILE_CLOSED",
	3221225819: "STATUS_LOGON_TYPE_NOT_GRANTED",
	3221225868: "STATUS_TRUSTED_DOMAIN_FAILURE",
	3221225869: "STATUS_TRUSTED_RELATIONSHIP_FAILURE",
	3221225872: "STATUS_TRUST_FAILURE",
	3221225875: "STATUS_ACCOUNT_EXPIRED",
	3221225987: "STATUS_USER_SESSION_DELETED",
	3221225989: "STATUS_INSUFF_SERVER_RESOURCES",
	3221225996: "STATUS_CONNECTION_DISCONNECTED",
	3221226020: "STATUS_PASSWORD_MUST_CHANGE",
	3221226021: "STATUS_NOT_FOUND",
	3221226035: "STATUS_DOMAIN_CONTROLLER_NOT_FOUND",
	3221226036: "STATUS_ACCOUNT_LOCKED_OUT",
	3221226071: "STATUS_PATH_NOT_COVERED",
	3221226332: "STATUS_NETWORK_SESSION_EXPIRED",
	3221225661: "STATUS_DUPLICATE_NAME",
	3221226101: "STATUS_NOT_A_REPARSE_POINT",
	// [MS-CIFS] 2.2.2.4: class and code of SMB1, where it has no NT statuses.
	131073: "ERRDOS ERRbadfile",
	327681: "ERRDOS ERRnoaccess",
	65538: "ERRSRV ERRerror",
	131074: "ERRSRV ERRbadpw",
	262146: "ERRSRV ERRaccess",
	327682: "ERRSRV ERRinvtid",
	393218: "ERRSRV ERRinvnetname",
	5963778: "ERRSRV ERRbaduid",
};
export const statusName = (status: number): string => STATUSES[status] ?? `0x${status.toString(16).padStart(8, "0")}`;

/** The server did not believe who the client claimed to be, or does not let this account in. */
const LOGIN_REFUSALS: ReadonlySet<number> = new Set([
	0xc0000064, 0xc000006a, 0xc000006d, 0xc000006e, 0xc000006f, 0xc0000070, 0xc0000071, 0xc0000072, 0xc000015b, 0xc0000193, 0xc0000224,
	0xc0000234, 0x00020002,
]);
export const isLoginRefusal = (status: number): boolean => LOGIN_REFUSALS.has(status);

/** Why a message cannot be read: fixed words. */
export const REASON = {
	short: "shorter than its header",
	magic: "no header of SMB",
	structure: "the size of its structure is another one",
	offset: "something in it lies outside of it",
	next: "the next command lies outside of it",
	words: "its words do not fit in it",
	command: "no such command",
	direction: "an answer of the client, or a question of the server",
	foreign: "bytes that are no message",
} as const;
export type Reason = (typeof REASON)[keyof typeof REASON];
