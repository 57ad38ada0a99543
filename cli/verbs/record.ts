// SPDX-License-Identifier: Apache-2.0
/** countersink record: events in, a recording out. */
import { Command, Option } from "commander";
import { CountersinkError, exitStatus, usageError } from "../../base/errors.js";
import { formatShare, type Nanoseconds } from "../../base/units.js";
import { DEFAULT_DEPTH, DEFAULT_WAIT, withDefaults } from "../../library/event-selection.js";
import { checkCommand, recordStreams, STANDARD_OUTPUT, type Summary } from "../../library/running-recording.js";
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

async function record(flags: RecordFlags, command: readonly string[]): Promise<void> {
	if (flags.event.length === 0)
		throw usageError(
			"there is nothing to record; name counters with -e, as in -e 'net:*@10kHz' ('countersink list' shows all)",
		);
	if (command.length > 0) checkCommand(command);
	const streams = selectStreams(flags.event.map((text) => consented(parseEvent(text, flags.rate), flags)));
	/* Until here a signal ends us as it ends any program, also while a file that somebody named hangs; nothing has
	 * begun. */
	const signal = endings();
	const status = new Status();
	const output = outputOf(flags);
	try {
		const summary = await run(streams, output, flags, command, signal, status);
		status.clear();
		printSummary(summary, streams, flags.json ?? false);
		process.exitCode = statusOf(summary, flags);
	} catch (error) {
		status.clear();
		abandonReader();
		throw error;
	}
}

/** A file, an Arrow stream into a pipe (`-o -`), or both. */
type Output = Pick<Parameters<typeof recordStreams>[1], "path" | "arrow">;

function outputOf({ output, json = false }: RecordFlags): Output {
	const [file, ...more] = output.filter((name) => name !== "-");
	if (more.length > 0 || output.length - (file === undefined ? 0 : 1) > 1)
		throw usageError("-o names one file, and may be given once more as - for a pipe");
	if (!output.includes("-")) return { path: file ?? DEFAULT_OUTPUT };
	checkPipe(json);
	return { ...(file === undefined ? {} : { path: file }), arrow: process.stdout };
}

function checkPipe(json: boolean): void {
	if (process.stdout.isTTY)
		throw usageError("standard output is a terminal; pipe the Arrow stream into a program, or name a file with -o");
	if (json) throw usageError("standard output carries the recording, so the summary cannot be there; leave out --json");
	/* The command line would end the process when the reader has gone; the recording ends first. */
	process.stdout.removeAllListeners("error");
}

/** Refuses what cannot be delivered, then records to the end. */
async function run(
	streams: readonly StreamSpec[],
	output: Output,
	flags: RecordFlags,
	command: readonly string[],
	signal: AbortSignal,
	status: Status,
): Promise<Summary> {
	const onNote = (sentence: string): void => {
		status.clear();
		say(sentence);
	};
	const how = withDefaults({ ...flags, onNote });
	const recording = await recordStreams(streams, {
		...how,
		...output,
		events: flags.event,
		overwrite: flags.overwrite ?? false,
		command: command.length > 0 ? command : null,
		alone: true,
		signal,
		onStep: (words) => status.say(words),
	});
	status.clear();
	status.follow(recording, how.duration);
	return recording.summary;
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
			new Option("-w, --wait <policy>", "how the loop waits for a deadline")
				.choices(waitPolicies)
				.default(DEFAULT_WAIT),
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
				.default(DEFAULT_DEPTH, "4s"),
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
