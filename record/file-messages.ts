// SPDX-License-Identifier: Apache-2.0
/** What the main thread and the thread that owns the file say to each other: plain data. */
import type { MessagePort } from "node:worker_threads";
import type { Setup } from "../sampler/recorded.js";
import type { Sql } from "../storage/sql.js";
import type { Finished, Progress, ToLoop } from "./drain-loop.js";

/** workerData of the thread. */
export interface FileSetup extends Setup {
	readonly path: string;
	/** SQL that makes the macros which the recording carries. */
	readonly macros: Sql;
	/** This process does nothing else: threads that are not of the recording may be set to another priority, too. */
	readonly alone: boolean;
	/** An Arrow stream beside the file: its name in sentences, and where its bytes go. */
	readonly pipe: { readonly name: string; readonly port: MessagePort } | null;
}

/** Between "held" and "release" nothing that the file refers to is written over, so that others may read it. */
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
