// SPDX-License-Identifier: Apache-2.0
/** Plans the lanes of a recording: measures what its streams cost, refuses what cannot be delivered, and places the
 *  streams. */
import { allowedCpus } from "../../base/affinity.js";
import { usageError } from "../../base/errors.js";
import { formatCount } from "../../base/units.js";
import type { Distribution } from "../../sampler/histogram.js";
import { type LaneLoad, type Lanes, MAX_LANES, place, placeOn } from "../../sampler/lanes.js";
import type { StreamSpec } from "../../sampler/selection.js";
import { checkDeliverable, probe, tickedStreams } from "./probe.js";

/** The share of the time between two visits that a visit to a device is assumed to take: a device that samples by
 *  itself is not measured before the recording. */
const DRAIN_SHARE = 0.1;

export interface LaneWishes {
	/** Number of lanes; undefined: as many as are needed. */
	readonly lanes?: number | undefined;
	/** Whether to measure nothing and refuse nothing. */
	readonly force?: boolean | undefined;
}

function loadOf({ period, drained }: StreamSpec, cost: Distribution | undefined): LaneLoad {
	if (drained) {
		const cost_ns = drained.drain_ns * DRAIN_SHARE;
		return { period_ns: drained.drain_ns, cost_ns, slow_ns: cost_ns };
	}
	return { period_ns: period, cost_ns: cost?.p50_ns ?? 0, slow_ns: cost?.p90_ns ?? 0 };
}

function checkLanes(lanes: number, streams: readonly StreamSpec[], cpus: number): void {
	if (lanes > Math.min(cpus, MAX_LANES))
		throw usageError(
			`--lanes ${lanes} is more than the ${formatCount(Math.min(cpus, MAX_LANES), "lane")} that can be had here: each takes a CPU, and this process may use ${cpus}, of which the sampler takes ${MAX_LANES} at most`,
		);
	if (lanes > streams.length)
		throw usageError(
			`--lanes ${lanes} would leave a lane empty: there ${streams.length === 1 ? "is" : "are"} ${formatCount(streams.length, "stream")}, and a stream is read by one lane; leave out --lanes`,
		);
}

/** @param signal ends the measurement */
export async function planLanes(
	streams: readonly StreamSpec[],
	wishes: LaneWishes,
	signal: AbortSignal,
): Promise<Lanes> {
	const cpus = allowedCpus().length;
	if (wishes.lanes !== undefined) checkLanes(wishes.lanes, streams, cpus);
	const ticked = tickedStreams(streams);
	const costs = wishes.force ? [] : await probe(ticked, undefined, signal);
	const loads = streams.map((stream) => loadOf(stream, costs[ticked.indexOf(stream)]));
	const lanes = wishes.lanes ? placeOn(loads, wishes.lanes) : place(loads, wishes.force ? 1 : cpus);
	if (!wishes.force)
		checkDeliverable(
			ticked,
			costs,
			lanes.map((lane) => lane.map((i) => streams[i]!)),
		);
	return lanes;
}
