// SPDX-License-Identifier: Apache-2.0
/** From what a program asks for to streams that can be sampled: what `record()` and `sample()` have in common. */
import { allowedCpus } from "../base/affinity.js";
import { usageError } from "../base/errors.js";
import { fromSeconds, type Nanoseconds } from "../base/units.js";
import { consents } from "../kernel/registry.js";
import { planLanes } from "../record/cost/lane-plan.js";
import type { Lanes } from "../sampler/lanes.js";
import { type WaitPolicy, waitPolicies } from "../sampler/plan.js";
import { DEFAULT_PERIOD, type EventSpec, parseEvent, type StreamSpec, selectStreams } from "../sampler/selection.js";
import { choice, count, cpu, flag, listener, rate, type Time, texts, time } from "./checked-options.js";

/** One event or several, each SOURCE:GLOB[?OPTION=VALUE&...][@RATE], as on the command line. */
export type Events = string | readonly string[];

export interface SamplingOptions {
	/** Default: until it is ended. */
	readonly duration?: Time | undefined;
	/** The rate of events that name none: a frequency or a period, as in "10kHz" or "100us"; default: "1kHz". */
	readonly rate?: Time | undefined;
	/** How the sampling loop waits for a deadline; default: "hybrid". */
	readonly wait?: WaitPolicy | undefined;
	/** CPU of the sampling loop; default: the last one that this process may use. */
	readonly cpu?: number | "any" | undefined;
	/** Loops that sample side by side, each on a CPU of its own; default: as many as the streams need. */
	readonly lanes?: number | undefined;
	/** How long this process may take nothing before rows are lost; default: "4s". */
	readonly depth?: Time | undefined;
	/** Whether to ask for real-time scheduling; default: true. */
	readonly realtime?: boolean | undefined;
	/** Sample even at a rate that the source cannot deliver; default: false, and such a rate is refused. */
	readonly force?: boolean | undefined;
	/** What sources may do to devices: names of their options, as "allow_taint"; default: nothing. */
	readonly consents?: readonly string[] | undefined;
	/** Is told what a user should know, a sentence each: what was not granted, what is done to a device. */
	readonly onNote?: ((sentence: string) => void) | undefined;
}

/** In the order in which they are checked. */
export const samplingOptions = {
	duration: time,
	rate,
	wait: choice(waitPolicies),
	cpu,
	lanes: count,
	depth: time,
	realtime: flag,
	force: flag,
	consents: texts,
	onNote: listener<(sentence: string) => void>(),
} as const;

/** The same with every default filled in. */
export interface Sampling {
	readonly duration: Nanoseconds | null;
	readonly wait: WaitPolicy;
	readonly cpu: number;
	/** null: as many as needed. */
	readonly lanes: number | null;
	readonly depth: Nanoseconds;
	readonly realtime: boolean;
	readonly force: boolean;
	readonly say: (sentence: string) => void;
}

export const DEFAULT_WAIT: WaitPolicy = "hybrid";
export const DEFAULT_DEPTH: Nanoseconds = fromSeconds(4);
/** The last CPU: interrupts and housekeeping gather on the first. */
const defaultCpu = (): number => allowedCpus().at(-1) ?? -1;

type Given = Omit<SamplingOptions, "duration" | "rate" | "depth" | "cpu" | "consents"> & {
	readonly duration?: Nanoseconds;
	readonly depth?: Nanoseconds;
	readonly cpu?: number;
};

export const withDefaults = (given: Given): Sampling => ({
	duration: given.duration ?? null,
	wait: given.wait ?? DEFAULT_WAIT,
	cpu: given.cpu ?? defaultCpu(),
	lanes: given.lanes ?? null,
	depth: given.depth ?? DEFAULT_DEPTH,
	realtime: given.realtime ?? true,
	force: given.force ?? false,
	say: given.onNote ?? (() => {}),
});

/** @param of the function that takes the events, as sentences name it */
export function textsOf(of: string, events: Events): readonly string[] {
	const all: unknown = typeof events === "string" ? [events] : events;
	if (!Array.isArray(all) || !all.every((event) => typeof event === "string"))
		throw usageError(`${of} takes events as a text or an array of texts, as in ${of}("net:*@10kHz")`);
	if (all.length === 0)
		throw usageError(`there is nothing to ${of}; name counters, as in ${of}("net:*@10kHz"); sources() lists them`);
	return all;
}

/** The event with these options set, where its source has them. */
export function allowing(event: EventSpec, options: readonly string[]): EventSpec {
	const known = options.filter((option) => event.source.options?.includes(option));
	return { ...event, options: new Map([...event.options, ...known.map((option) => [option, "1"] as const)]) };
}

function checkConsents(options: readonly string[]): void {
	const known = consents.map(({ option }) => option);
	const unknown = options.find((option) => !known.includes(option));
	if (unknown !== undefined)
		throw usageError(`there is no consent '${unknown}'; sources ask for ${[...new Set(known)].join(", ")}`);
}

/** The streams of these events. @throws CountersinkError where a source, a counter or a rate is not what it
 *  should be */
export function select(
	events: readonly string[],
	period: Nanoseconds = DEFAULT_PERIOD,
	allowed: readonly string[] = [],
): StreamSpec[] {
	checkConsents(allowed);
	return selectStreams(events.map((event) => allowing(parseEvent(event, period), allowed)));
}

/** Says what devices were found doing, and what is done to them. */
export function sayRemarks(streams: readonly StreamSpec[], say: Sampling["say"]): void {
	for (const { drained } of streams) for (const remark of drained?.remarks ?? []) say(remark);
}

/** Which streams each lane of the sampler reads. @throws CountersinkError where a stream cannot be read at its
 *  rate, which is found by reading it back to back for a moment */
export const lanesOf = (
	streams: readonly StreamSpec[],
	{ lanes, force }: Pick<Sampling, "lanes" | "force">,
	signal: AbortSignal = new AbortController().signal,
): Promise<Lanes> => planLanes(streams, { lanes: lanes ?? undefined, force }, signal);
