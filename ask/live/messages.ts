// SPDX-License-Identifier: Apache-2.0
/** The messages that an asker and the process that answers it send to each other over the socket. */

import type { FileId } from "../../record/live/place.js";
import type { Refusal } from "../../record/live/server.js";
import type { Account } from "../../storage/account.js";
import type { Value } from "../../storage/recording.js";
import type { Column, Completion } from "../session.js";

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
	/** All rows of an answer were sent. */
	| { readonly kind: "answered" }
	/** All statements were answered. */
	| { readonly kind: "end" }
	| { readonly kind: "completions"; readonly completions: readonly Completion[] }
	| { readonly kind: "names"; readonly names: readonly string[] }
	| { readonly kind: "account"; readonly account: Account }
	/** The recorder ends the conversation: the recording has ended (over), or the answer took too long. */
	| { readonly kind: "gone"; readonly why: string; readonly over: boolean }
	| Refusal;
