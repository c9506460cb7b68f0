/** The ATT&CK for ICS techniques (version 18) that the engine's own detections name. */
export const TECHNIQUES = {
	T0806: "Brute Force I/O",
	T0814: "Denial of Service",
	T0830: "Adversary-in-the-Middle",
	T0831: "Manipulation of Control",
	T0832: "Manipulation of View",
	T0836: "Modify Parameter",
	T0846: "Remote System Discovery",
	T0848: "Rogue Master",
	T0855: "Unauthorized Command Message",
	T0856: "Spoof Reporting Message",
	T0861: "Point & Tag Identification",
	T0864: "Transient Cyber Asset",
	T0886: "Remote Services",
	T0888: "Remote System Information Discovery",
} as const;
export type TechniqueId = keyof typeof TECHNIQUES;
