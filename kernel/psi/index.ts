// SPDX-License-Identifier: Apache-2.0
/** Pressure of the whole machine, about 2 us a file. The source cgroup has the pressure of each cgroup. */
import { namesIn } from "../shared/folders.js";
import { pressureCounters } from "../shared/pressure.js";
import { readText, type TextAt, textReaders } from "../shared/text/positions.js";
import type { Counter, Source } from "../source.js";

const folder = "/proc/pressure";

function list(): Counter<TextAt>[] {
	return namesIn(folder).flatMap((resource) => {
		const path = `${folder}/${resource}`;
		const text = readText(path);
		return text === null ? [] : pressureCounters({ source: "psi", instance: resource, resource, path }, text);
	});
}

export const psi: Source<TextAt> = {
	name: "psi",
	summary: "pressure: time in which tasks were stalled on cpu, memory, io or irq (/proc/pressure)",
	absence: () =>
		list().length > 0
			? null
			: `${folder} tells nothing; boot with psi=1, or use a kernel that was built with CONFIG_PSI (4.20 and later)`,
	list,
	plan: (counters) => textReaders(counters),
};
