// SPDX-License-Identifier: Apache-2.0
/** Records half a second of this machine, and asks the recording what moved. */
import { CountersinkError, open, record, sources } from "countersink";

for (const { name, counters, absence } of sources())
	console.log(name.padEnd(10), absence ?? `${counters.length} counters`);

try {
	const recording = await record(["cpu:*@100Hz", "net:*@1kHz"], {
		path: "machine.duckdb",
		overwrite: true,
		duration: "500ms",
		onNote: (sentence) => console.log("note:", sentence),
	});
	for (const { stream, scheduled, rows, gapTicks } of (await recording.summary).streams)
		console.log(`${stream}: ${scheduled} ticks scheduled, ${rows} rows stored, ${gapTicks} ticks in gaps`);
} catch (error) {
	/* What cannot be had here, as no right to read a counter, says so in one sentence. */
	if (error instanceof CountersinkError) console.log(`${error.code}: ${error.message}`);
	throw error;
}

const asked = await open("machine.duckdb");
const answer = await asked.query("moved", { stream: "cpu" });
for (const row of answer.rows.slice(0, 5)) console.log(row);
const [coverage] = await answer.coverage();
console.log(`of ${coverage?.scheduled} ticks ${coverage?.seen} were seen`);

const table = await (await asked.sql("SELECT ts, lo_rx_packets FROM net ORDER BY ts")).toArrow();
console.log(`${table.numRows} rows as Arrow: ${table.schema.fields.map(({ name }) => name).join(", ")}`);
await asked.close();
