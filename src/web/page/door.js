/** The door: making the first login, and logging in. */
import { post } from "./api.js";
import { byId, say } from "./text.js";

export class Door {
	#isSetup = false;

	/** `onEntered(session)` is called with {user, previousVisit}; `onStale()` when there is a user already. */
	constructor({ onEntered, onStale }) {
		byId("doorForm").addEventListener("submit", async (event) => {
			event.preventDefault();
			const button = byId("doorButton");
			button.disabled = true;
			say(byId("doorProblem"), "");
			const [name, password, code] = [byId("name").value, byId("password").value, byId("code").value];
			try {
				const session = this.#isSetup ? await post("api/setup", { code, name, password }) : await post("api/login", { name, password });
				byId("doorForm").reset();
				onEntered(session);
			} catch (error) {
				if (error.code === "WEB_SETUP_DONE") onStale();
				say(byId("doorProblem"), error.message);
				(error.code === "WEB_SETUP_REFUSED" ? byId("code") : byId("password")).focus();
			} finally {
				button.disabled = false;
			}
		});
	}

	show({ setup, text }) {
		this.#isSetup = setup;
		say(byId("doorTitle"), setup ? "Make the first login" : "Log in");
		say(
			byId("doorText"),
			text ?? (setup ? "Nobody can log in yet. Choose a name and a password for this box; there is no default one." : ""),
		);
		byId("doorText").hidden = byId("doorText").textContent === "";
		say(byId("doorButton"), setup ? "Make the login" : "Log in");
		say(byId("doorProblem"), "");
		byId("codeField").hidden = !setup;
		byId("code").required = setup;
		byId("passwordHint").hidden = !setup;
		byId("password").minLength = setup ? 12 : 1;
		byId("password").autocomplete = setup ? "new-password" : "current-password";
		// Browsers call a page secure when it is encrypted or comes from this very computer.
		byId("doorPlain").hidden = isSecureContext;
		(setup ? byId("code") : byId("name")).focus();
	}
}
