// SPDX-License-Identifier: Apache-2.0
/** The one way to ask recordings: finished ones are opened here, of one that is being written its recorder is asked. */
import { setTimeout as sleep } from "node:timers/promises";
import { unavailable, usageError } from "../base/errors.js";
import { LiveSession, Unanswered } from "./live/live-session.js";
import { LocalSession, type Rights } from "./local-session.js";
import { StillWritten } from "./recording.js";
import type { Session } from "./session.js";

/** A file whose recorder answers no more is closed within this time, unless it is not a recorder that holds it. */
const CLOSING_MS = 3000;
const LOOK_MS = 50;

/** @param paths one recording, or several that are attached under their names; the first is the default */
export async function openSession(paths: readonly string[], rights: Rights = {}): Promise<Session> {
	const deadline = performance.now() + CLOSING_MS;
	for (;;)
		try {
			return await openOnce(paths, rights);
		} catch (error) {
			if (!(error instanceof Unanswered) || performance.now() > deadline) throw error;
			await sleep(LOOK_MS);
		}
}

async function openOnce(paths: readonly string[], rights: Rights): Promise<Session> {
	try {
		return await LocalSession.open(paths, rights);
	} catch (error) {
		if (!(error instanceof StillWritten)) throw error;
		const { path, holder } = error;
		if (rights.unsafe)
			throw usageError(`${path} is still being written, and its recorder does nothing unsafe; ask without --unsafe`);
		if (paths.length > 1)
			throw unavailable(
				`${path} is still being written; wait until the recording has ended, or ask it alone with countersink sql ${path}`,
			);
		return LiveSession.open(path, holder);
	}
}
