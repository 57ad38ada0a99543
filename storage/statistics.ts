// SPDX-License-Identifier: Apache-2.0
/** What can be said of a recording from its batches as they pass, while they are valid. */
import { groupBy, mergeMap, type Observable, scan, share } from "rxjs";
import type { Batch } from "../sampler/batch.js";

export interface StreamStatistics {
	readonly stream: string;
	readonly rows: number;
	/** Null values among them. */
	readonly nulls: number;
	/** Begin of the last read that has passed, as wall time in ns. */
	readonly last_ts: bigint;
}

function add(statistics: StreamStatistics, batch: Batch): StreamStatistics {
	const { numRows, data } = batch.record;
	const [ts] = data.children;
	const nulls = data.children.reduce((sum, column) => sum + column.nullCount, 0);
	return {
		stream: batch.stream.name,
		rows: statistics.rows + numRows,
		nulls: statistics.nulls + nulls,
		last_ts: (ts!.values as BigInt64Array)[numRows - 1]!,
	};
}

/** The running statistics of every stream, one value per batch. */
export const statisticsOf = (batches: Observable<Batch>): Observable<StreamStatistics> =>
	batches.pipe(
		groupBy((batch) => batch.stream.name),
		mergeMap((stream) => stream.pipe(scan(add, { stream: stream.key, rows: 0, nulls: 0, last_ts: 0n }))),
		share(),
	);
