/** Function codes of the example protocol (its specification, section). */
export const FUNCTION = { read: 1, answer: 0x81 } as const;

const FUNCTION_NAMES: Readonly<Record<number, string>> = { 1: "READ", 129: "READ ANSWER" };

export const functionName = (code: number): string => FUNCTION_NAMES[code] ?? `function ${code}`;
