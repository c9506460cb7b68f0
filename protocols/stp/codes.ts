/** Versions by number (IEEE 802.1D-2004, 9.3.3; IEEE 802.1Q-2018, 14.2). */
const VERSIONS: Readonly<Record<number, string>> = { 0: "STP", 2: "RSTP", 3: "MSTP", 4: "SPT" };
export const versionName = (version: number): string => VERSIONS[version] ?? `version ${version}`;
