// SPDX-License-Identifier: Apache-2.0
/** Parses the values of flags. A value is understood here, once, or refused with an example. */
import { type Command, Option } from "commander";
import { onlineCpus } from "../base/cpus.js";
import { usageError } from "../base/errors.js";
import { formatBytes, type Nanoseconds, parseBytes, parseDuration, parseRate } from "../base/units.js";
import { isSamplingPeriod } from "../sampler/selection.js";
import { MIN_MEMORY } from "../storage/limits.js";
import { type Format, formats } from "./answer-format.js";

/** Collects the values of a flag that may be given several times. */
export const collect = (value: string, previous: readonly string[]): string[] => [...previous, value];

/** Parses a length of time. @param noun its name in errors @param examples valid values */
export const time =
	(noun: string, examples: string) =>
	(text: string): Nanoseconds => {
		const ns = parseDuration(text);
		if (ns === null) throw usageError(`'${text}' is not a valid ${noun}; write a number and a unit, as in ${examples}`);
		return ns;
	};

/** Parses a frequency or a period. @returns the period */
export function rate(text: string): Nanoseconds {
	const ns = parseRate(text);
	if (ns === null)
		throw usageError(`'${text}' is not a valid rate; write a frequency or a period, as in 10kHz or 100us`);
	return ns;
}

export function samplingRate(text: string): Nanoseconds {
	const ns = rate(text);
	if (!isSamplingPeriod(ns))
		throw usageError(`'${text}' is outside of the possible rates; give one from 1MHz (1us) to once an hour (1h)`);
	return ns;
}

/** Parses a percentage. @returns a part of 1 */
export function share(text: string): number {
	const match = /^([0-9.]+)\s*%?$/.exec(text);
	const percent = match ? Number(match[1]) : Number.NaN;
	if (!(percent >= 0 && percent <= 100))
		throw usageError(`'${text}' is not a valid share of the ticks; write a percentage, as in 1%`);
	return percent / 100;
}

/** Parses the number of a CPU; -1 for any. */
export function cpuNumber(text: string): number {
	const cpus = onlineCpus();
	if (text === "any") return -1;
	if (!/^[0-9]+$/.test(text) || !cpus.includes(Number(text)))
		throw usageError(`'${text}' is not a CPU of this machine; choose one of ${cpus.join(", ")}, or any`);
	return Number(text);
}

export function laneCount(text: string): number {
	if (!/^[1-9][0-9]{0,3}$/.test(text))
		throw usageError(`'${text}' is not a number of lanes; write a whole number from 1`);
	return Number(text);
}

/** Parses an amount of memory. @returns bytes */
export function memory(text: string): number {
	const bytes = parseBytes(text);
	if (bytes === null)
		throw usageError(`'${text}' is not an amount of memory; write a number and a unit, as in 512MB or 4GiB`);
	if (bytes < MIN_MEMORY) throw usageError(`'${text}' is too little memory; give at least ${formatBytes(MIN_MEMORY)}`);
	return bytes;
}

export interface MemoryFlags {
	readonly memory?: number;
}

export const addMemoryFlag = (command: Command): Command =>
	command.option(
		"--memory <size>",
		"memory for the answer, as in 4GB (default: half of the machine's); more is spilled to the folder of temporary files",
		memory,
	);

/** Flags for the format of an answer. */
export interface FormatFlags {
	readonly format?: Format;
	readonly json?: boolean;
	readonly csv?: boolean;
	readonly spreadsheet?: boolean;
}

/** @param also text about what else --json does */
export const addFormatFlags = (command: Command, also = ""): Command =>
	command
		.addOption(new Option("-f, --format <format>", "format of the answer (default: table)").choices(formats))
		.addOption(new Option("--json", `the same as --format json${also}`).conflicts(["format", "csv"]))
		.addOption(new Option("--csv", "the same as --format csv").conflicts("format"))
		.option("--spreadsheet", "with CSV: an apostrophe before text that a spreadsheet would take for a formula");

export function formatOf({ format, json, csv, spreadsheet }: FormatFlags): Format {
	const found = format ?? (json ? "json" : csv ? "csv" : "table");
	if (!spreadsheet) return found;
	if (found !== "csv") throw usageError("--spreadsheet applies to CSV only; add --csv, or leave it out");
	return "spreadsheet";
}
