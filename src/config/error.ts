/** Wrong configuration: a stable code and one sentence that says where, what was expected, what was found and what to do. */

export const CONFIG_ERROR = {
	unreadable: "CONFIG_UNREADABLE",
	notYaml: "CONFIG_NOT_YAML",
	unknownKey: "CONFIG_UNKNOWN_KEY",
	wrongValue: "CONFIG_WRONG_VALUE",
	secretReadable: "CONFIG_SECRET_READABLE",
	secretUnreadable: "CONFIG_SECRET_UNREADABLE",
	contradiction: "CONFIG_CONTRADICTION",
} as const;
export type ConfigErrorCode = (typeof CONFIG_ERROR)[keyof typeof CONFIG_ERROR];

export class ConfigError extends Error {
	override readonly name = "ConfigError";
	readonly code: ConfigErrorCode;

	constructor(code: ConfigErrorCode, message: string) {
		super(message);
		this.code = code;
	}
}
