// SPDX-License-Identifier: Apache-2.0
/** The command line from outside: what a user types, sees and gets as exit status. */
import { spawnSync } from "node:child_process";
import { packageFile } from "../../base/paths.js";
import { asIfGranted } from "./privilege.js";

export interface Outcome {
	readonly status: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

export interface How {
	readonly env?: Record<string, string>;
	readonly uid?: number;
	readonly gid?: number;
	/** Words before node: a command that runs the rest of its arguments. */
	readonly under?: readonly string[];
}

export function countersink(words: readonly string[], { env = {}, under = [], ...identity }: How = {}): Outcome {
	const [command, ...rest] = [...under, process.execPath, packageFile("dist/cli/main.js"), ...words];
	const { status, stdout, stderr, error } = spawnSync(command!, rest, {
		encoding: "utf8",
		env: { ...process.env, ...env },
		maxBuffer: 1 << 28,
		...identity,
	});
	if (error) throw error;
	return { status, stdout, stderr: asIfGranted(stderr) };
}
