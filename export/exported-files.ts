// SPDX-License-Identifier: Apache-2.0
/** Puts exported files in place. All are written in a folder of their own beside their place, and moved when every one
 *  is complete. */
import { accessSync, constants, existsSync, lstatSync, mkdirSync, renameSync, rmdirSync, statSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { failure, messageOf, unavailable, usageError } from "../base/errors.js";
import { StagingFolder } from "../storage/staging-folder.js";
import { component } from "./component.js";
import type { Format } from "./format.js";
import type { ExportStream } from "./input.js";

const another = "name another with -o";

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
/** Whether files go into OUT under names of their own. */
const asFolder = (out: string): boolean => out.endsWith("/") || isFolder(out);

/** A file to write, and the streams that go into it. */
export interface Target {
	readonly path: string;
	readonly streams: readonly ExportStream[];
}

/** A file that was written. */
export interface Written {
	readonly path: string;
	readonly streams: readonly string[];
	readonly rows: number;
}

function inserted(out: string, name: string): string {
	const extension = extname(out);
	return `${out.slice(0, out.length - extension.length)}.${name}${extension}`;
}

/**
 * The files of an export. A single one is exactly OUT. Several streams, in a format whose files hold one each, go to
 * OUT with the name of the stream before its extension, or to files named after the streams where OUT is a folder.
 */
export function targetsOf(out: string, format: Format, streams: readonly ExportStream[], recording: string): Target[] {
	const [extension] = format.extensions;
	if (!format.perStream) {
		const name = `${basename(recording, extname(recording))}.${extension}`;
		return [{ path: asFolder(out) ? join(out, name) : out, streams }];
	}
	const pathOf = ({ name }: ExportStream): string => {
		if (asFolder(out)) return join(out, `${component(name)}.${extension}`);
		return streams.length === 1 ? out : inserted(out, component(name));
	};
	return streams.map((stream) => ({ path: pathOf(stream), streams: [stream] }));
}

/** Refuses to replace an existing file, unless the user allowed it; and always one that is not a regular file, or the
 *  recording itself. Of a link, the link itself is replaced, since a file is made under another name and moved. */
export function checkTarget(path: string, overwrite: boolean, recording: string): void {
	/* A link to nothing would be replaced like a file, so it counts as one. */
	const stat = statSync(path, { throwIfNoEntry: false }) ?? lstatSync(path, { throwIfNoEntry: false });
	if (!stat) return;
	if (stat.isDirectory()) throw usageError(`${path} is a folder; ${another}`);
	if (!stat.isFile() && !stat.isSymbolicLink())
		throw usageError(`${path} is not a regular file, so it is not replaced; ${another}, or pipe -o - into it`);
	const own = statSync(recording);
	if (stat.ino === own.ino && stat.dev === own.dev) throw usageError(`${path} is the recording itself; ${another}`);
	if (!overwrite) throw usageError(`${path} exists; ${another}, or replace it with --overwrite`);
}

/** The folder that the files of OUT go into. */
const home = (out: string, dataset: boolean): string => (dataset || asFolder(out) ? out : dirname(out));

function checkFolder(folder: string, out: string): void {
	if (!isFolder(folder)) throw usageError(`there is no folder ${folder} for ${out}; make it, or ${another}`);
	try {
		accessSync(folder, constants.W_OK | constants.X_OK);
	} catch {
		throw unavailable(`the folder ${folder} is not writable; ${another}`);
	}
}

/** The folder in which files are written until they are moved to their places. It is removed when the process ends,
 *  however it ends. */
export class Staging {
	readonly #staging: StagingFolder;
	readonly #made: string | null;
	readonly #files: { readonly from: string; readonly to: string }[] = [];
	readonly #onExit = (): void => this.discard();

	/** @param dataset whether OUT is a folder, which is created if it does not exist */
	constructor(out: string, dataset: boolean) {
		const final = resolve(home(out, dataset));
		const make = (dataset || out.endsWith("/")) && !existsSync(final);
		checkFolder(make ? dirname(final) : final, out);
		if (make) mkdirSync(final);
		this.#made = make ? final : null;
		/* Readers of datasets ignore names that start with a dot. */
		this.#staging = StagingFolder.make(final, "export");
		process.on("exit", this.#onExit);
	}

	/** The absolute path. */
	get folder(): string {
		return this.#staging.path;
	}

	/** The path at which the file for `path` is written. */
	place(path: string): string {
		const from = join(this.folder, String(this.#files.length));
		this.#files.push({ from, to: path });
		return from;
	}

	/** Moves every file to its place. */
	finish(): void {
		for (const { from, to } of this.#files) {
			mkdirSync(dirname(to), { recursive: true });
			renameSync(from, to);
		}
		this.#remove();
	}

	discard(): void {
		this.#remove();
		if (this.#made)
			try {
				rmdirSync(this.#made);
			} catch {
				/* Another process has created something there meanwhile. */
			}
	}

	#remove(): void {
		process.off("exit", this.#onExit);
		this.#staging.remove();
	}
}

/** The error for a file that could not be written, with the name that the user gave it. */
export const cannotWrite = (out: string, error: unknown): Error =>
	failure(
		`${out} cannot be written (${messageOf(error).split("\n")[0]}); its files were removed; make room, or ${another}`,
		error,
	);
