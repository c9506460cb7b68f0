/** DNS types and response codes (IANA DNS parameters). */
export const TYPE_NAMES: Readonly<Record<number, string>> = {
	1: "A",
	2: "NS",
	5: "CNAME",
	6: "SOA",
	10: "NULL",
	12: "PTR",
	13: "HINFO",
	15: "MX",
	16: "TXT",
	28: "AAAA",
	33: "SRV",
	35: "NAPTR",
	41: "OPT",
	43: "DS",
	46: "RRSIG",
	47: "NSEC",
	48: "DNSKEY",
	64: "SVCB",
	65: "HTTPS",
	251: "IXFR",
	252: "AXFR",
	255: "ANY",
	32: "NB",
};
export const TYPE = { a: 1, ns: 2, cname: 5, ptr: 12, mx: 15, txt: 16, aaaa: 28, srv: 33, opt: 41 } as const;

export const RESPONSE_NAMES: Readonly<Record<number, string>> = {
	0: "NOERROR",
	1: "FORMERR",
	2: "SERVFAIL",
	3: "NXDOMAIN",
	4: "NOTIMP",
	5: "REFUSED",
	6: "YXDOMAIN",
	7: "YXRRSET",
	8: "NXRRSET",
	9: "NOTAUTH",
	10: "NOTZONE",
};
/** RFC 1035, 4.1.1: the name does not exist (NXDOMAIN). */
export const RESPONSE = { unknownName: 3 } as const;
export const typeName = (type: number): string => TYPE_NAMES[type] ?? `TYPE${type}`;
export const responseName = (code: number): string => RESPONSE_NAMES[code] ?? `RCODE${code}`;
