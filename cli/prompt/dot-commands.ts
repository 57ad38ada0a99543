// SPDX-License-Identifier: Apache-2.0
/** The commands of the prompt that are not SQL. */
import { readFileSync } from "node:fs";
import { messageOf, usageError } from "../../base/errors.js";
import { globToRegExp, nearest } from "../../base/text.js";
import { formatCount } from "../../base/units.js";
import { name as quoted, sql, text } from "../../storage/sql.js";
import { columnsSql, namesSql } from "../../storage/views.js";
import { table } from "../table.js";
import { clip, wrap } from "../terminal.js";
import { ask } from "./answer.js";
import { macroHelp } from "./macro-help.js";
import { query } from "./query-command.js";
import { type Mode, modes, type Shell } from "./shell.js";

/** What a command can do to the prompt itself. */
export interface Loop {
	/** Runs a line as if it had been typed. */
	line(text: string): Promise<void>;
	leave(): void;
}

export interface DotCommand {
	readonly usage: string;
	readonly help: string;
	run(shell: Shell, argument: string, loop: Loop): unknown;
}

const clipped = (shell: Shell, lines: readonly string[]): void => {
	for (const line of lines) shell.say(clip(line, shell.width()));
};

const tablesSql = sql`SELECT CASE WHEN prefix = '' THEN '' ELSE prefix || '.' END || name AS name, kind, columns, rows FROM (${namesSql})`;

/** Checks the name of a table that a user wrote. */
function knownTable(shell: Shell, name: string): string {
	const names = shell.vocabulary.tables.map((known) => known.name);
	if (names.includes(name)) return name;
	const near = nearest(name, names);
	throw usageError(`there is no table ${name}; ${near ? `did you mean ${near}?` : ".tables lists all"}`);
}

async function schema(shell: Shell, argument: string): Promise<number> {
	if (argument === "")
		return ask(
			shell,
			sql`SELECT name AS "table", column_name AS "column", data_type AS type FROM (${columnsSql}) ORDER BY place, column_index`,
		);
	const [table, database = ""] = knownTable(shell, argument).split(".").reverse();
	const recording = database.replaceAll('"', "");
	const units = database === "" || recording === "temp" ? sql`main.counters` : sql`${quoted(recording)}.counters`;
	return ask(
		shell,
		sql`SELECT c.column_name AS "column", c.data_type AS type, k.unit, k.semantics, k.id FROM (${columnsSql}) c
		LEFT JOIN ${units} k ON k.stream = c.name AND k.column_name = c.column_name
		WHERE c.name = ${text(table!)} AND c.prefix = ${text(recording)} ORDER BY c.column_index`,
	);
}

function counters(shell: Shell, argument: string): void {
	const all = shell.vocabulary.counters;
	const pattern = globToRegExp(argument || "*");
	const found = all.filter(({ id, stream, column }) => pattern.test(id) || pattern.test(`${stream}.${column}`));
	if (found.length === 0) {
		const near = nearest(
			argument,
			all.map(({ id }) => id),
		);
		throw usageError(
			`this recording has no counter ${argument}; ${near ? `did you mean ${near}?` : ".counters lists all"}`,
		);
	}
	const rows = found.slice(0, shell.rows).map((c) => [c.id, c.unit, c.semantics, c.help]);
	const [titles, ...lines] = table(
		["id", "unit", "semantics", "what it counts"].map((title) => ({ title })),
		rows,
	);
	clipped(shell, [titles!, ...lines]);
	const part = found.length > rows.length ? ` (${rows.length} shown; .rows N for more, or .counters GLOB)` : "";
	shell.say(shell.paint("dim", `${formatCount(found.length, "counter")}${part}`));
}

/** On two lines each, since a signature with its sentence is wider than a screen. */
function macros(shell: Shell): void {
	const help = macroHelp();
	const { macros: all } = shell.vocabulary;
	if (all.length === 0) throw usageError("this recording carries no macros; an older countersink made it");
	for (const { name, parameters } of all) {
		shell.say(`${shell.paint("bold", name)}(${parameters.join(", ")})`);
		for (const line of wrap(help.get(name) ?? "", shell.width() - 4)) shell.say(`    ${line}`.trimEnd());
	}
}

function setMode(shell: Shell, argument: string): void {
	if (!(modes as readonly string[]).includes(argument)) {
		const near = nearest(argument, modes);
		throw usageError(
			`.mode is one of ${modes.join(", ")}${near ? `; did you mean ${near}?` : `; it is ${shell.mode} now`}`,
		);
	}
	shell.mode = argument as Mode;
}

function setTimer(shell: Shell, argument: string): void {
	if (argument !== "on" && argument !== "off")
		throw usageError(`.timer is on or off; it is ${shell.timer ? "on" : "off"} now`);
	shell.timer = argument === "on";
}

function setRows(shell: Shell, argument: string): void {
	const rows = Number(argument);
	if (!/^\d+$/.test(argument) || rows < 1 || rows > 100_000)
		throw usageError(
			`.rows takes a number of rows from 1 to 100000; it is ${shell.rows} now, and .output FILE takes any number`,
		);
	shell.rows = rows;
}

async function read(_shell: Shell, argument: string, loop: Loop): Promise<void> {
	if (argument === "") throw usageError(".read takes the name of a file of SQL, as in .read questions.sql");
	let text: string;
	try {
		text = readFileSync(argument, "utf8");
	} catch (error) {
		throw usageError(`cannot read ${argument}: ${messageOf(error)}`);
	}
	await loop.line(text);
}

async function output(shell: Shell, argument: string): Promise<void> {
	try {
		await shell.redirect(argument || null);
	} catch (error) {
		throw usageError(`cannot write ${argument}: ${messageOf(error)}`);
	}
}

export const commands: ReadonlyMap<string, DotCommand> = new Map(
	Object.entries<DotCommand>({
		".help": { usage: "", help: "this list", run: (shell) => help(shell) },
		".tables": { usage: "", help: "tables and views with their size", run: (shell) => ask(shell, tablesSql) },
		".schema": { usage: "[TABLE]", help: "columns with type, unit and counter", run: schema },
		".counters": {
			usage: "[GLOB]",
			help: "counters with unit and meaning",
			run: counters,
		},
		".macros": {
			usage: "",
			help: "what FROM can ask, as in rate('net', '...')",
			run: macros,
		},
		".query": {
			usage: "[NAME ...]",
			help: "ask a named question; without NAME list them",
			run: query,
		},
		".mode": { usage: modes.join("|"), help: "how answers are shown; line is for wide ones", run: setMode },
		".rows": { usage: "N", help: "number of rows of an answer to show (40)", run: setRows },
		".timer": { usage: "on|off", help: "whether to show how long an answer took", run: setTimer },
		".read": { usage: "FILE", help: "run the statements of a file", run: read },
		".output": { usage: "[FILE]", help: "write whole answers to FILE, or to the screen again", run: output },
		".quit": { usage: "", help: "leave; so do .exit and Ctrl-D", run: (_shell, _argument, loop) => loop.leave() },
		".exit": { usage: "", help: "", run: (_shell, _argument, loop) => loop.leave() },
	}),
);

const keys = [
	"A statement ends with a semicolon and may have several lines. Ctrl-C abandons it, or stops the running one.",
	"Tab completes keywords, tables, columns, macros, and the streams and counters in the arguments of a macro.",
	"Up and Down go through earlier statements that start like the line; Ctrl-R searches within them.",
];

function help(shell: Shell): void {
	const rows = [...commands]
		.filter(([, { help }]) => help !== "")
		.map(([name, { usage, help }]) => [`${name} ${usage}`.trim(), help]);
	clipped(shell, table([{ title: "command" }, { title: "" }], rows).slice(1));
	shell.say("");
	for (const text of keys) for (const line of wrap(text, shell.width())) shell.say(line);
}

/** The command with this name, or the only one that starts with it. */
function find(name: string): DotCommand {
	const found = commands.get(name);
	if (found) return found;
	const longer = [...commands.keys()].filter((known) => known.startsWith(name));
	if (longer.length === 1) return commands.get(longer[0]!)!;
	const near = nearest(name, commands.keys());
	throw usageError(`there is no command ${name}; ${near ? `did you mean ${near}?` : ".help lists them"}`);
}

/** @param line starts with a dot */
export async function runCommand(line: string, shell: Shell, loop: Loop): Promise<void> {
	const [, name, rest] = /^(\S+)\s*([\s\S]*?);?\s*$/.exec(line.trim())!;
	await find(name!.toLowerCase()).run(shell, rest!.replace(/^(['"])(.*)\1$/, "$2"), loop);
}
