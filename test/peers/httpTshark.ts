/** HTTP, head by head against tshark. Bodies are not joined there (`http.desegment_body`), so that a head is in the frame in which it ends. */
import { byFrame, type Line, linesOf } from "./captures.ts";
import { Tally } from "./tally.ts";
import { type Columns, columnsOf, version } from "./tshark.ts";

const FIELDS = [
	"frame.number",
	"http.request.method",
	"http.request.uri",
	"http.request.version",
	"http.response.version",
	"http.response.code",
	"http.host",
	"http.user_agent",
	"http.referer",
	"http.server",
	"http.content_type",
	"http.content_length_header",
] as const;
type Row = Columns<(typeof FIELDS)[number]>;

/** Ports on which tshark looks for HTTP. */
const PORTS: ReadonlySet<number> = new Set([80, 3128, 3132, 5985, 8080, 8088, 11371, 1900, 2869, 2710]);
const VERSION = /^HTTP\/\d\.\d$/;
const ascii = (text: string | undefined): string => (text ?? "").replace(/[^\x20-\x7e]+/g, "");

interface Difference {
	readonly keys: readonly string[];
	readonly mine: Record<string, string>;
	readonly peer: Record<string, string>;
	readonly port: number | undefined;
}

/** Why a frame is not the same; each holds for nothing else. */
const REASONS: readonly { readonly reason: string; readonly holds: (difference: Difference) => boolean }[] = [
	{
		reason: "tshark looks for HTTP on its own ports alone",
		holds: ({ peer, port }) => peer.methods === undefined && port !== undefined && !PORTS.has(port),
	},
	{
		reason: "tshark 4.0 does not know the method QUERY",
		holds: ({ mine, peer }) => peer.methods === undefined && mine.methods === "QUERY",
	},
	{
		reason: "a start line without a version that is one (RFC 9112, 2.3) is none to us",
		holds: ({ mine, peer }) => mine.versions === "" && !VERSION.test(peer.versions ?? ""),
	},
	{
		reason: "tshark takes text of a body in a segment of its own for the start of a request, and misses the response that follows",
		holds: ({ mine, peer }) => mine.codes !== "" && (peer.methods ?? "") !== "" && !VERSION.test(peer.versions ?? ""),
	},
	{
		reason: "behind the size of a chunk that no number holds we seek the next start line, tshark ends",
		holds: ({ mine, peer }) => peer.methods === "POST" && mine.methods === "POST | GET",
	},
	{
		reason: "a negative length is none to us",
		holds: ({ keys, peer }) => keys.join() === "lengths" && (peer.lengths ?? "").startsWith("-"),
	},
	{
		reason: "a length with zeros in front is a number to us",
		holds: ({ keys, mine, peer }) => keys.join() === "lengths" && Number(peer.lengths) === Number(mine.lengths) && mine.lengths !== "",
	},
	{
		reason: "a text that is no ASCII is shown in another way",
		holds: ({ keys, mine, peer }) => keys.every((key) => ascii(mine[key]) === ascii(peer[key])),
	},
];
export const EXPLAINED: readonly string[] = REASONS.map(({ reason }) => reason);

/** What our line leaves out of a target. */
const SECRET = /([?&;][\w.-]{0,32}?(?:pass|pwd|token|secret|apikey|api_key|auth|session|sid)[\w.-]{0,32}=)[^&;#\s]+/gi;
const said = (text: string): string => text.replace(SECRET, "$1…").slice(0, 500);

const present = (values: readonly (string | number | undefined)[]): string =>
	values
		.filter((value) => value !== undefined && value !== "")
		.map((value) => said(String(value)))
		.join(" | ");

function ours(lines: readonly Line[]): Record<string, string> {
	const requests = lines.filter(({ kind }) => kind === "request");
	const responses = lines.filter(({ kind }) => kind === "response");
	return {
		methods: present(requests.map(({ method }) => method)),
		uris: present(requests.map(({ uri }) => uri)),
		versions: present([...requests, ...responses].map((line) => `HTTP/${line.version}`)),
		codes: present(responses.map(({ statusCode }) => statusCode)),
		agents: present(requests.map(({ userAgent }) => userAgent)),
		referrers: present(requests.map(({ referrer }) => referrer)),
		servers: present(responses.map(({ software }) => software)),
		types: present([...requests, ...responses].map(({ contentType }) => contentType)),
		lengths: present([...requests, ...responses].map(({ contentLength }) => contentLength)),
	};
}

function theirs(row: Row | undefined): Record<string, string> {
	if (row === undefined) return {};
	return {
		methods: present(row["http.request.method"]),
		uris: present(row["http.request.uri"]),
		versions: present([...row["http.request.version"], ...row["http.response.version"]]),
		codes: present(row["http.response.code"]),
		agents: present(row["http.user_agent"]),
		referrers: present(row["http.referer"]),
		servers: present(row["http.server"]),
		types: present(row["http.content_type"]),
		lengths: present(row["http.content_length_header"]),
	};
}

/** `alter` may change our lines, to prove that a difference is seen. */
export async function compareHttp(capture: string, alter: (line: Line) => void = () => {}): Promise<Tally> {
	const tally = new Tally(capture, `tshark ${version}`);
	const heads = (await linesOf(capture, ["http"])).filter(({ kind }) => kind === "request" || kind === "response");
	heads.forEach(alter);
	const lines = byFrame(heads);
	const rowsOf = async (options: readonly string[]): Promise<Map<number, Row>> =>
		new Map(
			(await columnsOf(capture, "http.request || http.response", FIELDS, options)).map((row) => [Number(row["frame.number"][0]), row]),
		);
	const rows = await rowsOf(["-o", "http.desegment_body:FALSE"]);
	// Without joined bodies it takes a response behind a long body for more of it; with them it does not.
	if ([...lines.keys()].some((frame) => !rows.has(frame))) {
		const joined = await rowsOf([]);
		for (const frame of lines.keys()) if (!rows.has(frame) && joined.has(frame)) rows.set(frame, joined.get(frame)!);
	}
	for (const frame of [...new Set([...rows.keys(), ...lines.keys()])].sort((a, b) => a - b)) {
		const there = lines.get(frame) ?? [];
		const mine = ours(there);
		const peer = theirs(rows.get(frame));
		const keys = Object.keys(mine).filter((key) => mine[key] !== (peer[key] ?? ""));
		if (keys.length === 0) {
			tally.same();
			continue;
		}
		const reason = REASONS.find(({ holds }) => holds({ keys, mine, peer, port: there[0]?.server.port }))?.reason;
		tally.count(reason, `frame ${frame}: ${keys.map((key) => `${key}: ours '${mine[key]}', tshark '${peer[key] ?? ""}'`).join("; ")}`);
	}
	return tally;
}
