// SPDX-License-Identifier: Apache-2.0
/** Checks what a file says of its streams and counters, value by value. Everything that is asked later is built from
 *  these values. */
import type { DuckDBValue } from "@duckdb/node-api";
import { groupBy } from "../base/group-by.js";
import { pacers } from "../kernel/source.js";
import type { StreamShape } from "../sampler/batch.js";
import { layout } from "../sampler/layout.gen.js";
import type { Instance } from "./instance.js";
import { fixedTables, type Shape, untrusted } from "./shape.js";
import { join, name as quoted, type Sql, sql, text } from "./sql.js";
import { endings, maxCharacters, waits } from "./words.js";

/** The most streams. A stream is a source at one rate, so no recording of ours has more. */
const MAX_STREAMS = 1000;
const MAX_COLUMNS = layout.RING_MAX_COLUMNS;
const MAX_COUNTERS = 200_000;
const MAX_MARKS = 1_000_000;
/** The most bytes of text in a small table. */
const MAX_TEXT = 64 * 2 ** 20;

/** The most rows of the small tables, which are read whole. */
const maxRows: ReadonlyMap<string, number> = new Map([
	["recording", 1],
	["streams", MAX_STREAMS],
	["counters", MAX_COUNTERS],
	["marks", MAX_MARKS],
]);

/** A name as base/text.ts makes it for record and import. */
const plainName = /^[a-z][a-z0-9_]*$/;
const MAX_NAME = 8192;
/** Columns that every stream has. */
const reserved = ["ts", "tick", "read_ns"];

/** Periods and widths must also fit a number of ours. */
const isPeriod = (value: DuckDBValue): boolean =>
	typeof value === "bigint" && value >= 1n && value <= BigInt(Number.MAX_SAFE_INTEGER);

const words = {
	semantics: ["counter", "gauge", "flag"],
	type: ["u64", "i64", "f64"],
} as const;

type Named = Record<string, DuckDBValue>;

export class Contents {
	readonly #instance: Instance;
	readonly #shape: Shape;
	readonly #path: string;

	constructor(instance: Instance, shape: Shape, path: string) {
		this.#instance = instance;
		this.#shape = shape;
		this.#path = path;
	}

	async #rows(asked: Sql): Promise<Named[]> {
		return (await this.#instance.connection.runAndReadAll(asked)).getRowObjects();
	}

	/** Checks that the tables are small enough to be read whole: first their rows, which costs nothing, then their
	 *  bytes. */
	async #checkSizes(): Promise<void> {
		const each = (what: Sql): Sql =>
			join(
				[...maxRows.keys()].map(
					(table) => sql`SELECT ${text(table)} AS name, ${what} AS n FROM ${this.#shape.table(table)} row_of_table`,
				),
				sql` UNION ALL `,
			);
		for (const { name, n } of await this.#rows(each(sql`count(*)`)))
			if (Number(n) > maxRows.get(String(name))!)
				throw untrusted(
					this.#path,
					`its table ${name} has ${n} rows, and at most ${maxRows.get(String(name))} are allowed`,
				);
		for (const { name, n } of await this.#rows(each(sql`coalesce(sum(strlen(row_of_table::VARCHAR)), 0)`)))
			if (Number(n) > MAX_TEXT)
				throw untrusted(this.#path, `its table ${name} has more than ${MAX_TEXT} bytes of text`);
	}

	/** Checks the texts of `recording`, which appear in sentences and in every line of some exports. */
	async #checkRecording(): Promise<void> {
		const lengths = Object.keys(maxCharacters).map((column) => sql`length(${quoted(column)}) AS ${quoted(column)}`);
		const [row] = await this.#rows(
			sql`SELECT left(wait, 64) AS wait, left(ended, 64) AS ended,
				(imported_from IS NULL)::INTEGER + (imported_at IS NULL)::INTEGER + (imported_by IS NULL)::INTEGER AS unimported, ${join(lengths)} FROM ${this.#shape.table("recording")}`,
		);
		/* Another check reports an empty table. */
		if (!row) return;
		const known = ({ wait, ended }: Named): boolean =>
			(waits as readonly DuckDBValue[]).includes(wait!) &&
			(ended === null || (endings as readonly DuckDBValue[]).includes(ended!));
		const long = Object.entries(maxCharacters).find(([column, most]) => Number(row[column] ?? 0) > most);
		if (long) throw untrusted(this.#path, `its ${long[0]} has more than ${long[1]} characters`);
		if (!known(row)) throw untrusted(this.#path, "the words for how it waited or ended are unknown");
		if (![0, 3].includes(Number(row.unimported))) throw untrusted(this.#path, "it tells only a part of its import");
	}

	/** The streams with their columns, in the order in which they were written. */
	async streams(): Promise<StreamShape[]> {
		await this.#checkSizes();
		await this.#checkRecording();
		const streams = await this.#rows(
			sql`SELECT name, period_ns, paced_by, granted_ns, counters FROM ${this.#shape.table("streams")}`,
		);
		const counters = await this.#rows(
			sql`SELECT stream, column_name, id, semantics, width, type FROM ${this.#shape.table("counters")}`,
		);
		const held = groupBy(counters, ({ stream }) => String(stream));
		if (streams.length === 0) throw untrusted(this.#path, "it has no stream");
		for (const stream of streams) this.#checkStream(stream, held.get(String(stream.name)) ?? []);
		this.#checkNames(streams.map((stream) => String(stream.name)));
		for (const stream of held.keys())
			if (!streams.some((known) => known.name === stream))
				throw untrusted(this.#path, "it has counters that belong to no stream");
		return streams.map((stream) => ({
			name: String(stream.name),
			columns: (held.get(String(stream.name)) ?? []).map(({ column_name, id, type }) => ({
				name: String(column_name),
				id: String(id),
				type: type as (typeof words.type)[number],
			})),
		}));
	}

	#checkName(value: DuckDBValue, what: string): void {
		if (typeof value !== "string" || value.length > MAX_NAME || !plainName.test(value))
			throw untrusted(
				this.#path,
				`the name of a ${what} is ${JSON.stringify(String(value)).slice(0, 80)}, and a name must consist of lower-case letters, digits and _`,
			);
	}

	#checkStream(stream: Named, counters: readonly Named[]): void {
		this.#checkName(stream.name!, "stream");
		const of = (why: string): Error => untrusted(this.#path, `stream ${stream.name} ${why}`);
		if (!isPeriod(stream.period_ns!)) throw of(`has a period of ${stream.period_ns} ns`);
		if (!(pacers as readonly DuckDBValue[]).includes(stream.paced_by!))
			throw of(`is paced by none of ${pacers.join(", ")}`);
		if ((stream.paced_by === "device") !== (stream.granted_ns !== null))
			throw of("was granted a period without being paced by a device, or the other way round");
		if (stream.granted_ns !== null && !isPeriod(stream.granted_ns!))
			throw of(`was granted a period of ${stream.granted_ns} ns`);
		if (Number(stream.counters) !== counters.length)
			throw of(`has ${stream.counters} counters, and ${counters.length} are described`);
		if (counters.length === 0 || counters.length > MAX_COLUMNS)
			throw of(`has ${counters.length} counters, and 1 to ${MAX_COLUMNS} are allowed`);
		for (const counter of counters) this.#checkCounter(counter, of);
		if (new Set(counters.map((counter) => counter.column_name)).size < counters.length)
			throw of("has two counters in one column");
	}

	#checkCounter(counter: Named, of: (why: string) => Error): void {
		this.#checkName(counter.column_name!, "column");
		if (reserved.includes(String(counter.column_name))) throw of(`has a counter in its column ${counter.column_name}`);
		for (const [what, known] of Object.entries(words))
			if (!(known as readonly DuckDBValue[]).includes(counter[what]!))
				throw of(`has a counter whose ${what} is not one of ${known.join(", ")}`);
		const width = Number(counter.width);
		if (!(width >= 1 && width <= 64)) throw of(`has a counter of ${counter.width} bits`);
	}

	/** Checks that each name, also that of a long view, stands for one thing only. */
	#checkNames(names: readonly string[]): void {
		const all = [...fixedTables(), ...names, ...names.map((stream) => `${stream}_long`)];
		const twice = all.find((one, i) => all.indexOf(one) < i);
		if (twice !== undefined) throw untrusted(this.#path, `the name ${twice} stands for more than one table`);
	}
}
