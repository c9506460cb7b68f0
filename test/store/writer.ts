/** A child process of a test: writes pairs of records until it is killed, and tells its parent the number of each that is on the disk. */
import { openStore } from "../../src/store/level.ts";

const store = await openStore(process.argv[2]!);
for (let at = 0; ; at++) {
	await store.batch(
		[
			{ kind: "alert", key: String(at), value: at },
			{ kind: "outbox", key: String(at), value: at },
		],
		{ durable: true },
	);
	process.send!(at);
}
