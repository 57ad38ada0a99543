// SPDX-License-Identifier: Apache-2.0
/** Records into a file, or as an Arrow stream, or both. */
import type { Writable } from "node:stream";
import type { Observable } from "rxjs";
import { CountersinkError, usageError } from "../base/errors.js";
import { prelude } from "../queries/prelude.js";
import { commandRefusal } from "../record/command.js";
import { ingestWarning } from "../record/cost/ingest.js";
import { type Destination, STANDARD_OUTPUT, toFile, toPipe } from "../record/destination.js";
import { type Progress, Recorder, type Summary } from "../record/recorder.js";
import type { Grants } from "../sampler/handle.js";
import type { StreamSpec } from "../sampler/selection.js";
import { checkOptions, flag, signal, text, thing, words } from "./checked-options.js";
import {
	type Events,
	lanesOf,
	type Sampling,
	type SamplingOptions,
	samplingOptions,
	sayRemarks,
	select,
	textsOf,
	withDefaults,
} from "./event-selection.js";

export type { Progress, Summary } from "../record/recorder.js";
export { STANDARD_OUTPUT };

export interface RecordOptions extends SamplingOptions {
	/** The recording, a new DuckDB file. May be left out where there is `arrow`. */
	readonly path?: string | undefined;
	/** Replace an existing recording. */
	readonly overwrite?: boolean | undefined;
	/** Where an Arrow IPC stream of the same goes, for one stream of counters. */
	readonly arrow?: Writable | undefined;
	/** A program and its arguments: it is run, and recorded until it ends. Its output is that of this process. */
	readonly command?: readonly string[] | undefined;
	/** Ends the recording, as stop() does. */
	readonly signal?: AbortSignal | undefined;
}

const recordOptions = {
	path: text,
	overwrite: flag,
	arrow: thing<Writable>("a writable stream", "write", "end"),
	command: words,
	...samplingOptions,
	signal,
} as const;

/** A recording that runs. */
export interface RunningRecording {
	/** The path of the file; "standard output" where it is only an Arrow stream. */
	readonly path: string;
	/** What the kernel granted to the sampler. */
	readonly grants: Grants;
	/** At each commit: every 750 ms into a file, five times a second into an Arrow stream alone. Completes with the
	 *  recording. */
	readonly progress: Observable<Progress>;
	/** Resolves when the file is closed; rejects with a CountersinkError when it could not be written. A sampler
	 *  that ended too early does not reject it: what it had published is kept, and `ending` says so. */
	readonly summary: Promise<Summary>;
	/** Notes a moment, as seen now, in the table `marks`. Has no effect after the end. */
	mark(name: string, detail?: string | null): void;
	/** Ends the recording as if its duration had passed; everything sampled until now is kept. */
	stop(): Promise<Summary>;
}

/** The wrapped command cannot be run; nothing was recorded. */
export class CommandRefused extends CountersinkError {
	/** The status that a shell would give: 127 where there is no such command, otherwise 126. */
	readonly status: 126 | 127;

	constructor(status: 126 | 127, message: string) {
		super("unavailable", message);
		this.status = status;
	}

	override get exitStatus(): number {
		return this.status;
	}
}

export interface Wanted extends Sampling {
	readonly events: readonly string[];
	readonly path?: string;
	readonly overwrite?: boolean;
	readonly arrow?: Writable;
	readonly command: readonly string[] | null;
	readonly signal?: AbortSignal;
	/** This process does nothing else (RecordOptions of record/recorder.ts). */
	readonly alone?: boolean;
	/** Is told what is under way, until it resolves. */
	readonly onStep?: (words: string) => void;
}

/** @throws CommandRefused */
export function checkCommand(command: readonly string[]): void {
	const refused = commandRefusal(command);
	if (refused) throw new CommandRefused(refused.status, `cannot run ${command[0]}: ${refused.why}`);
}

/** @throws CountersinkError where these streams cannot go there */
function destinationOf(
	streams: readonly StreamSpec[],
	{ path, overwrite = false, arrow, alone, say }: Wanted,
): Destination {
	if (arrow && streams.length > 1)
		throw usageError(
			`an Arrow stream carries one stream of counters, and this would be ${streams.map((s) => s.name).join(", ")}; record one source at one rate, or into a file with -o FILE`,
		);
	if (path !== undefined) return toFile(path, { overwrite, say, alone, pipe: arrow });
	if (arrow) return toPipe(arrow);
	throw usageError('record() needs a path for the recording, as in { path: "run.duckdb" }');
}

/** Refuses what cannot be delivered, then starts. @param streams of the events */
export async function recordStreams(streams: readonly StreamSpec[], wanted: Wanted): Promise<RunningRecording> {
	const { say, onStep = () => {} } = wanted;
	sayRemarks(streams, say);
	const destination = destinationOf(streams, wanted);
	onStep("measuring what a read costs");
	const lanes = await lanesOf(streams, wanted, wanted.signal);
	const { path, duration: duration_ns, depth: depth_ns } = wanted;
	const tooMuch = path === undefined ? null : await ingestWarning({ streams, path, duration_ns, depth_ns });
	if (tooMuch !== null) say(tooMuch);
	onStep("preparing the rings and the file");
	const recorder = await Recorder.start({ ...wanted, streams, lanes, destination, macros: prelude() });
	sayRefusals(recorder, wanted);
	return running(recorder, destination.name);
}

/** What the kernel did not grant, and how to have it. */
function sayRefusals({ grants, unanswered }: Recorder, { realtime, say }: Wanted): void {
	if (unanswered !== null) say(`this recording cannot be asked SQL before it has ended: ${unanswered}`);
	if (realtime && !grants.realtime && !grants.nice)
		say(
			"real-time scheduling was not granted, so other processes delay reads; 'countersink doctor' tells how to get it",
		);
}

function running(recorder: Recorder, path: string): RunningRecording {
	/* Somebody who does not look at the end must not be ended by it. */
	recorder.done.catch(() => {});
	return {
		path,
		grants: recorder.grants,
		progress: recorder.progress,
		summary: recorder.done,
		mark: (name, detail = null) => recorder.mark(name, detail),
		stop: () => {
			recorder.stop();
			return recorder.done;
		},
	};
}

/** Starts a recording. Resolves when sampling runs and the command, if any, is started. @throws
 *  CountersinkError: usage for a wrong event or option, unavailable for what this machine has not or permits
 *  not, failed */
export async function record(events: Events, options: RecordOptions): Promise<RunningRecording> {
	const all = textsOf("record", events);
	const { rate, command, consents, ...given } = checkOptions("record", recordOptions, options);
	if (command) checkCommand(command);
	const wanted = { ...given, ...withDefaults(given), events: all, command: command ?? null };
	return recordStreams(select(all, rate, consents), wanted);
}
