// SPDX-License-Identifier: Apache-2.0
/** countersink export: writes a recording, or a part of it, in a format of other tools. */
import { statSync } from "node:fs";
import { extname } from "node:path";
import { Command, Option } from "commander";
import { usageError } from "../../base/errors.js";
import { nearest } from "../../base/text.js";
import { formatBytes, formatCount, type Nanoseconds } from "../../base/units.js";
import { csv, spreadsheet } from "../../export/csv.js";
import { parsePartition } from "../../export/dataset.js";
import { exportRecording } from "../../export/export.js";
import { type Down, downs, type Form, forms, type Selection } from "../../export/export-selection.js";
import type { Written } from "../../export/exported-files.js";
import type { Format } from "../../export/format.js";
import { formats } from "../../export/formats.js";
import { parseMoment } from "../../export/times.js";
import { collect, rate } from "../arguments.js";
import { abandonReader, endings, say, stdout, tell } from "../streams.js";
import { ShareBar } from "../terminal.js";

interface ExportFlags {
	readonly format?: string;
	readonly output?: string;
	readonly from?: string;
	readonly to?: string;
	readonly counters: readonly string[];
	readonly stream: readonly string[];
	readonly rate?: Nanoseconds;
	readonly down?: Down;
	readonly as: Form;
	readonly partition?: string;
	readonly overwrite?: boolean;
	readonly spreadsheet?: boolean;
}

function named(name: string): Format {
	const found = formats.find((format) => format.name === name || format.extensions.includes(name));
	if (found) return found;
	const names = formats.map((format) => format.name);
	const near = nearest(name, names);
	throw usageError(
		`there is no format '${name}'${near ? `; did you mean '${near}'?` : `; the formats are ${names.join(", ")}`}`,
	);
}

function formatOf(flags: ExportFlags): Format {
	const format = plainFormatOf(flags);
	if (!flags.spreadsheet) return format;
	if (format !== csv)
		throw usageError(`--spreadsheet applies to CSV only, and the format is ${format.name}; leave it out`);
	return spreadsheet;
}

/** The format that the flags name, or the extension of the file. */
function plainFormatOf({ format, output, partition }: ExportFlags): Format {
	if (partition !== undefined && format !== undefined && named(format).name !== "parquet")
		throw usageError(`--partition writes Parquet, not ${format}; leave out --format`);
	if (partition !== undefined) return named("parquet");
	if (format !== undefined) return named(format);
	const extension = extname(output!).slice(1);
	const found = formats.find(({ extensions }) => extensions.includes(extension));
	if (found) return found;
	throw usageError(
		`the name ${output} does not tell the format; choose one with -f: ${formats.map(({ name }) => name).join(", ")}`,
	);
}

function checkPipe(format: Format, { partition }: ExportFlags): void {
	if (partition !== undefined) throw usageError("--partition writes a folder; name one with -o");
	if (!format.pipes)
		throw usageError(`${format.name} cannot be written to a pipe, since it is read from its end; name a file with -o`);
	if (format.binary && process.stdout.isTTY)
		throw usageError(`standard output is a terminal; pipe the ${format.name} into a program, or name a file with -o`);
}

/** The part of the recording that the flags select, by time and by counter. */
function selectionOf(flags: ExportFlags, started_ns: bigint): Selection {
	const { from, to, counters, stream, rate, down, as } = flags;
	const from_ns = from === undefined ? null : parseMoment(from, started_ns, "--from");
	const to_ns = to === undefined ? null : parseMoment(to, started_ns, "--to");
	if (from_ns !== null && to_ns !== null && from_ns >= to_ns)
		throw usageError(`--to ${to} is not after --from ${from}, so there is nothing between them`);
	return { from_ns, to_ns, counters, streams: stream, as, bucket_ns: rate ?? null, down: down ?? "mean" };
}

const REDRAW_MS = 250;

async function run(path: string, flags: ExportFlags): Promise<void> {
	const { output } = flags;
	if (output === undefined || output === "")
		throw usageError("no output was given; name a file with -o, as in -o run.parquet, or - for standard output");
	if (flags.down !== undefined && flags.rate === undefined)
		throw usageError("--down applies to buckets only; give their length, too, as in --rate 10Hz");
	const format = formatOf(flags);
	if (output === "-") checkPipe(format, flags);
	const bar = new ShareBar();
	let drawing: NodeJS.Timeout | undefined;
	const written = await exportRecording({
		path,
		format,
		out: output,
		stdout: stdout(),
		overwrite: flags.overwrite ?? false,
		partition: flags.partition === undefined ? null : parsePartition(flags.partition),
		select: (started_ns) => selectionOf(flags, started_ns),
		signal: endings(),
		begin: (input, notes) => {
			for (const note of notes) say(note);
			drawing = setInterval(() => bar.show(input.progress, format.name), REDRAW_MS);
		},
	})
		.catch((error) => {
			abandonReader();
			throw error;
		})
		.finally(() => {
			clearInterval(drawing);
			bar.clear();
		});
	tell(written.map(describe));
}

const describe = ({ path, streams, rows }: Written): string =>
	`${path}: ${streams.join(", ")}, ${formatCount(rows, "row")}, ${formatBytes(statSync(path).size)}`;

const formatList = (): string =>
	formats
		.map(
			({ name, extensions, about }) => `  ${name.padEnd(12)} ${about} (${extensions.map((e) => `.${e}`).join(", ")})`,
		)
		.join("\n");

export function exportCommand(): Command {
	return new Command("export")
		.argument("<file>", "a recording")
		.option("-f, --format <format>", "one of those below (default: by the extension of the output)")
		.option("-o, --output <file>", "the file, or a folder for one file per stream, or - for standard output")
		.option("--from <time>", "from this time on: after the start as in 2.5s, 09:58:36.8 or 2026-11-22T09:58:36Z (UTC)")
		.option("--to <time>", "up to this time, which is not included")
		.option("--counters <glob>", "only counters whose id matches; may be given several times", collect, [])
		.option("--stream <name>", "only this stream; may be given several times", collect, [])
		.addOption(
			new Option("--as <form>", "form of counters: values, changes, or changes per second; gauges keep their values")
				.choices(forms)
				.default("value"),
		)
		.addOption(new Option("--rate <rate>", "one row per bucket of this length, as in 100Hz or 1s").argParser(rate))
		.addOption(
			new Option(
				"--down <how>",
				"content of a bucket: the mean over its time, or its smallest and largest value (default: mean)",
			).choices(downs),
		)
		.option("--partition <keys>", "write a Hive-partitioned dataset of Parquet, as in host,date,stream")
		.option("--spreadsheet", "with CSV: an apostrophe before names that a spreadsheet would take for formulas")
		.option("--overwrite", "replace existing files")
		.addHelpText(
			"after",
			`
Formats:
${formatList()}

Examples:
  countersink export run.duckdb -o run.parquet
  countersink export run.duckdb --counters 'net:eth0/*' --as rate --rate 10Hz -o eth0.csv
  countersink export run.duckdb --stream net -f arrows -o - | python3 plot.py
  countersink export run.duckdb --partition host,date,stream -o dataset`,
		)
		.action(run);
}
