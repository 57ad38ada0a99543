// SPDX-License-Identifier: Apache-2.0
/** The parts of doctor's checks, and the functions by which they read the system. What cannot be read is null. */
import { accessSync, readdirSync, readFileSync } from "node:fs";

/** limited: recording works, but not as fast, as exact or as complete as it could. */
export type Status = "ok" | "limited" | "missing";

export interface Check {
	readonly name: string;
	readonly status: Status;
	/** The figure or the fact that was found. */
	readonly found: string;
	/** The command, or what to ask for; null when all is well. */
	readonly remedy: string | null;
	/** Nothing at all can be recorded while this is missing. */
	readonly required: boolean;
}

export interface Group {
	readonly name: string;
	/** One sentence: what this means for the possible rates. */
	readonly verdict: string;
	readonly checks: readonly Check[];
}

export const ok = (name: string, found: string): Check => ({
	name,
	status: "ok",
	found,
	remedy: null,
	required: false,
});

export const limited = (name: string, found: string, remedy: string): Check => ({
	name,
	status: "limited",
	found,
	remedy,
	required: false,
});

export const missing = (name: string, found: string, remedy: string, required = false): Check => ({
	name,
	status: "missing",
	found,
	remedy,
	required,
});

export function readText(path: string): string | null {
	try {
		return readFileSync(path, "utf8").trim();
	} catch {
		return null;
	}
}

export function listDirectory(path: string): string[] | null {
	try {
		return readdirSync(path);
	} catch {
		return null;
	}
}

/** Whether a path can be accessed. @param mode a mode such as constants.R_OK */
export function permits(path: string, mode: number): boolean {
	try {
		accessSync(path, mode);
		return true;
	} catch {
		return false;
	}
}

export interface Mount {
	/** The directory of the file system that is mounted; "/" unless it is only a part. */
	readonly root: string;
	readonly path: string;
	readonly type: string;
	readonly options: readonly string[];
	/** Options of the file system; for cgroup v1 these are the controllers. */
	readonly superOptions: readonly string[];
}

/** Decodes characters that are written in octal, such as blanks: "\\040". */
const unescapeOctal = (text: string): string =>
	text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

/** Parses /proc/self/mountinfo: id parent device root path options [optional...] - type source superoptions. */
export function mounts(text = readText("/proc/self/mountinfo") ?? ""): Mount[] {
	return text
		.split("\n")
		.filter((line) => line.includes(" - "))
		.map((line) => {
			const [left, right] = line.split(" - ") as [string, string];
			const [, , , root = "", path = "", options = ""] = left.split(" ");
			const [type = "", , superOptions = ""] = right.split(" ");
			return {
				root: unescapeOctal(root),
				path: unescapeOctal(path),
				type,
				options: options.split(","),
				superOptions: superOptions.split(","),
			};
		});
}

/** The file system that holds a path. */
export const mountOf = (path: string, all = mounts()): Mount | undefined =>
	all
		.filter((mount) => path === mount.path || path.startsWith(mount.path.endsWith("/") ? mount.path : `${mount.path}/`))
		.reduce<Mount | undefined>((best, m) => (m.path.length >= (best?.path.length ?? 0) ? m : best), undefined);
