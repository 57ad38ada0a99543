// SPDX-License-Identifier: Apache-2.0
/** Every source of this build, in the order of `countersink list`. */
import { perf } from "./perf/index.js";
import type { Source } from "./source.js";
import { synthetic } from "./synthetic/index.js";

export const sources: readonly Source<never>[] = [perf, synthetic] as unknown as readonly Source<never>[];

export const findSource = (name: string): Source<never> | undefined => sources.find((source) => source.name === name);
