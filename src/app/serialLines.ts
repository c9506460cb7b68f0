/** The serial lines that a person named. */
import { type SerialSettings, serialSettings } from "../capture/serialSettings.ts";
import { UsageError } from "./failure.ts";

/** A line that cannot be one is wrong use of the command. */
export function serialLines(command: string, texts: readonly string[]): SerialSettings[] {
	try {
		return texts.map(serialSettings);
	} catch (error) {
		throw new UsageError(`${command}: ${(error as Error).message}`);
	}
}
