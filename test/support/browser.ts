/** A real browser for tests of the page: Debian's Chromium, or the one that CHROMIUM names. What needs it is skipped, aloud, where there is none. */
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
export const hasBrowser = existsSync(CHROMIUM);
if (!hasBrowser) console.warn(`page tests are skipped: there is no browser at ${CHROMIUM}; install the package chromium or set CHROMIUM`);

/** A browser that asks nobody outside for anything. */
export const launch = (): Promise<Browser> =>
	chromium.launch({
		executablePath: CHROMIUM,
		args: [
			"--headless",
			"--no-sandbox",
			"--disable-gpu",
			"--disable-quic",
			"--no-first-run",
			"--disable-background-networking",
			"--disable-component-update",
			"--disable-sync",
		],
	});

/** A desktop's page; errors and dialogs of it go to `complaints`. */
export async function openPage(browser: Browser, complaints: string[]): Promise<Page> {
	const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
	page.setDefaultTimeout(10_000);
	page.on("pageerror", (error) => complaints.push(String(error)));
	page.on("console", (message) => {
		// A refused login is an error to the browser's console, not to us.
		if (message.type() === "error" && !message.text().includes("status of 40")) complaints.push(message.text());
	});
	page.on("dialog", (dialog) => {
		complaints.push(`dialog ${dialog.message()}`);
		void dialog.dismiss();
	});
	return page;
}
