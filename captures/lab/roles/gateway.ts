/** A Modbus gateway with two energy meters behind it (units 11 and 12): 32-bit floats, high word first. */
import type { Actions, HostContext } from "../host.ts";
import { UNIT } from "../plant.ts";
import { ModbusServer, type RegisterImage } from "../server.ts";

export async function start(context: HostContext): Promise<Actions> {
	const images = new Map<number, RegisterImage>();
	for (const unit of UNIT.meters)
		images.set(unit, { holding: new Map([[0, unit]]), coils: [], inputs: new Array(8).fill(0), discretes: [] });
	const server = new ModbusServer(context.ip, context.modbusPort, {
		image: (unit) => images.get(unit),
		identity: { 0: "Riverside Controls", 1: "RC-GW4", 2: "1.0.8", 4: "Serial gateway" },
		isGateway: true,
		written: () => {},
		restart: () => void server.restart(3000),
	});
	context.onMeasurements((measured) => {
		for (const unit of UNIT.meters) {
			const share = unit === 11 ? 1 : 0.4;
			const words = Buffer.alloc(16);
			words.writeFloatBE(measured.volts, 0);
			words.writeFloatBE(measured.amperes * share, 4);
			words.writeFloatBE(measured.power * share, 8);
			words.writeFloatBE(measured.energy * share, 12);
			images.get(unit)!.inputs = Array.from({ length: 8 }, (_, index) => words.readUInt16BE(index * 2));
		}
	});
	await server.listen();
	return {};
}
