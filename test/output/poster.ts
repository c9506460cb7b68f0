/** A child process of a test: posts alerts and confirms some of their messages until it is killed; tells its parent what was stored and what was sent. */
import { AlertBook } from "../../src/alert/book.ts";
import { Outbox } from "../../src/output/outbox.ts";
import { openStore } from "../../src/store/level.ts";
import { detection, options } from "../alert/samples.ts";

const [dir, round] = process.argv.slice(2) as [string, string];
const outbox = await Outbox.open({ store: await openStore(dir), destinations: ["mqtt"], maxEntries: 100_000, maxBytes: 1 << 30 });
const queue = outbox.queue("mqtt");
const book = new AlertBook({ ...options, maxOfType: 1e9, maxOfEnd: 1e9 });
for (let at = 0; ; at++) {
	const { alert } = book.detect(detection(at, { key: `${round}-${at}` }))!;
	await outbox.post([{ kind: "alert", key: alert.id, value: alert }], [alert]);
	process.send!({ posted: alert.id });
	if (at % 3 !== 0) continue;
	for (const message of await queue.take(0, 2)) {
		process.send!({ sent: { id: message.alert.id, sequence: message.sequence } }, () => queue.acknowledge(message.sequence));
	}
}
