/** Mail by SMTP: the packages smtp-server and nodemailer. Any host may serve or send; all are silent until the lab says so. */
import { createTransport } from "nodemailer";
import { SMTPServer } from "smtp-server";
import type { Actions, HostContext } from "./host.ts";

const PORT = 25;
/** The least that Windows takes for a program (Microsoft PE Format): two headers, as linkers write them, and nothing to run. */
const PE_AT = 0x80;
const STUB = "4d5a90000300000004000000ffff0000b800000000000000400000";

function program(): Buffer {
	const image = Buffer.alloc(1024);
	image.write(STUB, 0, "hex");
	image.writeUInt32LE(PE_AT, 0x3c);
	image.write("PE\0\0", PE_AT, "latin1");
	image.writeUInt16LE(0x8664, PE_AT + 4);
	return image;
}

export function mailActions(context: HostContext): Actions {
	let server: SMTPServer | undefined;
	const transport = (host: string, method?: string, auth?: { user: string; pass: string }, isEncrypted = false) =>
		createTransport({
			host: context.address(host),
			port: PORT,
			name: `${context.host.name}.plant.example`,
			...(isEncrypted ? { requireTLS: true, tls: { rejectUnauthorized: false } } : { ignoreTLS: true }),
			...(method !== undefined && { authMethod: method }),
			...(auth !== undefined && { auth }),
		});
	return {
		/** Takes mail for the plant from who knows user and password. */
		openMail: (args) => {
			server = new SMTPServer({
				name: "mail.plant.example",
				banner: "mail of the plant",
				logger: false,
				allowInsecureAuth: true,
				authOptional: true,
				authMethods: ["PLAIN", "LOGIN", "CRAM-MD5"],
				disableReverseLookup: true,
				onAuth: (auth, _session, done) => {
					const isRight =
						auth.username === args.user && (auth.validatePassword?.(String(args.password)) ?? auth.password === args.password);
					if (isRight) done(null, { user: String(args.user) });
					else done(Object.assign(new Error("Invalid user name or password"), { responseCode: 535 }));
				},
				onRcptTo: ({ address }, _session, done) =>
					address.endsWith("@plant.example") ? done() : done(Object.assign(new Error("No relay"), { responseCode: 550 })),
				onData: (stream, _session, done) => {
					stream.resume();
					stream.on("end", () => done());
				},
			});
			return new Promise<void>((listening) => server!.listen(PORT, context.ip, listening));
		},
		closeMail: () => new Promise<void>((closed) => (server === undefined ? closed() : server.close(closed))),
		/** Sends one mail; `method` names how it logs in, `file` what is attached: a name, and whether it is a program. */
		sendMail: async (args) => {
			const { host, method, user, password, to, subject, file, isProgram, isEncrypted } = args as {
				host: string;
				method?: string;
				user?: string;
				password?: string;
				to: readonly string[];
				subject: string;
				file?: string;
				isProgram?: boolean;
				isEncrypted?: boolean;
			};
			const mailer = transport(host, method, user === undefined ? undefined : { user, pass: password! }, isEncrypted);
			const content = isProgram === true ? program() : Buffer.from("level;temperature\n2600;61\n".repeat(20));
			try {
				await mailer.sendMail({
					from: `${context.host.name}@plant.example`,
					to,
					subject,
					text: "Please see what is attached.",
					date: new Date(),
					messageId: `<${context.host.name}.${subject.length}@plant.example>`,
					...(file !== undefined && { attachments: [{ filename: file, content }] }),
				});
				return true;
			} catch {
				return false;
			} finally {
				mailer.close();
			}
		},
		/** Tries passwords one after another; says which was right. */
		guessMail: async (args) => {
			for (const password of args.passwords as readonly string[]) {
				const mailer = transport(String(args.host), "LOGIN", { user: String(args.user), pass: password });
				const isRight = await mailer.verify().catch(() => false);
				mailer.close();
				if (isRight) return password;
			}
			return undefined;
		},
	};
}
