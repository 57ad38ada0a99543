// SPDX-License-Identifier: Apache-2.0
/** Reads the schema of an Arrow stream (format/Schema.fbs of Apache Arrow): names, types, metadata, and which buffers a
 *  batch has for each. */
import { MAX_COLUMNS } from "../sampler/selection.js";
import { Damaged, type Table } from "./flatbuffer.js";

/** Types, as the union Type numbers them. */
export const kind = {
	null: 1,
	int: 2,
	float: 3,
	binary: 4,
	utf8: 5,
	bool: 6,
	decimal: 7,
	date: 8,
	time: 9,
	timestamp: 10,
	interval: 11,
	list: 12,
	struct: 13,
	union: 14,
	fixedBinary: 15,
	fixedList: 16,
	map: 17,
	duration: 18,
	largeBinary: 19,
	largeUtf8: 20,
	largeList: 21,
	runEnds: 22,
	binaryView: 23,
	utf8View: 24,
	listView: 25,
	largeListView: 26,
} as const;

/** Number of buffers of a type without its children. A dense union has one more, and a union before version 5 another
 *  one. */
const buffers: Readonly<Record<number, number>> = {
	[kind.null]: 0,
	[kind.int]: 2,
	[kind.float]: 2,
	[kind.binary]: 3,
	[kind.utf8]: 3,
	[kind.bool]: 2,
	[kind.decimal]: 2,
	[kind.date]: 2,
	[kind.time]: 2,
	[kind.timestamp]: 2,
	[kind.interval]: 2,
	[kind.list]: 2,
	[kind.struct]: 1,
	[kind.union]: 1,
	[kind.fixedBinary]: 2,
	[kind.fixedList]: 1,
	[kind.map]: 2,
	[kind.duration]: 2,
	[kind.largeBinary]: 3,
	[kind.largeUtf8]: 3,
	[kind.largeList]: 2,
	[kind.runEnds]: 0,
	[kind.binaryView]: 2,
	[kind.utf8View]: 2,
	[kind.listView]: 3,
	[kind.largeListView]: 3,
};

const views: readonly number[] = [kind.binaryView, kind.utf8View];

/** How many entries of a batch's lists a field takes, its children included. */
export interface Extent {
	readonly nodes: number;
	readonly buffers: number;
	/** Number of fields with views. Each has further buffers, and the batch tells how many. */
	readonly views: number;
}

export interface DictionaryOf {
	readonly id: number;
	/** Length of an index in bytes. */
	readonly width: number;
	readonly signed: boolean;
}

export interface Field {
	readonly name: string;
	readonly kind: number;
	/** The table that describes the type: its width, its unit... */
	readonly type: Table;
	/** Set where the rows hold indices into a dictionary of that type. */
	readonly dictionary: DictionaryOf | null;
	readonly metadata: ReadonlyMap<string, string>;
	readonly extent: Extent;
}

export interface Schema {
	readonly fields: readonly Field[];
	readonly metadata: ReadonlyMap<string, string>;
}

/** The deepest nesting of fields. A schema that nests deeper does not describe a table of numbers. */
const MAX_DEPTH = 64;
/** The most columns: those that hold counters, and as many that do not. */
const MAX_FIELDS = 2 * MAX_COLUMNS;
const VERSION_5 = 4;

export function metadataOf(table: Table, index: number): ReadonlyMap<string, string> {
	return new Map(table.tables(index).map((pair) => [pair.string(0), pair.string(1)]));
}

const sum = (extents: readonly Extent[]): Extent =>
	extents.reduce((a, b) => ({ nodes: a.nodes + b.nodes, buffers: a.buffers + b.buffers, views: a.views + b.views }), {
		nodes: 0,
		buffers: 0,
		views: 0,
	});

function dictionaryOf(table: Table | null): DictionaryOf | null {
	if (!table) return null;
	const index = table.table(1);
	const bits = index?.i32(0) ?? 32;
	if (![8, 16, 32, 64].includes(bits)) throw new Damaged(`an index of ${bits} bits`);
	return { id: table.i64(0), width: bits / 8, signed: index === null || index.u8(1) !== 0 };
}

function ownBuffers(kindOf: number, type: Table, version: number): number {
	const plain = buffers[kindOf];
	if (plain === undefined) throw new Damaged(`type ${kindOf} is not known`);
	return kindOf === kind.union ? plain + (type.i16(0) === 1 ? 1 : 0) + (version < VERSION_5 ? 1 : 0) : plain;
}

function fieldOf(table: Table, version: number, depth: number): Field {
	if (depth > MAX_DEPTH) throw new Damaged(`fields are nested more than ${MAX_DEPTH} levels deep`);
	const dictionary = dictionaryOf(table.table(4));
	const type = table.table(3);
	if (!type) throw new Damaged("a field has no type");
	const kindOf = table.u8(2);
	/* The children of a field with a dictionary are those of the dictionary's values. Batches do not have them. */
	const children = table.tables(5).map((child) => fieldOf(child, version, depth + 1).extent);
	const own = {
		nodes: 1,
		buffers: dictionary ? 2 : ownBuffers(kindOf, type, version),
		views: !dictionary && views.includes(kindOf) ? 1 : 0,
	};
	return {
		name: table.string(0),
		kind: kindOf,
		type,
		dictionary,
		metadata: metadataOf(table, 6),
		extent: dictionary ? own : sum([own, ...children]),
	};
}

/** @param version version of the metadata, as messages number it */
export function schemaOf(table: Table, version: number): Schema {
	if (table.i16(0) !== 0) throw new Damaged("its numbers are big-endian");
	const { length } = table.vector(1, 4);
	if (length > MAX_FIELDS) throw new Damaged(`it has ${length} columns, more than ${MAX_FIELDS}`);
	return {
		fields: table.tables(1).map((field) => fieldOf(field, version, 0)),
		metadata: metadataOf(table, 2),
	};
}
