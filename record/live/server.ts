// SPDX-License-Identifier: Apache-2.0
/** The recorder's side of SQL while recording: accepts askers, starts one process for each to answer it, and stops
 *  these in time. */
import { once } from "node:events";
import { chmodSync, renameSync, rmSync, statSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { type ErrorCode, messageOf } from "../../base/errors.js";
import { peerOf } from "../../base/peer-process.js";
import { type AnswererSetup, Answering, type Hold } from "./answering.js";
import { frame } from "./frames.js";
import { clearSockets, placeSocket } from "./place.js";

export interface LiveOptions {
	readonly path: string;
	/** CPU of the sampling loop; -1: not pinned. */
	readonly cpu: number;
	readonly hold: Hold;
}

/** Answers an asker that gets no process of its own, and ends the conversation. */
export interface Refusal {
	readonly kind: "error";
	readonly code: ErrorCode;
	readonly message: string;
}

/** Askers that are answered at the same time. */
const MAX_ASKERS = 8;

const ended = "the recording ended";

const refusal = (message: string): Refusal => ({ kind: "error", code: "unavailable", message });

/** Listens under a temporary name and renames the socket when only its user may connect. The rename replaces what a
 *  recorder that was killed has left under the name. */
async function listening(place: string): Promise<Server> {
	const unfinished = `${place}.${process.pid}`;
	/* The recorder reads nothing from the socket: the answering process does. */
	const server = createServer({ pauseOnConnect: true });
	server.listen(unfinished);
	await once(server, "listening");
	chmodSync(unfinished, 0o600);
	renameSync(unfinished, place);
	return server;
}

export class LiveServer {
	readonly #server: Server;
	readonly #socket: string;
	readonly #answering = new Set<Answering>();
	#closed = false;

	private constructor(server: Server, socket: string) {
		this.#server = server;
		this.#socket = socket;
	}

	/** Starts to listen. @returns a reason instead of a server where there is no place for a socket */
	static async open(options: LiveOptions): Promise<LiveServer | string> {
		try {
			const { dev, ino } = statSync(options.path);
			const place = placeSocket({ dev, ino });
			if (place === null)
				return "there is no folder for a private socket: none in /run/user, and none can be made in /tmp";
			const server = await listening(place);
			const live = new LiveServer(server, place);
			const setup = { path: options.path, file: { dev, ino }, recorder: process.pid, cpu: options.cpu };
			void clearSockets().catch(() => {});
			server.on("connection", (socket) => live.#receive(socket, setup, options.hold));
			return live;
		} catch (error) {
			return messageOf(error);
		}
	}

	#receive(socket: Socket, setup: AnswererSetup, hold: Hold): void {
		socket.on("error", () => {});
		const refused = this.#refusal(socket);
		if (refused) socket.end(frame(refused));
		else this.#answer(new Answering(socket, setup, hold));
	}

	#refusal(socket: Socket): Refusal | null {
		const { uid } = peerOf(socket);
		if (uid !== 0 && uid !== process.getuid!())
			return refusal(`the recorder answers only its own user (uid ${process.getuid!()}) and root, not uid ${uid}`);
		if (this.#answering.size >= MAX_ASKERS)
			return refusal(`the recorder is answering ${MAX_ASKERS} others already; ask again later`);
		return null;
	}

	#answer(answering: Answering): void {
		this.#answering.add(answering);
		const gone = (): void => void this.#answering.delete(answering);
		answering.exited.then(gone, gone);
		if (this.#closed) void answering.stop(ended, true);
	}

	/** Resolves when no process reads the file any more. */
	async close(): Promise<void> {
		if (this.#closed) return;
		this.#closed = true;
		this.#server.close();
		rmSync(this.#socket, { force: true });
		await Promise.all([...this.#answering].map((answering) => answering.stop(ended, true)));
	}
}
