// SPDX-License-Identifier: Apache-2.0
/** Operating errors: what was attempted, what is wrong, what to try. A programmer's error is an assertion instead. */

/** Exit status of the command line; a wrapped command's own status passes through otherwise. */
export const exitStatus = { fine: 0, failed: 1, usage: 2, loss: 3, unavailable: 4 } as const;

export type ErrorCode = "failed" | "usage" | "loss" | "unavailable";

export class CountersinkError extends Error {
	readonly code: ErrorCode;

	/** @param message one sentence that says what is wrong and, after a semicolon, what to try. */
	constructor(code: ErrorCode, message: string, cause?: unknown) {
		super(message, cause === undefined ? undefined : { cause });
		this.name = "CountersinkError";
		this.code = code;
	}

	get exitStatus(): number {
		return exitStatus[this.code];
	}
}

export const usageError = (message: string): CountersinkError => new CountersinkError("usage", message);
export const unavailable = (message: string): CountersinkError => new CountersinkError("unavailable", message);
export const failure = (message: string, cause?: unknown): CountersinkError =>
	new CountersinkError("failed", message, cause);

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Whether DuckDB or the kernel says that there is no room on the disk. */
export const isDiskFull = (error: unknown): boolean => /no space left|disk (is )?full|ENOSPC/i.test(messageOf(error));

/** Ends the process when the program, not its surroundings, is wrong. */
export function assert(condition: unknown, claim: string): asserts condition {
	if (!condition) throw new Error(`assertion failed: ${claim}`);
}
