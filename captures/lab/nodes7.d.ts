/** What the lab uses of nodes7, which has no types of its own. */
declare module "nodes7" {
	export default class NodeS7 {
		constructor(options: { silent: boolean; debug: boolean });
		initiateConnection(
			parameters: { port: number; host: string; rack: number; slot: number; timeout: number },
			done: (error?: unknown) => void,
		): void;
		setTranslationCB(translate: (name: string) => string): void;
		addItems(names: string | readonly string[]): void;
		readAllItems(done: (isBad: boolean, values: Record<string, unknown>) => void): void;
		/** 0 where it began. */
		writeItems(name: string, value: unknown, done: (isBad: boolean) => void): number;
		dropConnection(done: () => void): void;
	}
}
