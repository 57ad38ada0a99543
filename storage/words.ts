// SPDX-License-Identifier: Apache-2.0
/** The words that texts of `recording` can be. Opening and importing check the same. */
import type { Ending } from "../sampler/recorded.js";

const each = {
	complete: true,
	command: true,
	interrupted: true,
	sampler_killed: true,
	sampler_failed: true,
	recovered: true,
} satisfies Record<Ending, true>;

/** The ways in which a recording can end. */
export const endings = Object.keys(each) as readonly Ending[];

/** The ways in which a sampler can wait; imported: another tool sampled the rows. */
export const waits = ["sleep", "hybrid", "spin", "imported"] as const;

/** The most characters of each text. */
export const maxCharacters = {
	countersink_version: 64,
	host: 256,
	kernel: 256,
	detail: 65_536,
	imported_from: 8192,
	imported_by: 64,
} as const;
