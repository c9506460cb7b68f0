/** ARP operation codes (IANA ARP parameters). */
export const OPERATION_NAMES: Readonly<Record<number, string>> = {
	1: "request",
	2: "reply",
	3: "reverse-request",
	4: "reverse-reply",
	8: "inverse-request",
	9: "inverse-reply",
};
export const REQUEST = 1;
export const REPLY = 2;
