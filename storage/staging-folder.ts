// SPDX-License-Identifier: Apache-2.0
/**
 * The folder in which an import or an export stages, beside its output. A process that is killed leaves it behind, and the next of its
 * kind into the same place removes it. A lock on a file in it (flock(2)) tells the two apart: the kernel keeps it as long as its process lives, in whatever
 * container that is, which neither a number of a process nor the age of a file could tell.
 */
import { closeSync, constants, lstatSync, mkdtempSync, openSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { notAtDeath, removedAtDeath } from "../base/at-death.js";
import { call } from "../base/ffi.js";

export type Purpose = "import" | "export";

const prefixOf = (purpose: Purpose): string => `.countersink-${purpose}-`;
const LOCK = "lock";

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

	/** Removes those of processes that were killed, and makes one. @param home an absolute path of the folder where the output will be */
	static make(home: string, purpose: Purpose): StagingFolder {
		sweep(home, prefixOf(purpose));
		const path = mkdtempSync(join(home, prefixOf(purpose)));
		removedAtDeath(path);
		/* The lock is seen under its name only when it is held. */
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

/** Whatever cannot be looked at stays. */
function sweep(home: string, prefix: string): void {
	for (const name of readdirSync(home))
		if (name.startsWith(prefix))
			try {
				removeDead(join(home, name));
			} catch {
				/* Another process removes it, or it belongs to somebody else. */
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
