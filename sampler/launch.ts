// SPDX-License-Identifier: Apache-2.0
/** Starts a sampler for streams: lays out the rings, makes the umem, writes the plan and starts the process. A caller
 *  that needs something after the memory exists and before the first tick (a file that must be open) does it between
 *  prepare() and start(). */
import { clockAnchor } from "../base/clock.js";
import { Sampler } from "./handle.js";
import { type Schedule, writePlan } from "./plan.js";
import { RingReader } from "./ring.js";
import { rowPeriod, type StreamSpec } from "./selection.js";
import { layOut, type RingShape, Umem } from "./umem.js";

export class Launch {
	/** One ring for each stream, in the same order. */
	readonly rings: readonly RingShape[];
	readonly umem: Umem;
	/** The difference between the wall time of the rows and CLOCK_MONOTONIC. */
	readonly wallOffset_ns: bigint;
	readonly #plan: string;

	private constructor(rings: readonly RingShape[], plan: string) {
		const anchor = clockAnchor();
		this.wallOffset_ns = anchor.realtime_ns - anchor.monotonic_ns;
		this.rings = rings;
		this.#plan = plan;
		this.umem = Umem.create(rings, this.wallOffset_ns);
	}

	/** Lays out the rings and makes the umem. Throws before it takes memory when the sampler would not accept the plan.
	 *  @param depth_ns how long the consumer may pause before rows are lost */
	static prepare(streams: readonly StreamSpec[], schedule: Schedule, depth_ns: number): Launch {
		const rings = layOut(
			streams.map((stream) => ({ columns: stream.columns.length, period_ns: rowPeriod(stream) })),
			depth_ns,
		);
		return new Launch(rings, writePlan(schedule, streams, rings));
	}

	/** Resolves when the schedule runs. @param signal ends the wait */
	start(signal?: AbortSignal): Promise<Sampler> {
		return Sampler.start(this.#plan, this.umem, signal);
	}

	/** One reader for each ring: a ring has exactly one consumer. */
	readers(): RingReader[] {
		return this.rings.map((ring) => new RingReader(this.umem.ring(ring), ring));
	}

	/** Gives the memory back. No view over it may be used afterwards. */
	close(): void {
		this.umem.close();
	}
}
