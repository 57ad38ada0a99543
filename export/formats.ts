// SPDX-License-Identifier: Apache-2.0
/** Every format that can be exported, in the order in which help lists them. */
import { arrow, arrowStream } from "./arrow.js";
import { chrome } from "./chrome.js";
import { csv } from "./csv.js";
import type { Format } from "./format.js";
import { ndjson } from "./ndjson.js";
import { openmetrics } from "./openmetrics.js";
import { parquet } from "./parquet.js";
import { perfettoTrace } from "./perfetto.js";

export const formats: readonly Format[] = [
	parquet,
	arrow,
	arrowStream,
	csv,
	ndjson,
	openmetrics,
	perfettoTrace,
	chrome,
];
