// SPDX-License-Identifier: Apache-2.0
/** An output whose bytes another thread writes: the thread that drains the rings has no standard output of its own. */
import type { MessagePort } from "node:worker_threads";
import { failure, messageOf } from "../../../base/errors.js";
import type { Pipe } from "../../../base/pipe.js";
import type { Output } from "./index.js";

type ToPipe = { readonly kind: "bytes"; readonly bytes: Uint8Array } | { readonly kind: "hurry" };
/** The answer to each piece. */
interface FromPipe {
	readonly failure: string | null;
	readonly closed: boolean;
}

export class PortOutput implements Output {
	readonly #port: MessagePort;
	readonly #waiting: ((answer: FromPipe) => void)[] = [];
	closed = false;

	constructor(port: MessagePort) {
		this.#port = port;
		port.on("message", (answer: FromPipe) => this.#waiting.shift()?.(answer));
		/* The port alone must not keep the thread alive. */
		port.unref();
	}

	async write(bytes: Uint8Array): Promise<void> {
		if (this.closed) return;
		const own = Uint8Array.from(bytes);
		this.#port.ref();
		const answer = await new Promise<FromPipe>((resolve) => {
			this.#waiting.push(resolve);
			this.#port.postMessage({ kind: "bytes", bytes: own } satisfies ToPipe, [own.buffer]);
		});
		if (this.#waiting.length === 0) this.#port.unref();
		this.closed = answer.closed;
		if (answer.failure !== null) throw failure(answer.failure);
	}

	hurry(): void {
		this.#port.postMessage({ kind: "hurry" } satisfies ToPipe);
	}
}

/** Writes the bytes, in the thread that has the pipe. It ends with the port. */
export function servePipe(port: MessagePort, pipe: Pipe): void {
	let last: Promise<unknown> = Promise.resolve();
	const answer = (message: string | null): void =>
		port.postMessage({ failure: message, closed: pipe.closed } satisfies FromPipe);
	port.on("message", (message: ToPipe) => {
		if (message.kind === "hurry") return pipe.hurry();
		last = last
			.then(() => pipe.write(message.bytes))
			.then(
				() => answer(null),
				(error) => answer(messageOf(error)),
			);
	});
	port.unref();
}
