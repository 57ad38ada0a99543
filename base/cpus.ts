// SPDX-License-Identifier: Apache-2.0
/** CPU numbers as the kernel writes them. */
import { readFileSync } from "node:fs";

/** "0-3,8" of sysfs to [0, 1, 2, 3, 8]; an empty text gives an empty list. */
export const parseCpus = (text: string): number[] =>
	[...text.matchAll(/(\d+)(?:-(\d+))?/g)].flatMap(([, first, last = first]) =>
		Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => Number(first) + i),
	);

/** CPUs that run now. Isolated ones are among them, though a process may use those only when it is put there. */
export const onlineCpus = (): number[] => parseCpus(readFileSync("/sys/devices/system/cpu/online", "utf8"));
