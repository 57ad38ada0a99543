// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from "node:url";

/** A file of this package, from its path below the package's root; works from dist/ and wherever npm put the package. */
export const packageFile = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The binary that `npm run build` makes; COUNTERSINK_SAMPLER names another, as a sanitizer build. */
export const samplerBinary = (): string =>
	process.env.COUNTERSINK_SAMPLER ?? packageFile("build/native/release/countersink-sampler");
