// SPDX-License-Identifier: Apache-2.0
/** Traffic over loopback for 3 s: a datagram every 5 ms, and every 250 ms 1,000 of them as fast as they can be sent. */
import { createSocket } from "node:dgram";

const socket = createSocket("udp4").unref();
const datagram = Buffer.alloc(1000);
const send = () => new Promise((sent) => socket.send(datagram, 9, "127.0.0.1", sent));

const steady = setInterval(send, 5);
const bursts = setInterval(async () => {
	for (let i = 0; i < 1000; i += 50) await Promise.all(Array.from({ length: 50 }, send));
}, 250);
setTimeout(() => {
	clearInterval(steady);
	clearInterval(bursts);
}, 3000);
