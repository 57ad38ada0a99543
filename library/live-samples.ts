// SPDX-License-Identifier: Apache-2.0
/** Counters as a stream of values in this process: nothing is stored. */
import { Observable } from "rxjs/internal/Observable";
import type { Subscriber } from "rxjs/internal/Subscriber";
import { failure } from "../base/errors.js";
import { prelude } from "../queries/prelude.js";
import { toListener } from "../record/destination.js";
import { Recorder, type Summary } from "../record/recorder.js";
import { ListenerSink, type Sample } from "../record/sinks/listener.js";
import type { Mark } from "../sampler/recorded.js";
import type { StreamSpec } from "../sampler/selection.js";
import { checkOptions, flag, listener } from "./checked-options.js";
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

export type { Sample } from "../record/sinks/listener.js";

export interface SampleOptions extends SamplingOptions {
	/** Lend batches whose buffers are the ring itself, instead of copies. Each is valid until the next value
	 *  comes; default: false. */
	readonly borrow?: boolean | undefined;
	/** Is called at the end of a subscription that had begun to sample, before it completes; also when it was
	 *  unsubscribed. */
	readonly onEnd?: ((end: SampleEnd) => void) | undefined;
}

export interface SampleEnd extends Pick<Summary, "ending" | "detail" | "streams" | "sampler_cpu_ns" | "elapsed_ns"> {
	/** What was noted meanwhile, as that the machine was suspended. */
	readonly marks: readonly Mark[];
}

const sampleOptions = { ...samplingOptions, borrow: flag, onEnd: listener<(end: SampleEnd) => void>() } as const;

interface Wanted extends Sampling {
	readonly events: readonly string[];
	readonly borrow: boolean;
	readonly onEnd: (end: SampleEnd) => void;
}

/**
 * Each subscription runs a sampler of its own, from subscribing to unsubscribing or until its duration has passed. A
 * subscriber that does not return, or a program that does not come back to its event loop, for longer than `depth`
 * loses rows: these are gaps `ring_full`.
 *
 * @returns fails with a CountersinkError, as record() does, and when the sampler ends before its time
 * @throws CountersinkError for wrong options
 */
export function sample(events: Events, options: SampleOptions = {}): Observable<Sample> {
	const all = textsOf("sample", events);
	const { rate, consents, borrow = false, onEnd = () => {}, ...given } = checkOptions("sample", sampleOptions, options);
	const wanted: Wanted = { ...withDefaults(given), events: all, borrow, onEnd };
	return new Observable((subscriber) => {
		const ended = new AbortController();
		run(subscriber, () => select(all, rate, consents), wanted, ended.signal).catch((error) => subscriber.error(error));
		return () => ended.abort();
	});
}

async function run(
	subscriber: Subscriber<Sample>,
	streamsOf: () => readonly StreamSpec[],
	wanted: Wanted,
	signal: AbortSignal,
): Promise<void> {
	const streams = streamsOf();
	sayRemarks(streams, wanted.say);
	const lanes = await lanesOf(streams, wanted, signal);
	const sink = new ListenerSink((value) => subscriber.next(value), wanted.borrow);
	signal.addEventListener("abort", () => {
		sink.closed = true;
	});
	const destination = toListener(sink);
	const what = { ...wanted, streams, lanes, destination, command: null, macros: prelude() };
	const recorder = await Recorder.start({ ...what, signal });
	const { ending, detail, streams: account, sampler_cpu_ns, elapsed_ns } = await recorder.done;
	wanted.onEnd({ ending, detail, streams: account, sampler_cpu_ns, elapsed_ns, marks: sink.marks });
	if (ending === "sampler_killed" || ending === "sampler_failed")
		throw failure(`the sampler ended before its time (${detail}); everything that it had published was delivered`);
	subscriber.complete();
}
