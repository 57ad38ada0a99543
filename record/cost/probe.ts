// SPDX-License-Identifier: Apache-2.0
/** Measures what one read of a stream costs on this machine: the real sampler reads it back to back, without a
 *  schedule. */
import { usageError } from "../../base/errors.js";
import { formatCount, formatDuration, formatRate } from "../../base/units.js";
import { type Distribution, readDistribution } from "../../sampler/histogram.js";
import { Launch } from "../../sampler/launch.js";
import { readersOf, type StreamSpec } from "../../sampler/selection.js";

const READS = 50;
/** The highest number of CPUs that are probed: CPUs are alike, so a few represent all of a large machine. */
const MAX_CPUS = 4;

/** The CPUs that readers of these streams are bound to, at most MAX_CPUS spread over all; [-1] where none is bound. */
function cpusToProbe(streams: readonly StreamSpec[]): number[] {
	const plans = streams.flatMap(readersOf);
	const cpus = [...new Set(plans.map((plan) => plan.cpu))].filter((cpu) => cpu >= 0).sort((a, b) => a - b);
	const step = Math.max(1, (cpus.length - 1) / (MAX_CPUS - 1));
	const spread = cpus.filter((_, i) => Math.round(Math.round(i / step) * step) === i);
	return spread.length ? spread : [-1];
}

async function probeOn(
	cpu: number,
	streams: readonly StreamSpec[],
	reads: number,
	signal?: AbortSignal,
): Promise<Distribution[]> {
	const schedule = { wait: "sleep", realtime: false, cpu, duration_ns: null, probe: reads } as const;
	const launch = Launch.prepare(streams, schedule, 0);
	try {
		const sampler = await launch.start(signal);
		await sampler.exited;
		return launch.rings.map((ring) => readDistribution(launch.umem.ring(ring), "read"));
	} finally {
		launch.close();
	}
}

/** The streams that can be probed. A device that samples by itself is drained and not read, and its source checks its
 *  rate. */
export const tickedStreams = (streams: readonly StreamSpec[]): StreamSpec[] =>
	streams.filter(({ drained }) => !drained);

/** The distribution of read times of each stream, in ns, over `reads` reads. A stream with readers on several CPUs is
 *  read on all of them at the same time, so the slowest CPU counts. */
export async function probe(
	streams: readonly StreamSpec[],
	reads = READS,
	signal?: AbortSignal,
): Promise<Distribution[]> {
	if (streams.length === 0) return [];
	const runs: Distribution[][] = [];
	for (const cpu of cpusToProbe(streams)) runs.push(await probeOn(cpu, streams, reads, signal));
	return streams.map((_, i) => runs.map((run) => run[i]!).reduce((a, b) => (b.p50_ns > a.p50_ns ? b : a)));
}

/** Throws when one stream takes longer to read than its period allows, or those of one lane together do.
 *  @param lanes the streams of each lane, also streams that were not probed; absent: all are in one lane */
export function checkDeliverable(
	streams: readonly StreamSpec[],
	costs: readonly Distribution[],
	lanes: readonly (readonly StreamSpec[])[] = [streams],
): void {
	streams.forEach((stream, i) => {
		const { p50_ns } = costs[i]!;
		if (p50_ns >= stream.period)
			throw usageError(
				`${stream.name} cannot be read at ${formatRate(stream.period)}: one read of its ${formatCount(stream.columns.length, "counter")} takes ${formatDuration(p50_ns)} here; ask for at most ${formatRate(p50_ns * 1.25)}, for fewer counters, or record what it gives with --force`,
			);
	});
	for (const lane of lanes) {
		const probed = streams
			.map((s, i) => ({ ...s, cost_ns: costs[i]!.p50_ns }))
			.filter((_, i) => lane.includes(streams[i]!));
		const load = probed.reduce((sum, { cost_ns, period }) => sum + cost_ns / period, 0);
		if (load >= 1)
			throw usageError(
				`these streams together need ${(load * 100).toFixed(0)} % of the sampling loop: ${probed.map((s) => `${s.name} ${formatDuration(s.cost_ns)} at ${formatRate(s.period)}`).join(", ")}; ask for lower rates or fewer counters, or record what they give with --force`,
			);
	}
}
