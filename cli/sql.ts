// SPDX-License-Identifier: Apache-2.0
/** countersink sql: one statement over a recording, read-only, with DuckDB shut off from files and network. */
import { once } from "node:events";
import { text as readAll } from "node:stream/consumers";
import type { DuckDBResult } from "@duckdb/node-api";
import { Command, Option } from "commander";
import { failure, messageOf, usageError } from "../base/errors.js";
import { account, howItEnded } from "../storage/account.js";
import { Recording, type Value } from "../storage/recording.js";
import { type ColumnInfo, type Format, formats, writers } from "./format.js";

const numeric = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*)$/;

async function* chunksOf(result: DuckDBResult): AsyncGenerator<Value[][]> {
	for (;;) {
		const chunk = await result.fetchChunk().catch((error) => {
			throw failure(messageOf(error).trim());
		});
		if (!chunk || chunk.rowCount === 0) return;
		yield chunk.getRows();
	}
}

async function write(text: string): Promise<void> {
	if (!process.stdout.write(text)) await once(process.stdout, "drain");
}

/** Runs one statement and prints its answer; returns how many rows it had. */
export async function printAnswer(recording: Recording, sql: string, format: Format): Promise<number> {
	let result: DuckDBResult;
	try {
		result = await recording.connection.stream(sql);
	} catch (error) {
		throw failure(
			`${messageOf(error)
				.replace(/^Failed to [a-z ]+: /, "")
				.trim()}\n(the tables are: ${await tableNames(recording)})`,
		);
	}
	const names = result.columnNames();
	const columns: ColumnInfo[] = names.map((name, i) => ({ name, numeric: numeric.test(String(result.columnType(i))) }));
	let count = 0;
	async function* counted(): AsyncGenerator<Value[][]> {
		for await (const rows of chunksOf(result)) {
			count += rows.length;
			yield rows;
		}
	}
	await writers[format](columns, counted(), write);
	return count;
}

async function tableNames(recording: Recording): Promise<string> {
	const rows = await recording.rows("SELECT table_name FROM information_schema.tables ORDER BY table_name");
	return rows.map((row) => String(row.table_name)).join(", ");
}

/** A recording that did not end as it should says so beside every answer, not only when asked. */
async function noteEnding(recording: Recording): Promise<void> {
	const about = await account(recording);
	const expected = about.ended === "complete" || about.ended === "command" || about.ended === "interrupted";
	if (!expected) process.stderr.write(`countersink: note on ${recording.path}: ${howItEnded(about)}\n`);
}

/** Comments, blanks and semicolons: DuckDB has no message for a text of nothing else. */
const nothing = /--.*|\/\*[\s\S]*?\*\/|[;\s]/g;

const noStatement = (path: string): Error =>
	usageError(
		`there is no SQL; give it as an argument, as in countersink sql ${path} "SELECT * FROM streams", or on standard input`,
	);

interface SqlFlags {
	readonly format?: Format;
	readonly json?: boolean;
	readonly csv?: boolean;
}

async function sql(path: string, statement: string | undefined, flags: SqlFlags): Promise<void> {
	if (statement === undefined && process.stdin.isTTY) throw noStatement(path);
	const recording = await Recording.open(path);
	try {
		await noteEnding(recording);
		const format = flags.format ?? (flags.json ? "json" : flags.csv ? "csv" : "table");
		const asked = statement ?? (await readAll(process.stdin));
		if (asked.replace(nothing, "") === "") throw noStatement(path);
		await printAnswer(recording, asked, format);
	} finally {
		recording.close();
	}
}

export function sqlCommand(): Command {
	return new Command("sql")
		.description("Run one SQL statement over a recording; nothing is modified, no other file is read.")
		.argument("<file>", "a recording")
		.argument("[sql]", "the statement (default: from standard input)")
		.addOption(new Option("-f, --format <format>", "of the answer (default: table)").choices(formats))
		.option("--json", "the same as --format json")
		.option("--csv", "the same as --format csv")
		.addHelpText(
			"after",
			`
Examples:
  countersink sql run.duckdb "SELECT max(eth0_rx_bytes) - min(eth0_rx_bytes) FROM net"
  countersink sql run.duckdb "SELECT reason, sum(ticks) FROM gaps GROUP BY reason"
  echo "FROM counters" | countersink sql run.duckdb --csv`,
		)
		.action(sql);
}
