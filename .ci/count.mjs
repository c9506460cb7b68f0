// Prints which tests of the report failed and how, then its count, alone on the last line; fails where there is no report or no test ran.
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";

/** Lines of a failure that are shown: what was expected and the place. The whole of it stands further up. */
const LINES = 12;

const file = "coverage/report.json";
if (!existsSync(file)) {
	console.log("The tests left no report.");
	process.exit(1);
}
const report = JSON.parse(readFileSync(file, "utf8"));
for (const { name, status, message, assertionResults } of report.testResults) {
	const path = relative(process.cwd(), name);
	const failures = assertionResults.filter((test) => test.status === "failed");
	for (const { fullName, failureMessages } of failures)
		console.log(`== ${path}: ${fullName}\n${failureMessages.join("\n").split("\n").slice(0, LINES).join("\n")}`);
	if (status === "failed" && failures.length === 0) console.log(`== ${path}\n${message}`);
}
const { numPassedTests: passed, numFailedTests: failed, numPendingTests: pending, numTodoTests: todo } = report;
console.log(`${passed} passed, ${failed} failed, ${pending + todo} skipped`);
process.exit(passed > 0 && failed === 0 ? 0 : 1);
