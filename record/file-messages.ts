// SPDX-License-Identifier: Apache-2.0
/** Messages between the main thread and the thread that owns the file. They are plain data. */
import type { MessagePort } from "node:worker_threads";
import type { Setup } from "../sampler/recorded.js";
import type { Sql } from "../storage/sql.js";
import type { Finished, Progress, ToLoop } from "./drain-loop.js";

/** The workerData of the thread. */
export interface FileSetup extends Setup {
	readonly path: string;
	/** SQL that makes the macros which the recording carries. */
	readonly macros: Sql;
	/** Whether this process does nothing else: then threads that do not belong to the recording may get another
	 *  priority, too. */
	readonly alone: boolean;
	/** The Arrow stream beside the file: its name in messages, and the port that takes its bytes. */
	readonly pipe: { readonly name: string; readonly port: MessagePort } | null;
}

/** Between "held" and "release" nothing that the file refers to is overwritten, so that other processes may read
 *  it. */
export type ToFileLoop =
	| ToLoop
	| { readonly kind: "hold"; readonly id: number }
	| { readonly kind: "release"; readonly id: number }
	| { readonly kind: "hurry" };

export type FromFileLoop =
	| { readonly kind: "ready" }
	/** The start is committed. */
	| { readonly kind: "begun" }
	| ({ readonly kind: "progress" } & Progress)
	| { readonly kind: "held"; readonly id: number }
	| ({ readonly kind: "finished" } & Finished)
	| { readonly kind: "failed"; readonly message: string };
