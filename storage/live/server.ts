// SPDX-License-Identifier: Apache-2.0
/** The recorder's side of SQL while recording: lets askers in, starts a process for each to answer it, and ends them in time. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, renameSync, rmSync, statSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { messageOf } from "../../base/errors.js";
import { peerOf } from "../../base/peer.js";
import { frame } from "./frames.js";
import { LONGEST_MS, MOST_ASKERS } from "./limits.js";
import type { AnswererSetup, FromAnswerer, FromRecorder, ToRecorder } from "./messages.js";
import { clearSockets, placeSocket } from "./place.js";

export interface LiveOptions {
	readonly path: string;
	/** CPU of the sampling loop; -1: not pinned. */
	readonly cpu: number;
	/** Keeps the file as it is; what it resolves to lets go. */
	hold(): Promise<() => void>;
}

/** An asker that is told to go has this long to be told why. */
const GRACE_MS = 200;

const program = fileURLToPath(new URL("./answerer.js", import.meta.url));

const tooLong = `the statement took longer than the ${LONGEST_MS / 1000} s that are given while the recording goes on; ask for less, or when it has ended`;

const ended = "the recording ended";

/** One process that answers one asker. */
class Answering {
	readonly #child: ChildProcess;
	readonly exited: Promise<unknown>;
	readonly #hold: LiveOptions["hold"];
	#release: (() => void) | null = null;
	#timer: NodeJS.Timeout | undefined;

	constructor(socket: Socket, setup: AnswererSetup, hold: LiveOptions["hold"]) {
		this.#hold = hold;
		this.#child = spawn(process.execPath, [program, JSON.stringify(setup)], {
			stdio: ["ignore", "ignore", "ignore", socket, "ipc"],
		});
		/* It has a descriptor of its own now. */
		socket.destroy();
		this.#child.on("message", (message: ToRecorder) => (message.kind === "hold" ? void this.#holds() : this.#lets()));
		this.exited = Promise.race([once(this.#child, "exit"), once(this.#child, "error")]).finally(() => this.#lets());
		this.exited.catch(() => {});
	}

	async #holds(): Promise<void> {
		const release = await this.#hold();
		/* It may have gone meanwhile. */
		if (!this.#child.connected) return release();
		this.#release = release;
		this.#timer = setTimeout(() => void this.stop(tooLong, false), LONGEST_MS);
		this.#tell({ kind: "held" });
	}

	#lets(): void {
		clearTimeout(this.#timer);
		this.#release?.();
		this.#release = null;
	}

	#tell(message: FromRecorder): void {
		if (this.#child.connected) this.#child.send(message, () => {});
	}

	/** Resolves when it has gone, and holds nothing any more. @param over the recording, not only this answer */
	async stop(why: string, over: boolean): Promise<void> {
		this.#tell({ kind: "stop", why, over });
		await Promise.race([this.exited, sleep(GRACE_MS)]);
		this.#child.kill("SIGKILL");
		await this.exited;
	}
}

/** The name appears when only its user may connect; what a recorder that was killed has left under it goes. */
async function listening(place: string): Promise<Server> {
	const unfinished = `${place}.${process.pid}`;
	/* Not read from here: the process that answers does that. */
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

	/** @returns a reason instead, where there is no place for a socket */
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

	#receive(socket: Socket, setup: AnswererSetup, hold: LiveOptions["hold"]): void {
		socket.on("error", () => {});
		const refused = this.#refusal(socket);
		if (refused) socket.end(frame({ kind: "error", ...refused } satisfies FromAnswerer));
		else this.#answer(new Answering(socket, setup, hold));
	}

	#refusal(socket: Socket): { code: "unavailable"; message: string } | null {
		const { uid } = peerOf(socket);
		const unavailable = (message: string) => ({ code: "unavailable", message }) as const;
		if (uid !== 0 && uid !== process.getuid!())
			return unavailable(`the recorder answers only its own user (uid ${process.getuid!()}) and root, not uid ${uid}`);
		if (this.#answering.size >= MOST_ASKERS)
			return unavailable(`the recorder is answering ${MOST_ASKERS} others already; ask again later`);
		return null;
	}

	#answer(answering: Answering): void {
		this.#answering.add(answering);
		const gone = (): void => void this.#answering.delete(answering);
		answering.exited.then(gone, gone);
		if (this.#closed) void answering.stop(ended, true);
	}

	/** Resolves when nobody reads the file any more. */
	async close(): Promise<void> {
		if (this.#closed) return;
		this.#closed = true;
		this.#server.close();
		rmSync(this.#socket, { force: true });
		await Promise.all([...this.#answering].map((answering) => answering.stop(ended, true)));
	}
}
