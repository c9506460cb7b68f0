/** What the ends of a conversation show of themselves: learned, judged, accepted, and known again after a restart. */
import { describe, expect, it } from "vitest";
import { Credentials } from "../../src/baseline/credentials.ts";
import { certificate, OpcuaBed } from "../catalogue/opcuaBed.ts";
import { WireBed } from "../catalogue/wireBed.ts";

const STATION = "10.0.0.2";
const SERVER = "10.0.0.5";
const level = { nodeId: "ns=1;s=Level", attributeId: 13 };
const own = certificate({ subject: "CN=Station", issuer: "CN=Station", thumbprint: "CD34", applicationUri: "urn:station" });

/** A station that reads for ten minutes on a signed channel, as an operator. */
function learned(): OpcuaBed {
	const bed = new OpcuaBed();
	const connection = bed.connect(STATION, SERVER).secure("Basic256Sha256", own, certificate());
	connection.login("urn:station", "operator1", { signature: 32, clear: false });
	for (let round = 0; round < 60; round++) {
		connection.ask("Read", { nodesToRead: [level] }, { results: [["Double", 7]] }, 32);
		bed.wait(10);
	}
	bed.analyst.endLearning();
	bed.detections.length = 0;
	return bed;
}

function comeAgain(bed: OpcuaBed, token: number, user: string | undefined, server = certificate()): void {
	const connection = bed.connect(STATION, SERVER).secure("Basic256Sha256", own, server);
	connection.login("urn:station", user, { token, signature: 32, clear: false });
	bed.wait(2);
}

const types = (bed: OpcuaBed): string[] => bed.detections.map(({ type }) => type).filter((type) => type !== "poll-silent");

describe("what is shown as a conversation begins", () => {
	it("is silent while it is as it was, and says who is new against whom it knows", () => {
		const bed = learned();
		comeAgain(bed, 101, "operator1");
		expect(types(bed)).toEqual([]);
		comeAgain(bed, 102, "admin");
		expect(bed.detections).toMatchObject([
			{
				type: "new-user",
				source: { ip: STATION },
				destination: { ip: SERVER },
				sentence: "10.0.0.2 logged in to 10.0.0.5 as admin; in 10 minutes it was only operator1.",
				things: [{ trait: "fact", type: "new-user", source: STATION, destination: SERVER, key: "user|admin" }],
			},
		]);
	});

	it("weighs a login without a name more", () => {
		const bed = learned();
		comeAgain(bed, 101, undefined);
		expect(bed.detections[0]!.reasons).toContainEqual({ points: 10, text: "no user is named, where there was one" });
	});

	it("is what a person says that it is", () => {
		const bed = learned();
		comeAgain(bed, 101, "admin");
		expect(bed.analyst.teach(bed.detections[0]!.things!, []).refused).toEqual([]);
		bed.detections.length = 0;
		comeAgain(bed.wait(100), 102, "admin");
		expect(types(bed)).toEqual([]);
		comeAgain(bed, 103, "guest");
		expect(types(bed)).toEqual(["new-user"]);
	});

	it("tells a renewed certificate once, for information, and another one each time", () => {
		const bed = learned();
		const renewed = certificate({ thumbprint: "0001" });
		comeAgain(bed, 101, "operator1", renewed);
		expect(bed.detections).toMatchObject([{ type: "server-identity-changed", source: { ip: SERVER } }]);
		expect(bed.detections[0]!.reasons.reduce((sum, { points }) => sum + points, 0)).toBeLessThan(30);
		bed.detections.length = 0;
		comeAgain(bed.wait(100), 102, "operator1", renewed);
		expect(types(bed)).toEqual([]);
		const other = certificate({ thumbprint: "0002", subject: "CN=Other" });
		for (const token of [103, 104]) comeAgain(bed.wait(100), token, "operator1", other);
		expect(types(bed)).toEqual(["server-identity-changed", "server-identity-changed"]);
	});

	it("is not learned of the parties of an open incident", () => {
		const bed = learned();
		bed.analyst.hold([STATION]);
		comeAgain(bed, 101, "operator1", certificate({ thumbprint: "0001" }));
		bed.analyst.hold([]);
		bed.detections.length = 0;
		comeAgain(bed.wait(100), 102, "operator1", certificate({ thumbprint: "0001" }));
		expect(types(bed)).toEqual(["server-identity-changed"]);
	});

	it("is known after a restart as it was before", () => {
		const bed = learned();
		bed.restart();
		comeAgain(bed, 101, "operator1");
		expect(types(bed)).toEqual([]);
		bed.restart();
		comeAgain(bed, 102, "admin");
		expect(types(bed)).toEqual(["new-user"]);
	});
});

describe("what is shown at servers that steer no machine", () => {
	const HOST = "10.0.0.7";
	const FAR = "93.184.216.34";
	const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
	function visit(bed: WireBed, user: string, server = HOST): void {
		const connection = bed.connect(STATION, server, 21);
		for (const [direction, line] of [
			[1, "220 FTP server ready"],
			[0, `USER ${user}`],
			[1, "331 Password"],
			[0, "PASS x"],
			[1, "230 In"],
		] as const)
			connection.send(direction, bytes(`${line}\r\n`));
		connection.close();
		bed.wait(1);
	}
	function usual(server = HOST, rounds = 12): WireBed {
		const bed = new WireBed(1_700_000_000e6);
		for (let round = 0; round < rounds; round++) {
			visit(bed, "backup", server);
			bed.wait(60);
		}
		return bed;
	}
	const news = (bed: WireBed) => bed.detections.filter(({ type }) => type === "new-user");

	it("is judged by how often it was shown, once a person ended the learning", () => {
		const bed = usual();
		visit(bed, "admin");
		expect(news(bed)).toEqual([]);
		const other = usual();
		other.analyst.endLearning();
		visit(other, "backup");
		expect(news(other)).toEqual([]);
		visit(other, "admin");
		expect(news(other)).toMatchObject([
			{
				source: { ip: STATION },
				destination: { ip: HOST },
				sentence: `${STATION} logged in to ${HOST} as admin; in 12 minutes it was only backup.`,
			},
		]);
		const young = usual(HOST, 1);
		young.analyst.endLearning();
		visit(young, "admin");
		expect(news(young)[0]!.reasons).toContainEqual({ points: -10, text: "little was seen so far: 1 connection in 61 seconds" });
	});

	it("is known after a restart", () => {
		const bed = usual();
		bed.analyst.endLearning();
		const again = new WireBed(bed.time, bed.port);
		again.analyst.restore(structuredClone([...bed.analyst.save()].filter(([, value]) => value !== null)));
		visit(again, "backup");
		expect(news(again)).toEqual([]);
		visit(again, "admin");
		expect(news(again)).toHaveLength(1);
	});

	it("is no question of servers outside of the plant", () => {
		const bed = usual(FAR);
		bed.analyst.endLearning();
		visit(bed, "admin", FAR);
		expect(news(bed)).toEqual([]);
	});
});

describe("the memory of what was shown", () => {
	it("has bounds that are counted, and refuses what is damaged", () => {
		const refused: string[] = [];
		const credentials = new Credentials("credentials", (bound) => refused.push(bound));
		const holder = credentials.holder("opcua|10.0.0.5|10.0.0.2", 1, 0)!;
		for (let user = 0; user < 40; user++) credentials.add(holder, { kind: "user", text: `user${user}`, names: "", rank: 0 }, 1);
		expect(holder.shown).toHaveLength(32);
		for (let client = 0; client < 5000; client++) credentials.holder(`opcua|10.0.0.5|${client}`, 1, 0);
		expect(new Set(refused)).toEqual(new Set(["credentials-shown-bound", "credentials-bound"]));
		const [[, saved]] = [...credentials.save()] as [[string, object]];
		expect(new Credentials("credentials", () => {}).restore(saved)).toBe(true);
		for (const damaged of [
			null,
			7,
			{},
			{ ...saved, key: 1 },
			{ ...saved, shown: "" },
			{ ...saved, lastNew: "soon" },
			{ ...saved, born: undefined },
		])
			expect(new Credentials("credentials", () => {}).restore(damaged)).toBe(false);
	});
});
