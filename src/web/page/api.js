/** Talking to the box: JSON there and back, and the stream of events. */

export class ApiError extends Error {
	constructor(status, code, message) {
		super(message);
		this.status = status;
		this.code = code;
	}
}

/** `own` says that the page asks by itself: it keeps no session alive. */
export async function get(path, { own = true } = {}) {
	return answer(await reach(path, own ? { headers: { "x-spanwatch-refresh": "1" } } : {}));
}

export async function post(path, body) {
	return answer(
		await reach(
			path,
			body === undefined
				? { method: "POST" }
				: { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) },
		),
	);
}

async function reach(path, init) {
	try {
		return await fetch(path, { ...init, signal: AbortSignal.timeout(15_000) });
	} catch {
		throw new ApiError(0, "UNREACHABLE", "The box does not answer: is it on, and is this computer on its network?");
	}
}

async function answer(response) {
	let value;
	try {
		value = await response.json();
	} catch {
		throw new ApiError(response.status, "UNREADABLE", "The box gave an answer that this page does not understand.");
	}
	if (!response.ok) throw new ApiError(response.status, value.code ?? "", value.error ?? "The box could not answer.");
	return value;
}

/**
 * The live stream. The browser reconnects by itself after a break; when the box turns the stream away, `onState("polling")` asks the
 * page to fetch for itself until a later try succeeds.
 */
export function listen({ onEvent, onState }) {
	let source;
	let retry;
	const start = () => {
		source = new EventSource("api/events");
		source.onopen = () => onState("live");
		source.onerror = () => {
			if (source.readyState !== EventSource.CLOSED) return onState("lost");
			onState("polling");
			retry = setTimeout(start, 30_000);
		};
		for (const name of ["alert", "status", "reload", "end"]) {
			source.addEventListener(name, (event) => onEvent(name, JSON.parse(event.data)));
		}
		source.addEventListener("replaced", () => {
			source.close();
			onState("polling");
		});
	};
	start();
	return () => {
		clearTimeout(retry);
		source.close();
	};
}
