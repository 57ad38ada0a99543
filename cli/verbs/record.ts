// SPDX-License-Identifier: Apache-2.0
/** countersink record: events in, a recording out. */
import { Command, Option } from "commander";
import { allowedCpus } from "../../base/affinity.js";
import { CountersinkError, exitStatus, usageError } from "../../base/errors.js";
import { formatShare, fromSeconds, type Nanoseconds } from "../../base/units.js";
import { prelude } from "../../queries/prelude.js";
import { commandRefusal } from "../../record/command.js";
import { ingestWarning } from "../../record/cost/ingest.js";
import { planLanes } from "../../record/cost/lane-plan.js";
import { type Destination, STANDARD_OUTPUT, toFile, toPipe } from "../../record/destination.js";
import { Recorder, type Summary } from "../../record/recorder.js";
import { type WaitPolicy, waitPolicies } from "../../sampler/plan.js";
import { DEFAULT_PERIOD, parseEvent, type StreamSpec, selectStreams } from "../../sampler/selection.js";
import { collect, cpuNumber, laneCount, samplingRate, share, time } from "../arguments.js";
import { consentExamples, consented, offerConsents } from "../consent-flags.js";
import { Status } from "../status.js";
import { abandonReader, endings, say } from "../streams.js";
import { printSummary } from "../summary.js";

const DEFAULT_OUTPUT = "countersink.duckdb";

interface RecordFlags {
	readonly event: readonly string[];
	readonly output: readonly string[];
	readonly duration?: Nanoseconds;
	readonly rate: Nanoseconds;
	readonly wait: WaitPolicy;
	readonly cpu?: number;
	readonly lanes?: number;
	readonly depth: Nanoseconds;
	readonly maxLoss?: number;
	readonly realtime: boolean;
	readonly overwrite?: boolean;
	readonly force?: boolean;
	readonly json?: boolean;
}

const duration = time("duration", "500ms, 5s or 2m");

/* The last CPU: interrupts and housekeeping gather on the first. */
const defaultCpu = (): number => allowedCpus().at(-1) ?? -1;

async function record(flags: RecordFlags, command: readonly string[]): Promise<void> {
	if (flags.event.length === 0)
		throw usageError(
			"there is nothing to record; name counters with -e, as in -e 'net:*@10kHz' ('countersink list' shows all)",
		);
	const refusal = command.length > 0 ? commandRefusal(command) : null;
	if (refusal) {
		say(`cannot run ${command[0]}: ${refusal.why}`);
		process.exitCode = refusal.status;
		return;
	}
	const streams = selectStreams(flags.event.map((text) => consented(parseEvent(text, flags.rate), flags)));
	/* Until here a signal ends us as it ends any program, also while a file that somebody named hangs; nothing has
	 * begun. */
	const signal = endings();
	const status = new Status();
	sayRemarks(streams);
	const destination = destinationOf(flags, streams);
	try {
		const summary = await run(streams, destination, flags, command, signal, status);
		status.clear();
		printSummary(summary, streams, flags.json ?? false);
		process.exitCode = statusOf(summary, flags);
	} catch (error) {
		status.clear();
		abandonReader();
		throw error;
	}
}

/** What a device was found doing, and what is done to it. */
function sayRemarks(streams: readonly StreamSpec[]): void {
	for (const { drained } of streams) for (const remark of drained?.remarks ?? []) say(remark);
}

/** A file, an Arrow stream into a pipe (`-o -`), or both. */
function destinationOf({ output, overwrite = false, json }: RecordFlags, streams: readonly StreamSpec[]): Destination {
	const [file, ...more] = output.filter((name) => name !== "-");
	if (more.length > 0 || output.length - (file === undefined ? 0 : 1) > 1)
		throw usageError("-o names one file, and may be given once more as - for a pipe");
	const piped = output.includes("-");
	if (piped) checkPipe(json ?? false, streams);
	const pipe = piped ? process.stdout : undefined;
	if (pipe && file === undefined) return toPipe(pipe);
	return toFile(file ?? DEFAULT_OUTPUT, { overwrite, say, pipe });
}

function checkPipe(json: boolean, streams: readonly StreamSpec[]): void {
	if (process.stdout.isTTY)
		throw usageError("standard output is a terminal; pipe the Arrow stream into a program, or name a file with -o");
	if (json) throw usageError("standard output carries the recording, so the summary cannot be there; leave out --json");
	if (streams.length > 1)
		throw usageError(
			`an Arrow stream carries one stream of counters, and this would be ${streams.map((s) => s.name).join(", ")}; record one source at one rate, or into a file with -o FILE`,
		);
	/* The command line would end the process when the reader has gone; the recording ends first. */
	process.stdout.removeAllListeners("error");
}

/** Refuses what cannot be delivered, then records to the end. */
async function run(
	streams: readonly StreamSpec[],
	destination: Destination,
	flags: RecordFlags,
	command: readonly string[],
	signal: AbortSignal,
	status: Status,
): Promise<Summary> {
	status.say("measuring what a read costs");
	const lanes = await planLanes(streams, flags, signal);
	const tooMuch =
		destination.name === STANDARD_OUTPUT
			? null
			: await ingestWarning({
					streams,
					path: destination.name,
					duration_ns: flags.duration ?? null,
					depth_ns: flags.depth,
				});
	if (tooMuch !== null) {
		status.clear();
		say(tooMuch);
	}
	status.say("preparing the rings and the file");
	const recorder = await Recorder.start({
		streams,
		events: flags.event,
		destination,
		duration: flags.duration ?? null,
		wait: flags.wait,
		cpu: flags.cpu ?? defaultCpu(),
		lanes,
		realtime: flags.realtime,
		depth: flags.depth,
		command: command.length ? command : null,
		macros: prelude(),
		signal,
	});
	status.clear();
	warnOfRefusals(recorder, flags);
	status.follow(recorder, flags.duration ?? null);
	return recorder.done;
}

/** Said once: what the kernel did not grant, and how to have it. */
function warnOfRefusals(recorder: Recorder, { realtime }: RecordFlags): void {
	const { grants, unanswered } = recorder;
	if (unanswered !== null) say(`this recording cannot be asked SQL before it has ended: ${unanswered}`);
	if (realtime && !grants.realtime && !grants.nice)
		say(
			"real-time scheduling was not granted, so other processes delay reads; 'countersink doctor' tells how to get it",
		);
}

function statusOf(summary: Summary, flags: RecordFlags): number {
	const { maxLoss } = flags;
	if (summary.ending === "sampler_killed" || summary.ending === "sampler_failed")
		throw new CountersinkError(
			"failed",
			`the sampler ended before its time (${summary.detail}); everything it had published is in ${summary.path}`,
		);
	const worst = lossOf(summary.streams);
	if (maxLoss !== undefined && worst.loss > maxLoss)
		throw new CountersinkError(
			"loss",
			`${worst.stream} lost ${formatShare(worst.loss)} of its ticks, more than the ${formatShare(maxLoss)} of --max-loss; ${summary.path === STANDARD_OUTPUT ? "the metadata of the batches tells" : `'countersink info ${summary.path}' tells`} why`,
		);
	return summary.command_status ?? exitStatus.fine;
}

function lossOf(streams: Summary["streams"]): { stream: string; loss: number } {
	return streams
		.map((s) => ({ stream: s.stream, loss: s.scheduled === 0 ? 0 : s.gapTicks / s.scheduled }))
		.reduce((a, b) => (b.loss > a.loss ? b : a));
}

export function recordCommand(): Command {
	const command = new Command("record")
		.argument("[command...]", "run this command, record while it runs, pass its exit status on (write -- before it)")
		.option(
			"-e, --event <event>",
			"counters and rate, SOURCE:GLOB[?OPTION=VALUE&...][@RATE]; may be given several times",
			collect,
			[],
		)
		.option(
			"-o, --output <file>",
			"the recording (default: countersink.duckdb); - is an Arrow stream on standard output, also beside a file",
			collect,
			[],
		)
		.option(
			"-d, --duration <time>",
			"end after this time, as in 500ms, 5s, 2m (default: when the command ends, or at Ctrl-C)",
			duration,
		)
		.addOption(
			new Option("-r, --rate <rate>", "rate of events that name none")
				.argParser(samplingRate)
				.default(DEFAULT_PERIOD, "1kHz"),
		)
		.addOption(
			new Option("-w, --wait <policy>", "how the loop waits for a deadline").choices(waitPolicies).default("hybrid"),
		)
		.option("--cpu <number>", "CPU of the sampling loop, or any (default: the last one)", cpuNumber)
		.option(
			"--lanes <number>",
			"threads that read, each on a CPU of its own (default: as many as the streams need)",
			laneCount,
		)
		.addOption(
			new Option("--depth <time>", "how long the writer may stand still before rows are lost")
				.argParser(duration)
				.default(fromSeconds(4), "4s"),
		)
		.option("--max-loss <percent>", "exit with status 3 when a stream lost more of its ticks than this", share)
		.option("--no-realtime", "do not ask for real-time scheduling")
		.option("--overwrite", "replace an existing recording")
		.option("--force", "record even at a rate that the source cannot deliver");
	offerConsents(command);
	return command
		.option("--json", "print the summary as JSON")
		.addHelpText("after", examples)
		.action((command: string[], flags: RecordFlags) => record(flags, command));
}

const examples = `
Examples:
  countersink record -e 'net:*@10kHz' -d 5s
  countersink record -e 'net:eth0/*@10kHz' -e 'softirq:*@1kHz' -o run.duckdb -- ./workload
  countersink record -e 'synthetic:0/*@1MHz' --wait spin -d 1s -o fast.duckdb
${consentExamples}  countersink record -e 'net:*@100Hz' -o - | ./consumer-of-arrow

Exit status: 0 fine, 1 failed, 2 usage, 3 lost more than --max-loss, 4 not permitted or not available here,
otherwise the status of the command.`;
