// SPDX-License-Identifier: Apache-2.0
/** Recognises the format of a file by its first bytes, then by its name. */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { messageOf, unavailable, usageError } from "../base/errors.js";

export type InputFormat = "arrow" | "parquet" | "csv" | "ndjson";

/** The first letters of an Arrow file and of a Parquet file. A message of an Arrow stream starts with four bytes
 *  0xff. */
const ARROW = "ARROW1";
const PARQUET = "PAR1";
const CONTINUATION = "\xff\xff\xff\xff";
const GZIP = "\x1f\x8b";
const ZSTD = "\x28\xb5\x2f\xfd";
const DUCKDB = "DUCK";
const DUCKDB_OFFSET = 8;
const HEAD_BYTES = 16;

const takes = "import takes an Arrow file or stream, Parquet, CSV and NDJSON";

/** @param name its extension decides between formats of text */
export function formatOf(head: Uint8Array, name: string): InputFormat {
	const text = Buffer.from(head).toString("latin1");
	if (text.length === 0) throw usageError(`${name} is empty; ${takes}`);
	if (text.startsWith(ARROW) || text.startsWith(CONTINUATION)) return "arrow";
	if (text.startsWith(PARQUET)) return "parquet";
	if (text.startsWith(DUCKDB, DUCKDB_OFFSET))
		throw usageError(
			`${name} is a DuckDB file: a recording needs no import; export a table of another database to Parquet (COPY ... TO 'x.parquet') and import that`,
		);
	if (text.startsWith(GZIP) || text.startsWith(ZSTD))
		throw usageError(
			`${name} is compressed; decompress it into a pipe, as in ${text.startsWith(GZIP) ? "zcat" : "zstdcat"} FILE | countersink import -`,
		);
	if (text.includes("\0")) throw usageError(`${name} has an unknown format; ${takes}`);
	if (/\.(ndjson|jsonl|json)$/i.test(name) || /^\s*\{/.test(text)) return "ndjson";
	return "csv";
}

/** Reads the first bytes of a file. @throws CountersinkError where it cannot be read */
export function headOf(path: string): Uint8Array {
	const stat = statSync(path, { throwIfNoEntry: false });
	if (!stat) throw usageError(`${path} does not exist; name a file with counters, or - for standard input`);
	if (stat.isDirectory()) throw usageError(`${path} is a folder; name one file`);
	if (!stat.isFile()) throw usageError(`${path} is not a regular file; pipe it into countersink import -`);
	if (/[*?[\]]/.test(path))
		throw usageError(
			`DuckDB would take the name ${path} for a pattern; give the file another name, or pipe it into countersink import -`,
		);
	const head = Buffer.alloc(HEAD_BYTES);
	try {
		const fd = openSync(path, "r");
		const bytes = readSync(fd, head, 0, head.length, 0);
		closeSync(fd);
		return head.subarray(0, bytes);
	} catch (error) {
		throw unavailable(`${path} cannot be read (${messageOf(error)}); check its permissions`);
	}
}
