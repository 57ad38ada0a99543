// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from "node:url";

/** A file of this package, from its path below the package's root; works from dist/ and wherever npm put the package. */
export const packageFile = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
