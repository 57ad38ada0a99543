// SPDX-License-Identifier: Apache-2.0
/**
 * The process that answers one asker of a recording that is being written.
 *
 *   node answerer.js '<AnswererSetup>', with the asker's socket as file descriptor 3
 *
 *   1. It lowers its own CPU priority and gives up the right to write files; then it says hello.
 *   2. For each run of statements it asks the recorder to hold: from "held" to "release" the recorder makes no
 *      checkpoint.
 *   3. While the hold lasts it opens the file anew and read-only, so that it sees the last commit, and sends the
 *      answers.
 *   4. It dies as soon as the recorder or the asker is gone.
 *
 * The recording loses nothing, whatever happens here: this process runs only on CPU time that no other program wants,
 * and has its own memory.
 */
import { once } from "node:events";
import { statSync } from "node:fs";
import { Socket } from "node:net";
import { resolve } from "node:path";
import { stepBack } from "../../base/background.js";
import { monotonicNow } from "../../base/clock.js";
import { confine } from "../../base/confine.js";
import { CountersinkError, failure, messageOf, unavailable } from "../../base/errors.js";
import { version } from "../../base/version.js";
import type { AnswererSetup, FromRecorder, ToRecorder } from "../../record/live/answering.js";
import { frame, framesOf } from "../../record/live/frames.js";
import type { Account } from "../../storage/account.js";
import { type Limits, lookingLimits } from "../../storage/limits.js";
import { Recording } from "../../storage/recording.js";
import { type Sql, sql, typedByUser } from "../../storage/sql.js";
import { LocalSession } from "../local-session.js";
import type { FromAnswerer, ToAnswerer } from "./messages.js";

const INTERRUPT_MS = 20;

/** DuckDB gets one thread, since the other CPUs belong to what is being measured, and writes no temporary files. */
const liveLimits = (): Limits => ({ ...lookingLimits(), threads: 1 });

/** Ends this process with SIGKILL, because a thread that computes an answer cannot be asked to end. */
const die = (): never => {
	process.kill(process.pid, "SIGKILL");
	throw new Error("unreachable");
};

const setup = JSON.parse(process.argv[2]!) as AnswererSetup;
const socket = new Socket({ fd: 3 });

async function send(message: FromAnswerer): Promise<void> {
	if (!socket.write(frame(message))) await once(socket, "drain");
}

/** Where the recorder was killed, the statement has not failed: this process dies, and the asker opens the file
 *  itself. */
const tell = (message: ToRecorder): void => void process.send!(message, (error: Error | null) => error && die());

/** Runs a step during which the recorder makes no checkpoint. */
async function holding(step: () => Promise<void>): Promise<void> {
	tell({ kind: "hold" });
	for (;;) {
		const [message] = (await once(process, "message")) as [FromRecorder];
		if (message.kind === "held") break;
	}
	try {
		await step();
	} finally {
		tell({ kind: "release" });
	}
}

/** Refuses a file that was moved: the last commits are in the log, and DuckDB looks for the log under the name that
 *  the recorder gave the file. */
function checkPlace(): void {
	const { path, file } = setup;
	const found = statSync(path, { throwIfNoEntry: false });
	if (found?.dev !== file.dev || found.ino !== file.ino)
		throw unavailable(
			`the recording was moved while process ${setup.recorder} writes it as ${resolve(path)}; move it back, or wait until the recording has ended`,
		);
}

class Answerer {
	/** The file as it was when it was last opened. Its tables and macros are in memory, so their names can be asked for
	 *  at any time. */
	#session: LocalSession | null = null;
	#age_ns: number | null = null;
	#running = false;
	/** Set while statements are being interrupted. The request is repeated, since DuckDB forgets it between two
	 *  statements. */
	#interrupting: NodeJS.Timeout | undefined;

	async #open(): Promise<LocalSession> {
		await this.#session?.close();
		this.#session = null;
		checkPlace();
		const recording = await Recording.open(setup.path, { limits: liveLimits() });
		const [row] = await recording.rows(
			sql`SELECT (SELECT max(epoch_ns(ts)) FROM ${recording.table("sampler_stats")}) - any_value(wall_offset_ns) AS committed
				FROM ${recording.table("recording")}`,
		);
		this.#age_ns = row?.committed == null ? null : Number(monotonicNow() - BigInt(row.committed as bigint));
		this.#session = await LocalSession.over(recording, []);
		return this.#session;
	}

	answer(message: Exclude<ToAnswerer, { kind: "interrupt" }>): Promise<void> {
		if (message.kind === "run") return this.#run(typedByUser(message.sql));
		if (message.kind === "account") return this.#account();
		return message.kind === "complete" ? this.#complete(message.text) : this.#tables();
	}

	async #run(asked: Sql): Promise<void> {
		this.#running = true;
		try {
			await holding(async () => {
				const session = await this.#open();
				for await (const { columns, chunks } of session.run(asked)) {
					await this.#send({ kind: "answer", columns, age_ns: this.#age_ns });
					for await (const rows of chunks) await this.#send({ kind: "rows", rows });
					await this.#send({ kind: "answered" });
				}
			});
		} finally {
			this.#running = false;
			clearInterval(this.#interrupting);
			this.#interrupting = undefined;
		}
		await send({ kind: "end" });
	}

	async #send(message: FromAnswerer): Promise<void> {
		if (this.#interrupting) throw failure("INTERRUPT Error: Interrupted!");
		await send(message);
	}

	/** All numbers are from one commit, so that rows and gaps add up to the ticks. */
	async #account(): Promise<void> {
		let now: Account | undefined;
		await holding(async () => {
			now = await (await this.#open()).account();
		});
		await send({ kind: "account", account: { ...now!, running: true, log_missing: false, age_ns: this.#age_ns } });
	}

	async #opened(): Promise<LocalSession> {
		if (!this.#session) await holding(async () => void (await this.#open()));
		return this.#session!;
	}

	async #complete(text: string): Promise<void> {
		await send({ kind: "completions", completions: await (await this.#opened()).complete(text) });
	}

	async #tables(): Promise<void> {
		await send({ kind: "names", names: await (await this.#opened()).tables() });
	}

	/** Ends the statements that run now, but not statements that are sent later. */
	interrupt(): void {
		if (this.#running) this.#interrupting ??= setInterval(() => this.#session?.interrupt(), INTERRUPT_MS);
		this.#session?.interrupt();
	}
}

async function answered(step: () => Promise<void>): Promise<void> {
	try {
		await step();
	} catch (error) {
		const code = error instanceof CountersinkError ? error.code : "failed";
		await send({ kind: "error", code, message: messageOf(error) });
	}
}

/** Answers until the asker closes the socket. */
async function serve(): Promise<void> {
	const answerer = new Answerer();
	let busy: Promise<void> = Promise.resolve();
	for await (const message of framesOf<ToAnswerer>(socket)) {
		if (message.kind === "interrupt") answerer.interrupt();
		else busy = busy.then(() => answered(() => answerer.answer(message)));
	}
}

process.on("disconnect", die);
if (!process.connected) die();
process.on("message", (message: FromRecorder) => {
	if (message.kind === "stop") socket.write(frame({ ...message, kind: "gone" } satisfies FromAnswerer), die);
});
socket.on("error", die);
await answered(async () => {
	stepBack(setup.cpu);
	confine();
	await send({ kind: "hello", version, recorder: setup.recorder, file: setup.file });
	await serve();
});
socket.end(die);
