// SPDX-License-Identifier: Apache-2.0
/** Marks the phases of a benchmark while the machine is recorded, and asks what each of them cost. */
import { createSocket } from "node:dgram";
import { open, record } from "countersink";

const path = "benchmark.duckdb";
const socket = createSocket("udp4").unref();
const datagram = Buffer.alloc(1000);
const send = () => new Promise<void>((sent) => socket.send(datagram, 9, "127.0.0.1", () => sent()));

const phases: Readonly<Record<string, () => Promise<void>>> = {
	idle: () => new Promise((resolve) => setTimeout(resolve, 300)),
	compute: async () => {
		const until = performance.now() + 300;
		let x = 0;
		while (performance.now() < until) x = Math.sqrt(x + 1);
	},
	network: async () => {
		for (let i = 0; i < 3000; i++) await send();
	},
};

const recording = await record(["net:lo/*@1kHz", "cpu:*@100Hz"], { path, overwrite: true });
for (const [name, phase] of Object.entries(phases)) {
	recording.mark(name);
	await phase();
}
recording.mark("end");
const { ending } = await recording.stop();
console.log(`${path}: ${ending}`);

const asked = await open(path);
const answer = await asked.sql(`
	WITH phases AS (SELECT name, ts AS begin, lead(ts) OVER (ORDER BY ts) AS until FROM marks)
	SELECT phases.name AS phase, (epoch_ns(until) - epoch_ns(begin)) / 1e6 AS ms,
		max(lo_tx_packets) - min(lo_tx_packets) AS packets
	FROM phases JOIN net ON net.ts >= begin AND net.ts < until
	GROUP BY ALL ORDER BY min(begin)`);
for (const { phase, ms, packets } of answer.rows)
	console.log(`${phase}: ${Number(ms).toFixed(0)} ms, ${packets} packets`);
for (const { stream, scheduled, in_gaps } of await answer.coverage())
	console.log(`${stream}: ${in_gaps} of ${scheduled} ticks were not seen`);
await asked.close();
socket.close();
if (!answer.rows.some(({ phase, packets }) => phase === "network" && Number(packets) > 1000)) process.exitCode = 1;
