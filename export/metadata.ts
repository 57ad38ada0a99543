// SPDX-License-Identifier: Apache-2.0
/** What Parquet and Arrow files say of the recording that they were exported from: keys and texts, JSON where it is more than one. */
import { columnKeys } from "../sampler/batch.js";
import type { ExportGap, ExportInput, ExportStream } from "./input.js";

/** A reader holds all metadata in memory before it sees the first row; what is beyond is only summed. */
const MOST_GAPS = 10_000;

const gapJson = ({ first_tick, ticks, reason, noticed_at_ns }: ExportGap): string =>
	`[${first_tick},${ticks},${JSON.stringify(reason)},"${noticed_at_ns}"]`;

/** Ticks missing, by reason. */
function sums(gaps: readonly ExportGap[]): string {
	const ticks = new Map<string, bigint>();
	for (const gap of gaps) ticks.set(gap.reason, (ticks.get(gap.reason) ?? 0n) + gap.ticks);
	return `{${[...ticks].map(([reason, n]) => `${JSON.stringify(reason)}:${n}`).join(",")}}`;
}

/**
 *   recording  the row of that table, an object; integers that JSON would round are strings, here and below
 *   gap_ticks  ticks missing, an object by reason
 *   gaps       [first_tick, ticks, reason, noticed_at_ns]...; absent where they are more than 10,000
 *   marks      [ts_ns, name, detail]...
 */
export function aboutRecording(input: ExportInput, stream: ExportStream): [string, string][] {
	const gaps = input.gaps.filter((gap) => gap.stream === stream.name);
	const marks = input.marks.map(
		({ ts, name, detail }) => `["${ts}",${JSON.stringify(name)},${JSON.stringify(detail)}]`,
	);
	return [
		["recording", input.recordingJson],
		["gap_ticks", sums(gaps)],
		...(gaps.length <= MOST_GAPS ? [["gaps", `[${gaps.map(gapJson).join(",")}]`] as [string, string]] : []),
		["marks", `[${marks.join(",")}]`],
	];
}

/** The columns with what is known of their counters, for formats that have no metadata of a column. */
export const aboutColumns = ({ columns }: ExportStream): string =>
	JSON.stringify(
		columns.map((column) => ({
			name: column.name,
			...Object.fromEntries(columnKeys.map((key) => [key, String(column[key])])),
			type: column.type,
			as: column.as,
			part: column.part,
		})),
	);
