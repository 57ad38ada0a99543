// SPDX-License-Identifier: Apache-2.0
/** The interface of a source in TypeScript: it lists counters, and turns a selection of them into plan lines for its C
 *  reader. */

/**
 * The unit of a value. A "tick" is a USER_HZ unit of /proc/stat (10 ms); a "sector" has 512 bytes; a "clock" is one
 * cycle of the clock of the device that counts; a ConnectX counts PCIe data in units of "128 bytes".
 */
export type Unit =
	| "bytes"
	| "packets"
	| "events"
	| "errors"
	| "calls"
	| "ns"
	| "us"
	| "ms"
	| "s"
	| "ticks"
	| "pages"
	| "kB"
	| "sectors"
	| "requests"
	| "segments"
	| "cycles"
	| "clocks"
	| "bits"
	| "128 bytes"
	| "percent"
	| "tasks"
	| "items"
	| "bits/s"
	| "none";

/** The type of an 8-byte cell, and of its column in Arrow and DuckDB. */
export type CellType = "u64" | "i64" | "f64";

/** counter: grows until it wraps or is reset. gauge: rises and falls. flag: 0 or 1. */
export type Semantics = "counter" | "gauge" | "flag";

/** A named number. `at` says where its source finds it; only that source looks inside. */
export interface Counter<At = unknown> {
	readonly source: string;
	/** The interface, CPU or device that is counted at; "" where there is only one. */
	readonly instance: string;
	readonly name: string;
	readonly unit: Unit;
	readonly semantics: Semantics;
	/** Bits until the value wraps: 32, 48 or 64; 64 for gauges. */
	readonly width: number;
	readonly type: CellType;
	/** One sentence. */
	readonly help: string;
	/** A readable name of a counter whose name is a number. Globs also match it, and the column of a drained stream has
	 *  it. */
	readonly alias?: string;
	readonly at: At;
}

/** `source:instance/name`, or `source:name` where there is only one instance. */
export const counterId = (c: Pick<Counter, "source" | "instance" | "name">): string =>
	c.instance === "" ? `${c.source}:${c.name}` : `${c.source}:${c.instance}/${c.name}`;

/** One reader of a plan (kernel/reader.h): its name in C, the CPU that it must run on (-1: any), and its `set`
 *  lines. */
export interface ReaderPlan {
	readonly reader: string;
	readonly cpu: number;
	readonly lines: readonly (readonly (string | number)[])[];
}

/** The pacer of a stream decides when it has a row. sampler: the sampling loop, by its schedule. device: a device that
 *  samples by itself, by its own clock. events: nobody, since a row is something that happened. */
export const pacers = ["sampler", "device", "events"] as const;
export type Pacer = (typeof pacers)[number];

/** A format string of a device. */
export interface NamedText {
	readonly address: number;
	readonly text: string;
}

/**
 * What a device grants when it samples by itself, by its own clock. Its stream is drained, not ticked. One stream is
 * one device. The source decides once how the device is drained, so the readers are a part of this.
 */
export interface Drained {
	/** The asked counters that the device will sample, in their order. */
	readonly counters: readonly Counter[];
	/** Time between two samples by the device's clock; mostly not a whole number. */
	readonly granted_ns: number;
	/** Where rows are events, granted_ns is only how close together there is room for them. */
	readonly paced_by: Exclude<Pacer, "sampler">;
	/** Time between two drains by the loop. */
	readonly drain_ns: number;
	/** What is done that the user did not ask for, one sentence each. */
	readonly remarks: readonly string[];
	/** Texts that addresses in rows stand for. */
	readonly texts?: readonly NamedText[];
	readonly readers: readonly ReaderPlan[];
}

/** What the user wrote after `?` in an event: `synthetic:*?slow=100:2ms`. */
export type SourceOptions = ReadonlyMap<string, string>;

/** What a source does to a device only after the user has allowed it with a flag. */
export interface Consent {
	/** The option of the source that the flag sets to 1. */
	readonly option: string;
	/** The flag as a user writes it: "--steal". */
	readonly flag: `--${string}`;
	/** What the flag allows, for --help. */
	readonly help: string;
	/** Arguments of `record` that show it, for --help. */
	readonly example?: string;
}

export interface Source<At = unknown> {
	readonly name: string;
	/** One line for `countersink list`. */
	readonly summary: string;
	/** Names of the options that the user may write after `?`. */
	readonly options?: readonly string[];
	/** counter: options are given to resolve(). stream (the default): options are given to plan(), for the whole
	 *  stream. */
	readonly optionsOf?: "counter" | "stream";
	/** Consents that its options may need. */
	readonly consents?: readonly Consent[];
	/** null when counters can be listed; else one sentence that says what is missing on this machine and what to try. */
	absence(): string | null;
	/** Every counter that this machine has now, in a stable order; none when the source is absent. */
	list(): Counter<At>[];
	/** For sources whose counters the user names (file:/path, perf raw events): the counters that the text after
	 *  `source:` names, or null when the text is a glob over list(). May throw a CountersinkError. */
	resolve?(text: string, options?: SourceOptions): Counter<At>[] | null;
	/** Lines that `list` adds about this machine. */
	notes?(): string[];
	/**
	 * For sources whose devices sample by themselves; plan() is not called then. All counters are of one instance. Throws
	 * a CountersinkError when the rate is too high, when something is not permitted, or when the device is in use by
	 * someone else.
	 */
	drain?(counters: readonly Counter<At>[], period_ns: number, options: SourceOptions): Drained;
	/** Readers that fill column i of a row with counters[i]. Positions in files are found now, so that the loop does not
	 *  search. */
	plan(counters: readonly Counter<At>[], options: SourceOptions): ReaderPlan[];
}

/** Escapes a word of a plan, since spaces separate words there. unescape() in readers.c reverses it. */
export const planWord = (text: string): string =>
	text.replace(/[^\x21-\x24\x26-\x7e]/gu, (c) =>
		[...new TextEncoder().encode(c)].map((b) => `%${b.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
	);
