// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from "node:url";

/** The absolute path of a file of this package; works from dist/ and wherever npm put the package. @param path below
 *  its root */
export const packageFile = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The binary that `npm run build` makes; COUNTERSINK_SAMPLER names another, such as a sanitizer build. */
export const samplerBinary = (): string =>
	process.env.COUNTERSINK_SAMPLER ?? packageFile("build/native/release/countersink-sampler");
