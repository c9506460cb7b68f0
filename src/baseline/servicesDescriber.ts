/** The services that a device offers, in the document of its first PLC. */
import { compareEntries, isFirstOfDevice, order, pointParts, type TraitDescriber } from "./description.ts";
import { MOST_SEEN, seenAtLeast } from "./known.ts";

/** More services of one device are not kept; longest name of one. */
const MAX_ENTRIES = 64;
const MAX_NAME = 64;

interface ServiceEntry extends Record<string, unknown> {
	service: string;
	/** Conversations over it, at least. */
	seen: number;
}

export const servicesDescriber: TraitDescriber = {
	key: "services",

	describe(place) {
		if (!isFirstOfDevice(place)) return undefined;
		const section: ServiceEntry[] = [];
		for (const [service, { count }] of place.services.normal(place.target.server.address))
			section.push({ service, seen: seenAtLeast(count) });
		return section.sort((one, other) => order(pointParts(one.service), pointParts(other.service)));
	},

	adopt(place, section) {
		for (const entry of section.items(MAX_ENTRIES)) {
			const fields = entry.fields(["service", "seen"]);
			const service = fields.get("service").text(MAX_NAME);
			if (!/^(tcp|udp)\/\d{1,5}$/.test(service)) throw fields.get("service").wrong(`a service is like tcp/502; it is ${service}.`);
			if (!place.services.adopt(place.target.server.address, service, fields.get("seen").whole(1, MOST_SEEN)))
				throw entry.wrong(`the service ${service} stands here twice, or there are more than one box watches.`);
		}
	},

	compare(before, after, say) {
		const wordsOf = ({ service }: ServiceEntry) => `the service ${service}`;
		compareEntries<ServiceEntry>(before, after, { keyOf: ({ service }) => service, wordsOf }, say, () => {});
	},
};
