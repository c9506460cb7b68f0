/** What an operation carries as its code; there is only one. Names of versions, suites and alerts are in `src/wire/tlsNames.ts`. */
export const HANDSHAKE_OPERATION = 0;

const LEVELS: Readonly<Record<number, string>> = { 1: "warning", 2: "fatal" };
export const levelName = (level: number): string => LEVELS[level] ?? `level ${level}`;
