// SPDX-License-Identifier: Apache-2.0
/**
 * What a test needs beyond Node, gcc and make. `npm test` installs nothing. A test that lacks something is skipped with
 * the sentence that needs() returns; the runner counts it and prints why.
 */
import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Programs, and the Debian packages that contain them. */
const packages = { ethtool: "ethtool", git: "git", ip: "iproute2", perf: "linux-perf" } as const;

export type Need = keyof typeof packages | "root" | "kernel events";

/* Debian leaves the folders of administrators out of the PATH of other users, but anybody may show a link. */
const folders = [...new Set([...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"])].filter(Boolean);
process.env.PATH = folders.join(delimiter);

const executable = (path: string): boolean => {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
};

const PARANOID = "/proc/sys/kernel/perf_event_paranoid";

/** Whether perf events may count in the kernel, or on a whole CPU. */
function lackOfEvents(): string | null {
	if (process.geteuid!() === 0) return null;
	const paranoid = Number(readFileSync(PARANOID, "utf8"));
	return paranoid <= 0 ? null : `perf events of the kernel need root where kernel.perf_event_paranoid is ${paranoid}`;
}

function lack(need: Need): string | null {
	if (need === "kernel events") return lackOfEvents();
	if (need === "root") return process.geteuid!() === 0 ? null : "it needs root";
	const found = folders.some((folder) => executable(join(folder, need)));
	return found ? null : `${need} is not installed (Debian: ${packages[need]})`;
}

/** One sentence about what is missing; false when nothing is, as the option `skip` of a test takes it. */
export function needs(...all: readonly Need[]): string | false {
	const lacking = all.map(lack).filter((reason) => reason !== null);
	return lacking.length > 0 && lacking.join(", ");
}
