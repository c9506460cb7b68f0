/** A security advisory as it is kept: what a match needs of a CSAF 2.0 document, and no more. Plain data. */

/** A product with the versions that a statement is about. */
export interface AdvisoryProduct {
	/** As the document names it, for people. */
	name: string;
	vendor: string;
	/** The name alone: without vendor and version. */
	model: string;
	/** The family above it, where there is one. */
	family?: string;
	/** Model, part and order numbers that the document gives; `*` and `?` are wildcards. */
	numbers: string[];
	/** The versions, as they are written; absent where every version is meant. */
	versions?: string;
	/** It is only affected together with this, which the traffic does not show. */
	condition?: string;
}

export interface AdvisoryRemedy {
	/** CSAF's word: vendor_fix, mitigation, workaround, none_available, no_fix_planned, ... */
	category: string;
	text: string;
	url?: string;
	/** Indexes of products; absent where it is for all. */
	products?: number[];
}

export interface AdvisoryVulnerability {
	cve?: string;
	title?: string;
	scores: { score: number; vector: string; products: number[] }[];
	/** Indexes of products. */
	affected: number[];
	fixed: number[];
	notAffected: number[];
	remedies: AdvisoryRemedy[];
}

export interface Advisory {
	/** document.tracking.id, e.g. ICSA-24-284-01. */
	id: string;
	title: string;
	publisher: string;
	/** document.tracking.version. */
	version: string;
	/** document.tracking.current_release_date. */
	released: string;
	url?: string;
	/** Its publisher took it back, or another document stands in its place: it matches nothing, and an older copy of it is not taken again. */
	isWithdrawn?: true;
	products: AdvisoryProduct[];
	vulnerabilities: AdvisoryVulnerability[];
}
