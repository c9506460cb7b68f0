/** Commands (RFC 854) and options of Telnet (IANA, Telnet Options). */
const COMMANDS: Readonly<Record<number, string>> = {
	236: "EOF",
	237: "SUSP",
	238: "ABORT",
	239: "EOR",
	241: "NOP",
	242: "DM",
	243: "BRK",
	244: "IP",
	245: "AO",
	246: "AYT",
	247: "EC",
	248: "EL",
	249: "GA",
	250: "SB",
	251: "WILL",
	252: "WONT",
	253: "DO",
	254: "DONT",
};
export const commandName = (command: number): string => COMMANDS[command] ?? `command ${command}`;
export const isCommand = (command: number): boolean => COMMANDS[command] !== undefined;

export const OPTION = { terminalType: 24, startTls: 46, encrypt: 38 } as const;
const OPTIONS =
	"binary transmission;echo;reconnection;suppress go ahead;approximate message size;status;timing mark;remote controlled trans and echo;output line width;output page size;output carriage-return disposition;output horizontal tab stops;output horizontal tab disposition;output formfeed disposition;output vertical tabstops;output vertical tab disposition;output linefeed disposition;extended ASCII;logout;byte macro;data entry terminal;SUPDUP;SUPDUP output;send location;terminal type;end of record;TACACS user identification;output marking;terminal location number;Telnet 3270 regime;X.3 PAD;negotiate about window size;terminal speed;remote flow control;linemode;X display location;environment;authentication;encryption;new environment;TN3270E;XAUTH;charset;remote serial port;COM port control;suppress local echo;start TLS;KERMIT;SEND-URL;FORWARD_X".split(
		";",
	);
export const isOption = (option: number): boolean => option < OPTIONS.length || option === 255;
export const optionName = (option: number): string => OPTIONS[option] ?? `option ${option}`;

/** Of an operation: a login. Its outcome code where it was refused: no number is on the wire. */
export const LOGIN = 1;
export const REFUSED = 1;
