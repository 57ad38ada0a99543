// SPDX-License-Identifier: Apache-2.0
/** What a source is to TypeScript: it lists counters, and turns a selection of them into plan lines for its C reader. */

/**
 * What one row's value is measured in. "ticks" are USER_HZ (10 ms) units of /proc/stat; "sectors" are 512 bytes; "clocks"
 * are those of the device that counts; "128 bytes" are what a ConnectX counts PCIe data in.
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

/** How an 8-byte cell is to be understood; also the type of the column in Arrow and DuckDB. */
export type CellType = "u64" | "i64" | "f64";

/** counter: grows until it wraps or is reset. gauge: goes both ways. flag: 0 or 1. */
export type Semantics = "counter" | "gauge" | "flag";

/** A named number. At is where its source finds it; only that source looks inside. */
export interface Counter<At = unknown> {
	readonly source: string;
	/** What is counted at: an interface, a CPU, a device; "" where there is just one. */
	readonly instance: string;
	readonly name: string;
	readonly unit: Unit;
	readonly semantics: Semantics;
	/** Bits until the value wraps: 32, 48 or 64; 64 for gauges. */
	readonly width: number;
	readonly type: CellType;
	/** One sentence. */
	readonly help: string;
	/** A name that reads better than a number; globs find the counter by it too, and a column may be called by it. */
	readonly alias?: string;
	readonly at: At;
}

/** `source:instance/name`, or `source:name` where there is just one instance. */
export const counterId = (c: Pick<Counter, "source" | "instance" | "name">): string =>
	c.instance === "" ? `${c.source}:${c.name}` : `${c.source}:${c.instance}/${c.name}`;

/** One reader of the plan (kernel/reader.h): its name in C, the CPU it must run on (-1: any), and its `set` lines. */
export interface ReaderPlan {
	readonly reader: string;
	readonly cpu: number;
	readonly lines: readonly (readonly (string | number)[])[];
}

/** Who decides when a stream has a row. sampler: our loop, by a schedule. device: a device that samples by itself, by its own clock.
 *  events: nobody, since a row is something that happened. */
export const pacers = ["sampler", "device", "events"] as const;
export type Pacer = (typeof pacers)[number];

/** A format string of a device. */
export interface NamedText {
	readonly address: number;
	readonly text: string;
}

/**
 * What a device grants that samples by itself, with a clock of its own: it is drained, not ticked. One stream is one
 * device. How it is done is decided here, once, so the readers belong to it.
 */
export interface Drained {
	/** Of the asked counters, in their order: those that the device will sample. */
	readonly counters: readonly Counter[];
	/** Between two samples, as the device's clock counts it; whole numbers are not to be expected. */
	readonly granted_ns: number;
	/** Where rows are events, granted_ns is only how close together there is room for them. */
	readonly paced_by: Exclude<Pacer, "sampler">;
	/** Between two visits of the loop. */
	readonly drain_ns: number;
	/** What the user did not ask for: one sentence each. */
	readonly remarks: readonly string[];
	/** What addresses in rows stand for. */
	readonly texts?: readonly NamedText[];
	readonly readers: readonly ReaderPlan[];
}

/** What the user wrote after `?` in an event: `synthetic:*?slow=100:2ms`. */
export type SourceOptions = ReadonlyMap<string, string>;

/** What a source does to a device only after the user has allowed it with a flag. */
export interface Consent {
	/** The option of the source that the flag sets to 1. */
	readonly option: string;
	/** As a user writes it: "--steal". */
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
	/** Names of the options that may stand after `?`. */
	readonly options?: readonly string[];
	/** Whether the options are of a counter, given to resolve(), or of the whole stream, given to plan(); default: stream. */
	readonly optionsOf?: "counter" | "stream";
	/** Consents that its options may need. */
	readonly consents?: readonly Consent[];
	/** null when counters can be listed; otherwise one sentence: what is missing here, and what to try. */
	absence(): string | null;
	/** Every counter this machine has now. Order is stable. Empty when absent. */
	list(): Counter<At>[];
	/** For sources whose counters are named by the user (file:/path, perf raw events): the counter that text after
	 *  `source:` names, or null when the text is a glob over list(). May throw a CountersinkError. */
	resolve?(text: string, options?: SourceOptions): Counter<At>[] | null;
	/** What else `list` should say of what is here: a line each. */
	notes?(): string[];
	/**
	 * For sources whose devices sample by themselves; then plan() is not called. All counters are of one instance. Throws a
	 * CountersinkError for what cannot be kept up with, is not permitted, or belongs to someone else.
	 */
	drain?(counters: readonly Counter<At>[], period_ns: number, options: SourceOptions): Drained;
	/** Readers that fill column i of a row with counters[i]. Resolves positions in files now, so that the loop need not. */
	plan(counters: readonly Counter<At>[], options: SourceOptions): ReaderPlan[];
}

/** Escapes a word of the plan, whose words are separated by spaces: what unescape() in readers.c undoes. */
export const planWord = (text: string): string =>
	text.replace(/[^\x21-\x24\x26-\x7e]/gu, (c) =>
		[...new TextEncoder().encode(c)].map((b) => `%${b.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
	);
