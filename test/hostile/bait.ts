// SPDX-License-Identifier: Apache-2.0
/**
 * Where a case runs, and what may not change there:
 *
 *   bait/   a secret that no output may hold, a start-up file, a pipe that whoever reads it waits for; nothing may be added or read
 *   home/   the home folder of the process: nothing may be added
 *   temp/   its folder for temporary files: empty again afterwards
 *   work/deep/in/    the hostile file: nothing may be added beside it
 *   work/deep/out/   the only place for output
 */
import { execFileSync } from "node:child_process";
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A file was not read since when its time of access is this, before its time of change: so it is noted on file systems that
 *  are mounted with relatime as well. Seconds since 1970. */
const UNREAD_S = 1_000_000_000;
const CHANGED_S = 1_500_000_000;

/** In the answers of macros, views and defaults of hostile files, and nowhere in their data: a verb that prints it has believed them. */
export const FALSE_ANSWER = "777000777000777";

export interface Bait {
	readonly folder: string;
}

/** In each file of the bait; a recording that was made from hostile files holds it nowhere. */
export const secretOf = (root: string): string => readFileSync(join(root, "..", "secret"), "utf8");

const files = (secret: string): Record<string, string> => ({
	"secret.txt": secret,
	"secret.csv": `ts,a\n1,${secret}\n2,${secret}\n`,
	"secret.json": `{"a":"${secret}"}\n`,
	".profile": `# ${secret}\n`,
});

type Listing = Map<string, string>;

export class Sandbox implements Bait {
	readonly folder: string;
	readonly home: string;
	readonly temp: string;
	readonly in: string;
	readonly out: string;
	readonly secret: string;
	readonly #root: string;
	/** Whether the file system tells that a file was read. */
	readonly tellsReads: boolean;
	#before: Listing = new Map();

	/** @param root is made; the folder above it has the secret */
	constructor(root: string) {
		this.#root = root;
		this.folder = join(root, "bait");
		this.home = join(root, "home");
		this.temp = join(root, "temp");
		this.in = join(root, "work/deep/in");
		this.out = join(root, "work/deep/out");
		for (const folder of [this.folder, this.home, this.temp, this.in, this.out]) mkdirSync(folder, { recursive: true });
		this.secret = secretOf(root);
		execFileSync("mkfifo", [join(this.folder, "pipe")]);
		for (const [name, text] of Object.entries(files(this.secret))) writeFileSync(join(this.folder, name), text);
		this.tellsReads = this.#readIsSeen();
	}

	#readIsSeen(): boolean {
		const path = join(this.folder, "secret.txt");
		utimesSync(path, UNREAD_S, CHANGED_S);
		readFileSync(path);
		return lstatSync(path).atimeMs / 1000 !== UNREAD_S;
	}

	/** Empties the folders of a case. */
	clear(): void {
		for (const folder of [this.in, this.out, this.temp]) {
			rmSync(folder, { recursive: true, force: true });
			mkdirSync(folder);
		}
	}

	/** From now on every change counts. */
	arm(): void {
		for (const name of Object.keys(files(""))) utimesSync(join(this.folder, name), UNREAD_S, CHANGED_S);
		this.#before = this.#list();
	}

	#list(): Listing {
		const found: Listing = new Map();
		const enter = (folder: string): void => {
			for (const name of readdirSync(folder)) {
				const path = join(folder, name);
				if (path === this.out) continue;
				const { size, mtimeMs, ino, mode } = lstatSync(path);
				const isFolder = (mode & 0o170000) === 0o040000;
				found.set(path, isFolder ? "folder" : `${ino} ${size} ${mtimeMs} ${mode}`);
				if (isFolder) enter(path);
			}
		};
		enter(this.#root);
		return found;
	}

	/** What was added, changed, removed or read since arm(), a sentence each. */
	changes(): string[] {
		const now = this.#list();
		const shown = (path: string): string => path.slice(this.#root.length + 1);
		const changed = [...now].flatMap(([path, state]) => {
			const before = this.#before.get(path);
			return before === state ? [] : [`${shown(path)} was ${before === undefined ? "made" : "changed"}`];
		});
		const gone = [...this.#before.keys()].filter((path) => !now.has(path)).map((path) => `${shown(path)} was removed`);
		return [...changed, ...gone, ...this.#reads(), ...this.#leftovers()];
	}

	#reads(): string[] {
		if (!this.tellsReads) return [];
		return Object.keys(files("")).flatMap((name) => {
			const stat = lstatSync(join(this.folder, name), { throwIfNoEntry: false });
			return stat && stat.atimeMs / 1000 !== UNREAD_S ? [`bait/${name} was read`] : [];
		});
	}

	/** In the output: what holds the secret, and what is no finished file. */
	#leftovers(): string[] {
		const paths = readdirSync(this.out, { recursive: true }).map(String);
		return paths.flatMap((path) => {
			const full = join(this.out, path);
			if (!lstatSync(full).isFile()) return /\.countersink|\.tmp/.test(path) ? [`out/${path} was left behind`] : [];
			if (/\.countersink|\.wal$|\.tmp/.test(path)) return [`out/${path} was left behind`];
			return readFileSync(full).includes(this.secret) ? [`out/${path} holds the secret`] : [];
		});
	}

	/** What an output says that it must not. */
	leaks(text: string): string[] {
		return [
			...(text.includes(this.secret) ? ["the secret was printed"] : []),
			...(text.includes(FALSE_ANSWER) ? ["the answer of a macro or view of the file was printed"] : []),
		];
	}

	/** Puts back what a case has done, for the next. */
	mend(): void {
		for (const path of this.#list().keys())
			if (!this.#before.has(path)) {
				rmSync(path, { recursive: true, force: true });
			}
		for (const [name, text] of Object.entries(files(this.secret))) {
			writeFileSync(join(this.folder, name), text);
			chmodSync(join(this.folder, name), 0o644);
		}
	}
}
