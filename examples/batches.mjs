// SPDX-License-Identifier: Apache-2.0
/** A server and its client over loopback for 4 s: batches of datagrams come at irregular times; 20 ms after a batch is
 *  complete the server unpacks it into 16 MiB of fresh memory. */
import { createSocket } from "node:dgram";
import { setTimeout as sleep } from "node:timers/promises";

const BATCH = 200;
const server = createSocket("udp4");
const client = createSocket("udp4");
let received = 0;
let unpacked;

server.on("message", async () => {
	if (++received % BATCH !== 0) return;
	await sleep(20);
	unpacked = new Uint8Array(16 << 20).fill(1);
});
server.bind(0, "127.0.0.1", async () => {
	const { port } = server.address();
	const end = performance.now() + 4000;
	for (let batch = 0; performance.now() < end; batch++) {
		for (let i = 0; i < BATCH; i++) await new Promise((sent) => client.send("x", port, "127.0.0.1", sent));
		/* 60 to 160 ms; the golden ratio never repeats itself. */
		await sleep(60 + 100 * ((batch * 0.618034) % 1));
	}
	server.close();
	client.close();
	process.exitCode = unpacked?.length ? 0 : 1;
});
