/** What a command may say. */
import { expect, it } from "vitest";
import { readCommand } from "../../src/config/command.ts";
import { VERBS } from "../../src/decode/protocol.ts";

const unlearn = (verb: string) =>
	readCommand({
		verb: "unlearn",
		thing: { trait: "function", protocol: "modbus", server: "10.0.0.5", client: "10.0.0.2", unit: 1, verb, code: 3 },
		why: "test",
	});

// `config` knows no stage, so it has a list of its own.
it.each(VERBS)("can name a function of verb %s that was learned", (verb) => {
	expect(unlearn(verb)).toHaveProperty("command");
});

it("cannot name one of a verb that there is not", () => {
	expect(unlearn("sing")).toHaveProperty("problem");
});
