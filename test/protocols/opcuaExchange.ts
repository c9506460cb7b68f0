/** Requests and answers for tests, with bodies that node-opcua's codec made. */
import { opcua } from "../../protocols/opcua/index.ts";
import { join, StreamHarness } from "../support/decoderHarness.ts";
import { acknowledge, hello, message, openRequest, openResponse } from "./opcuaMessages.ts";
import { type Any, ua } from "./opcuaSaid.ts";

const stream = new ua.BinaryStream(1 << 20);
export const node = ua.coerceNodeId;

/** A structure of node-opcua's codec, without a type id. */
export function encoded(instance: Any): Uint8Array {
	stream.rewind();
	instance.encode(stream);
	return Uint8Array.from(stream.buffer.subarray(0, stream.length));
}

/** The node id of an encoding in namespace 0. */
export const idBytes = (id: number): Uint8Array => Uint8Array.from([1, 0, id & 255, id >> 8]);

/** The body of a message of node-opcua's codec. */
export function body(name: string, fields: object): Uint8Array {
	const instance = new ua[name](fields);
	return join(idBytes(instance.schema.encodingDefaultBinary.value), encoded(instance));
}

export const open = () => new StreamHarness(opcua).request(hello()).response(acknowledge()).request(openRequest()).response(openResponse());
export type Harness = ReturnType<typeof open>;
export const last = (harness: Harness): Any => harness.records.at(-1)!;

/** One request and its answer. */
export function exchange(harness: Harness, id: number, service: string, request: object, response: object): Harness {
	return harness
		.request(message(body(`${service}Request`, request), { request: id }))
		.response(message(body(`${service}Response`, response), { request: id }));
}
