// SPDX-License-Identifier: Apache-2.0
/** Test files that run one at a time, with nothing beside them, and why: what they assert does not hold on a busy
 *  machine. */
export const alone: Readonly<Record<string, string>> = {
	"ask/live": "answers are computed at the lowest priority, and starve beside other tests",
	"record/signal": "it must hit certain moments of a start, by the time that has passed",
};
