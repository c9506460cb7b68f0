/** Codes of the neutral words: GOOSE has one service, which has no number. */
export const MESSAGE = 1;

export const operationName = (code: number): string => (code === MESSAGE ? "GOOSE message" : `code ${code}`);
export const outcomeName = (code: number): string => `code ${code}`;
