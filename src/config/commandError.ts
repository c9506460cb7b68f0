/** A command that cannot be carried out: a stable code and one sentence; nothing has changed. */

export type CommandErrorCode =
	/** It is none, or says what cannot be. */
	| "COMMAND_INVALID"
	/** There is no such alert or entry. */
	| "COMMAND_UNKNOWN"
	/** A fact, whose record lets nobody learn it. */
	| "COMMAND_NOT_LEARNABLE"
	/** It is so already, or there is nothing left to undo. */
	| "COMMAND_NOTHING"
	/** A bound is reached. */
	| "COMMAND_FULL"
	| "COMMAND_BUSY"
	/** Over MQTT: its time is not now, or its id was there before. */
	| "COMMAND_LATE"
	| "COMMAND_REPEATED"
	/** No box runs with this state folder. */
	| "COMMAND_NO_BOX";

export class CommandError extends Error {
	override readonly name = "CommandError";
	readonly code: CommandErrorCode;
	constructor(code: CommandErrorCode, message: string) {
		super(message);
		this.code = code;
	}
}
