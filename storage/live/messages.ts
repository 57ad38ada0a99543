// SPDX-License-Identifier: Apache-2.0
/** What an asker and the process that answers it say to each other over the socket, and that process and its recorder. */
import type { ErrorCode } from "../../base/errors.js";
import type { Account } from "../account.js";
import type { Value } from "../recording.js";
import type { Column, Completion } from "../session.js";
import type { FileId } from "./place.js";

export type ToAnswerer =
	| { readonly kind: "run"; readonly sql: string }
	| { readonly kind: "complete"; readonly text: string }
	| { readonly kind: "tables" }
	| { readonly kind: "account" }
	| { readonly kind: "interrupt" };

export type FromAnswerer =
	| { readonly kind: "hello"; readonly version: string; readonly recorder: number; readonly file: FileId }
	| { readonly kind: "answer"; readonly columns: readonly Column[]; readonly age_ns: number | null }
	| { readonly kind: "rows"; readonly rows: readonly (readonly Value[])[] }
	/** All rows of an answer have come. */
	| { readonly kind: "answered" }
	| { readonly kind: "end" }
	| { readonly kind: "completions"; readonly completions: readonly Completion[] }
	| { readonly kind: "names"; readonly names: readonly string[] }
	| { readonly kind: "account"; readonly account: Account }
	/** The recorder ends this: the recording has ended, or the asker took too long. */
	| { readonly kind: "gone"; readonly why: string; readonly over: boolean }
	| { readonly kind: "error"; readonly code: ErrorCode; readonly message: string };

/** Argument of the answering process. */
export interface AnswererSetup {
	readonly path: string;
	readonly file: FileId;
	readonly recorder: number;
	/** CPU of the sampling loop; -1: not pinned. */
	readonly cpu: number;
}

/** The file may be read from "held" until "release": nothing that it refers to is written over. */
export type ToRecorder = { readonly kind: "hold" } | { readonly kind: "release" };
export type FromRecorder =
	| { readonly kind: "held" }
	/** Say why, and go. */
	| { readonly kind: "stop"; readonly why: string; readonly over: boolean };
