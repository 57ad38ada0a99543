// SPDX-License-Identifier: Apache-2.0
/**
 * Inside the guest: all tests in one process, since under emulation a start of Node with DuckDB takes longer than most
 * of them. What they do to the kernel stays until it is off, so they have an order.
 */
import { readFileSync } from "node:fs";

const files = ["untainted", "mlx5", "faults", "lockdown"];

/** Names of files, from the kernel's command line; none means all. */
const selected = /countersink\.tests=(\S+)/.exec(readFileSync("/proc/cmdline", "utf8"))?.[1]?.split(",") ?? files;

for (const name of files.filter((file) => selected.includes(file))) await import(`./${name}.test.js`);
