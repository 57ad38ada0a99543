// SPDX-License-Identifier: Apache-2.0
/** From streams to a running sampler: lays out the rings, makes the umem, writes the plan, starts the process. Who needs something
 *  between the memory and the first tick (a file that must be open) does it between prepare() and start(). */
import { clockAnchor } from "../base/clock.js";
import { Sampler } from "./handle.js";
import { type Schedule, writePlan } from "./plan.js";
import { RingReader } from "./ring.js";
import { rowPeriod, type StreamSpec } from "./selection.js";
import { layOut, type RingShape, Umem } from "./umem.js";

export class Launch {
	/** One for each stream, in the same order. */
	readonly rings: readonly RingShape[];
	readonly umem: Umem;
	/** What is added to CLOCK_MONOTONIC for the wall time of the rows. */
	readonly wallOffset_ns: bigint;
	readonly #plan: string;

	private constructor(rings: readonly RingShape[], plan: string) {
		const anchor = clockAnchor();
		this.wallOffset_ns = anchor.realtime_ns - anchor.monotonic_ns;
		this.rings = rings;
		this.#plan = plan;
		this.umem = Umem.create(rings, this.wallOffset_ns);
	}

	/** Throws before any memory is taken when the sampler would not accept the plan.
	 *  @param depth_ns how long the consumer may stand still before rows are lost */
	static prepare(streams: readonly StreamSpec[], schedule: Schedule, depth_ns: number): Launch {
		const rings = layOut(
			streams.map((stream) => ({ columns: stream.columns.length, period_ns: rowPeriod(stream) })),
			depth_ns,
		);
		return new Launch(rings, writePlan(schedule, streams, rings));
	}

	/** Resolves when the schedule runs. @param signal ends the waiting */
	start(signal?: AbortSignal): Promise<Sampler> {
		return Sampler.start(this.#plan, this.umem, signal);
	}

	/** One for each ring; each ring has one consumer. */
	readers(): RingReader[] {
		return this.rings.map((ring) => new RingReader(this.umem.ring(ring), ring));
	}

	/** Gives the memory back. No view over it may be used afterwards. */
	close(): void {
		this.umem.close();
	}
}
