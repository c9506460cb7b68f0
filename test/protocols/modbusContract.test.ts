/** The Modbus decoder keeps the contract of all stream decoders. */
import { modbus } from "../../protocols/modbus/index.ts";
import { streamSuite } from "../contract/stream.ts";
import { CONVERSATIONS } from "./modbusSamples.ts";

streamSuite(modbus, CONVERSATIONS);
