/** Calls that make the other host run a program, now or later. */
import { RPC_INTERFACES } from "../../src/wire/rpcInterfaces.ts";

/** Services created, started or given another program ([MS-SCMR] 3.1.4), jobs ([MS-TSCH] 3.2.5.2.1) and tasks (3.2.5.4.2 and 13), in words. */
const EXECUTIONS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
	svcctl: {
		11: "change a service",
		12: "create a service",
		19: "start a service",
		23: "change a service",
		24: "create a service",
		31: "start a service",
		44: "create a service",
		45: "create a service",
		60: "create a service",
	},
	atsvc: { 0: "run a program at a time" },
	ITaskSchedulerService: { 1: "enter a task", 12: "run a task" },
};

/** What the host is to do; undefined where it runs nothing. */
export const executionOf = (index: number, operation: number): string | undefined =>
	EXECUTIONS[RPC_INTERFACES[index]?.name ?? ""]?.[operation];
export const isExecution = (index: number, operation: number): boolean => executionOf(index, operation) !== undefined;
