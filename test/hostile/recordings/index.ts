// SPDX-License-Identifier: Apache-2.0
/** Recordings that a stranger has prepared: each a real one, changed by DuckDB itself or by what lies beside it. */
import type { Bait } from "../bait.js";
import { catalogs } from "./catalog.js";
import type { HostileRecording } from "./common.js";
import { values } from "./contents.js";
import { beside, sizes } from "./files.js";
import { hostileMacros } from "./macros.js";
import { names, paths } from "./names.js";
import { types } from "./types.js";
import { views } from "./views.js";

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
