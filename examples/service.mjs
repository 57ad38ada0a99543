// SPDX-License-Identifier: Apache-2.0
/** A service and its client over loopback for 4 s: a request comes as 20 datagrams, at irregular times; 20 ms later it is answered over
 *  TCP in 20 pieces. */
import { createSocket } from "node:dgram";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const PIECES = 20;
const requests = createSocket("udp4");
const answers = createServer((client) => {
	let received = 0;
	client.setNoDelay();
	requests.on("message", async () => {
		if (++received % PIECES !== 0) return;
		await sleep(20);
		for (let i = 0; i < PIECES; i++) await new Promise((written) => client.write("answer\n", written));
	});
});

await new Promise((listening) => requests.bind(0, "127.0.0.1", listening));
await new Promise((listening) => answers.listen(0, "127.0.0.1", listening));
const client = connect(answers.address().port, "127.0.0.1").resume();
const sender = createSocket("udp4");
const end = performance.now() + 4000;
for (let request = 0; performance.now() < end; request++) {
	const { port } = requests.address();
	for (let i = 0; i < PIECES; i++) await new Promise((sent) => sender.send("request", port, "127.0.0.1", sent));
	/* 30 to 130 ms; multiples of the golden ratio never repeat themselves. */
	await sleep(30 + 100 * ((request * 0.618034) % 1));
}
client.destroy();
sender.close();
requests.close();
answers.close();
