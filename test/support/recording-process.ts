// SPDX-License-Identifier: Apache-2.0
/**
 * A process that records and is made to be killed. It says on stdout, in a JSON line each, when a recording runs, that
 * a commit was acknowledged, and how each recording ended. When standard input ends, all of them are stopped.
 *
 *   node recording-process.js '[{"path": "...", "events": ["synthetic@1kHz"], "depth_ns": 4e9}, ...]'
 */
import { writeSync } from "node:fs";
import { monotonicNow } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import { nanoseconds } from "../../base/units.js";
import { prelude } from "../../queries/prelude.js";
import { toFile } from "../../record/destination.js";
import { Recorder } from "../../record/recorder.js";
import { parseEvent, selectStreams } from "../../sampler/selection.js";

export interface Wanted {
	readonly path: string;
	readonly events: readonly string[];
	readonly depth_ns: number;
	readonly command?: readonly string[];
}

/** The number of the recording, and what happened to it. */
export type Line = { readonly n: number } & (
	| { readonly kind: "running"; readonly sampler: number; readonly at_ms: number }
	| { readonly kind: "committed"; readonly rows: Readonly<Record<string, number>> }
	| { readonly kind: "ended"; readonly ending: string; readonly detail: string | null }
	| { readonly kind: "failed"; readonly message: string }
);

/* Messages are written at once, since they must not wait in a buffer when the kill comes. */
const say = (line: Line): number => writeSync(1, `${JSON.stringify(line)}\n`);

async function record({ path, events, depth_ns, command }: Wanted, n: number): Promise<void> {
	const recorder = await Recorder.start({
		streams: selectStreams(events.map((text) => parseEvent(text))),
		events,
		destination: toFile(path),
		duration: null,
		wait: "sleep",
		cpu: -1,
		realtime: false,
		depth: nanoseconds(depth_ns),
		command: command ?? null,
		macros: prelude(),
	});
	say({ n, kind: "running", sampler: recorder.samplerPid, at_ms: Number(monotonicNow()) / 1e6 });
	recorder.progress.subscribe(({ streams }) => {
		say({ n, kind: "committed", rows: Object.fromEntries(streams.map(({ stream, rows }) => [stream, rows])) });
	});
	process.stdin.on("end", () => recorder.stop());
	const { ending, detail } = await recorder.done;
	say({ n, kind: "ended", ending, detail });
	/* This comes too late, and has no effect. */
	recorder.stop();
	recorder.mark("after the end");
}

const wanted = JSON.parse(process.argv[2]!) as Wanted[];
process.stdin.resume();
await Promise.all(
	wanted.map((one, n) => record(one, n).catch((error) => say({ n, kind: "failed", message: messageOf(error) }))),
);
process.stdin.destroy();
