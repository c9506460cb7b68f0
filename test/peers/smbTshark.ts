/**
 * SMB against tshark: every answer of every command by frame and status, how often was read and written, and the sets of names (users, hosts, shares, files, operations of procedure
 * calls) of each public capture and of our recordings.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { commandName, OLD, statusName } from "../../protocols/smb/codes.ts";
import { type Line, linesOf } from "./captures.ts";
import { Tally } from "./tally.ts";
import { columnsOf, version } from "./tshark.ts";

/** A recording of the lab; where this runs compiled, the project is one level further up. */
const recorded = (name: string): string =>
	fileURLToPath(
		[`../../captures/${name}.pcap`, `../../../captures/${name}.pcap`]
			.map((path) => new URL(path, import.meta.url))
			.find((file) => existsSync(file))!,
	);
export const RECORDED = [recorded("shared-recipes"), recorded("share-intrusion")];

/** Public captures of SMB on TCP; the others hold it on NetBEUI, or behind fragments of IP that lack their beginning. */
export const CAPTURES = [
	"OISF+suricata-verify/tests/dcerpc-smb-test-01/input.pcap",
	"OISF+suricata-verify/tests/filestore-filecontainer-smb1-padding/smb_bug_padding.pcap",
	"OISF+suricata-verify/tests/output-eve-smb-01/input.pcap",
	"OISF+suricata-verify/tests/smb-eicar-andx/smbandx.pcap",
	"OISF+suricata-verify/tests/smb-eicar-file-nbss-more-ffsmb/input.pcap",
	"OISF+suricata-verify/tests/smb-eicar-file-segmentation-postheader/input.pcap",
	"OISF+suricata-verify/tests/smb-eicar-file-segmentation-random/input.pcap",
	"OISF+suricata-verify/tests/smb-eicar-overlap/input.pcap",
	"OISF+suricata-verify/tests/smb-length-5770/input.pcap",
	"OISF+suricata-verify/tests/smb-named-pipe-ascii/input.pcap",
	"OISF+suricata-verify/tests/smb1-03-midstream/smb1_osx-s1-midstream-modified.pcap",
	"OISF+suricata-verify/tests/smb2-01/smb2-peter.pcap",
	"OISF+suricata-verify/tests/smb2-05/20171220_smb_mimikatz_copy_to_host.pcap",
	"OISF+suricata-verify/tests/smb2-07/20171220_smb_psexec_add_user.pcap",
	"OISF+suricata-verify/tests/smb2-09-trunc-file-logging/input.pcap",
	"OISF+suricata-verify/tests/smb2-async-read/input.pcap",
	"OISF+suricata-verify/tests/smb2-async/input.pcap",
	"OISF+suricata-verify/tests/smb2-delete/input.pcap",
	"OISF+suricata-verify/tests/smb2-named-pipe-unicode/input.pcap",
	"OISF+suricata-verify/tests/smb2-ntlmssp-negotiateflags/input.pcap",
	"snort3+snort3_demo/tests/inspectors/dce_smb/ip0-tcp10-smb1-dce10.pcap",
	"zeek+zeek/testing/btest/Traces/smb/SMBGhost.pcap",
	"zeek+zeek/testing/btest/Traces/smb/cifs_negotiate_lanman.pcap",
	"zeek+zeek/testing/btest/Traces/smb/smb1-OSS-fuzz-54883.pcap",
	"zeek+zeek/testing/btest/Traces/smb/smb1_transaction2_secondary_request.pcap",
	"zeek+zeek/testing/btest/Traces/smb/smb1_transaction_request.pcap",
	"zeek+zeek/testing/btest/Traces/smb/smb1_transaction_response.pcap",
	"zeek+zeek/testing/btest/Traces/smb/smb1_transaction_secondary_request.pcap",
	"zeek+zeek/testing/btest/Traces/smb/smb2-multiple-pdus.pcap",
	"zeek+zeek/testing/btest/Traces/smb/smb2-zero-byte-error-ioctl.pcapng",
	"zeek+zeek/testing/btest/Traces/smb/smb2.delete-on-close-perms-delete-existing.pcap",
	"zeek+zeek/testing/btest/Traces/smb/smb2_100_small_files.pcap",
	"zeek+zeek/testing/btest/Traces/smb/smb2_fscontrol.pcap",
	"zeek+zeek/testing/btest/Traces/smb/smb311.pcap",
	"zeek+zeek/testing/btest/Traces/smb/smb_v2_only_non_zero_reserved1.pcap",
];

export const REASON = {
	pending: "either: an answer that only says to wait is part of the one that ends it",
	unasked: "either: what the server takes back unasked (OPLOCK_BREAK) is no answer",
	interim: "either: the first answer to a transaction that is not whole yet, and later pieces, belong to one answer",
	port: "ours: SMB on a port that tshark does not know",
	broken: "malformed: we say so, tshark reads on",
	open: "either: what went through a file is said when it is closed, or a minute later; the capture ends before",
	pieces: "theirs: a login in segments of a few bytes is not put together",
	overlap: "either: bytes that were sent twice count once, and once only in ours",
} as const;

const READ = 8;
const WRITE = 9;
const OPLOCK_BREAK = 18;
const OLD_MOVES = new Set([0x0a, 0x0b, 0x2e, 0x2f]);
const PENDING = 0x103;
/** Captures in which we count fewer reads and writes, and why. */
const MOVES = [
	["smb-eicar-overlap", REASON.overlap],
	["smb2-09-trunc-file-logging", REASON.open],
	["smb1-OSS-fuzz", REASON.broken],
] as const;

/** One answer: frame, command by our numbers, status. */
const rowOf = (frame: number, command: number, status: string): string => `${frame}/${command}/${status}`;
const UNTOLD = "?";
const isYes = (text: string | undefined): boolean => text === "1" || text === "True";

interface Peer {
	answers: string[];
	/** Answers that say to wait, what the server takes back (asked or not), and transactions of SMB1. */
	waits: number;
	breaks: number;
	interim: Set<string>;
	moves: number;
	ports: Set<number>;
}

async function peerOf(capture: string): Promise<Peer> {
	const peer: Peer = { answers: [], waits: 0, breaks: 0, interim: new Set(), moves: 0, ports: new Set() };
	const fields = [
		"frame.number",
		"tcp.srcport",
		"smb2.cmd",
		"smb2.flags.response",
		"smb2.nt_status",
		"smb.cmd",
		"smb.flags.response",
		"smb.nt_status",
		"smb.wct",
	] as const;
	for (const row of await columnsOf(capture, "smb2 || smb", fields)) {
		const frame = Number(row["frame.number"][0]);
		const statuses = [...row["smb2.nt_status"]];
		// tshark repeats in an answer the status with which its file was looked for; then which is whose is not told.
		const isTold = statuses.length === row["smb2.flags.response"].filter(isYes).length;
		row["smb2.cmd"].forEach((text, at) => {
			if (!isYes(row["smb2.flags.response"][at])) return;
			peer.ports.add(Number(row["tcp.srcport"][0]));
			const command = Number(text);
			const status = Number(statuses.shift());
			if (status === PENDING) peer.waits++;
			else if (command === OPLOCK_BREAK) peer.breaks++;
			else if (command === READ || command === WRITE) peer.moves += status === 0 || status === 0x80000005 ? 1 : 0;
			else peer.answers.push(rowOf(frame, command, isTold ? statusName(status) : UNTOLD));
		});
		// A chain of SMB1 has one header and several commands.
		if (row["smb.flags.response"].length !== 1 || !isYes(row["smb.flags.response"][0])) continue;
		peer.ports.add(Number(row["tcp.srcport"][0]));
		for (const text of row["smb.cmd"]) {
			const command = Number(text);
			if (command === 0xff) continue;
			if (OLD_MOVES.has(command)) peer.moves++;
			else {
				const key = rowOf(frame, OLD + command, "");
				peer.answers.push(key);
				if (command === 0x25 || command === 0x32 || command === 0xa0) peer.interim.add(key);
			}
		}
	}
	return peer;
}

/** Our numbers of commands by their words. */
const CODES: ReadonlyMap<string, number> = new Map(
	[...Array.from({ length: 19 }, (_, at) => at), ...Array.from({ length: 256 }, (_, at) => OLD + at)].map((code) => [
		`${code < OLD ? 2 : 1} ${commandName(code)}`,
		code,
	]),
);
const codeOf = (line: Line): number => CODES.get(`${line.version === "SMB1" ? 1 : 2} ${line.command}`) ?? -1;

/** `alter` may change our lines, to prove that a difference is seen. */
export async function compareSmb(capture: string, alter: (line: Line) => void = () => {}): Promise<Tally> {
	const tally = new Tally(capture, `tshark ${version}`);
	const lines = await linesOf(capture, ["smb"]);
	lines.forEach(alter);
	const peer = await peerOf(capture);
	const broken = new Set(lines.filter(({ kind }) => kind === "malformed").map(({ frame }) => frame));
	const mine = new Map<string, number>();
	let moves = 0;
	let acknowledged = 0;
	for (const line of lines) {
		if (line.kind !== "exchange" && line.kind !== "transfer") continue;
		// A server on a port that tshark does not know.
		if (peer.ports.size > 0 && !peer.ports.has(line.server.port!)) {
			tally.because([REASON.port]);
			continue;
		}
		moves += (line.reads ?? 0) + (line.writes ?? 0);
		const code = codeOf(line);
		if (line.kind === "exchange" && code === OPLOCK_BREAK) {
			acknowledged++;
			continue;
		}
		if (line.kind !== "exchange" || code === READ || code === WRITE || OLD_MOVES.has(code - OLD)) continue;
		const key = rowOf(line.frame, code, code >= OLD ? "" : line.status);
		mine.set(key, (mine.get(key) ?? 0) + 1);
		tally.saw("ours", line.command);
	}
	for (const said of peer.answers) {
		const start = said.slice(0, said.lastIndexOf("/") + 1);
		const key = said.endsWith(UNTOLD) ? ([...mine].find(([one, count]) => count > 0 && one.startsWith(start))?.[0] ?? said) : said;
		const left = mine.get(key) ?? 0;
		if (left > 0) {
			tally.same();
			mine.set(key, left - 1);
		} else if (peer.interim.has(key)) tally.because([REASON.interim]);
		else if (broken.has(Number(key.split("/")[0]))) tally.because([REASON.broken]);
		else tally.differs(`only tshark says ${key}`);
	}
	for (const [key, left] of mine) if (left > 0) tally.differs(`only we say ${key}`, left);
	if (peer.waits > 0) tally.because([REASON.pending], peer.waits);
	if (acknowledged <= peer.breaks) tally.same(acknowledged);
	else tally.differs("only we say that a break was acknowledged", acknowledged - peer.breaks);
	if (peer.breaks > acknowledged) tally.because([REASON.unasked], peer.breaks - acknowledged);
	if (moves === peer.moves) tally.same();
	else {
		const reason = MOVES.find(([part]) => capture.includes(part))?.[1];
		tally.count(moves < peer.moves ? reason : undefined, `${moves} reads and writes, tshark ${peer.moves}`);
	}
	await compareNames(capture, lines, tally);
	return tally;
}

/** Sets of names, as each side saw them. */
async function compareNames(capture: string, lines: readonly Line[], tally: Tally): Promise<void> {
	const theirs = { user: new Set<string>(), host: new Set<string>(), computer: new Set<string>(), calls: new Set<string>() };
	const fields = [
		"ntlmssp.auth.username",
		"ntlmssp.auth.hostname",
		"ntlmssp.challenge.target_info.nb_computer_name",
		"smb.account",
		"dcerpc.opnum",
	] as const;
	for (const row of await columnsOf(capture, "(smb2 || smb) && (ntlmssp || dcerpc || smb.account)", fields)) {
		const add = (set: Set<string>, values: readonly string[]): void => {
			for (const value of values) if (value !== "" && value !== "NULL") set.add(value);
		};
		add(theirs.user, row["ntlmssp.auth.username"]);
		add(theirs.host, row["ntlmssp.auth.hostname"]);
		add(theirs.computer, row["ntlmssp.challenge.target_info.nb_computer_name"]);
		add(theirs.user, row["smb.account"]);
		add(theirs.calls, row["dcerpc.opnum"]);
	}
	const own = (filter: (line: Line) => unknown): Set<string> => new Set(lines.map(filter).filter(Boolean).map(String));
	const isSession = (line: Line): boolean => /SESSION_SETUP/.test(line.command ?? "");
	const ours = {
		user: own((line) => isSession(line) && line.user),
		host: own((line) => isSession(line) && line.workstation),
		computer: own((line) => isSession(line) && line.serverComputer),
		calls: own((line) => line.opnum !== undefined && String(line.opnum)),
	};
	for (const kind of ["user", "host", "computer", "calls"] as const) {
		const known = ours[kind];
		for (const name of theirs[kind]) {
			if (known.has(name)) tally.same();
			else tally.differs(`${kind}: only tshark says ${name}`);
		}
		for (const name of known)
			if (!theirs[kind].has(name))
				tally.count(capture.includes("segmentation") ? REASON.pieces : undefined, `${kind}: only we say ${name}`);
	}
}
