// SPDX-License-Identifier: Apache-2.0
/** countersink record: events in, a recording out. */
import { Command, Option } from "commander";
import { keepHelpersOff } from "../../base/affinity.js";
import { CountersinkError, exitStatus, usageError } from "../../base/errors.js";
import { formatShare, fromSeconds, type Nanoseconds } from "../../base/units.js";
import { withDefaults } from "../../library/event-selection.js";
import { checkCommand, recordStreams, type Summary } from "../../library/running-recording.js";
import { type WaitPolicy, waitPolicies } from "../../sampler/plan.js";
import { DEFAULT_PERIOD, type EventSpec, parseEvent, type StreamSpec, selectStreams } from "../../sampler/selection.js";
import { collect, cpuNumber, samplingRate, share, time } from "../arguments.js";
import { Status } from "../status.js";
import { abandonReader, endings, say } from "../streams.js";
import { printSummary } from "../summary.js";

interface RecordFlags {
	readonly event: readonly string[];
	readonly output: string;
	readonly duration?: Nanoseconds;
	readonly rate: Nanoseconds;
	readonly wait: WaitPolicy;
	readonly cpu?: number;
	readonly depth: Nanoseconds;
	readonly maxLoss?: number;
	readonly realtime: boolean;
	readonly overwrite?: boolean;
	readonly force?: boolean;
	readonly allowTaint?: boolean;
	readonly steal?: boolean;
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
	/* Until here a signal ends us as it ends any program, also while a file that somebody named hangs; nothing has begun. */
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

/** What the user lets be done to devices: flags for all that know the option. */
function consented(event: EventSpec, { allowTaint, steal }: RecordFlags): EventSpec {
	const options = new Map(event.options);
	for (const [name, given] of Object.entries({ allow_taint: allowTaint, steal }))
		if (given && event.source.options?.includes(name)) options.set(name, "1");
	return { ...event, options };
}

/** Where the recording goes: a file, or for `-o -` an Arrow stream into a pipe. */
type Output = Pick<Parameters<typeof recordStreams>[1], "path" | "arrow">;

function outputOf({ output, json }: RecordFlags): Output {
	if (output !== "-") return { path: output };
	if (process.stdout.isTTY)
		throw usageError("standard output is a terminal; pipe the Arrow stream into a program, or name a file with -o");
	if (json) throw usageError("standard output carries the recording, so the summary cannot be there; leave out --json");
	/* The command line would end the process when the reader has gone; the recording ends first. */
	process.stdout.removeAllListeners("error");
	return { arrow: process.stdout };
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
	const note = (sentence: string): void => {
		status.clear();
		say(sentence);
	};
	const how = withDefaults({ ...flags, onNote: note });
	/* This process does nothing else. */
	keepHelpersOff(how.cpu);
	const recording = await recordStreams(streams, {
		...how,
		...output,
		events: flags.event,
		overwrite: flags.overwrite ?? false,
		command: command.length > 0 ? command : null,
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
			`${worst.stream} lost ${formatShare(worst.loss)} of its ticks, more than the ${formatShare(maxLoss)} of --max-loss; ${flags.output === "-" ? "the metadata of the batches tells" : `'countersink info ${summary.path}' tells`} why`,
		);
	return summary.command_status ?? exitStatus.fine;
}

function lossOf(streams: Summary["streams"]): { stream: string; loss: number } {
	return streams
		.map((s) => ({ stream: s.stream, loss: s.scheduled === 0 ? 0 : s.gapTicks / s.scheduled }))
		.reduce((a, b) => (b.loss > a.loss ? b : a));
}

export function recordCommand(): Command {
	return new Command("record")
		.argument("[command...]", "run this command, record while it runs, pass its exit status on (write -- before it)")
		.option(
			"-e, --event <event>",
			"counters and rate, SOURCE:GLOB[?OPTION=VALUE&...][@RATE]; may be given several times",
			collect,
			[],
		)
		.option("-o, --output <file>", "the recording; - is an Arrow stream on standard output", "countersink.duckdb")
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
		.addOption(
			new Option("--depth <time>", "how long the writer may stand still before rows are lost")
				.argParser(duration)
				.default(fromSeconds(4), "4s"),
		)
		.option("--max-loss <percent>", "exit with status 3 when a stream lost more of its ticks than this", share)
		.option("--no-realtime", "do not ask for real-time scheduling")
		.option("--overwrite", "replace an existing recording")
		.option("--force", "record even at a rate that the source cannot deliver")
		.option("--allow-taint", "let fwctl start the sampler of a device, which taints the kernel until the next boot")
		.option("--steal", "interrupt sampling of a device that someone else has started, and put it back afterwards")
		.option("--json", "print the summary as JSON")
		.addHelpText("after", examples)
		.action((command: string[], flags: RecordFlags) => record(flags, command));
}

const examples = `
Examples:
  countersink record -e 'net:*@10kHz' -d 5s
  countersink record -e 'net:eth0/*@10kHz' -e 'softirq:*@1kHz' -o run.duckdb -- ./workload
  countersink record -e 'synthetic:0/*@1MHz' --wait spin -d 1s -o fast.duckdb
  countersink record -e 'mlx5:0000:08:00.0/*@10us' --allow-taint -e 'net:eth2/*@1kHz' -d 10s -o nic.duckdb
  countersink record -e 'net:*@100Hz' -o - | ./consumer-of-arrow

Exit status: 0 fine, 1 failed, 2 usage, 3 lost more than --max-loss, 4 not permitted or not available here,
otherwise the status of the command.`;
