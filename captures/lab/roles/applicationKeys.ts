/** The key and certificate of an OPC UA application of the lab, made as it starts, in the lab's folder for keys. */
import { join } from "node:path";
import { OPCUACertificateManager } from "node-opcua";
import type { HostContext } from "../host.ts";

export interface ApplicationKeys {
	applicationUri: string;
	certificateFile: string;
	certificateManager: OPCUACertificateManager;
}

/** `name` is the application's in its address (`urn:plant.example:NAME`), `title` the one in its certificate. */
export async function makeApplicationKeys(context: HostContext, name: string, title: string): Promise<ApplicationKeys> {
	const applicationUri = `urn:plant.example:${name}`;
	const certificateManager = new OPCUACertificateManager({
		rootFolder: join(context.pkiFolder, name),
		automaticallyAcceptUnknownCertificate: true,
		keySize: 2048,
	});
	await certificateManager.initialize();
	const certificateFile = join(context.pkiFolder, `${name}.pem`);
	await certificateManager.createSelfSignedCertificate({
		applicationUri,
		dns: [`${name}.plant.example`],
		ip: [context.ip],
		outputFile: certificateFile,
		startDate: new Date(Date.now() - 86_400_000),
		subject: `/CN=${title}/O=Riverside Waterworks/C=DE`,
		validity: 3650,
	});
	return { applicationUri, certificateFile, certificateManager };
}
