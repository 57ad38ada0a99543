// SPDX-License-Identifier: Apache-2.0
/**
 * Moves what --overwrite replaces aside, in its folder and with its log, until the new recording has started; then it
 * is removed. If the new recording does not start, the old one is put back. The name tells which process did it, so
 * that the next run can settle what a killed process has left:
 *
 *   NAME.replaced-PID-STARTED       and NAME.replaced-PID-STARTED.wal
 *
 * The log is moved first and put back last, so a log without its file aside belongs to the NAME that is there.
 */
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { failure, messageOf } from "../base/errors.js";
import { startedAt } from "../base/process.js";
import { logPlaces, removeRecording } from "./file.js";
import { isOwn } from "./own-files.js";
import { recognise } from "./recognise.js";

const pattern = /^(.+)\.replaced-([0-9]+)-([0-9]+)(\.wal)?$/;

export class Aside {
	readonly #path: string;
	/** Path of the old recording. */
	readonly place: string;

	constructor(path: string, place = `${path}.replaced-${process.pid}-${startedAt(process.pid)}`) {
		this.#path = path;
		this.place = place;
	}

	/** Moves a recording aside. */
	static move(path: string): Aside {
		const aside = new Aside(path);
		try {
			aside.#move(path, aside.place);
		} catch (error) {
			aside.#putLogBack();
			throw failure(`${path} cannot be moved aside (${messageOf(error)}); remove it, or name another file with -o`);
		}
		return aside;
	}

	#move(from: string, to: string): void {
		const ends = logPlaces(from).map((place, i) => [place, logPlaces(to)[i]!] as const);
		for (const [log, place] of ends) if (existsSync(log)) renameSync(log, place);
		renameSync(from, to);
	}

	/** Puts the old recording back. Fails where another file is in its place. */
	putBack(): void {
		if (existsSync(this.place)) {
			if (existsSync(this.#path))
				throw failure(
					`${this.#path} was created by another process meanwhile; the recording that it replaced is in ${this.place}`,
				);
			renameSync(this.place, this.#path);
		}
		this.#putLogBack();
	}

	#putLogBack(): void {
		logPlaces(this.place).forEach((place, i) => {
			if (existsSync(place)) renameSync(place, logPlaces(this.#path)[i]!);
		});
	}

	/** Removes the old recording, its log first, so that no log is left alone. */
	remove(): void {
		for (const place of [...logPlaces(this.place), this.place]) rmSync(place, { force: true });
	}
}

/** Settles what one killed run left. @returns a sentence about it; null where there is nothing to say */
async function settle(path: string, place: string): Promise<string | null> {
	const aside = new Aside(path, place);
	const is = existsSync(place) ? (await recognise(place)).kind : null;
	if (is === null && existsSync(path) && !existsSync(`${path}.wal`)) {
		aside.putBack();
		return null;
	}
	if (is !== "recording" && is !== "empty") return null;
	const now = existsSync(path) ? await recognise(path) : null;
	if (now === null || now.kind === "empty" || (now.kind === "recording" && !now.begun)) {
		removeRecording(path);
		aside.putBack();
		return `${path} is back: a run that was to replace it was killed before its own recording started`;
	}
	if (now.kind === "recording") {
		aside.remove();
		return null;
	}
	return now.kind === "written" ? null : `${place} is a recording that a killed run had moved aside`;
}

/** Settles what killed runs have left aside in the folder of this file. @returns sentences about it */
export async function settleAside(path: string): Promise<string[]> {
	const folder = dirname(path);
	const found = new Map<string, string>();
	for (const entry of readdirSync(folder)) {
		const [, name, pid, started, log = ""] = pattern.exec(entry) ?? [];
		if (name !== undefined && startedAt(Number(pid)) !== Number(started))
			found.set(join(folder, entry.slice(0, entry.length - log.length)), join(folder, name));
	}
	const said: string[] = [];
	for (const [place, replaced] of found)
		try {
			const isAsked = basename(path) === basename(replaced);
			if (!isAsked && isOwn(replaced)) continue;
			const sentence = await settle(isAsked ? path : replaced, place);
			if (sentence) said.push(sentence);
		} catch {} // It belongs to somebody else, who will settle it.
	return said;
}
