/** Errors of the web layer: a stable code, and one sentence that says what, where and what to do. */

import type { CommandErrorCode } from "../config/commandError.ts";

export type WebErrorCode =
	| CommandErrorCode
	| "WEB_PORT_IN_USE"
	| "WEB_PORT_DENIED"
	| "WEB_ADDRESS_UNAVAILABLE"
	| "WEB_TLS_INVALID"
	| "WEB_PAGE_MISSING"
	| "WEB_LISTEN_FAILED"
	| "WEB_HOST_REFUSED"
	| "WEB_ORIGIN_REFUSED"
	| "WEB_LOGIN_NEEDED"
	| "WEB_LOGIN_REFUSED"
	| "WEB_SETUP_REFUSED"
	| "WEB_SETUP_DONE"
	| "WEB_NAME_INVALID"
	| "WEB_PASSWORD_SHORT"
	| "WEB_TOO_FAST"
	| "WEB_BUSY"
	| "WEB_REQUEST_INVALID"
	| "WEB_NOT_FOUND"
	| "WEB_FAILED";

/** `statusCode` is what a client of the API gets; the message is safe to show to anybody. */
export class WebError extends Error {
	readonly code: WebErrorCode;
	readonly statusCode: number;
	/** Seconds until it is worth trying again. */
	readonly retryAfter: number | undefined;

	constructor(code: WebErrorCode, statusCode: number, message: string, retryAfter?: number) {
		super(message);
		this.name = "WebError";
		this.code = code;
		this.statusCode = statusCode;
		this.retryAfter = retryAfter;
	}
}
