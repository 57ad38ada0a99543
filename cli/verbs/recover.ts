// SPDX-License-Identifier: Apache-2.0
/** countersink recover: repairs a recording whose recorder was killed, as far as that is possible. */
import { Command } from "commander";
import { formatCount } from "../../base/units.js";
import { prelude } from "../../queries/prelude.js";
import { type Recovered, recover } from "../../storage/recover.js";
import { tell } from "../streams.js";

interface RecoverFlags {
	readonly output?: string;
	readonly overwrite?: boolean;
	readonly clean?: boolean;
}

function told(path: string, { output, clean }: RecoverFlags, recovered: Recovered): string {
	const place = output ?? path;
	if (recovered.kind === "fine") return `${path} ended properly (${recovered.ended}), so there is nothing to recover`;
	if (recovered.kind === "merged")
		return clean
			? `${place}: the tables of ${path}, with the views and macros of this version and nothing else`
			: `${place}: its log is merged; it had ended (${recovered.ended})`;
	const { streams, ticks, killed, until, logLost } = recovered;
	const lost = logLost ? "; its log is lost, with everything committed after that" : "";
	return `${place}: ${formatCount(ticks, "tick")} of ${formatCount(streams, "stream")} up to ${until} UTC, ${killed === 0 ? "none" : formatCount(killed)} of them in gaps as killed${lost}`;
}

async function run(path: string, flags: RecoverFlags): Promise<void> {
	const recovered = await recover({
		path,
		output: flags.output ?? null,
		overwrite: flags.overwrite ?? false,
		clean: flags.clean ?? false,
		macros: prelude(),
	});
	tell([told(path, flags, recovered)]);
}

export function recoverCommand(): Command {
	return new Command("recover")
		.argument("<file>", "a recording whose recorder was killed, with its log (FILE.wal) beside it")
		.option("-o, --output <file>", "do not change the recording, and write a new one")
		.option("--overwrite", "replace an existing recording")
		.option("--clean", "copy only the tables of a recording, of this or an older format, into a new file")
		.addHelpText("after", examples)
		.action(run);
}

const examples = `
Merges the log into the file, accounts for the ticks up to the last commit, and writes the end: 'recovered'. Asked again,
or of a recording that ended as it should, it does nothing.

Examples:
  countersink recover run.duckdb
  countersink recover run.duckdb -o whole.duckdb
  countersink recover --clean theirs.duckdb -o clean.duckdb`;
