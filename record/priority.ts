// SPDX-License-Identifier: Apache-2.0
/**
 * Keeps the recorder out of the way of what it measures: its threads run at low priority as long as the rings have
 * room, and at the usual one when they fill. A process that may not raise its priority again is left alone. The main
 * thread is left alone, too, because a wrapped command inherits its priority; and so are the threads of a program that
 * records beside its own work.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setPriority } from "node:os";
import { basename } from "node:path";

const LOW = 10;
const USUAL = 0;
/** Shares of a ring in use: above the first the priority is the usual one, below the second it is low again. */
const HIGH_FILL = 0.3;
const LOW_FILL = 0.1;

/** Bit of CAP_SYS_NICE (capabilities(7)). */
const CAP_SYS_NICE = 23n;

function mayRaise(): boolean {
	const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1];
	return effective !== undefined && ((BigInt(`0x${effective}`) >> CAP_SYS_NICE) & 1n) === 1n;
}

/** Lists the threads of this process. */
export const threads = (): number[] => readdirSync("/proc/self/task").map(Number);

/** The id of the calling thread. */
export const ownThread = (): number => Number(basename(readlinkSync("/proc/thread-self")));

export class HelperPriority {
	readonly #allowed = mayRaise();
	readonly #threads: () => readonly number[];
	#low = false;

	/** @param threads lists the threads that the recorder has when it is called */
	constructor(threads: () => readonly number[]) {
		this.#threads = threads;
	}

	/** @param fill highest share of a ring in use, 0 to 1 */
	follow(fill: number): void {
		if (!this.#allowed) return;
		if (this.#low ? fill > HIGH_FILL : fill < LOW_FILL) this.#set(!this.#low);
	}

	#set(low: boolean): void {
		this.#low = low;
		for (const thread of this.#threads()) if (thread !== process.pid) setOne(thread, low);
	}
}

/** Sets the priority of a thread, which may have ended meanwhile. */
function setOne(thread: number, low: boolean): void {
	try {
		setPriority(thread, low ? LOW : USUAL);
	} catch {}
}
