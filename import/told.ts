// SPDX-License-Identifier: Apache-2.0
/**
 * Checks what an input says of itself, field by field, once, before a value is used. Nothing else of the input is
 * believed. Fields that are not in these tables are ignored, since a newer countersink may write more. A value that no
 * recording has is refused: if it were ignored, the rest of a forged description would be believed.
 */
import { type CountersinkError, failure } from "../base/errors.js";
import { formatCount } from "../base/units.js";
import { pacers } from "../kernel/source.js";
import { gapReasons } from "../sampler/layout.gen.js";
import type { GapReason } from "../sampler/ring.js";
import { shipped } from "../storage/sql.js";
import { endings, maxCharacters, waits } from "../storage/words.js";
import { depthOf, flag, integer, type Kind, listOf, matching, oneOf, orNull, text, tuple } from "./kinds.js";

/** Limit of all metadata about rows, in bytes. */
export const MAX_SAID = 64 << 20;
const MAX_GAPS = 1_000_000;
const MAX_MARKS = 100_000;
const MAX_COUNTERS = 8192;
const MAX_WORDS = 65_536;
const MAX_TEXT = 65_536;
/** The deepest nesting; [[1, "late"]] is 2 deep. */
const MAX_DEPTH = 8;

const U32 = 2n ** 32n - 1n;
const I32 = 2n ** 31n - 1n;
const I64 = 2n ** 63n - 1n;
const U64 = 2n ** 64n - 1n;

/** A time that DuckDB can represent, in nanoseconds since 1970: from 1678 to 2261. */
const moment = integer(-9_200_000_000_000_000_000n, 9_200_000_000_000_000_000n);
/** A period that a number holds exactly: up to 104 days. */
const period = integer(1n, BigInt(Number.MAX_SAFE_INTEGER));
const count = integer(0n, U64);
/** Ticks are limited so that a first tick and a number of ticks can be added. */
const ticks = integer(0n, 2n ** 62n);
const words = listOf(text(MAX_TEXT), MAX_WORDS);

/** The tables of every recording; a stream cannot have such a name. */
export const tables: readonly string[] = [...shipped("storage/schema.sql").matchAll(/^CREATE TABLE (\w+)/gm)].map(
	([, table]) => table!,
);

const name = matching(/^[a-z][a-z0-9_]{0,199}$/);
const streamName: Kind<string> = (value) => (tables.includes(String(value)) ? undefined : name(value));
const columnName: Kind<string> = (value) =>
	["ts", "tick", "read_ns"].includes(String(value)) ? undefined : name(value);

/** Columns of `recording`, as storage/schema.sql has them; times in nanoseconds. */
const recording = {
	countersink_version: text(maxCharacters.countersink_version),
	started_at_ns: moment,
	ended_at_ns: moment,
	start_monotonic_ns: integer(-I64, I64),
	wall_offset_ns: integer(-I64, I64),
	requested_duration_ns: integer(0n, BigInt(Number.MAX_SAFE_INTEGER)),
	events: words,
	command: words,
	host: text(maxCharacters.host),
	kernel: text(maxCharacters.kernel),
	cpus: integer(0n, U32),
	wait: oneOf(waits),
	sampler_cpu: integer(-1n, I32),
	realtime: flag,
	locked: flag,
	ended: oneOf(endings),
	detail: text(maxCharacters.detail),
	imported_from: text(maxCharacters.imported_from),
	imported_at: text(64),
	imported_by: text(maxCharacters.imported_by),
	command_status: integer(-I32, I32),
	sampler_cpu_ns: count,
};

/** Columns of `streams`. */
const stream = {
	stream: streamName,
	source: name,
	period_ns: period,
	paced_by: oneOf(pacers),
	granted_ns: period,
};

/** Columns of `streams` that are known only at the end. */
const streamEnd = {
	ticks_scheduled: integer(0n, 2n ** 63n),
	rows_stored: count,
	gap_ticks: count,
	null_values: count,
	achieved_p50_ns: count,
	achieved_p99_ns: count,
	achieved_max_ns: count,
	lateness_p50_ns: count,
	lateness_p99_ns: count,
	lateness_max_ns: count,
	read_p50_ns: count,
	read_p99_ns: count,
	read_max_ns: count,
	last_errno: integer(0n, I32),
};

/** Columns of `counters`. */
const counter = {
	name: columnName,
	id: text(4096),
	source: name,
	instance: text(4096),
	counter: text(4096),
	unit: text(64),
	semantics: oneOf(["counter", "gauge", "flag"]),
	width: integer(1n, 64n),
	help: text(MAX_TEXT),
};

const reasons: readonly (GapReason | "absent")[] = [...Object.values(gapReasons), "sink_full", "absent"];
const gap = tuple<[bigint, bigint, string, bigint]>(ticks, ticks, oneOf(reasons), moment);
const mark = tuple<[bigint, string, string | null]>(moment, text(MAX_TEXT), orNull(text(MAX_TEXT)));

export type ToldGap = readonly [first_tick: bigint, ticks: bigint, reason: string, noticed_at_ns: bigint];
export type ToldMark = readonly [ts_ns: bigint, name: string, detail: string | null];

type Fields = Readonly<Record<string, Kind<unknown>>>;
type Checked<F extends Fields> = { readonly [K in keyof F]?: F[K] extends Kind<infer T> ? T : never };

export type ToldRecording = Checked<typeof recording>;
export type ToldStream = Checked<typeof stream>;
export type ToldEnd = Checked<typeof streamEnd>;
export type ToldCounter = Checked<typeof counter>;

const MAX_SHOWN = 60;

/** A value as JSON in ASCII, cut short. */
function shown(value: unknown): string {
	const json = (JSON.stringify(value) ?? "nothing").replace(
		/[^ -~]/g,
		(c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
	);
	return json.length > MAX_SHOWN ? `${json.slice(0, MAX_SHOWN)}...` : json;
}

const byHand = "so it is damaged or was made by hand; nothing was imported";

const plain = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** Reads what one input says. @throws CountersinkError that names the input and the field */
export class Teller {
	readonly #file: string;

	constructor(file: string) {
		this.#file = file;
	}

	#wrong(field: string, value: unknown): CountersinkError {
		return failure(`${this.#file} says that ${field} is ${shown(value)}, which no recording has, ${byHand}`);
	}

	/** The known fields that are present and not null. */
	#fields<F extends Fields>(kinds: F, said: object, where: string): Checked<F> {
		const found = Object.entries(kinds).flatMap(([field, kind]) => {
			const value = Object.hasOwn(said, field) ? (said as Record<string, unknown>)[field] : undefined;
			if (value === undefined || value === null) return [];
			const checked = kind(value);
			if (checked === undefined) throw this.#wrong(where + field, value);
			return [[field, checked] as const];
		});
		return Object.fromEntries(found) as Checked<F>;
	}

	#json(key: string, json: string): unknown {
		if (json.length > MAX_SAID || depthOf(json) > MAX_DEPTH)
			throw failure(`${this.#file} has more ${key} than a recording has, ${byHand}`);
		try {
			return JSON.parse(json);
		} catch {
			throw this.#wrong(key, json);
		}
	}

	#object<F extends Fields>(kinds: F, key: string, json: string): Checked<F> {
		const value = this.#json(key, json);
		if (typeof value !== "object" || value === null || Array.isArray(value)) throw this.#wrong(key, value);
		return this.#fields(kinds, value, `${key}.`);
	}

	#list<T>(kind: Kind<T>, key: string, max: number, texts: readonly string[]): T[] {
		const all: T[] = [];
		for (const json of texts) {
			const value = this.#json(key, json);
			if (!Array.isArray(value)) throw this.#wrong(key, value);
			for (const each of value) {
				const checked = kind(each);
				if (checked === undefined) throw this.#wrong(`one of its ${key}`, each);
				all.push(checked);
			}
			if (all.length > max)
				throw failure(
					`${this.#file} has more than ${formatCount(max)} ${key}; import it in parts, as in export --from and --to`,
				);
		}
		return all;
	}

	stream(said: ReadonlyMap<string, string>): ToldStream {
		const told = this.#fields(stream, Object.fromEntries(said), "");
		if ((told.paced_by === "device") !== (told.granted_ns !== undefined)) throw this.#wrong("paced_by", told.paced_by);
		return told;
	}

	/** @param column name of the column in the input */
	counter(column: string, said: ReadonlyMap<string, string>): ToldCounter {
		return this.#fields(counter, { ...Object.fromEntries(said), name: column }, `${shown(column)}.`);
	}

	recording(json: string): ToldRecording {
		return this.#object(recording, "recording", json);
	}

	end(json: string): ToldEnd {
		return this.#object(streamEnd, "stream_end", json);
	}

	gaps(texts: readonly string[]): ToldGap[] {
		return this.#list(gap, "gaps", MAX_GAPS, texts);
	}

	marks(texts: readonly string[]): ToldMark[] {
		return this.#list(mark, "marks", MAX_MARKS, texts);
	}

	/** What Parquet says of all columns: [{ "name": ..., "id": ... }, ...]. The values are checked together with the
	 *  columns. */
	columns(json: string): Map<string, ReadonlyMap<string, string>> {
		const rows = this.#list(
			(value) => (typeof value === "object" && value ? value : undefined),
			"counters",
			MAX_COUNTERS,
			[json],
		);
		const texts = (row: object): [string, string][] =>
			[...Object.keys(counter)].flatMap((key) =>
				Object.hasOwn(row, key) ? [[key, plain((row as Record<string, unknown>)[key])]] : [],
			);
		return new Map(rows.map((row) => new Map(texts(row))).map((row) => [row.get("name") ?? "", row]));
	}
}
