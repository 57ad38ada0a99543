// SPDX-License-Identifier: Apache-2.0
/** A running sampler whose rings the test controls: it decides when to drain, what to hold and when to stop. */
import { type Nanoseconds, nanoseconds } from "../../base/units.js";
import type { Counter, Source, SourceOptions } from "../../kernel/source.js";
import { BatchMaker } from "../../sampler/batch.js";
import type { Sampler } from "../../sampler/handle.js";
import type { Lanes } from "../../sampler/lanes.js";
import { Launch } from "../../sampler/launch.js";
import { word } from "../../sampler/layout.gen.js";
import type { WaitPolicy } from "../../sampler/plan.js";
import type { RingReader } from "../../sampler/ring.js";
import { nameColumns } from "../../sampler/selection.js";
import type { Umem } from "../../sampler/umem.js";

export interface SessionStream {
	readonly source: Source<never>;
	readonly counters: readonly Counter[];
	readonly period: Nanoseconds;
	readonly options?: SourceOptions;
}

export interface Session {
	readonly umem: Umem;
	readonly sampler: Sampler;
	readonly readers: readonly RingReader[];
	readonly makers: readonly BatchMaker[];
	/** Number of ticks that the sampler has scheduled for a stream; final once it has ended. */
	scheduled(stream: number): number;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs the body with a sampler. Stops it and unmaps the rings afterwards in any case. */
export async function session(
	streams: readonly SessionStream[],
	how: { wait?: WaitPolicy; duration?: Nanoseconds | null; depth?: Nanoseconds; realtime?: boolean; lanes?: Lanes },
	body: (session: Session) => Promise<void>,
): Promise<void> {
	const specs = streams.map((stream, i) => ({
		name: `s${i}`,
		options: new Map(),
		...stream,
		columns: nameColumns(stream.counters),
	}));
	const schedule = {
		wait: how.wait ?? "hybrid",
		realtime: how.realtime ?? true,
		cpu: -1,
		lanes: how.lanes,
		duration_ns: how.duration === undefined ? nanoseconds(100e6) : how.duration,
	} as const;
	const launch = Launch.prepare(specs, schedule, how.depth ?? 2e9);
	const { umem } = launch;
	try {
		const sampler = await launch.start();
		try {
			const readers = launch.readers();
			const makers = specs.map((spec, i) => {
				const columns = spec.columns.map(({ name, id, counter }) => ({ name, id, type: counter.type }));
				return new BatchMaker({ name: spec.name, columns }, readers[i]!);
			});
			const scheduled = (stream: number): number => readers[stream]!.word(word.ring_ticks_scheduled);
			await body({ umem, sampler, readers, makers, scheduled });
		} finally {
			await sampler.stop();
		}
	} finally {
		launch.close();
	}
}
