/** What a version line (RFC 4253, 4.2) gives away of its sender: for identities, and never more than presumed. */

/** Releases by the version of OpenSSH that each has; later ones name themselves. */
const DEBIAN: Readonly<Record<string, string>> = {
	"6.7p1": "8",
	"7.4p1": "9",
	"7.9p1": "10",
	"8.4p1": "11",
	"9.2p1": "12",
	"10.0p1": "13",
};
const UBUNTU: Readonly<Record<string, string>> = {
	"6.6.1p1": "14.04",
	"7.2p2": "16.04",
	"7.6p1": "18.04",
	"8.2p1": "20.04",
	"8.9p1": "22.04",
	"9.6p1": "24.04",
};

export interface Software {
	application: string;
	vendor: string;
	operatingSystem: string;
}

/** Makers and systems by software that only they have. */
const OWN: readonly (readonly [RegExp, vendor: string, operatingSystem: string])[] = [
	[/^Cisco-/, "Cisco", "Cisco IOS"],
	[/^ROSSSH/, "MikroTik", "RouterOS"],
	[/^HUAWEI-/, "Huawei", ""],
	[/^Comware-/, "", "Comware"],
	[/^NetScreen/, "Juniper", "ScreenOS"],
	[/^Sun_SSH/, "", "Solaris"],
	[/^OpenSSH_for_Windows/, "", "Windows"],
	[/^IPSSH/, "", "VxWorks"],
];

/** Of "OpenSSH_9.2p1" and "Debian-2+deb12u6", as the two parts of the line. */
export function softwareOf(software: string, comments: string): Software {
	const named = /^([A-Za-z][A-Za-z_ ]{0,40}?)[_-]v?(\d[\w.]{0,30})/.exec(software);
	const version = named?.[2] ?? "";
	const application = named === null ? software : `${named[1]!.replaceAll("_", " ")} ${version}`;
	const own = OWN.find(([mark]) => mark.test(software));
	return { application, vendor: own?.[1] ?? "", operatingSystem: own?.[2] || systemOf(version, comments) };
}

function systemOf(version: string, comments: string): string {
	const system = /^(Ubuntu|Debian|Raspbian|FreeBSD|NetBSD)/.exec(comments)?.[1];
	if (system === undefined) return "";
	const release =
		system === "Ubuntu" ? UBUNTU[version] : /bsd/i.test(system) ? undefined : (/deb(\d{1,2})u/.exec(comments)?.[1] ?? DEBIAN[version]);
	return release === undefined ? system : `${system} ${release}`;
}
