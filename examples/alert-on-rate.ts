// SPDX-License-Identifier: Apache-2.0
/** Watches a counter, and alerts when its rate is above a threshold; what it watches for, it causes itself. */
import { createSocket } from "node:dgram";
import { type Sample, sample } from "countersink";
import { concatMap, filter, firstValueFrom, map, pairwise } from "rxjs";

const counter = "net:lo/tx_packets";
const threshold = 5_000;

interface Reading {
	readonly ts_ns: bigint;
	readonly value: bigint;
}

/** The readings of a batch; a value that could not be read is null, and left out. */
function readings({ batch }: Sample): Reading[] {
	const column = batch.schema.fields.findIndex(({ metadata }) => metadata.get("id") === counter);
	const times = batch.getChild("ts")?.data[0]?.values as BigInt64Array | undefined;
	const values = batch.getChildAt<never>(column);
	return [...(times ?? [])].flatMap((ts_ns, i) => {
		const value: bigint | null = values?.get(i) ?? null;
		return value === null ? [] : [{ ts_ns, value }];
	});
}

/* The difference of two readings is exact, also across a gap. */
const rates = sample(`${counter}@20Hz`, { duration: "30s" }).pipe(
	concatMap(readings),
	pairwise(),
	map(([a, b]) => (Number(b.value - a.value) * 1e9) / Number(b.ts_ns - a.ts_ns)),
);

const socket = createSocket("udp4").unref();
const burst = setInterval(() => {
	for (let i = 0; i < 1000; i++) socket.send("x", 9, "127.0.0.1");
}, 50);

/* firstValueFrom() unsubscribes when it has a value, and that ends the sampler. */
const alert = await firstValueFrom(rates.pipe(filter((rate) => rate > threshold)));
console.log(`alert: ${counter} moves by ${alert.toFixed(0)} a second, which is more than ${threshold}`);
clearInterval(burst);
socket.close();
