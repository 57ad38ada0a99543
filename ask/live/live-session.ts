// SPDX-License-Identifier: Apache-2.0
/** Asks a recording that is being written: a process of its recorder computes the answer and sends it over a private
 *  socket. */
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { assert, CountersinkError, failure, unavailable } from "../../base/errors.js";
import { frame } from "../../record/live/frames.js";
import type { Account } from "../../storage/account.js";
import { StillWritten } from "../../storage/recording.js";
import type { Sql } from "../../storage/sql.js";
import { LocalSession } from "../local-session.js";
import type { Answer, Chunks, Completion, Session } from "../session.js";
import { type Connection, connectToRecorder } from "./connect.js";
import type { FromAnswerer, ToAnswerer } from "./messages.js";

/** How long a recording that has ended may take to close its file. */
const CLOSE_PATIENCE_MS = 30_000;
const LOOK_MS = 50;

/** The recorder has exited, or is about to. */
class Gone extends Error {}

export class LiveSession implements Session {
	readonly paths: readonly string[];
	readonly notes: readonly string[];
	readonly #path: string;
	readonly #socket: Socket;
	readonly #messages: AsyncIterator<FromAnswerer>;
	/** Whether statements were sent, and neither "end" nor an error has come back. */
	#running = false;
	/** Counts the requests: an answer can be read until the next request. */
	#asked = 0;
	/** The session that answers once the recording has ended; null before. */
	#local: LocalSession | null = null;

	private constructor(path: string, { socket, messages, recorder }: Connection) {
		this.#path = path;
		this.paths = [path];
		this.notes = [
			`note on ${path}: it is still being written (process ${recorder}); the answer is from its last commit`,
		];
		this.#socket = socket;
		this.#messages = messages;
	}

	/** @param holder the process that has the file open; "": not known
	 *  @throws Unanswered when no recorder is found, another CountersinkError when one is found that cannot answer */
	static async open(path: string, holder: string): Promise<LiveSession> {
		return new LiveSession(path, await connectToRecorder(path, holder));
	}

	#send(message: ToAnswerer): void {
		if (!this.#socket.destroyed) this.#socket.write(frame(message));
	}

	/** Ends an answer that was not read to its end, and sends the next request. @returns the number of the request */
	async #request(message: ToAnswerer): Promise<number> {
		if (this.#running) await this.#skipRest();
		this.#send(message);
		return ++this.#asked;
	}

	/** @param asked the request whose answer is being read */
	async #nextOf(asked: number): Promise<FromAnswerer> {
		if (asked !== this.#asked)
			throw failure("another answer was asked for before this one was read to its end; read one after the other");
		return this.#next();
	}

	async #next(): Promise<FromAnswerer> {
		const { value, done } = await this.#messages.next().catch(() => ({ done: true, value: undefined }));
		const message = value as FromAnswerer;
		if (done || ["end", "error", "gone"].includes(message.kind)) this.#running = false;
		if (done) throw new Gone();
		if (message.kind === "gone") throw message.over ? new Gone() : unavailable(message.why);
		if (message.kind === "error") throw new CountersinkError(message.code, message.message);
		return message;
	}

	async *run(sql: Sql): AsyncGenerator<Answer> {
		if (this.#local) return yield* this.#local.run(sql);
		let answered = false;
		try {
			for await (const answer of this.#remote(sql)) {
				answered = true;
				yield answer;
			}
		} catch (error) {
			if (!(error instanceof Gone)) throw error;
			if (answered) throw this.#cutOff();
			yield* (await this.#whenClosed()).run(sql);
		}
	}

	async *#remote(sql: Sql): AsyncGenerator<Answer> {
		const asked = await this.#request({ kind: "run", sql });
		this.#running = true;
		try {
			for (;;) {
				const message = await this.#nextOf(asked);
				if (message.kind === "end") break;
				if (message.kind !== "answer") continue;
				const { columns, age_ns } = message;
				yield { columns, age_ns, chunks: this.#rows(asked) };
			}
		} finally {
			/* The asker stopped reading, or something failed on this side. */
			if (this.#running && asked === this.#asked) await this.#skipRest();
		}
	}

	#cutOff(): CountersinkError {
		return unavailable(`${this.#path}: the recording ended during the answer, which is therefore cut off; ask again`);
	}

	async *#rows(asked: number): Chunks {
		for (;;) {
			const message = await this.#nextOf(asked).catch((error) => {
				throw error instanceof Gone ? this.#cutOff() : error;
			});
			if (message.kind !== "rows") return;
			yield message.rows;
		}
	}

	async #skipRest(): Promise<void> {
		this.interrupt();
		try {
			while (this.#running) await this.#next();
		} catch {} // The error says that the statement was interrupted.
	}

	/** Waits until the recorder has closed the file, then opens it in this process. */
	async #whenClosed(): Promise<LocalSession> {
		const deadline = performance.now() + CLOSE_PATIENCE_MS;
		for (;;)
			try {
				this.#local ??= await LocalSession.open([this.#path], {});
				return this.#local;
			} catch (error) {
				if (!(error instanceof StillWritten) || performance.now() > deadline) throw error;
				await sleep(LOOK_MS);
			}
	}

	async #ask<T>(
		message: ToAnswerer,
		take: (answer: FromAnswerer) => T,
		local: (session: LocalSession) => Promise<T>,
	): Promise<T> {
		if (this.#local) return local(this.#local);
		const asked = await this.#request(message);
		try {
			return take(await this.#nextOf(asked));
		} catch (error) {
			if (!(error instanceof Gone)) throw error;
			return local(await this.#whenClosed());
		}
	}

	complete(text: string): Promise<readonly Completion[]> {
		return this.#ask(
			{ kind: "complete", text },
			(answer) => (answer.kind === "completions" ? answer.completions : []),
			(session) => session.complete(text),
		);
	}

	tables(): Promise<readonly string[]> {
		return this.#ask(
			{ kind: "tables" },
			(answer) => (answer.kind === "names" ? answer.names : []),
			(session) => session.tables(),
		);
	}

	account(): Promise<Account> {
		return this.#ask(
			{ kind: "account" },
			(answer) => {
				assert(answer.kind === "account", "the recorder gives the account that it is asked for");
				/* The recorder may have another working directory and another name for the file. */
				return { ...answer.account, path: this.#path };
			},
			(session) => session.account(),
		);
	}

	interrupt(): void {
		if (this.#local) this.#local.interrupt();
		else this.#send({ kind: "interrupt" });
	}

	async close(): Promise<void> {
		this.#socket.destroy();
		await this.#local?.close();
	}
}
