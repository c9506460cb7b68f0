/** A child process of a test: raises alerts and publishes them to a broker until it is killed; tells its parent the id of each that is stored. */
import { AlertArchive } from "../../src/alert/archive.ts";
import { AlertBook } from "../../src/alert/book.ts";
import { MqttOutput } from "../../src/output/mqtt.ts";
import { Outbox } from "../../src/output/outbox.ts";
import { openStore } from "../../src/store/level.ts";
import { detection, options } from "../alert/samples.ts";

const [dir, url, round] = process.argv.slice(2) as [string, string, string];
const store = await openStore(dir);
const archive = await AlertArchive.open(store);
const outbox = await Outbox.open({ store, destinations: ["mqtt"], maxEntries: 100_000, maxBytes: 1 << 30 });
const book = new AlertBook({ ...options, maxOfType: 1e9, maxOfEnd: 1e9 });
book.restore(await archive.load());
new MqttOutput({
	url,
	version: 5,
	clientId: "",
	root: "spanwatch",
	site: "plant",
	sensor: "box",
	queue: outbox.queue("mqtt"),
	onWarning: () => {},
}).start();
for (let at = 0; ; at++) {
	const change = book.detect(detection(Number(round) * 1e4 + at, { key: `${round}-${at}` }))!;
	await outbox.post(await archive.records([change]), [change.alert]);
	process.send!(change.alert.id);
}
