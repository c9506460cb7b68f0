/** What an operation carries as its code; there is only one. Names of versions, suites and alerts are in `src/wire/tlsNames.ts`. */
export const HANDSHAKE_OPERATION = 0;
