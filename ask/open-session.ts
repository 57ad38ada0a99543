// SPDX-License-Identifier: Apache-2.0
/** The one way to ask recordings. Finished ones are opened in this process; for one that is being written its recorder
 *  is asked. */
import { setTimeout as sleep } from "node:timers/promises";
import { unavailable, usageError } from "../base/errors.js";
import { StillWritten } from "../storage/recording.js";
import { Unanswered } from "./live/connect.js";
import { LiveSession } from "./live/live-session.js";
import { LocalSession, type Rights } from "./local-session.js";
import type { Session } from "./session.js";

/** How long a recorder that no longer answers takes at most to close its file. Another process holds a file that stays
 *  open longer. */
const CLOSING_MS = 3000;
const LOOK_MS = 50;

/** Opens a session. @param paths one recording, or several that are attached under their names; the first is the
 *  default */
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
