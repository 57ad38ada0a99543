// SPDX-License-Identifier: Apache-2.0
/** Inputs that a stranger has prepared for import. Most are small changes of a valid file; the rest is made from nothing. */
import { arrowBytes } from "./arrow.js";
import type { HostileImport } from "./common.js";
import { arrowMetadata, parquetMetadata } from "./metadata.js";
import { parquetBombs } from "./parquet.js";
import { places } from "./places.js";
import { texts } from "./texts.js";

export const hostileImports = (): HostileImport[] => [
	...arrowMetadata(),
	...parquetMetadata(),
	...parquetBombs(),
	...arrowBytes(),
	...texts(),
	...places(),
];
