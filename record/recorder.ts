// SPDX-License-Identifier: Apache-2.0
/**
 * Runs one recording from the main thread: makes the umem, then starts the writer (which opens the file), the sampler
 * and the wrapped command. It ends all three in the right order, whatever happens to one of them.
 */
import { cpus, hostname, release } from "node:os";
import type { Observable } from "rxjs";
import { Subject } from "rxjs/internal/Subject";
import { keepHelpersOff } from "../base/affinity.js";
import { monotonicNow } from "../base/clock.js";
import { failure, messageOf } from "../base/errors.js";
import type { Nanoseconds } from "../base/units.js";
import { version } from "../base/version.js";
import type { Drained } from "../kernel/source.js";
import type { Grants, Sampler, SamplerExit } from "../sampler/handle.js";
import type { Lanes } from "../sampler/lanes.js";
import { Launch } from "../sampler/launch.js";
import type { WaitPolicy } from "../sampler/plan.js";
import type {
	End,
	Ending,
	RecordedStream,
	Setup,
	SideSummary,
	StreamProgress,
	StreamSummary,
} from "../sampler/recorded.js";
import { rowPeriod, type StreamSpec } from "../sampler/selection.js";
import type { Sql } from "../storage/sql.js";
import { COMMAND_PATIENCE_MS, WrappedCommand } from "./command.js";
import type { Destination } from "./destination.js";
import type { LoopHandle } from "./loop-handle.js";

/** How long the command may take to end after the user asked for the end, and at least after it was asked itself. */
const ASKED_PATIENCE_MS = 2000;
const MIN_PATIENCE_MS = 500;

export interface RecordOptions {
	readonly streams: readonly StreamSpec[];
	/** The events as the user wrote them; the recording keeps them. */
	readonly events: readonly string[];
	readonly destination: Destination;
	/** null: the recording lasts until the command ends, or until stop(). */
	readonly duration: Nanoseconds | null;
	readonly wait: WaitPolicy;
	/** CPU of the sampling loop; -1: any. */
	readonly cpu: number;
	/** Which streams each lane of the sampler reads; absent: one lane reads all. */
	readonly lanes?: Lanes | undefined;
	readonly realtime: boolean;
	/** How long the writer may pause before rows are lost. */
	readonly depth: Nanoseconds;
	readonly command: readonly string[] | null;
	/** SQL that makes the macros which the recording carries (queries/prelude.ts). */
	readonly macros: Sql;
	/** Ends the recording as stop() does. It can also end the start: then the command is not run at all. */
	readonly signal?: AbortSignal | undefined;
	/** Whether this process does nothing else: then all its threads except the main one make way for the sampler, and
	 *  not only those of the recording. */
	readonly alone?: boolean | undefined;
	/** Gets what a user should know, one sentence a call. */
	readonly say?: ((sentence: string) => void) | undefined;
}

export interface Progress {
	readonly streams: readonly StreamProgress[];
	/** CPU time of the sampler so far. */
	readonly sampler_cpu_ns: number;
	/** Time since tick 0. */
	readonly elapsed_ns: number;
}

export interface Summary {
	/** Where the recording is. */
	readonly path: string;
	readonly ending: Ending;
	readonly detail: string | null;
	readonly streams: readonly StreamSummary[];
	/** The rows that the side sinks did not take. */
	readonly sides: readonly SideSummary[];
	readonly sampler_cpu_ns: number;
	readonly elapsed_ns: number;
	/** Exit status of the wrapped command, 128 + n for signal n; null without a command, or when the recorder ended
	 *  it. */
	readonly command_status: number | null;
}

const granted = (stream: StreamSpec, { paced_by, texts }: Drained): Partial<RecordedStream> => ({
	paced_by,
	...(paced_by === "device" ? { granted_ns: rowPeriod(stream) } : {}),
	...(texts ? { texts } : {}),
});

function recordedStream(stream: StreamSpec): RecordedStream {
	return {
		name: stream.name,
		source: stream.source.name,
		period_ns: stream.period,
		paced_by: "sampler",
		...(stream.drained ? granted(stream, stream.drained) : {}),
		columns: stream.columns.map(({ counter, id, name }) => {
			const { at: _, alias: __, ...plain } = counter;
			return { ...plain, counter: counter.name, id, name };
		}),
	};
}

export class Recorder {
	readonly #options: RecordOptions;
	readonly #launch: Launch;
	readonly #loop: LoopHandle;
	readonly #sampler: Sampler;
	readonly #progress = new Subject<Progress>();
	#unanswered: string | null = null;
	#command: WrappedCommand | null = null;
	#commandStatus: number | null = null;
	#why: "command" | "interrupted" | null = null;
	/** When the user asked for the end, by performance.now(). */
	#asked: number | null = null;
	/** Sampling has ended, so the umem may be unmapped: a mark or a request is too late now. */
	#over = false;
	/** Resolves when the file is closed. */
	readonly done: Promise<Summary>;

	private constructor(options: RecordOptions, launch: Launch, loop: LoopHandle, sampler: Sampler) {
		this.#options = options;
		this.#launch = launch;
		this.#loop = loop;
		this.#sampler = sampler;
		loop.progress.subscribe(({ streams, sampler_cpu_ns }) => {
			const elapsed_ns = Number(monotonicNow() - sampler.start_ns);
			this.#progress.next({ streams, sampler_cpu_ns, elapsed_ns });
		});
		loop.unwanted.then(() => this.stop());
		loop.begun.then(
			() => options.destination.begun(),
			() => {},
		);
		this.done = this.#run();
	}

	/** Resolves when sampling runs and the wrapped command, if any, is started. */
	static async start(options: RecordOptions): Promise<Recorder> {
		await options.destination.prepare();
		const launch = Recorder.#prepare(options);
		const loop = options.destination.open(Recorder.#setup(options, launch), options.macros);
		let made = false;
		try {
			await loop.ready;
			made = true;
			if (options.alone) keepHelpersOff(options.cpu);
			const sampler = await launch.start(options.signal);
			loop.send({ kind: "started", start_ns: sampler.start_ns, grants: sampler.grants });
			const recorder = new Recorder(options, launch, loop, sampler);
			recorder.#unanswered = await loop.answer(options.cpu);
			recorder.#follow(options.signal);
			if (options.signal?.aborted) recorder.stop();
			else if (options.command) recorder.#startCommand(options.command);
			return recorder;
		} catch (error) {
			await loop.end();
			launch.close();
			options.destination.discard(made);
			throw error;
		}
	}

	static #prepare({ streams, wait, realtime, cpu, lanes, duration, depth, destination }: RecordOptions): Launch {
		try {
			return Launch.prepare(streams, { wait, realtime, cpu, lanes, duration_ns: duration }, depth);
		} catch (error) {
			destination.discard(false);
			throw error;
		}
	}

	/** Listens to the signal only as long as the recording lasts: the signal may live much longer. */
	#follow(signal: AbortSignal | undefined): void {
		const stop = (): void => this.stop();
		const leave = (): void => signal?.removeEventListener("abort", stop);
		signal?.addEventListener("abort", stop);
		this.done.then(leave, leave);
	}

	static #setup(options: RecordOptions, { umem, rings, wallOffset_ns }: Launch): Setup {
		return {
			umem: { fd: umem.fd, bytes: umem.bytes },
			streams: options.streams.map((stream, i) => ({ stream: recordedStream(stream), ring: rings[i]! })),
			header: {
				version,
				wall_offset_ns: wallOffset_ns,
				requested_duration_ns: options.duration,
				events: options.events,
				command: options.command,
				host: hostname(),
				kernel: release(),
				cpus: cpus().length,
				wait: options.wait,
				sampler_cpu: options.cpu,
			},
		};
	}

	get grants(): Grants {
		return this.#sampler.grants;
	}

	get samplerPid(): number {
		return this.#sampler.pid;
	}

	/** Why this recording cannot be asked SQL while it is written; null: it can be asked. */
	get unanswered(): string | null {
		return this.#unanswered;
	}

	/** Emits at each commit of the primary sink, at most five times a second. */
	get progress(): Observable<Progress> {
		return this.#progress;
	}

	/** Ends the recording as if its duration had passed; everything sampled until now is kept. The recording has ended
	 *  within 3 s, whatever the sampler, the command or a reader of the recording does. A second call does nothing. */
	stop(): void {
		this.#asked ??= performance.now();
		this.#loop.hurry();
		this.#stop("interrupted");
	}

	#stop(why: "command" | "interrupted"): void {
		if (this.#over) return;
		this.#why ??= why;
		void this.#sampler.stop().catch(() => {});
	}

	/** Adds a mark with the current time to the recording. */
	mark(name: string, detail: string | null = null): void {
		this.#loop.send({ kind: "mark", ts: monotonicNow() + this.#launch.wallOffset_ns, name, detail });
	}

	#startCommand(command: readonly string[]): void {
		const { commandOutput } = this.#options.destination;
		this.mark("command_start", command.join(" "));
		this.#command = WrappedCommand.start(command, commandOutput, this.#options.say ?? (() => {}));
		if (this.#command.process) this.#loop.send({ kind: "command", process: this.#command.process });
		this.#command.ended.then(({ status, detail }) => {
			if (this.#over) return;
			this.#commandStatus = status;
			this.mark("command_end", detail);
			this.#stop("command");
		});
	}

	/** How long the command may take to end. A user who asked for the end has already waited for the sampler. */
	get #commandPatience(): number {
		if (this.#asked === null) return COMMAND_PATIENCE_MS;
		return Math.max(MIN_PATIENCE_MS, this.#asked + ASKED_PATIENCE_MS - performance.now());
	}

	async #run(): Promise<Summary> {
		try {
			const writerFailed = this.#loop.finished.then(() => undefined as never);
			const exit = await Promise.race([this.#sampler.exited, writerFailed]);
			this.#over = true;
			const commandEnded = this.#command?.end(this.#commandPatience);
			const end = this.#ending(exit, monotonicNow());
			await this.#loop.silence();
			this.#loop.send({ kind: "finish", end });
			const { streams, sides, sampler_cpu_ns } = await this.#loop.finished;
			const elapsed_ns = Number(end.until_ns - this.#sampler.start_ns);
			await commandEnded;
			const { ending, detail, command_status } = end;
			return {
				path: this.#options.destination.name,
				ending,
				detail,
				command_status,
				streams,
				sides,
				sampler_cpu_ns,
				elapsed_ns,
			};
		} catch (error) {
			this.#over = true;
			await Promise.all([this.#sampler.stop(), this.#command?.end(this.#commandPatience)]);
			if (!this.#options.destination.replaces) throw error;
			const [why] = messageOf(error).split(";");
			throw failure(
				`${why}; the new recording did not begin, so ${this.#options.destination.name} is as it was`,
				error,
			);
		} finally {
			this.#progress.complete();
			await this.#loop.end();
			this.#launch.close();
			this.#options.destination.closed();
			/* There was no first commit. */
			if (this.#options.destination.replaces) this.#options.destination.discard(true);
		}
	}

	#ending({ code, signal, message }: SamplerExit, now_ns: bigint): End {
		const { duration } = this.#options;
		const due_ns = duration === null ? null : this.#sampler.start_ns + BigInt(duration);
		const complete = due_ns !== null && now_ns >= due_ns;
		/* Nothing is scheduled after the end of the duration that was asked for. */
		const until_ns = complete ? due_ns : now_ns;
		const base = { command_status: this.#commandStatus, detail: message || null, until_ns };
		if (signal) return { ...base, ending: "sampler_killed", detail: message || `ended by ${signal}` };
		if (code !== 0) return { ...base, ending: "sampler_failed", detail: message || `status ${code}` };
		/* A sampler that ended before its duration, and was not stopped by this process, was stopped by a signal. */
		return { ...base, ending: this.#why ?? (complete ? "complete" : "interrupted") };
	}
}
