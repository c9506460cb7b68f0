/** What can go wrong with the state on the disk, for people: one sentence that says what, where and what to do. */

export type StoreErrorCode =
	/** Another process owns it. */
	| "STORE_LOCKED"
	/** The folder is missing, is no folder, or may not be written. */
	| "STORE_FOLDER"
	/** A table on the disk does not read back as it was written. */
	| "STORE_DAMAGED"
	/** No space left; writes are refused until there is, reads go on. */
	| "STORE_FULL"
	/** Written by a newer version of this program. */
	| "STORE_NEWER"
	/** Any other failure of the disk. */
	| "STORE_FAILED"
	/** Used after `close`. */
	| "STORE_CLOSED";

export class StoreError extends Error {
	readonly code: StoreErrorCode;
	constructor(code: StoreErrorCode, sentence: string, cause?: unknown) {
		super(sentence, { cause });
		this.name = "StoreError";
		this.code = code;
	}
}
