/** What a client says of itself in User-Agent (RFC 9110, 10.1.5), and what a server does in Server (10.2.4): for identities, and never more than presumed. */

/** Applications by their mark; the first that is there counts, as browsers name those they descend from too. */
const BROWSERS: readonly (readonly [mark: RegExp, name: string])[] = [
	[/\bEdgA?\/([\d.]{1,20})/, "Edge"],
	[/\bOPR\/([\d.]{1,20})/, "Opera"],
	[/\bFirefox\/([\d.]{1,20})/, "Firefox"],
	[/\bChrome\/([\d.]{1,20})/, "Chrome"],
	[/\bVersion\/([\d.]{1,20}).{0,40}\bSafari\//, "Safari"],
	[/\bMSIE ([\d.]{1,20})/, "Internet Explorer"],
	[/\bTrident\/.{0,80}\brv:([\d.]{1,20})/, "Internet Explorer"],
];

/** By the version of the kernel, as browsers say it. */
const WINDOWS: Readonly<Record<string, string>> = {
	"5.0": "Windows 2000",
	"5.1": "Windows XP",
	"5.2": "Windows Server 2003 or XP x64",
	"6.0": "Windows Vista or Server 2008",
	"6.1": "Windows 7 or Server 2008 R2",
	"6.2": "Windows 8 or Server 2012",
	"6.3": "Windows 8.1 or Server 2012 R2",
	"10.0": "Windows 10 or newer",
};

/** The program: a browser with its version, else the first product. Empty where nothing is one. */
export function applicationOf(agent: string): string {
	for (const [mark, name] of BROWSERS) {
		const version = mark.exec(agent)?.[1];
		if (version !== undefined) return `${name} ${version}`;
	}
	const product = /^([^\s/()]{1,60})(?:\/([^\s()]{1,40}))?/.exec(agent);
	if (product === null || product[1] === "Mozilla") return "";
	return product[2] === undefined ? product[1]! : `${product[1]} ${product[2]}`;
}

/** The operating system that an agent names; empty where it names none. */
export function systemOf(agent: string): string {
	const windows = /\bWindows NT ([\d.]{1,6})/.exec(agent)?.[1];
	if (windows !== undefined) return WINDOWS[windows] ?? `Windows NT ${windows}`;
	const android = /\bAndroid ([\d.]{1,12})/.exec(agent)?.[1];
	if (android !== undefined) return `Android ${android}`;
	if (/\bWindows CE\b/.test(agent)) return "Windows CE";
	const apple = /\bMac OS X ([\d_.]{1,12})/.exec(agent);
	if (apple !== null) return /\b(?:iPhone|iPad)\b/.test(agent) ? "iOS" : `macOS ${apple[1]!.replaceAll("_", ".")}`;
	return /\bLinux\b/.test(agent) ? "Linux" : "";
}

/** The operating system that a server's software gives away. */
export function systemOfServer(server: string): string {
	const system = /\((Ubuntu|Debian|CentOS|Red Hat[^)]{0,30}|Fedora|FreeBSD|Win32|Win64|Unix)\)/.exec(server)?.[1];
	if (system === "Win32" || system === "Win64" || /^Microsoft-(?:IIS|HTTPAPI)\//.test(server)) return "Windows";
	return system === undefined || system === "Unix" ? "" : system;
}
