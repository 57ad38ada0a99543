// SPDX-License-Identifier: Apache-2.0
/** The meaning of the softirq counters. Sources: kernel/softirq.c, net/core/dev.c, net/core/net-procfs.c. */
import type { Semantics, Unit } from "../source.js";

/** The purpose of each softirq; the names are softirq_to_name[] of kernel/softirq.c. */
const purposes: Record<string, string> = {
	HI: "high-priority tasklets",
	TIMER: "expired timers of the timer wheel",
	NET_TX: "sent packets whose memory is freed and queues that are restarted",
	NET_RX: "received packets: each run is one net_rx_action, which polls NAPI up to its budget",
	BLOCK: "finished block requests",
	IRQ_POLL: "polled block devices",
	TASKLET: "ordinary tasklets",
	SCHED: "load balancing between CPUs",
	HRTIMER: "high-resolution timers that may run outside of hard interrupts",
	RCU: "callbacks whose RCU grace period has passed",
};

export const softirqHelp = (type: string, cpu: string): string =>
	`Times that ${cpu} ran the ${type} softirq${purposes[type] ? ` (${purposes[type]})` : ""}.`;

/** A column of /proc/net/softnet_stat, by the index of its field in a line. */
export interface SoftnetColumn {
	readonly field: number;
	readonly name: string;
	readonly unit: Unit;
	readonly semantics: Semantics;
	readonly help: string;
}

/** All are unsigned int, printed as %08x (softnet_seq_show of net/core/net-procfs.c). Columns 3 to 8 are always 0. */
export const softnetColumns: readonly SoftnetColumn[] = [
	{
		field: 0,
		name: "processed",
		unit: "packets",
		semantics: "counter",
		help: "Packets that went up the receive path on this CPU, with those that RPS steered to it.",
	},
	{
		field: 1,
		name: "dropped",
		unit: "packets",
		semantics: "counter",
		help: "Packets dropped because this CPU's backlog was full (net.core.netdev_max_backlog) or its flow limit was hit.",
	},
	{
		field: 2,
		name: "time_squeeze",
		unit: "events",
		semantics: "counter",
		help: "Times that net_rx_action stopped with work left, out of budget or time (net.core.netdev_budget, _usecs).",
	},
	{
		field: 9,
		name: "received_rps",
		unit: "events",
		semantics: "counter",
		help: "Times that another CPU woke this one to process packets steered to it by RPS.",
	},
	{
		field: 10,
		name: "flow_limit_count",
		unit: "packets",
		semantics: "counter",
		help: "Packets of dominant flows dropped while the backlog of this CPU was filling.",
	},
	{
		field: 11,
		name: "backlog_len",
		unit: "packets",
		semantics: "gauge",
		help: "Packets that wait in this CPU's backlog now, both queues together.",
	},
];

/** The field with the number of the CPU. Offline CPUs have no line, so the number of the line is not the number of the
 *  CPU. */
export const SOFTNET_CPU_FIELD = 12;
