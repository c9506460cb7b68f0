/** Services that the lab answers itself, as node-opcua's server has none of them: the contents are the lab's, codec and channel are node-opcua's. */
export const ANSWERED_BY_THE_LAB = [
	"FindServersOnNetwork",
	"RegisterServer",
	"RegisterServer2",
	"Cancel",
	"AddNodes",
	"AddReferences",
	"DeleteNodes",
	"DeleteReferences",
	"QueryFirst",
	"QueryNext",
	"HistoryUpdate",
] as const;
export type AnsweredByTheLab = (typeof ANSWERED_BY_THE_LAB)[number];
