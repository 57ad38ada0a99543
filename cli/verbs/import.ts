// SPDX-License-Identifier: Apache-2.0
/** countersink import: makes a recording of counters that another tool wrote. */
import { Command, Option } from "commander";
import { CountersinkError, failure, isDiskFull, messageOf, usageError } from "../../base/errors.js";
import { identifier } from "../../base/text.js";
import { formatCount, type Nanoseconds } from "../../base/units.js";
import { type Imported, importFile } from "../../import/import.js";
import { type TimeUnit, timeUnits } from "../../import/time.js";
import { prelude } from "../../queries/prelude.js";
import { collect, time } from "../arguments.js";
import { Status } from "../status.js";
import { endings, tell as write } from "../streams.js";

interface ImportFlags {
	readonly output: string;
	readonly overwrite?: boolean;
	readonly source?: string;
	readonly time?: string;
	readonly timeUnit?: TimeUnit;
	readonly period?: Nanoseconds;
	readonly id?: string;
	readonly value?: string;
	readonly counter: readonly string[];
	readonly gauge: readonly string[];
}

function checkFlags({ id, value, source }: ImportFlags): void {
	if ((id === undefined) !== (value === undefined))
		throw usageError("--id and --value belong together: the column of names and the column of values");
	if (source !== undefined && source !== identifier(source))
		throw usageError(
			`'${source}' is not a valid source name; write lower-case letters, digits and _, as in ${identifier(source)}`,
		);
}

async function runImport(file: string, flags: ImportFlags): Promise<void> {
	checkFlags(flags);
	if (file === "-" && process.stdin.isTTY)
		throw usageError("standard input is a terminal; name a file, or pipe an Arrow stream or CSV in");
	const signal = endings();
	const status = new Status();
	try {
		const imported = await importFile({
			input: { file, stdin: process.stdin },
			output: flags.output,
			overwrite: flags.overwrite ?? false,
			hints: { ...flags, period_ns: flags.period },
			macros: prelude(),
			signal,
			status: (what) => status.say(what),
		});
		status.clear();
		tell(file, flags.output, imported);
	} catch (error) {
		status.clear();
		if (signal.aborted) throw failure("the import was interrupted, and its files were removed");
		if (error instanceof CountersinkError) throw error;
		if (isDiskFull(error))
			throw failure(
				`the disk is full while writing ${flags.output}; its files were removed; free space, or name another file with -o`,
			);
		throw failure(`importing ${file} failed: ${messageOf(error).split("\n")[0]}`, error);
	}
}

function tell(file: string, output: string, { plan, rows, gapTicks, leftOut }: Imported): void {
	const { stream, notes } = plan;
	const missing = gapTicks === 0 ? "no tick missing" : `${formatCount(gapTicks, "tick")} missing`;
	const lines = [
		`${output}: ${formatCount(rows, "row")} of ${formatCount(stream.columns.length, "counter")} from ${file === "-" ? "standard input" : file} as stream ${stream.name}, ${missing}`,
		...notes.map((note) => `  ${note}`),
	];
	if (leftOut > 0)
		lines.push(
			`  left out: ${formatCount(leftOut, "row")} with the same tick as the row before; a shorter --period keeps rows whose times differ`,
		);
	write(lines);
}

export function importCommand(): Command {
	return new Command("import")
		.argument("<file>", "a file of `record -o -` or `export`, or any table with a column of times; - is standard input")
		.option("-o, --output <file>", "the recording", "countersink.duckdb")
		.option("--overwrite", "replace an existing recording")
		.option("--source <name>", "source and stream of counters whose columns name none (default: the name of the file)")
		.option("--time <column>", "the column of times (default: by type, then by name)")
		.addOption(
			new Option("--time-unit <unit>", "unit of times that are numbers (default: by their size)").choices([
				...timeUnits,
			]),
		)
		.option("--period <time>", "time between rows, as in 1s (default: the typical one)", time("period", "1s or 100ms"))
		.option("--id <column>", "for the long form, one row per value: the column of names")
		.option("--value <column>", "for the long form: the column of values")
		.option(
			"--counter <glob>",
			"these columns count up, whatever their values look like; may be given several times",
			collect,
			[],
		)
		.option("--gauge <glob>", "these columns go up and down; may be given several times", collect, [])
		.addHelpText("after", examples)
		.action(runImport);
}

const examples = `
Examples:
  countersink record -e 'net:*@1kHz' -d 5s -o - | countersink import - -o run.duckdb
  countersink import vmstat.csv --time-unit s --gauge 'free*' -o vmstat.duckdb
  countersink import metrics.parquet --id metric --value value --period 15s -o metrics.duckdb`;
