// SPDX-License-Identifier: Apache-2.0
/** From what a program asks for to streams that can be sampled: what `record()` and `sample()` have in common. */
import { allowedCpus } from "../base/affinity.js";
import { usageError } from "../base/errors.js";
import { fromSeconds, type Nanoseconds } from "../base/units.js";
import { checkDeliverable, probe, tickedStreams } from "../record/cost/probe.js";
import { type WaitPolicy, waitPolicies } from "../sampler/plan.js";
import { DEFAULT_PERIOD, parseEvent, type StreamSpec, selectStreams } from "../sampler/selection.js";
import { choice, cpu, flag, listener, rate, type Time, time } from "./checked-options.js";

/** One event or several, each SOURCE:GLOB[?OPTION=VALUE&...][@RATE], as on the command line. */
export type Events = string | readonly string[];

export interface SamplingOptions {
	/** Default: until it is ended. */
	readonly duration?: Time | undefined;
	/** Of events that name none: a frequency or a period, as in "10kHz" or "100us"; default: "1kHz". */
	readonly rate?: Time | undefined;
	/** How the sampling loop waits for a deadline; default: "hybrid". */
	readonly wait?: WaitPolicy | undefined;
	/** CPU of the sampling loop; default: the last one that this process may use. */
	readonly cpu?: number | "any" | undefined;
	/** How long this process may take nothing before rows are lost; default: "4s". */
	readonly depth?: Time | undefined;
	/** Whether to ask for real-time scheduling; default: true. */
	readonly realtime?: boolean | undefined;
	/** Sample even at a rate that the source cannot deliver; default: false, and such a rate is refused. */
	readonly force?: boolean | undefined;
	/** Is told what a user should know, a sentence each: what was not granted, what is done to a device. */
	readonly onNote?: ((sentence: string) => void) | undefined;
}

/** In the order in which they are checked. */
export const samplingOptions = {
	duration: time,
	rate,
	wait: choice(waitPolicies),
	cpu,
	depth: time,
	realtime: flag,
	force: flag,
	onNote: listener<(sentence: string) => void>(),
} as const;

/** The same with every default filled in. */
export interface Sampling {
	readonly duration: Nanoseconds | null;
	readonly wait: WaitPolicy;
	readonly cpu: number;
	readonly depth: Nanoseconds;
	readonly realtime: boolean;
	readonly force: boolean;
	readonly say: (sentence: string) => void;
}

/** The last CPU: interrupts and housekeeping gather on the first. */
const defaultCpu = (): number => allowedCpus().at(-1) ?? -1;

type Given = Omit<SamplingOptions, "duration" | "rate" | "depth" | "cpu"> & {
	readonly duration?: Nanoseconds;
	readonly depth?: Nanoseconds;
	readonly cpu?: number;
};

export const withDefaults = (given: Given): Sampling => ({
	duration: given.duration ?? null,
	wait: given.wait ?? "hybrid",
	cpu: given.cpu ?? defaultCpu(),
	depth: given.depth ?? fromSeconds(4),
	realtime: given.realtime ?? true,
	force: given.force ?? false,
	say: given.onNote ?? (() => {}),
});

/** @throws CountersinkError where a source, a counter or a rate is not what it should be
 *  @param of the function that takes the events, as sentences name it */
export function textsOf(of: string, events: Events): readonly string[] {
	const all: unknown = typeof events === "string" ? [events] : events;
	if (!Array.isArray(all) || !all.every((event) => typeof event === "string"))
		throw usageError(`${of} takes events as a text or an array of texts, as in ${of}("net:*@10kHz")`);
	if (all.length === 0)
		throw usageError(`there is nothing to ${of}; name counters, as in ${of}("net:*@10kHz"); sources() lists them`);
	return all;
}

export const select = (events: readonly string[], period: Nanoseconds = DEFAULT_PERIOD): StreamSpec[] =>
	selectStreams(events.map((event) => parseEvent(event, period)));

/** @throws CountersinkError where a stream cannot be read at its rate, which is found by reading it back to back for a moment */
export async function checkRates(streams: readonly StreamSpec[], signal?: AbortSignal): Promise<void> {
	const ticked = tickedStreams(streams);
	checkDeliverable(ticked, await probe(ticked, undefined, signal));
}
