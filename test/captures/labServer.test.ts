import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ModbusServer, type RegisterImage } from "../../captures/lab/server.ts";

/** A PLC of the lab on loopback, asked with bytes. */
describe("the lab's Modbus server", () => {
	let server: ModbusServer;
	let port = 0;
	let socket: Socket;
	let restarts = 0;
	let image: RegisterImage;

	const dial = async () => {
		socket = connect(port, "127.0.0.1");
		socket.on("error", () => {});
		await once(socket, "connect");
	};
	/** Sends an ADU and gives the answer, both as hexadecimal without the MBAP header. */
	const ask = async (unitAndPdu: string) => {
		const body = Buffer.from(unitAndPdu.replaceAll(" ", ""), "hex");
		socket.write(Buffer.concat([Buffer.from([0, 9, 0, 0, 0, body.length]), body]));
		const [answer] = (await once(socket, "data")) as [Buffer];
		expect(answer.readUInt16BE(0)).toBe(9);
		expect(answer.readUInt16BE(4)).toBe(answer.length - 6);
		return answer.toString("hex", 6);
	};

	beforeEach(async () => {
		const probe = createServer().listen(0, "127.0.0.1");
		await once(probe, "listening");
		port = (probe.address() as AddressInfo).port;
		probe.close();
		await once(probe, "close");
		restarts = 0;
		image = {
			holding: new Map([
				[0, 1100],
				[1, 200],
			]),
			coils: [true, false],
			inputs: [7, 8],
			discretes: [false, true],
		};
		server = new ModbusServer("127.0.0.1", port, {
			image: (unit) => (unit === 1 ? image : undefined),
			identity: { 0: "Maker", 1: "P1", 2: "V1" },
			written: () => {},
			restart: () => restarts++,
		});
		await server.listen();
		await dial();
	});
	afterEach(async () => {
		socket.destroy();
		await server.stop();
	});

	it("reads and writes what there is", async () => {
		expect(await ask("01 03 0000 0002")).toBe("010304044c00c8");
		expect(await ask("01 03 0001 0001")).toBe("01030200c8");
		expect(await ask("01 04 0000 0002")).toBe("01040400070008");
		expect(await ask("01 01 0000 0002")).toBe("01010101");
		expect(await ask("01 02 0000 0002")).toBe("01020102");
		expect(await ask("01 06 0000 04d2")).toBe("0106000004d2");
		expect(image.holding.get(0)).toBe(1234);
		expect(await ask("01 10 0000 0002 04 0001 0002")).toBe("011000000002");
		expect([...image.holding.values()]).toEqual([1, 2]);
		expect(await ask("01 05 0001 ff00")).toBe("01050001ff00");
		expect(image.coils).toEqual([true, true]);
	});

	it("refuses what there is not, with the right exception", async () => {
		expect(await ask("01 03 0001 0002")).toBe("018302");
		expect(await ask("01 04 0005 0001")).toBe("018402");
		expect(await ask("01 06 0007 0001")).toBe("018602");
		expect(await ask("01 06 0000 ffff")).toBe("018603");
		expect(await ask("01 10 0001 0002 04 0001 0002")).toBe("019002");
		expect(await ask("05 03 0000 0001")).toBe("05830a");
		expect(await ask("01 63 0000 0001")).toBe("01e301");
	});

	it("echoes, counts and clears in diagnostics", async () => {
		expect(await ask("01 08 0000 a5a5")).toBe("01080000a5a5");
		await ask("01 03 0000 0001");
		expect(await ask("01 08 000b 0000")).toBe("0108000b0003");
		expect(await ask("01 08 000a 0000")).toBe("0108000a0000");
		expect(await ask("01 08 000b 0000")).toBe("0108000b0001");
		expect(await ask("01 08 0063 0000")).toBe("018801");
	});

	it("says nothing in listen-only mode, also not to the restart that ends it", async () => {
		let heard = 0;
		socket.on("data", () => heard++);
		for (const body of ["0108000400 00", "010300000001", "010800010000"]) {
			const bytes = Buffer.from(body.replaceAll(" ", ""), "hex");
			socket.write(Buffer.concat([Buffer.from([0, 1, 0, 0, 0, bytes.length]), bytes]));
			await new Promise((done) => setTimeout(done, 50));
		}
		expect(heard).toBe(0);
		expect(restarts).toBe(1);
	});

	it("resets its connections when it restarts, and answers again afterwards", async () => {
		const failed = once(socket, "close").catch((error: NodeJS.ErrnoException) => error.code);
		const restarted = server.restart(10);
		expect(await failed).toBe("ECONNRESET");
		await restarted;
		await dial();
		expect(await ask("01 03 0001 0001")).toBe("01030200c8");
	});
});
