// SPDX-License-Identifier: Apache-2.0
/** What both timeline formats have in common. */
import type { ExportColumn, ExportInput, ExportMark } from "./input.js";

/** Subtract this from the times of the recording to get CLOCK_MONOTONIC. */
export const wallOffset = ({ recording }: ExportInput): bigint => BigInt(recording.get("wall_offset_ns") ?? 0);

/** The name of a series: "rx_bytes", or "rx_bytes rate max" for a value computed from it. */
export const seriesName = ({ counter, as, part }: ExportColumn): string =>
	[counter, as === "value" ? null : as, part].filter((word) => word !== null).join(" ");

/** The wrapped command: its start, and its end if the recording has one. */
export interface Command {
	readonly line: string;
	readonly begin: bigint;
	readonly end: bigint | null;
	/** The way in which it ended. */
	readonly detail: string | null;
}

const START = "command_start";
const END = "command_end";

export function commandOf(marks: readonly ExportMark[]): Command | null {
	const start = marks.find(({ name }) => name === START);
	if (!start) return null;
	const end = marks.find(({ name }) => name === END);
	return { line: start.detail ?? "command", begin: start.ts, end: end?.ts ?? null, detail: end?.detail ?? null };
}

/** The marks that are moments. The end of a command is one if its start was not selected. */
export const momentsOf = (marks: readonly ExportMark[]): ExportMark[] =>
	marks.filter(({ name }) => !(commandOf(marks) && (name === START || name === END)));
