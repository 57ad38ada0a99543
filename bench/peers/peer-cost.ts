// SPDX-License-Identifier: Apache-2.0
/** What a value costs, as the figures and the page state it. */
import type { Delivery } from "../benchmark.js";

/** CPU time in ns, from the middle of the run: start and end are not in it. */
export const cpuPerValue_ns = ({ cpu_share, asked, values }: Delivery, rate_hz: number): number =>
	(cpu_share * (asked / rate_hz) * 1e9) / values;

export const bytesPerValue = ({ bytes, values }: Delivery): number => bytes / values;
