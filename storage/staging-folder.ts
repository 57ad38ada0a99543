// SPDX-License-Identifier: Apache-2.0
/**
 * The folder in which an import, an export or a measurement of the writer keeps its files, beside its output. A killed
 * process leaves its folder, and the next one of the same kind with an output in the same place removes it. A lock on a
 * file in it (flock(2)) tells whether the process lives: the kernel keeps the lock as long as it does, in whatever
 * container, which neither a process number nor the age of a file could tell.
 */
import { randomBytes } from "node:crypto";
import { closeSync, constants, lstatSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { notAtDeath, removedAtDeath } from "../base/at-death.js";
import { call } from "../base/ffi.js";

export type Purpose = "import" | "export" | "ingest";

const prefixOf = (purpose: Purpose): string => `.countersink-${purpose}-`;
const LOCK = "lock";
/** Bytes of the random part of its name. */
const NAME_BYTES = 8;

const LOCK_EX = 2;
const LOCK_NB = 4;

const locked = (fd: number): boolean => call("flock", fd, LOCK_EX | LOCK_NB) === 0;

export class StagingFolder {
	readonly path: string;
	#lock: number | null;

	private constructor(path: string, lock: number) {
		this.path = path;
		this.#lock = lock;
	}

	/** Removes the folders of killed processes, and creates one. @param home absolute path of the folder of the output */
	static make(home: string, purpose: Purpose): StagingFolder {
		sweep(home, prefixOf(purpose));
		const path = join(home, `${prefixOf(purpose)}${randomBytes(NAME_BYTES).toString("hex")}`);
		/* The supervisor is told first: a process that dies between the two steps would otherwise leave the folder. */
		removedAtDeath(path);
		mkdirSync(path, 0o700);
		/* The lock file gets its name only when it is locked. */
		const lock = openSync(join(path, "unlocked"), "w", 0o600);
		locked(lock);
		renameSync(join(path, "unlocked"), join(path, LOCK));
		return new StagingFolder(path, lock);
	}

	place(name: string): string {
		return join(this.path, name);
	}

	remove(): void {
		if (this.#lock === null) return;
		rmSync(this.path, { recursive: true, force: true });
		closeSync(this.#lock);
		this.#lock = null;
		notAtDeath(this.path);
	}
}

/** Removes folders whose process is gone. A folder that cannot be examined stays. */
function sweep(home: string, prefix: string): void {
	for (const name of readdirSync(home))
		if (name.startsWith(prefix))
			try {
				removeDead(join(home, name));
			} catch {
				/* Another process removes it, or owns it. */
			}
}

function removeDead(path: string): void {
	const stat = lstatSync(path);
	if (!stat.isDirectory() || stat.uid !== process.getuid!()) return;
	const lock = openSync(join(path, LOCK), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
	try {
		if (locked(lock)) rmSync(path, { recursive: true, force: true });
	} finally {
		closeSync(lock);
	}
}
