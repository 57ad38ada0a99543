// SPDX-License-Identifier: Apache-2.0
/** The one way to ask recordings: finished ones are opened here, of one that is being written its recorder is asked. */
import { LocalSession } from "./local-session.js";
import type { Session } from "./session.js";

export interface SessionOptions {
	/** DuckDB may read and write other files and change its configuration; the recordings stay read-only. */
	readonly unsafe?: boolean;
}

/** @param paths one recording, or several that are attached under their names; the first is the default */
export function openSession(paths: readonly string[], options: SessionOptions = {}): Promise<Session> {
	return LocalSession.open(paths, options.unsafe ?? false);
}
