// SPDX-License-Identifier: Apache-2.0
/** What a stream delivered, as the columns of `streams` that are null until the end. Quantiles of no values stay
 *  null. */
import { type HistogramKind, readDistribution } from "../sampler/histogram.js";
import { word } from "../sampler/layout.gen.js";
import type { StreamSummary } from "../sampler/recorded.js";
import type { RingReader } from "../sampler/ring.js";

const distributions: readonly [column: string, kind: HistogramKind][] = [
	["achieved", "period"],
	["lateness", "lateness"],
	["read", "read"],
];

/** @param reader the reader of the ring, in which the sampler has left its statistics */
export function delivered(summary: StreamSummary, reader: RingReader): Record<string, number> {
	const columns: Record<string, number> = {
		ticks_scheduled: summary.scheduled,
		rows_stored: summary.rows,
		gap_ticks: summary.gapTicks,
		null_values: summary.nulls,
		last_errno: reader.word(word.ring_last_errno),
	};
	for (const [name, kind] of distributions) {
		const { count, p50_ns, p99_ns, max_ns } = readDistribution(reader.buffer, kind);
		if (count > 0)
			Object.assign(columns, { [`${name}_p50_ns`]: p50_ns, [`${name}_p99_ns`]: p99_ns, [`${name}_max_ns`]: max_ns });
	}
	return columns;
}
