// SPDX-License-Identifier: Apache-2.0
/** What can be said of a recording from its batches as they pass, while they are valid. */
import type { Observable } from "rxjs";
import { map } from "rxjs/internal/operators/map";
import type { Batch } from "../sampler/batch.js";

export interface StreamStatistics {
	readonly stream: string;
	readonly rows: number;
	/** Null values among them. */
	readonly nulls: number;
	/** Begin of the last read that has passed, as wall time in ns. */
	readonly last_ts: bigint;
}

function add(before: StreamStatistics | undefined, { stream, rows, columns }: Batch): StreamStatistics {
	return {
		stream: stream.name,
		rows: (before?.rows ?? 0) + rows,
		nulls: columns.reduce((sum, { nulls }) => sum + nulls, before?.nulls ?? 0),
		last_ts: (columns[0]!.values as BigInt64Array)[rows - 1]!,
	};
}

/** The running statistics of every stream, one value per batch; for one subscriber. */
export function statisticsOf(batches: Observable<Batch>): Observable<StreamStatistics> {
	const last = new Map<string, StreamStatistics>();
	return batches.pipe(
		map((batch) => {
			const statistics = add(last.get(batch.stream.name), batch);
			last.set(batch.stream.name, statistics);
			return statistics;
		}),
	);
}
