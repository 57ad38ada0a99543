// SPDX-License-Identifier: Apache-2.0
/** countersink sql: runs statements over recordings, finished or being written. Read-only; DuckDB reaches no other file
 *  and no network. */
import { existsSync, readFileSync } from "node:fs";
import { text as readAll } from "node:stream/consumers";
import { Command } from "commander";
import { messageOf, unavailable, usageError } from "../../base/errors.js";
import { nearest } from "../../base/text.js";
import { formatDuration } from "../../base/units.js";
import { type Chunks, isNothing, open, type StreamedAnswer } from "../../library/open-recording.js";
import type { Value } from "../../storage/recording.js";
import { typedByUser } from "../../storage/sql.js";
import { type Format, writerOf } from "../answer-format.js";
import { addFormatFlags, addMemoryFlag, type FormatFlags, formatOf, type MemoryFlags } from "../arguments.js";
import { prompt } from "../prompt/prompt.js";
import { print, say } from "../streams.js";

interface SqlFlags extends FormatFlags, MemoryFlags {
	readonly file?: string;
	readonly unsafe?: boolean;
}

const noStatement = (path: string): Error =>
	usageError(
		`there is no SQL; give it as an argument, as in countersink sql ${path} "SELECT * FROM streams", or on standard input`,
	);

/** One word that looks like a path, and names no file, was probably not meant as SQL. */
const likePath = (word: string): boolean => /^\S*(\/|\.(duckdb|db))\S*$/.test(word);

/** The first words name recordings; the statement comes after them. */
function sortWords(words: readonly string[], command: Command): { paths: string[]; statement: string | undefined } {
	for (const word of words) checkFlag(word, command);
	const files = words.findIndex((word) => !existsSync(word));
	const paths = words.slice(0, files < 0 ? words.length : Math.max(1, files));
	const [statement, ...more] = words.slice(paths.length);
	if (statement === undefined) return { paths, statement };
	if (more.length > 0 || likePath(statement))
		throw usageError(
			`${likePath(statement) ? `${statement} does not exist` : `'${more[0]}' comes after the statement`}; name recordings first, then one statement in quotes`,
		);
	return { paths, statement };
}

/** A statement may start with a comment (--), so commander passes unknown flags on as words. A word that starts with -
 *  and has no blanks is a flag. */
function checkFlag(word: string, command: Command): void {
	if (!/^-\S+$/.test(word)) return;
	const known = nearest(
		word,
		command.options.flatMap(({ short, long }) => [short, long].filter((flag) => flag !== undefined)),
	);
	if (known === word) throw usageError(`'${word}' comes after --, where it is not a flag; put it before`);
	throw usageError(`unknown option '${word}'${known === null ? "" : `; did you mean ${known}?`}`);
}

function readStatement(path: string): string {
	try {
		return readFileSync(path, "utf8");
	} catch (error) {
		throw unavailable(`the statement cannot be read (${messageOf(error)}); name a file of SQL with --file`);
	}
}

/** Prints every answer. @returns how many rows they had */
export async function printAnswers(
	answers: AsyncIterable<StreamedAnswer> | readonly StreamedAnswer[],
	format: Format,
): Promise<number> {
	const writer = writerOf(format, print);
	let rows = 0;
	async function* counted(chunks: Chunks): AsyncGenerator<readonly (readonly Value[])[]> {
		for await (const chunk of chunks) {
			rows += chunk.length;
			yield chunk;
		}
	}
	let oldest = 0;
	for await (const { columns, chunks, age_ns } of answers) {
		await writer(columns, counted(chunks));
		oldest = Math.max(oldest, age_ns ?? 0);
	}
	if (oldest > 0) say(`this answer is from a commit that was ${formatDuration(oldest)} old`);
	return rows;
}

async function sql(words: readonly string[], flags: SqlFlags, command: Command): Promise<void> {
	const { paths, statement } = sortWords(words, command);
	if (statement !== undefined && flags.file !== undefined)
		throw usageError("SQL was given on the command line and with --file; give only one of them");
	const format = formatOf(flags);
	if (format === "arrow" && process.stdout.isTTY)
		throw usageError("a terminal cannot show an Arrow stream; send it to a file or a program, as in > answer.arrows");
	const given = flags.file === undefined ? statement : readStatement(flags.file);
	const byHand = given === undefined && process.stdin.isTTY;
	if (byHand && !(process.stdout.isTTY && format === "table")) throw noStatement(paths[0]!);
	const { memory, unsafe } = flags;
	const recording = await open(paths, { memory, unsafe });
	try {
		if (byHand) return await prompt(recording);
		for (const note of recording.notes) say(note);
		const statements = given ?? (await readAll(process.stdin));
		if (isNothing(statements)) throw noStatement(paths[0]!);
		await printAnswers(recording.run(typedByUser(statements)), format);
	} finally {
		await recording.close();
	}
}

export function sqlCommand(): Command {
	const command = new Command("sql")
		.argument(
			"<words...>",
			"recordings, then statements in quotes (default: from standard input; on a terminal a prompt)",
		)
		.allowUnknownOption();
	return addMemoryFlag(addFormatFlags(command))
		.option("--file <file>", "read the statements from a file")
		.option("--unsafe", "let statements read and write other files and change how DuckDB works")
		.addHelpText(
			"after",
			`
Several recordings are reached under the names of their files, as in other.net; names without one belong to the first.

Examples:
  countersink sql run.duckdb "SELECT max(eth0_rx_bytes) - min(eth0_rx_bytes) FROM net"
  countersink sql run.duckdb "SELECT reason, sum(ticks) FROM gaps GROUP BY reason"
  countersink sql run.duckdb other.duckdb "FROM rate('other.net', 'net:eth0/rx_bytes')"
  echo "FROM counters" | countersink sql run.duckdb --csv`,
		)
		.action(sql);
}
