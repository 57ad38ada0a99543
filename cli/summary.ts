// SPDX-License-Identifier: Apache-2.0
/** Prints the summary of `record`: per stream what was asked, what was stored, what was missed and why. */
import { formatCount, formatDuration, formatRate, formatShare } from "../base/units.js";
import type { Summary } from "../library/running-recording.js";
import type { StreamSpec } from "../sampler/selection.js";
import { printJson, tell } from "./streams.js";

function summaryLines(summary: Summary, streams: readonly StreamSpec[]): string[] {
	const share = formatShare(summary.sampler_cpu_ns, summary.elapsed_ns);
	const lines = [
		`${summary.path}: ${formatDuration(summary.elapsed_ns)}, ${summary.ending}, sampler used ${share} of a core`,
	];
	summary.streams.forEach((stream, i) => {
		const { columns, period } = streams[i]!;
		const reasons = Object.entries(stream.gapTicksByReason).map(([reason, ticks]) => `${formatCount(ticks)} ${reason}`);
		const missed =
			stream.gapTicks === 0
				? "none missed"
				: `missed ${formatShare(stream.gapTicks, stream.scheduled)}: ${reasons.join(", ")}`;
		lines.push(
			`  ${stream.stream}: ${formatCount(columns.length, "counter")} at ${formatRate(period)}, ${formatCount(stream.rows)} of ${formatCount(stream.scheduled, "tick")} stored, ${missed}`,
		);
	});
	for (const { name, droppedRows, failure } of summary.sides) {
		if (failure !== null) lines.push(`  ${name}: failed (${failure}); the recording is whole`);
		else if (droppedRows > 0)
			lines.push(
				`  ${name}: its reader was too slow for ${formatCount(droppedRows, "row")}, which it was told of as sink_full`,
			);
	}
	/* Why a stream ended before the others. If the sampler failed altogether, the error tells it. */
	const failed = summary.ending === "sampler_killed" || summary.ending === "sampler_failed";
	if (summary.detail !== null && !failed) lines.push(`  note: ${summary.detail}`);
	return lines;
}

export function printSummary(summary: Summary, streams: readonly StreamSpec[], json: boolean): void {
	if (json) printJson(summary);
	else tell(summaryLines(summary, streams));
}
