// SPDX-License-Identifier: Apache-2.0
/**
 * Decides which thread of the sampler reads which streams. A thread is a lane; it reads its streams one after another,
 * so a long read delays the ticks of the others that fall into it.
 *
 * 1. A lane is strained when a slower stream of it takes longer to read than a tenth of the period of its fastest
 *    stream, or when its streams together take all of its time.
 * 2. Streams are placed from the fastest to the slowest. Each takes a lane that is still empty, or else the one that it
 *    strains least. So the fastest streams have lanes to themselves, and the slow ones share the last.
 * 3. The fewest lanes with which none is strained are taken. Where no number does it, the one that strains least.
 */

/** A stream as a lane sees it. */
export interface LaneLoad {
	/** Between two visits of the lane. */
	readonly period_ns: number;
	/** How long a visit usually takes. */
	readonly cost_ns: number;
	/** How long a slow visit takes: nine of ten are shorter. */
	readonly slow_ns: number;
}

/** Indices of the streams of each lane. The first lane has the fastest stream. */
export type Lanes = readonly (readonly number[])[];

/** The sampler takes no more (PLAN_MAX_LANES of native/plan.h). */
export const MAX_LANES = 16;

/** Share of the fastest period by which another stream of the lane may delay it: about as much as waking up does at
 *  1 kHz. */
const DELAY_SHARE = 0.1;

/** 0 to 1; more than 1 where everything takes longer than there is time. */
const laneShare = (loads: readonly LaneLoad[]): number =>
	loads.reduce((sum, { cost_ns, period_ns }) => sum + cost_ns / period_ns, 0);

/** Above 1 the lane is strained. */
function strain(loads: readonly LaneLoad[]): number {
	const fastest = Math.min(...loads.map(({ period_ns }) => period_ns));
	const slower = loads.filter(({ period_ns }) => period_ns > fastest);
	return Math.max(laneShare(loads), ...slower.map(({ slow_ns }) => slow_ns / (fastest * DELAY_SHARE)));
}

/** Places the streams on a given number of lanes. @param lanes at least 1, at most the number of streams */
export function placeOn(loads: readonly LaneLoad[], lanes: number): Lanes {
	const order = [...loads.keys()].sort((a, b) => loads[a]!.period_ns - loads[b]!.period_ns || a - b);
	const placed: number[][] = [];
	for (const stream of order) {
		if (placed.length < lanes) placed.push([stream]);
		else {
			const strains = placed.map((lane) => strain([...lane, stream].map((i) => loads[i]!)));
			/* The last of several equal ones is taken: it has the slowest streams. */
			placed[strains.lastIndexOf(Math.min(...strains))]!.push(stream);
		}
	}
	return placed;
}

/** Places the streams on as many lanes as they need. @param most lanes that there may be */
export function place(loads: readonly LaneLoad[], most: number): Lanes {
	const worst = (lanes: Lanes): number => Math.max(...lanes.map((lane) => strain(lane.map((i) => loads[i]!))));
	let best = placeOn(loads, 1);
	for (let n = 2; n <= Math.min(most, loads.length, MAX_LANES) && worst(best) > 1; n++) {
		const next = placeOn(loads, n);
		if (worst(next) < worst(best)) best = next;
	}
	return best;
}

/**
 * The CPU of each lane; -1: any. The first has the CPU that the user asked for. Each of the others has a CPU of its
 * own, so that it never runs where the first one does: one on which its own readers must read, or else the last that is
 * free.
 * @param bound for each lane the CPUs that its readers are bound to
 */
export function laneCpus(first: number, bound: readonly (readonly number[])[], allowed: readonly number[]): number[] {
	const free = new Set(allowed);
	const take = (cpu: number): number => {
		free.delete(cpu);
		return cpu;
	};
	/* Where any CPU will do, one that something must be read on anyway: its readers then need no thread beside the
	 *  lane. */
	return bound.map((cpus, lane) => {
		if (lane === 0) return take(first >= 0 ? first : (cpus[0] ?? -1));
		const own = cpus.find((cpu) => free.has(cpu));
		if (own !== undefined) return take(own);
		return first >= 0 ? take([...free].at(-1) ?? -1) : -1;
	});
}
