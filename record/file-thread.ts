// SPDX-License-Identifier: Apache-2.0
/** The thread that owns the file: the drain loop with DuckDB as its primary sink. */
import { parentPort, workerData } from "node:worker_threads";
import { CALLING_THREAD, keepOff } from "../base/affinity.js";
import { isDiskFull, messageOf } from "../base/errors.js";
import { lockHolder } from "../storage/file.js";
import { DrainLoop } from "./drain-loop.js";
import type { FileSetup, FromFileLoop, ToFileLoop } from "./file-messages.js";
import { HelperPriority, ownThread, threads } from "./priority.js";
import { Side } from "./side.js";
import { DuckDbSink } from "./sinks/duckdb/index.js";

const post = (message: FromFileLoop): void => parentPort!.postMessage(message);

/** Turns an error of DuckDB into one sentence with advice. */
function explain(error: unknown, path: string, begun: boolean): string {
	const message = messageOf(error).split("\n")[0]!;
	const holder = lockHolder(message);
	if (holder !== null)
		return `${path} is being written by another process${holder && ` (${holder})`}; name another file with -o`;
	const full = isDiskFull(message);
	if (full && !begun) return `the disk is too full to begin ${path}; free space, or name another file with -o`;
	if (full)
		return `the disk is full while writing ${path}; what was committed before is in the file: free space, then read it with 'countersink info ${path}'`;
	if (/File too large|EFBIG/i.test(message))
		return `${path} has reached the largest size that is allowed (ulimit -f or the file system); what was committed before is in the file`;
	return `writing ${path} failed: ${message}`;
}

/** Arrow is loaded only where it is used: it takes 0.13 s of CPU. */
async function sidesOf({ pipe }: FileSetup): Promise<Side[]> {
	if (pipe === null) return [];
	const { ArrowSink } = await import("./sinks/arrow/index.js");
	const { PortOutput } = await import("./sinks/arrow/port.js");
	return [new Side(new ArrowSink(pipe.name, new PortOutput(pipe.port)))];
}

function receive(message: ToFileLoop, loop: DrainLoop, sink: DuckDbSink): void {
	if (message.kind === "hold") {
		/* An asker sees the rows that are there now. */
		loop.receive({ kind: "commit" });
		sink.hold(message.id);
	} else if (message.kind === "release") sink.release(message.id);
	else if (message.kind === "hurry") loop.hurry();
	else loop.receive(message);
}

const setup = workerData as FileSetup;
/* This thread and the threads that it starts avoid the CPU that samples. Other threads of the process are not
 *  moved. */
keepOff(setup.header.sampler_cpu, [CALLING_THREAD]);
const others = setup.alone ? [] : threads();
let begun = false;
try {
	const sink = new DuckDbSink(setup.path, setup.macros);
	sink.onHeld = (id) => post({ kind: "held", id });
	await sink.open(setup);
	/* This thread, and the threads that DuckDB has started for the file. */
	const own = [ownThread(), ...threads().filter((thread) => !others.includes(thread))];
	begun = true;
	const sides = await sidesOf(setup);
	for (const side of sides) await side.open(setup);
	const loop = new DrainLoop(setup, sink, sides);
	loop.onBegun = () => post({ kind: "begun" });
	const priority = new HelperPriority(setup.alone ? threads : () => own);
	loop.onFill = (fill) => priority.follow(fill);
	loop.onProgress = (progress) => post({ kind: "progress", ...progress });
	parentPort!.on("message", (message: ToFileLoop) => receive(message, loop, sink));
	post({ kind: "ready" });
	const finished = await loop.run();
	if (finished) post({ kind: "finished", ...finished });
} catch (error) {
	post({ kind: "failed", message: explain(error, setup.path, begun) });
}
parentPort!.close();
