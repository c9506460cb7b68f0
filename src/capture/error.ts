/** Wrong use and unusable input of the capture layer: a file that is no capture, an interface that is not there, a missing privilege. */

/** Stable codes of `CaptureError`. */
export const CAPTURE_ERROR = {
	empty: "SPANWATCH_CAPTURE_EMPTY",
	notACapture: "SPANWATCH_CAPTURE_NOT_A_CAPTURE",
	noFile: "SPANWATCH_CAPTURE_NO_FILE",
	isDirectory: "SPANWATCH_CAPTURE_IS_DIRECTORY",
	noPermission: "SPANWATCH_CAPTURE_NO_PERMISSION",
	unreadable: "SPANWATCH_CAPTURE_UNREADABLE",
	noInterface: "SPANWATCH_CAPTURE_NO_INTERFACE",
	noPrivilege: "SPANWATCH_CAPTURE_NO_PRIVILEGE",
	noPcap: "SPANWATCH_CAPTURE_NO_PCAP",
	badFilter: "SPANWATCH_CAPTURE_BAD_FILTER",
	noSerialPort: "SPANWATCH_CAPTURE_NO_SERIAL_PORT",
	noSerialport: "SPANWATCH_CAPTURE_NO_SERIALPORT",
	badSerial: "SPANWATCH_CAPTURE_BAD_SERIAL",
	notBuilt: "SPANWATCH_CAPTURE_NOT_BUILT",
	openFailed: "SPANWATCH_CAPTURE_OPEN_FAILED",
} as const;

export type CaptureErrorCode = (typeof CAPTURE_ERROR)[keyof typeof CAPTURE_ERROR];

/** The message is one sentence for a person: what, where, and what to do. */
export class CaptureError extends Error {
	readonly code: CaptureErrorCode;

	constructor(code: CaptureErrorCode, message: string) {
		super(message);
		this.name = "CaptureError";
		this.code = code;
	}
}
