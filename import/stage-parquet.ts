// SPDX-License-Identifier: Apache-2.0
/**
 * DuckDB reads Parquet. Before it does, the file is checked here: whether it is whole, and whether its table is in
 * proportion to its size.
 *
 *   "PAR1", columns..., footer, u32 bytes of the footer, "PAR1"
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { failure, usageError } from "../base/errors.js";
import { formatBytes, formatCount } from "../base/units.js";
import { sql, text } from "../storage/sql.js";
import type { Metadata, Staging } from "./staging.js";
import { MAX_WIDTH } from "./text-limits.js";
import { MAX_SAID, Teller } from "./told.js";

const MAGIC = 4;
const END = 8;
/** The longest footer. It is parsed as a whole and describes each column of each row group, in about a hundred bytes
 *  each. */
const MAX_FOOTER = 256 << 20;

/** The most rows and values for each byte of the file. Times alone took about a byte a row in all measurements.
 *  Constant columns take less, so a wide table of constants has more values. Beyond these limits a file of kilobytes
 *  would become a table that fills the disk. */
const MAX_ROWS = 1000;
const MAX_VALUES = 10_000;
/** The rows and values that any file may have, since the limits above would refuse small files. */
const FREE_ROWS = 1_000_000;
const FREE_VALUES = 10_000_000;

const damaged = (name: string, what: string): Error =>
	failure(`${name} is damaged or cut off (${what}); nothing was imported`);

/** The length of the file in bytes. @throws CountersinkError where it does not start and end like a Parquet file */
function checkEnds(path: string, name: string): number {
	const fd = openSync(path, "r");
	try {
		const { size } = fstatSync(fd);
		const end = Buffer.alloc(END);
		if (size < MAGIC + END || readSync(fd, end, 0, END, size - END) < END) throw damaged(name, "its end is missing");
		if (end.toString("latin1", MAGIC) === "PARE")
			throw usageError(`${name} is encrypted, and countersink cannot decrypt it; write it without encryption`);
		if (end.toString("latin1", MAGIC) !== "PAR1") throw damaged(name, "its end is missing");
		const footer = end.readUInt32LE();
		if (footer === 0 || footer > size - MAGIC - END || footer > MAX_FOOTER)
			throw damaged(name, `its footer claims ${footer} bytes`);
		return size;
	} finally {
		closeSync(fd);
	}
}

/** @param bytes length of the file */
async function checkProportion(staging: Staging, path: string, bytes: number, name: string): Promise<void> {
	const columns = (await staging.columns(sql`read_parquet(${text(path)})`)).length;
	if (columns > MAX_WIDTH)
		throw usageError(
			`${name} has ${formatCount(columns)} columns, and at most ${formatCount(MAX_WIDTH)} are read; import it in parts`,
		);
	const { num_rows } = await staging.row(sql`SELECT num_rows FROM parquet_file_metadata(${text(path)})`);
	const rows = Number(num_rows);
	if (rows > MAX_ROWS * bytes + FREE_ROWS || rows * columns > MAX_VALUES * bytes + FREE_VALUES)
		throw failure(
			`${name} claims ${formatCount(rows, "row")} of ${formatCount(columns, "column")} in ${formatBytes(bytes)}, more than measurements take; nothing was imported; if the file is right, write it without compression and encodings`,
		);
}

const KEYS = [
	"stream",
	"source",
	"period_ns",
	"paced_by",
	"granted_ns",
	"recording",
	"gaps",
	"marks",
	"stream_end",
	"counters",
];

/** The metadata under the keys that we know. Other keys may hold anything, such as the schema of Arrow or of pandas. */
async function said(staging: Staging, path: string, name: string): Promise<Metadata> {
	const keys = KEYS.map((key) => sql`${text(key)}::BLOB`).reduce((before, key) => sql`${before}, ${key}`);
	const from = sql`parquet_kv_metadata(${text(path)}) WHERE key IN (${keys})`;
	const { bytes } = await staging.row(sql`SELECT coalesce(sum(octet_length(value)), 0)::BIGINT AS bytes FROM ${from}`);
	if ((bytes as bigint) > BigInt(MAX_SAID)) throw damaged(name, "it has more than 64 MiB of metadata about its rows");
	const rows = await staging.rows(sql`SELECT decode(key) AS key, decode(value) AS value FROM ${from}`);
	const table = new Map(rows.map(({ key, value }) => [String(key), String(value)]));
	const counters = table.get("counters");
	return { table, columns: counters === undefined ? new Map() : new Teller(name).columns(counters), batches: [] };
}

/** Stages a view of the file, since Parquet can be read as often as needed. */
export async function stageParquet(
	staging: Staging,
	path: string,
	name: string,
): Promise<{ metadata: Metadata; leftOut: string[] }> {
	await checkProportion(staging, path, checkEnds(path, name), name);
	const leftOut = await staging.view(sql`read_parquet(${text(path)})`);
	return { metadata: await said(staging, path, name), leftOut };
}
