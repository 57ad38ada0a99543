// SPDX-License-Identifier: Apache-2.0
/** Inputs that a stranger has prepared for import. Most are small changes of a valid file; the rest is made from nothing. */
import { arrowBytes } from "./arrow-cases.js";
import type { HostileImport } from "./hostile-import.js";
import { arrowMetadata, parquetMetadata } from "./metadata-cases.js";
import { parquetBombs } from "./parquet-cases.js";
import { places } from "./place-cases.js";
import { texts } from "./text-cases.js";

export const hostileImports = (): HostileImport[] => [
	...arrowMetadata(),
	...parquetMetadata(),
	...parquetBombs(),
	...arrowBytes(),
	...texts(),
	...places(),
];
