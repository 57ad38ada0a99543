// SPDX-License-Identifier: Apache-2.0
/** What both formats for timelines say the same way. */
import type { ExportColumn, ExportInput, ExportMark } from "./input.js";

/** What has to be taken from the times of the recording to have CLOCK_MONOTONIC. */
export const wallOffset = ({ recording }: ExportInput): bigint => BigInt(recording.get("wall_offset_ns") ?? 0);

/** "rx_bytes", and for what was made of it "rx_bytes rate max". */
export const seriesName = ({ counter, as, part }: ExportColumn): string =>
	[counter, as === "value" ? null : as, part].filter((word) => word !== null).join(" ");

/** The wrapped command: where it begins, and where it ends if the recording has that. */
export interface Command {
	readonly line: string;
	readonly begin: bigint;
	readonly end: bigint | null;
	/** How it ended. */
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

/** The marks that are moments. The end of a command whose start was not selected is one. */
export const momentsOf = (marks: readonly ExportMark[]): ExportMark[] =>
	marks.filter(({ name }) => !(commandOf(marks) && (name === START || name === END)));
