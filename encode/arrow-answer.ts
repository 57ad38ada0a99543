// SPDX-License-Identifier: Apache-2.0
/** Writes answers as an Arrow IPC stream, with every value exact. A type that Arrow lacks, or has only narrower, is
 *  refused by name. */
import type * as Duck from "@duckdb/node-api";
import * as arrow from "apache-arrow";
import { duckdbClient } from "../base/duckdb.js";
import { usageError } from "../base/errors.js";
import { IpcEncoder } from "./ipc.js";

const { DuckDBTypeId } = duckdbClient();

type Value = Duck.DuckDBValue;

/** A column of an answer. */
export interface AnswerColumn {
	readonly name: string;
	readonly type: Duck.DuckDBType;
}

/** Rows in one batch. */
const BATCH_ROWS = 65_536;

interface Mapping {
	readonly type: arrow.DataType;
	/** The values of one column as Arrow's buffers; null for values that are null. */
	data(values: readonly Value[]): arrow.Data;
}

type Numbers = new (length: number) => { [index: number]: number | bigint };

/** The validity bitmap of values, least significant bit first. */
function validity(values: readonly Value[]): { nullCount: number; nullBitmap: Uint8Array | undefined } {
	const bitmap = new Uint8Array(Math.ceil(values.length / 8));
	let nullCount = 0;
	values.forEach((value, i) => {
		if (value === null || value === undefined) nullCount++;
		else bitmap[i >> 3]! |= 1 << (i & 7);
	});
	return { nullCount, nullBitmap: nullCount === 0 ? undefined : bitmap };
}

const make = (props: object): arrow.Data => arrow.makeData(props as never) as arrow.Data;
const isNull = (value: Value): value is null => value === null || value === undefined;

/** A mapping for one number per value. `word` takes it from what DuckDB gives. */
function fixed(type: arrow.DataType, array: Numbers, word: (value: never) => number | bigint): Mapping {
	const data = (values: readonly Value[]): arrow.Data => {
		const buffer = new array(values.length);
		values.forEach((value, i) => {
			if (!isNull(value)) buffer[i] = word(value as never);
		});
		return make({ type, length: values.length, data: buffer, ...validity(values) });
	};
	return { type, data };
}

const same = (value: never): number | bigint => value;

/** A mapping for several 64-bit words per value. */
function words(type: arrow.DataType, write: (value: never, out: BigInt64Array, at: number) => void): Mapping {
	const data = (values: readonly Value[]): arrow.Data => {
		const buffer = new BigInt64Array(2 * values.length);
		values.forEach((value, i) => {
			if (!isNull(value)) write(value as never, buffer, 2 * i);
		});
		return make({ type, length: values.length, data: new Uint32Array(buffer.buffer), ...validity(values) });
	};
	return { type, data };
}

const LARGEST_DECIMAL = 10n ** 38n;

/** A mapping for decimals. HUGEINT has up to 39 digits, and a decimal of 128 bits has 38. */
function decimal(precision: number, scale: number, unscaled: (value: never) => bigint): Mapping {
	return words(new arrow.Decimal(scale, precision, 128), (value, out, at) => {
		const number = unscaled(value);
		if (number >= LARGEST_DECIMAL || number <= -LARGEST_DECIMAL)
			throw usageError(
				`${number} has more than the 38 digits of an Arrow decimal; cast it to VARCHAR, or use another format`,
			);
		out[at] = BigInt.asIntN(64, number);
		out[at + 1] = number >> 64n;
	});
}

/** The start of each value, and the end of the last one. */
function offsetsOf(lengths: readonly number[]): Int32Array {
	const offsets = new Int32Array(lengths.length + 1);
	lengths.forEach((length, i) => {
		offsets[i + 1] = offsets[i]! + length;
	});
	return offsets;
}

function bytes(type: arrow.DataType, bytesOf: (value: never) => Uint8Array): Mapping {
	const data = (values: readonly Value[]): arrow.Data => {
		const parts = values.map((value) => (isNull(value) ? new Uint8Array() : bytesOf(value as never)));
		const valueOffsets = offsetsOf(parts.map((part) => part.length));
		return make({ type, length: values.length, valueOffsets, data: Buffer.concat(parts), ...validity(values) });
	};
	return { type, data };
}

const text = (): Mapping => bytes(new arrow.Utf8(), (value) => Buffer.from(String(value)));

function list(item: Mapping): Mapping {
	const type = new arrow.List(new arrow.Field("item", item.type, true));
	const data = (values: readonly Value[]): arrow.Data => {
		const items = values.map((value) => (isNull(value) ? [] : (value as Duck.DuckDBListValue).items));
		const valueOffsets = offsetsOf(items.map((each) => each.length));
		return make({ type, length: values.length, valueOffsets, child: item.data(items.flat()), ...validity(values) });
	};
	return { type, data };
}

function struct(names: readonly string[], parts: readonly Mapping[]): Mapping {
	const type = new arrow.Struct(names.map((name, i) => new arrow.Field(name, parts[i]!.type, true)));
	const data = (values: readonly Value[]): arrow.Data => {
		const children = parts.map((part, i) =>
			part.data(values.map((value) => (isNull(value) ? null : (value as Duck.DuckDBStructValue).entries[names[i]!]!))),
		);
		return make({ type, length: values.length, children, ...validity(values) });
	};
	return { type, data };
}

const nothing = (): Mapping => {
	const type = new arrow.Null();
	return { type, data: (values) => make({ type, length: values.length }) };
};

type WithMicros = Duck.DuckDBTimestampValue;

function interval({ months, days, micros }: Duck.DuckDBIntervalValue, out: BigInt64Array, at: number): void {
	out[at] = BigInt.asIntN(64, (BigInt(days) << 32n) | BigInt.asUintN(32, BigInt(months)));
	out[at + 1] = micros * 1000n;
}

const simple: Readonly<Record<number, () => Mapping>> = {
	[DuckDBTypeId.BOOLEAN]: () => bits(),
	[DuckDBTypeId.TINYINT]: () => fixed(new arrow.Int8(), Int8Array, same),
	[DuckDBTypeId.SMALLINT]: () => fixed(new arrow.Int16(), Int16Array, same),
	[DuckDBTypeId.INTEGER]: () => fixed(new arrow.Int32(), Int32Array, same),
	[DuckDBTypeId.BIGINT]: () => fixed(new arrow.Int64(), BigInt64Array, same),
	[DuckDBTypeId.UTINYINT]: () => fixed(new arrow.Uint8(), Uint8Array, same),
	[DuckDBTypeId.USMALLINT]: () => fixed(new arrow.Uint16(), Uint16Array, same),
	[DuckDBTypeId.UINTEGER]: () => fixed(new arrow.Uint32(), Uint32Array, same),
	[DuckDBTypeId.UBIGINT]: () => fixed(new arrow.Uint64(), BigUint64Array, same),
	[DuckDBTypeId.FLOAT]: () => fixed(new arrow.Float32(), Float32Array, same),
	[DuckDBTypeId.DOUBLE]: () => fixed(new arrow.Float64(), Float64Array, same),
	[DuckDBTypeId.TIMESTAMP]: () =>
		fixed(new arrow.TimestampMicrosecond(), BigInt64Array, ({ micros }: WithMicros) => micros),
	[DuckDBTypeId.DATE]: () => fixed(new arrow.DateDay(), Int32Array, ({ days }: Duck.DuckDBDateValue) => days),
	[DuckDBTypeId.TIME]: () =>
		fixed(new arrow.TimeMicrosecond(), BigInt64Array, ({ micros }: Duck.DuckDBTimeValue) => micros),
	[DuckDBTypeId.INTERVAL]: () => words(new arrow.IntervalMonthDayNano(), interval),
	[DuckDBTypeId.HUGEINT]: () => decimal(38, 0, (value) => value),
	[DuckDBTypeId.VARCHAR]: text,
	[DuckDBTypeId.BLOB]: () => bytes(new arrow.Binary(), (value: Duck.DuckDBBlobValue) => value.bytes),
	[DuckDBTypeId.TIMESTAMP_S]: () =>
		fixed(new arrow.TimestampSecond(), BigInt64Array, ({ seconds }: Duck.DuckDBTimestampSecondsValue) => seconds),
	[DuckDBTypeId.TIMESTAMP_MS]: () =>
		fixed(
			new arrow.TimestampMillisecond(),
			BigInt64Array,
			({ millis }: Duck.DuckDBTimestampMillisecondsValue) => millis,
		),
	[DuckDBTypeId.TIMESTAMP_NS]: () =>
		fixed(new arrow.TimestampNanosecond(), BigInt64Array, ({ nanos }: Duck.DuckDBTimestampNanosecondsValue) => nanos),
	[DuckDBTypeId.ENUM]: text,
	[DuckDBTypeId.UUID]: text,
	[DuckDBTypeId.BIT]: text,
	[DuckDBTypeId.TIMESTAMP_TZ]: () =>
		fixed(new arrow.TimestampMicrosecond("UTC"), BigInt64Array, ({ micros }: WithMicros) => micros),
	[DuckDBTypeId.UHUGEINT]: () => decimal(38, 0, (value) => value),
	[DuckDBTypeId.SQLNULL]: nothing,
};

function bits(): Mapping {
	const type = new arrow.Bool();
	const data = (values: readonly Value[]): arrow.Data => {
		const buffer = new Uint8Array(Math.ceil(values.length / 8));
		values.forEach((value, i) => {
			if (value === true) buffer[i >> 3]! |= 1 << (i & 7);
		});
		return make({ type, length: values.length, data: buffer, ...validity(values) });
	};
	return { type, data };
}

function mappingOf(type: Duck.DuckDBType, column: string): Mapping {
	const inner = (part: Duck.DuckDBType): Mapping => mappingOf(part, column);
	switch (type.typeId) {
		case DuckDBTypeId.DECIMAL:
			return decimal(type.width, type.scale, ({ value }: Duck.DuckDBDecimalValue) => value);
		case DuckDBTypeId.LIST:
		case DuckDBTypeId.ARRAY:
			return list(inner(type.valueType));
		case DuckDBTypeId.STRUCT:
			return struct(type.entryNames, type.entryTypes.map(inner));
	}
	const found = simple[type.typeId];
	if (!found)
		throw usageError(
			`column ${column} is ${type}, which Arrow does not have; cast it to VARCHAR, or use another format`,
		);
	return found();
}

type Rows = readonly (readonly Value[])[];

/** Makes batches of rows that have these columns. */
class Batches {
	readonly schema: arrow.Schema;
	readonly #mappings: readonly Mapping[];

	constructor(columns: readonly AnswerColumn[]) {
		this.#mappings = columns.map(({ type, name }) => mappingOf(type, name));
		this.schema = new arrow.Schema(columns.map(({ name }, i) => new arrow.Field(name, this.#mappings[i]!.type, true)));
	}

	of(rows: Rows): arrow.RecordBatch {
		const children = this.#mappings.map((mapping, i) => mapping.data(rows.map((row) => row[i]!)));
		const type = new arrow.Struct(this.schema.fields);
		const data = make({ type, length: rows.length, nullCount: 0, children });
		return new arrow.RecordBatch(this.schema, data as never);
	}
}

/** One answer as a table, in batches. */
export function tableOf(columns: readonly AnswerColumn[], rows: Rows): arrow.Table {
	const batches = new Batches(columns);
	const parts = Array.from({ length: Math.ceil(rows.length / BATCH_ROWS) }, (_, i) =>
		batches.of(rows.slice(i * BATCH_ROWS, (i + 1) * BATCH_ROWS)),
	);
	return new arrow.Table(batches.schema, parts);
}

/** Writes one answer as a stream of batches. */
export async function writeArrow(
	columns: readonly AnswerColumn[],
	chunks: AsyncIterable<Rows>,
	write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
	const batches = new Batches(columns);
	const encoder = new IpcEncoder();
	await write(encoder.begin(batches.schema));
	let rows: (readonly Value[])[] = [];
	const flush = async (): Promise<void> => {
		const batch = batches.of(rows);
		rows = [];
		await write(encoder.encode(batch));
	};
	for await (const chunk of chunks) {
		rows = rows.concat(chunk);
		if (rows.length >= BATCH_ROWS) await flush();
	}
	if (rows.length > 0) await flush();
	await write(encoder.conclude());
}
