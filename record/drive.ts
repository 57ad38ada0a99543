// SPDX-License-Identifier: Apache-2.0
/** Runs the real sampler for a short time without a recording. A function gets the rows while they are in the umem. */
import { setTimeout as sleep } from "node:timers/promises";
import { failure } from "../base/errors.js";
import type { Nanoseconds } from "../base/units.js";
import type { Grants } from "../sampler/handle.js";
import { type Distribution, type HistogramKind, histogramKinds, readDistribution } from "../sampler/histogram.js";
import type { Lanes } from "../sampler/lanes.js";
import { Launch } from "../sampler/launch.js";
import { word } from "../sampler/layout.gen.js";
import type { WaitPolicy } from "../sampler/plan.js";
import type { Gap, RingReader, Run } from "../sampler/ring.js";
import type { StreamSpec } from "../sampler/selection.js";

export interface DriveOptions {
	readonly wait: WaitPolicy;
	readonly realtime: boolean;
	/** CPU of the sampling loop; -1: any. */
	readonly cpu: number;
	readonly lanes?: Lanes | undefined;
	readonly duration: Nanoseconds;
	/** How long this process may fail to drain before rows are lost. */
	readonly depth: Nanoseconds;
	/** Called each time before the rings are drained. */
	readonly meanwhile?: (() => void | Promise<void>) | undefined;
}

/** The account of one stream. */
export interface Driven extends Record<HistogramKind, Distribution> {
	readonly scheduled: number;
	/** Number of ticks that were found as rows or in gaps; equals scheduled. */
	readonly accounted: number;
	readonly rows: number;
}

/** Receives a run of rows of stream number `stream` with the gaps before its last row; `run` is null where there are
 *  only gaps. The memory is valid during the call. */
export type Take = (stream: number, reader: RingReader, run: Run | null, gaps: readonly Gap[]) => void;

const POLL_MS = 5;

function drain(readers: readonly RingReader[], take: Take): void {
	readers.forEach((reader, stream) => {
		for (let taken = reader.take(); taken; taken = reader.take()) {
			take(stream, reader, taken.run, taken.gaps);
			reader.release();
		}
		const trailing = reader.takeTrailingGaps();
		if (trailing.length) take(stream, reader, null, trailing);
	});
}

function outcome(reader: RingReader): Driven {
	const [lateness, period, read] = histogramKinds.map((kind) => readDistribution(reader.buffer, kind));
	return {
		lateness: lateness!,
		period: period!,
		read: read!,
		scheduled: reader.word(word.ring_ticks_scheduled),
		accounted: reader.nextTick,
		rows: reader.rowsTaken,
	};
}

/** Samples for `duration` and returns when the sampler has accounted for every tick and everything was taken. */
export async function drive(
	streams: readonly StreamSpec[],
	how: DriveOptions,
	take: Take,
): Promise<{ streams: Driven[]; grants: Grants }> {
	const { wait, realtime, cpu, lanes, duration } = how;
	const launch = Launch.prepare(streams, { wait, realtime, cpu, lanes, duration_ns: duration }, how.depth);
	try {
		const sampler = await launch.start();
		const readers = launch.readers();
		let ended = false;
		const exit = sampler.exited.finally(() => {
			ended = true;
		});
		while (!ended) {
			await how.meanwhile?.();
			drain(readers, take);
			await sleep(POLL_MS);
		}
		const { code, signal, message } = await exit;
		if (code !== 0) throw failure(`the sampler ended with ${signal ?? `status ${code}`}: ${message}`);
		drain(readers, take);
		return { streams: readers.map(outcome), grants: sampler.grants };
	} finally {
		launch.close();
	}
}
