// SPDX-License-Identifier: Apache-2.0
/** Programs of the compared tools: where they are, and how one is run. */
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { failure } from "../../base/errors.js";
import { packageFile } from "../../base/paths.js";

/** A program that tools/peers.sh unpacked. @param path below the root of its package, as in usr/bin/pminfo */
export const unpacked = (path: string): string => packageFile(`build/peers/${path}`);

export const notUnpacked = (path: string): string | null =>
	existsSync(unpacked(path)) ? null : `${path.split("/").at(-1)} is not here; run 'bash tools/peers.sh' as root`;

/** Both outputs of a program that has ended, whatever its exit status. */
export function outputOf(program: string, words: readonly string[], env = process.env): string {
	const { stdout, stderr, error } = spawnSync(program, words, { encoding: "utf8", env, maxBuffer: 1 << 29 });
	if (error) throw error;
	return stdout + stderr;
}

export interface Program {
	readonly child: ChildProcess;
	/** Both outputs, as far as they have come. */
	said(): string;
	/** Resolves when the program has ended with status 0. */
	readonly ended: Promise<void>;
}

export function run(program: string, words: readonly string[], options: SpawnOptions = {}): Program {
	const child = spawn(program, words, { ...options, stdio: ["ignore", "pipe", "pipe"] });
	let text = "";
	for (const stream of [child.stdout, child.stderr])
		stream?.setEncoding("utf8").on("data", (piece: string) => {
			text += piece;
		});
	const ended = once(child, "close").then(([status, signal]) => {
		if (status !== 0) throw failure(`${program} ended with ${signal ?? `status ${status}`}: ${text.trim()}`);
	});
	/* The caller that awaits `ended` gets the failure. Until then it must not end the process. */
	ended.catch(() => {});
	return { child, said: () => text, ended };
}
