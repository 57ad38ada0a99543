// SPDX-License-Identifier: Apache-2.0
import type { Counter, Source, SourceOptions } from "../kernel/source.js";

/** What is listed of one source. */
export interface Listing {
	readonly source: Source<never>;
	readonly counters: readonly Counter[];
	readonly options: SourceOptions;
	/** Why there are none, when there are none. */
	readonly absence: string | null;
	/** The user named them, so all are shown. */
	readonly named: boolean;
}
