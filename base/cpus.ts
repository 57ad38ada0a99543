// SPDX-License-Identifier: Apache-2.0
/** CPU numbers as the kernel writes them. */
import { readFileSync } from "node:fs";

/** "0-3,8" of sysfs to [0, 1, 2, 3, 8]; an empty text is no CPU. */
export const parseCpus = (text: string): number[] =>
	[...text.matchAll(/(\d+)(?:-(\d+))?/g)].flatMap(([, first, last = first]) =>
		Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => Number(first) + i),
	);

/** Those that run now; isolated ones too, though no process may use them unless it is put there. */
export const onlineCpus = (): number[] => parseCpus(readFileSync("/sys/devices/system/cpu/online", "utf8"));
