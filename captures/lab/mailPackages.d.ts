/** What the lab uses of smtp-server and nodemailer, which have no types of their own. */
declare module "smtp-server" {
	import type { EventEmitter } from "node:events";
	import type { Readable } from "node:stream";

	export class SMTPServer extends EventEmitter {
		constructor(options: {
			name: string;
			banner: string;
			logger: boolean;
			disabledCommands?: readonly string[];
			allowInsecureAuth: boolean;
			authOptional: boolean;
			authMethods: readonly string[];
			disableReverseLookup: boolean;
			onAuth(
				auth: { username?: string; password?: string; validatePassword?(password: string): boolean; method: string },
				session: unknown,
				done: (error: Error | null, answer?: { user: string }) => void,
			): void;
			onRcptTo(address: { address: string }, session: unknown, done: (error?: Error) => void): void;
			onData(stream: Readable, session: unknown, done: (error?: Error) => void): void;
		});
		listen(port: number, host: string, done: () => void): void;
		close(done?: () => void): void;
	}
}

declare module "nodemailer" {
	export function createTransport(options: {
		host: string;
		port: number;
		name: string;
		ignoreTLS?: boolean;
		requireTLS?: boolean;
		tls?: { rejectUnauthorized: boolean };
		authMethod?: string;
		auth?: { user: string; pass: string };
	}): {
		verify(): Promise<boolean>;
		sendMail(mail: {
			from: string;
			to: readonly string[];
			subject: string;
			text: string;
			date: Date;
			messageId: string;
			attachments?: readonly { filename: string; content: Buffer }[];
		}): Promise<unknown>;
		close(): void;
	};
}
