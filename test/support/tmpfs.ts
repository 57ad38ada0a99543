// SPDX-License-Identifier: Apache-2.0
/**
 * A small file system in a mount namespace that a helper process holds. It goes when the helper goes, and the helper
 * goes when this process goes, so nothing stays mounted whatever happens to the test.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

const isRoot = process.geteuid!() === 0;
/* A user who is not root may mount in a new user namespace, where they are root. */
const unsharing = isRoot ? [] : ["--user", "--map-root-user"];
const entering = isRoot ? [] : ["--user", "--preserve-credentials"];

export class SmallDisk {
	readonly #holder: ChildProcess;
	/** The folder, for programs that run inside. */
	readonly folder: string;

	private constructor(holder: ChildProcess, folder: string) {
		this.#holder = holder;
		this.folder = folder;
	}

	/** Words to put before a program that must see the folder. */
	get inside(): readonly string[] {
		return ["nsenter", "--target", String(this.#holder.pid), ...entering, "--mount", "--"];
	}

	/** Path of a file of the folder for this process. DuckDB would resolve the link, and find nothing. */
	outside(name: string): string {
		return `/proc/${this.#holder.pid}/root${this.folder}/${name}`;
	}

	/** @param options options of mount(8) for tmpfs, as in size=4m
	 *  @returns a sentence instead where mounting is not permitted */
	static async mount(folder: string, options: string): Promise<SmallDisk | string> {
		const script = 'mount -t tmpfs -o "$1" tmpfs "$0" && echo mounted && exec cat';
		const words = [...unsharing, "--mount", "--propagation", "private", "sh", "-c", script, folder, options];
		const holder = spawn("unshare", words, { stdio: ["pipe", "pipe", "pipe"] });
		const said = await Promise.race([
			once(holder.stdout, "data"),
			once(holder.stderr, "data"),
			once(holder, "error"),
			once(holder, "close"),
		]);
		if (String(said[0]).trim() === "mounted") return new SmallDisk(holder, folder);
		holder.kill();
		return `a tmpfs cannot be mounted: ${String(said[0]).trim()}`;
	}

	async unmount(): Promise<void> {
		const gone = once(this.#holder, "close");
		this.#holder.stdin!.end();
		await gone;
	}
}
