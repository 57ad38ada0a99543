// SPDX-License-Identifier: Apache-2.0
/** Test files that run one at a time, with nothing beside them, and why: what they assert does not hold on a busy machine. */
export const alone: Readonly<Record<string, string>> = {
	"ask/live": "whoever answers an asker has the last of the CPU time, and starves beside other tests",
	"record/signal": "it means to hit moments of a start, by the time that has passed",
};
