// SPDX-License-Identifier: Apache-2.0
import type { Counter, Source, SourceOptions } from "../kernel/source.js";

/** The counters of one source that are listed. */
export interface Listing {
	readonly source: Source<never>;
	readonly counters: readonly Counter[];
	readonly options: SourceOptions;
	/** Why there are no counters; null where there are. */
	readonly absence: string | null;
	/** The user named these counters, so all of them are shown. */
	readonly named: boolean;
}
