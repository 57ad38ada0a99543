// SPDX-License-Identifier: Apache-2.0
/** What one read of a stream costs on this machine: the real sampler reads it back to back, with no schedule. */
import { usageError } from "../base/errors.js";
import { formatDuration, formatRate } from "../base/units.js";
import { Sampler } from "./handle.js";
import { type Distribution, readDistribution } from "./histogram.js";
import { writePlan } from "./plan.js";
import type { StreamSpec } from "./selection.js";
import { layOut, Umem } from "./umem.js";

const READS = 50;

/** The distribution of read times of each stream, in ns, over `reads` reads. */
export async function probe(streams: readonly StreamSpec[], reads = READS): Promise<Distribution[]> {
	const rings = layOut(
		streams.map((s) => ({ columns: s.columns.length, period_ns: s.period })),
		0,
	);
	const umem = Umem.create(rings, 0n);
	try {
		const schedule = { wait: "sleep", realtime: false, cpu: -1, duration_ns: null, probe: reads } as const;
		const sampler = await Sampler.start(writePlan(schedule, streams, rings), umem);
		await sampler.exited;
		return rings.map((ring) => readDistribution(umem.ring(ring), "read"));
	} finally {
		umem.close();
	}
}

/** Throws when one stream, or all of them in their one loop, take longer to read than their periods allow. */
export function checkDeliverable(streams: readonly StreamSpec[], costs: readonly Distribution[]): void {
	streams.forEach((stream, i) => {
		const { p50_ns } = costs[i]!;
		if (p50_ns >= stream.period)
			throw usageError(
				`${stream.name} cannot be read at ${formatRate(stream.period)}: one read of its ${stream.columns.length} counters takes ${formatDuration(p50_ns)} here; ask for at most ${formatRate(p50_ns * 1.25)}, for fewer counters, or record what it gives with --force`,
			);
	});
	const load = streams.reduce((sum, stream, i) => sum + costs[i]!.p50_ns / stream.period, 0);
	if (load >= 1)
		throw usageError(
			`these streams together need ${(load * 100).toFixed(0)} % of the sampling loop: ${streams.map((s, i) => `${s.name} ${formatDuration(costs[i]!.p50_ns)} at ${formatRate(s.period)}`).join(", ")}; ask for lower rates or fewer counters, or record what they give with --force`,
		);
}
