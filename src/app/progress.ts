/** How far a long piece of work is, on standard error, when that is a terminal. */

/** Milliseconds between two lines. */
const INTERVAL = 250;

export class Progress {
	readonly #isShown = process.stderr.isTTY === true;
	#next = 0;
	#isDirty = false;

	/** `text` is asked for only when it is time to show it. */
	show(text: () => string): void {
		if (!this.#isShown) return;
		const now = performance.now();
		if (now < this.#next) return;
		this.#next = now + INTERVAL;
		this.#isDirty = true;
		process.stderr.write(`\r\x1b[K${text()}`);
	}

	/** Takes the line away. */
	clear(): void {
		if (!this.#isDirty) return;
		this.#isDirty = false;
		process.stderr.write("\r\x1b[K");
	}
}
