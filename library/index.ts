// SPDX-License-Identifier: Apache-2.0
/**
 * countersink as a library:
 *
 *   sources()                   what can be counted here
 *   sample(events, options)     counters as a stream of Arrow batches in this process
 *   record(events, options)     a recording into a file, while this program does what it does
 *   open(file)                  asks a recording, finished or being written
 *
 * It is a guest: it never ends the process, listens to no signal, writes nothing to standard output or standard error,
 * and leaves nothing that keeps the process alive. Everything that fails fails with a CountersinkError.
 */
export type { StreamCoverage } from "../ask/coverage.js";
export { CountersinkError, type ErrorCode } from "../base/errors.js";
export type { SideSummary, StreamProgress, StreamSummary } from "../sampler/recorded.js";
export type { Gap, GapReason } from "../sampler/ring.js";
export type { Time } from "./checked-options.js";
export type { CompareOptions, Comparison, Difference } from "./comparison-answer.js";
export type { Events } from "./event-selection.js";
export { type Sample, type SampleEnd, type SampleOptions, sample } from "./live-samples.js";
export {
	type Account,
	accountOf,
	type OpenOptions,
	type OpenRecording,
	open,
	type StreamedAnswer,
} from "./open-recording.js";
export type { Parameters } from "./query-values.js";
export {
	CommandRefused,
	type Progress,
	type RecordOptions,
	type RunningRecording,
	record,
	type Summary,
} from "./running-recording.js";
export { type CounterInfo, type SourceInfo, sources } from "./source-list.js";
export type { Answer } from "./whole-answer.js";
