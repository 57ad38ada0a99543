// SPDX-License-Identifier: Apache-2.0
/** Recordings that a stranger has prepared: each a real one, changed by DuckDB itself or by what lies beside it. */
import type { Bait } from "../bait.js";
import { catalogs } from "./catalog-cases.js";
import { values } from "./content-cases.js";
import { beside, sizes } from "./file-cases.js";
import type { HostileRecording } from "./hostile-recording.js";
import { hostileMacros } from "./macro-cases.js";
import { names, paths } from "./name-cases.js";
import { types } from "./type-cases.js";
import { views } from "./view-cases.js";

export const hostileRecordings = (bait: Bait): HostileRecording[] => [
	...views(bait),
	...hostileMacros(bait),
	...types(),
	...catalogs(bait),
	...values(),
	...names(bait),
	...paths(),
	...beside(),
	...sizes(),
];
