/** Who may log in at the OPC UA server of the lab. Invented, and used nowhere else. */
export const OPERATORS: Readonly<Record<string, string>> = {
	operator1: "tank-lab-1",
	operator2: "tank-lab-2",
};
