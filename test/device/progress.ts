// SPDX-License-Identifier: Apache-2.0
/** What a long run tells while it goes: each step with its seconds, and programs that fail with what they printed. */
import { spawnSync } from "node:child_process";

export const say = (text: string): boolean => process.stderr.write(`${text}\n`);

export async function timed<T>(step: string, work: () => T | Promise<T>): Promise<T> {
	const begin = performance.now();
	const result = await work();
	say(`# ${step}: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
	return result;
}

/** Runs a program to its end and returns what it printed; one that fails is an error that shows its last lines. */
export function program(file: string, words: readonly string[], cwd?: string): string {
	const env = { ...process.env, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" };
	const { status, stdout, stderr, error } = spawnSync(file, words, { encoding: "utf8", cwd, env, maxBuffer: 1 << 28 });
	if (error) throw new Error(`${file} could not be started (${error.message})`);
	if (status !== 0) throw new Error(`${file} ${words.join(" ")} failed\n${tail(stdout + stderr, 25)}`);
	return stdout;
}

export const tail = (text: string, lines: number): string => text.trimEnd().split("\n").slice(-lines).join("\n");
