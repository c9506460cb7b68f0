import { type ObservationBase, OPERATION_POINTS } from "../../src/decode/protocol.ts";

/** Ranges of memory that one command names; a multiple read has 167 at most over Ethernet (W342, 5-3-5). */
export const MAX_ITEMS = 256;

/** What the rarer commands and their answers say. Texts are from the wire. */
export interface FinsDetails {
	model?: string;
	version?: string;
	/** The second version of a CPU unit. */
	internalVersion?: string;
	/** Of each unit on the rack. */
	units?: { unit: number; model: string }[];
	status?: string;
	mode?: string;
	fatalErrors?: number;
	nonFatalErrors?: number;
	errorMessage?: string;
	/** As the controller's clock shows it, of no zone. */
	clock?: string;
	averageCycleMs?: number;
	maximumCycleMs?: number;
	minimumCycleMs?: number;
	files?: string[];
	disk?: number;
	/** Who has the access right. */
	holder?: string;
	name?: string;
	ipAddress?: string;
	/** Octets of a program, of parameters or of a file that the message carries. */
	octets?: number;
	/** The last one of a transfer. */
	isLast?: boolean;
	entries?: number;
}

/** One FINS frame, or a message of FINS/TCP that carries none. On loan, like its arrays. */
export class FinsObservation implements ObservationBase {
	readonly protocol = "fins";
	/** `connection` is the exchange of node addresses and what keeps a FINS/TCP connection; `error` an answer with another end code than normal completion. */
	kind: "request" | "response" | "error" | "unanswered" | "connection" | "malformed" = "malformed";
	time = 0;
	frame = 0;
	/** The sender is the one who answers. */
	isFromServer = false;
	/** Octets of the FINS frame, or of what is none. */
	size = 0;
	/** Of FINS/TCP; -1 over UDP. */
	tcpCommand = -1;
	tcpError = -1;
	clientNode = -1;
	serverNode = -1;
	/** -1 where there is no FINS frame. */
	icf = -1;
	gatewayCount = 0;
	destinationNetwork = 0;
	destinationNode = 0;
	destinationUnit = 0;
	sourceNetwork = 0;
	sourceNode = 0;
	sourceUnit = 0;
	sid = 0;
	command = -1;
	/** Without the bits beside it (W342, 5-1-3); -1 in a command. */
	endCode = -1;
	isRelayError = false;
	isFatalError = false;
	isNonFatalError = false;
	/** Number of the device behind the address that is asked: -1 for the CPU unit of the node itself. */
	unit = -1;
	isBroadcast = false;
	/** Ranges of memory, of the command or of that which is answered. */
	itemCount = 0;
	readonly areas = new Uint8Array(MAX_ITEMS);
	readonly addresses = new Int32Array(MAX_ITEMS);
	readonly bits = new Uint8Array(MAX_ITEMS);
	readonly counts = new Int32Array(MAX_ITEMS);
	/** Of all ranges, one after another; as many as are said. */
	valueCount = 0;
	readonly values = new Float64Array(OPERATION_POINTS);
	/** What forced set or reset wants of each item. */
	readonly forces = new Int32Array(MAX_ITEMS);
	/** -1 where nothing is said. */
	program = -1;
	mode = -1;
	parameterArea = -1;
	first = -1;
	count = -1;
	/** Direction of a transfer between memory and file (0: to the file, 1: to memory, 2: compare), or what a message command does. */
	parameter = -1;
	details: FinsDetails | undefined = undefined;
	/** The same command was sent before and not answered. */
	isRepeat = false;
	isMatched = false;
	/** Microseconds; -1 where unknown. */
	latency = -1;
	requestFrame = -1;
	/** Why it is malformed. */
	violation = "";

	/** Everything but the arrays as in a new one. */
	reset(time: number, frame: number): void {
		this.kind = "malformed";
		this.time = time;
		this.frame = frame;
		this.size = this.itemCount = this.valueCount = 0;
		this.tcpCommand = this.tcpError = this.clientNode = this.serverNode = -1;
		this.icf = this.command = this.endCode = this.unit = this.latency = this.requestFrame = -1;
		this.gatewayCount = this.sid = 0;
		this.destinationNetwork = this.destinationNode = this.destinationUnit = 0;
		this.sourceNetwork = this.sourceNode = this.sourceUnit = 0;
		this.program = this.mode = this.parameterArea = this.first = this.count = this.parameter = -1;
		this.details = undefined;
		this.isFromServer = this.isRelayError = this.isFatalError = this.isNonFatalError = false;
		this.isBroadcast = this.isRepeat = this.isMatched = false;
		this.violation = "";
	}
}
