// SPDX-License-Identifier: Apache-2.0
/**
 * Decides which thread of the sampler reads which streams. A thread is a lane; it reads its streams one after another,
 * so a long read delays the ticks of the others that fall into it.
 *
 * 1. A lane is strained when reading one of its slower streams takes longer than a tenth of the period of its fastest
 *    stream, or when its streams together need all of its time.
 * 2. Streams are placed from the fastest to the slowest. Each takes a lane that is still empty, or else the one that
 *    it strains least. So the fastest streams have lanes to themselves, and the slow ones share the last.
 * 3. The result has as few lanes as possible with none strained. Where every number strains a lane, it is the number
 *    that strains least.
 */

import { layout } from "./layout.gen.js";

/** What a stream costs its lane. */
export interface LaneLoad {
	/** Time between two visits of the lane. */
	readonly period_ns: number;
	/** How long a visit usually takes. */
	readonly cost_ns: number;
	/** How long a slow visit takes: nine of ten are shorter. */
	readonly slow_ns: number;
}

/** Indices of the streams of each lane. The first lane has the fastest stream. */
export type Lanes = readonly (readonly number[])[];

/** The highest number of lanes that the sampler accepts. */
export const MAX_LANES = layout.PLAN_MAX_LANES;

/** The share of its period by which another stream of the lane may delay the fastest stream. At 1 kHz waking up delays
 *  it about as much. */
const DELAY_SHARE = 0.1;

/** The share of its time that the lane needs: above 1 its reads take longer than there is time. */
const laneShare = (loads: readonly LaneLoad[]): number =>
	loads.reduce((sum, { cost_ns, period_ns }) => sum + cost_ns / period_ns, 0);

/** How strained the lane is: above 1 it counts as strained. */
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
			/* This takes the last of several equal lanes: it has the slowest streams. */
			placed[strains.lastIndexOf(Math.min(...strains))]!.push(stream);
		}
	}
	return placed;
}

/** Places the streams on as many lanes as they need. @param most highest number of lanes */
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
 * Chooses the CPU of each lane; -1: any. The first lane has the CPU that the user asked for. Each other lane has a CPU
 * of its own, so that it never runs where the first lane does: a CPU that its readers are bound to, or else the last
 * free one.
 * @param bound the CPUs that the readers of each lane are bound to
 */
export function laneCpus(first: number, bound: readonly (readonly number[])[], allowed: readonly number[]): number[] {
	const free = new Set(allowed);
	const take = (cpu: number): number => {
		free.delete(cpu);
		return cpu;
	};
	/* Where the user named no CPU, the first lane takes one that its readers are bound to: they then need no thread of
	 *  their own. */
	return bound.map((cpus, lane) => {
		if (lane === 0) return take(first >= 0 ? first : (cpus[0] ?? -1));
		const own = cpus.find((cpu) => free.has(cpu));
		if (own !== undefined) return take(own);
		return first >= 0 ? take([...free].at(-1) ?? -1) : -1;
	});
}
