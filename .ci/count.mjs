// Prints the count of the test report, alone on the last line; fails where there is no report or no test ran.
import { existsSync, readFileSync } from "node:fs";

const file = "coverage/report.json";
if (!existsSync(file)) {
	console.log("The tests left no report.");
	process.exit(1);
}
const {
	numPassedTests: passed,
	numFailedTests: failed,
	numPendingTests: pending,
	numTodoTests: todo,
} = JSON.parse(readFileSync(file, "utf8"));
console.log(`${passed} passed, ${failed} failed, ${pending + todo} skipped`);
process.exit(passed > 0 && failed === 0 ? 0 : 1);
