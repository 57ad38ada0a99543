// SPDX-License-Identifier: Apache-2.0
/** What the texts of `recording` can be: an opening and an import check the same. */
import type { Ending } from "../sampler/recording.js";

const each = {
	complete: true,
	command: true,
	interrupted: true,
	sampler_killed: true,
	sampler_failed: true,
	recovered: true,
} satisfies Record<Ending, true>;

/** How a recording ends. */
export const endings = Object.keys(each) as readonly Ending[];

/** How its rows came about; imported: not sampled by countersink. */
export const waits = ["sleep", "hybrid", "spin", "imported"] as const;

/** Characters that a text has at most. */
export const maxCharacters = { countersink_version: 64, host: 256, kernel: 256, detail: 65_536 } as const;
