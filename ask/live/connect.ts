// SPDX-License-Identifier: Apache-2.0
/**
 * Connects to the recorder that writes a file:
 *
 *   1. Looks for its socket where a recorder of the file's owner or of this user would have put it (place.ts).
 *   2. Accepts only a process that runs as one of these two users.
 *   3. Waits for "hello", and checks that the version and the file are the same as here.
 */
import { once } from "node:events";
import { statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { CountersinkError, unavailable } from "../../base/errors.js";
import { peerOf } from "../../base/peer-process.js";
import { version } from "../../base/version.js";
import { framesOf } from "../../record/live/frames.js";
import { type FileId, socketPlaces } from "../../record/live/place.js";
import type { FromAnswerer } from "./messages.js";

const PATIENCE_MS = 10_000;

const later = "ask again when the recording has ended";

/** No recorder was found: there never was one, or it is about to exit. */
export class Unanswered extends CountersinkError {}

export interface Connection {
	readonly socket: Socket;
	/** What comes after "hello". */
	readonly messages: AsyncIterator<FromAnswerer>;
	/** Process id of the recorder. */
	readonly recorder: number;
}

async function connected(place: string): Promise<Socket | null> {
	const socket = connect(place);
	try {
		await once(socket, "connect");
		return socket;
	} catch {
		return null;
	}
}

/** Why no recorder was found. @param holder the process that has the file open; "": not known */
function unanswered(path: string, holder: string, owner: number): Unanswered {
	const written = `${path} is still being written${holder && ` by process ${holder}`}`;
	const own = process.getuid!();
	return new Unanswered(
		"unavailable",
		own !== 0 && own !== owner
			? `${written}; a recorder answers only its own user and root, so ask as uid ${owner}, or wait until the recording has ended`
			: `${written}, and no recorder of ${[...new Set([own, owner])].map((uid) => `uid ${uid}`).join(" or ")} answers for it; ${later}`,
	);
}

/** Connects to the recorder of a file. Only one that runs as one of these users is accepted: any other could be an
 *  impostor. */
async function findRecorder(uids: readonly number[], file: FileId): Promise<Socket | null> {
	for (const place of socketPlaces(file, uids)) {
		const socket = await connected(place);
		if (!socket) continue;
		if (uids.includes(peerOf(socket).uid)) return socket;
		socket.destroy();
	}
	return null;
}

/** @param first what came before the patience ended; null: nothing  @returns the process id of the recorder */
function checkHello(path: string, file: FileId, first: IteratorResult<FromAnswerer> | null): number {
	if (first?.done) throw new Unanswered("unavailable", `${path} is just being closed; ${later}`);
	const hello = first?.value;
	if (hello?.kind === "gone" && hello.over)
		throw new Unanswered("unavailable", `${path} is just being closed; ${later}`);
	if (hello?.kind === "error") throw new CountersinkError(hello.code, hello.message);
	if (hello?.kind !== "hello")
		throw unavailable(`${path} is still being written, and its recorder does not answer; ${later}`);
	if (hello.version !== version)
		throw unavailable(
			`${path} is being written by countersink ${hello.version}, and this is ${version}; use that one, or ${later}`,
		);
	if (hello.file.dev !== file.dev || hello.file.ino !== file.ino)
		throw unavailable(`process ${hello.recorder} does not write ${path} but another file; ${later}`);
	return hello.recorder;
}

/** @param holder the process that has the file open; "": not known
 *  @throws Unanswered when no recorder is found, another CountersinkError when one is found that cannot answer */
export async function connectToRecorder(path: string, holder: string): Promise<Connection> {
	const { dev, ino, uid } = statSync(path);
	const file = { dev, ino };
	const socket = await findRecorder([...new Set([process.getuid!(), uid])], file);
	if (!socket) throw unanswered(path, holder, uid);
	socket.on("error", () => {});
	const messages = framesOf<FromAnswerer>(socket)[Symbol.asyncIterator]();
	try {
		const first = await Promise.race([messages.next(), sleep(PATIENCE_MS, null, { ref: false })]);
		return { socket, messages, recorder: checkHello(path, file, first) };
	} catch (error) {
		socket.destroy();
		throw error;
	}
}
