// SPDX-License-Identifier: Apache-2.0
/**
 * The recording on which every named query has its expected answer: four seconds of a machine with two CPUs, in which
 * known things happen. `k` is the tick. A counter is given by its start and its movement at each tick.
 *
 *   net 1 kHz       800-809 late, 1500-1539 ring_full; 2800-2899 every read 400 us late
 *                   1200-1203 a microburst of 10 Gbit/s in traffic of 100 Mbit/s; 1202-1209 the drops that it causes
 *                   1520 17 drops in the gap; 2000 eth1 is reset; 2500 three CRC errors; 3000 and 3500 single drops
 *                   3200-3299 nothing arrives at eth1
 *                   eth1/tx_bytes is refreshed by its driver every 100 ms
 *   ethtool 100 Hz  nine of ten packets through rx queue 0; 118-122 pause frames
 *   softirq 1 kHz   1201-1400 NET_RX storm on cpu1; cpu0 TIMER wraps at 1000; 1205-1212 the backlog drops; SCHED every
 *                   40 ms
 *   cpu 100 Hz      250-349 ten times the context switches; 300-339 half of cpu1 is stolen
 *   vm 100 Hz       100-109 page faults; 200-229 reclaim, from 215 direct
 *   disk 100 Hz     200-239 every write takes 40 ms instead of 1 ms, and the queue grows; one counter wraps
 *   psi 100 Hz      io stalls while the disk is slow
 *   snmp 100 Hz     121-130 retransmissions; 140 the accept queue overflows
 *   irq 100 Hz      eth0's interrupts all on cpu1
 *   cgroup 10 Hz    /web is throttled from 10 to 19
 *   perf 1 kHz      2200-2249 could not be read
 */
import { identifier } from "../../base/text.js";
import type { Unit } from "../../kernel/source.js";
import { type MadeCounter, type MadeGap, type MadeStream, makeRecording, STARTED_NS } from "./made.js";

interface Planted extends MadeCounter {
	/** How much it moves at tick k, or for a gauge its value. */
	readonly at: string;
	readonly start?: number;
}

const counter = (id: string, unit: Unit, at: string, more: { start?: number; width?: number } = {}): Planted => ({
	id,
	unit,
	at,
	...more,
});
const gauge = (id: string, unit: Unit, at: string): Planted => ({ id, unit, at, semantics: "gauge" });

/** A CASE over ranges of ticks: within(0, [100, 109, 50]) is 50 from 100 to 109, otherwise 0. */
const within = (otherwise: string | number, ...ranges: readonly [number, number, string | number][]): string =>
	`CASE ${ranges.map(([from, to, value]) => `WHEN k BETWEEN ${from} AND ${to} THEN ${value}`).join(" ")} ELSE ${otherwise} END`;

/** A little more or less than a value, but not at random. */
const about = (value: number): string => `(${value} + (k * 7919) % 97)`;

const columnOf = (id: string): string => identifier(id.slice(id.indexOf(":") + 1), id.slice(0, id.indexOf(":")));

function cell({ id, at, semantics = "counter", start = 0, width = 64 }: Planted): string {
	const value =
		semantics === "gauge" ? at : `(${start} + sum((${at})::HUGEINT) OVER (ORDER BY k)) % (1::HUGEINT << ${width})`;
	return `${value} AS "${columnOf(id)}"`;
}

interface Planned {
	readonly period_ns: number;
	readonly ticks: number;
	readonly counters: readonly Planted[];
	readonly gaps?: readonly MadeGap[];
	/** Time from the deadline to the start of the read. */
	readonly late_ns?: string;
	/** Columns with other expressions over the finished columns. */
	readonly replace?: string;
}

function stream({ period_ns, ticks, counters, gaps = [], late_ns = "1000", replace }: Planned): MadeStream {
	const missing = gaps.map((gap) => `k NOT BETWEEN ${gap.first_tick} AND ${gap.first_tick + gap.ticks - 1}`);
	const rows = `SELECT * EXCLUDE k ${replace ? `REPLACE (${replace})` : ""}
		FROM (SELECT k, k AS tick, make_timestamp_ns(${STARTED_NS} + k * ${period_ns} + ${late_ns}) AS ts, ${counters.map(cell).join(", ")}
			FROM range(${ticks}) t(k)) WHERE ${missing.join(" AND ") || "true"} ORDER BY k`;
	return { period_ns, counters: counters.map(({ at, start, ...made }) => made), rows, gaps };
}

const MS = 1e6;

const net = stream({
	period_ns: MS,
	ticks: 4000,
	gaps: [
		{ first_tick: 800, ticks: 10, reason: "late" },
		{ first_tick: 1500, ticks: 40, reason: "ring_full" },
	],
	late_ns: within("1000 + k % 7 * 100", [2800, 2899, 400_000]),
	replace: "CASE WHEN tick >= 2000 THEN eth1_rx_bytes - 1000 * 2000 ELSE eth1_rx_bytes + 5000000 END AS eth1_rx_bytes",
	counters: [
		counter("net:lo/rx_bytes", "bytes", "0"),
		counter("net:lo/rx_dropped", "packets", "0"),
		counter("net:eth0/rx_packets", "packets", within(10, [1200, 1203, 850])),
		counter("net:eth0/rx_bytes", "bytes", within(about(12_500), [1200, 1203, 1_250_000])),
		counter("net:eth0/tx_bytes", "bytes", about(2000)),
		counter(
			"net:eth0/rx_dropped",
			"packets",
			within(0, [1202, 1209, 40], [1520, 1520, 17], [3000, 3000, 1], [3500, 3500, 1]),
		),
		counter("net:eth0/rx_crc_errors", "errors", within(0, [2500, 2500, 3])),
		counter("net:eth1/rx_bytes", "bytes", within(1000, [3200, 3299, 0])),
		counter("net:eth1/tx_bytes", "bytes", "CASE WHEN k % 100 = 0 THEN 50000 ELSE 0 END"),
		counter("net:eth1/tx_dropped", "packets", "0"),
	],
});

const ethtool = stream({
	period_ns: 10 * MS,
	ticks: 400,
	counters: [
		counter("ethtool:eth0/rx_queue_0_packets", "packets", "90"),
		counter("ethtool:eth0/rx_queue_1_packets", "packets", "6"),
		counter("ethtool:eth0/rx_queue_2_packets", "packets", "4"),
		counter("ethtool:eth0/rx_queue_3_packets", "packets", "0"),
		counter("ethtool:eth0/tx_queue_0_packets", "packets", "25 + k % 2"),
		counter("ethtool:eth0/tx_queue_1_packets", "packets", "26 - k % 2"),
		counter("ethtool:eth0/rx_pause_ctrl_phy", "events", within(0, [118, 122, 900])),
		counter("ethtool:eth0/tx_pause_ctrl_phy", "events", within(0, [120, 120, 3])),
	],
});

const softirq = stream({
	period_ns: MS,
	ticks: 4000,
	counters: ["cpu0", "cpu1"].flatMap((cpu) => [
		counter(`softirq:${cpu}/TIMER`, "events", "1", { width: 32, start: cpu === "cpu0" ? 2 ** 32 - 1000 : 0 }),
		counter(`softirq:${cpu}/NET_RX`, "events", cpu === "cpu1" ? within("1 + k % 2", [1201, 1400, 20]) : "(k % 2)", {
			width: 32,
		}),
		counter(`softirq:${cpu}/SCHED`, "events", "CASE WHEN k % 40 = 0 THEN 4 ELSE 0 END", { width: 32 }),
		counter(`softirq:${cpu}/softnet_processed`, "packets", cpu === "cpu1" ? within(10, [1201, 1400, 200]) : "0", {
			width: 32,
		}),
		counter(`softirq:${cpu}/softnet_dropped`, "packets", cpu === "cpu1" ? within(0, [1205, 1212, 30]) : "0", {
			width: 32,
		}),
		counter(`softirq:${cpu}/softnet_time_squeeze`, "events", cpu === "cpu1" ? within(0, [1205, 1380, 1]) : "0", {
			width: 32,
		}),
	]),
});

const idle = (cpu: string): string => (cpu === "cpu1" ? within("k % 2", [300, 339, 0]) : "1 - (k % 5 = 0)::INT");
const steal = (cpu: string): string => (cpu === "cpu1" ? within(0, [300, 339, "k % 2"]) : "0");
const user = (cpu: string): string => (cpu === "cpu1" ? "1 - k % 2" : "(k % 5 = 0)::INT");

const cpu = stream({
	period_ns: 10 * MS,
	ticks: 400,
	counters: [
		...["cpu0", "cpu1"].flatMap((name) => [
			counter(`cpu:${name}/user`, "ticks", user(name)),
			counter(`cpu:${name}/nice`, "ticks", "0"),
			counter(`cpu:${name}/system`, "ticks", "0"),
			counter(`cpu:${name}/idle`, "ticks", idle(name)),
			counter(`cpu:${name}/iowait`, "ticks", "0"),
			counter(`cpu:${name}/irq`, "ticks", "0"),
			counter(`cpu:${name}/softirq`, "ticks", "0"),
			counter(`cpu:${name}/steal`, "ticks", steal(name)),
			counter(`cpu:${name}/guest`, "ticks", "0"),
		]),
		counter("cpu:ctxt", "events", within(20, [250, 349, 200])),
		counter("cpu:processes", "tasks", "(k % 50 = 0)::INT"),
		gauge("cpu:procs_running", "tasks", within(1, [300, 339, 5])),
	],
});

const vm = stream({
	period_ns: 10 * MS,
	ticks: 400,
	counters: [
		gauge("vm:nr_free_pages", "pages", within(100_000, [200, 229, "100000 - (k - 199) * 3000"])),
		counter("vm:pgfault", "events", within("10 + k % 3", [100, 109, 5000])),
		counter("vm:pgmajfault", "events", within(0, [205, 209, 6])),
		counter("vm:pgscan_kswapd", "pages", within(0, [200, 229, 400])),
		counter("vm:pgsteal_kswapd", "pages", within(0, [200, 229, 300])),
		counter("vm:pgscan_direct", "pages", within(0, [215, 229, 1000])),
		counter("vm:pgsteal_direct", "pages", within(0, [215, 229, 100])),
		counter("vm:allocstall_normal", "events", within(0, [215, 229, 2])),
		counter("vm:workingset_refault_file", "pages", within(0, [216, 235, 50])),
		counter("vm:pswpin", "pages", within(0, [220, 224, 8])),
		counter("vm:pswpout", "pages", within(0, [216, 219, 20])),
		counter("vm:oom_kill", "events", within(0, [229, 229, 1])),
	],
});

const disk = stream({
	period_ns: 10 * MS,
	ticks: 400,
	counters: [
		counter("disk:vda/reads_completed", "requests", "2"),
		counter("disk:vda/read_ms", "ms", "1", { width: 32 }),
		counter("disk:vda/sectors_read", "sectors", "16"),
		counter("disk:vda/writes_completed", "requests", within(4, [200, 239, 2])),
		counter("disk:vda/write_ms", "ms", within(4, [200, 239, 80]), { width: 32, start: 2 ** 32 - 500 }),
		counter("disk:vda/sectors_written", "sectors", within(64, [200, 239, 32])),
		gauge("disk:vda/in_flight", "requests", within(0, [200, 239, "least(k - 199, 8)"])),
		counter("disk:vda/io_ms", "ms", within("k % 3", [200, 239, 10]), { width: 32 }),
		counter("disk:vda/queue_ms", "ms", within(5, [200, 239, 81]), { width: 32 }),
		counter("disk:zram0/writes_completed", "requests", "0"),
		counter("disk:zram0/write_ms", "ms", "0", { width: 32 }),
		counter("disk:zram0/reads_completed", "requests", "0"),
		counter("disk:zram0/read_ms", "ms", "0", { width: 32 }),
		counter("disk:zram0/queue_ms", "ms", "0", { width: 32 }),
		counter("disk:zram0/io_ms", "ms", "0", { width: 32 }),
	],
});

const psi = stream({
	period_ns: 10 * MS,
	ticks: 400,
	counters: ["cpu", "memory", "io"].flatMap((resource) => [
		{ ...gauge(`psi:${resource}/some_avg10`, "percent", "0.5"), type: "f64" as const },
		counter(
			`psi:${resource}/some_total`,
			"us",
			resource === "cpu" ? about(200) : resource === "io" ? within(0, [200, 239, 8000]) : within(0, [215, 229, 5000]),
		),
		counter(
			`psi:${resource}/full_total`,
			"us",
			resource === "cpu" ? "0" : resource === "io" ? within(0, [200, 239, 6000]) : within(0, [220, 229, 2500]),
		),
	]),
});

const snmp = stream({
	period_ns: 10 * MS,
	ticks: 400,
	counters: [
		counter("snmp:Tcp/OutSegs", "packets", "100"),
		counter("snmp:Tcp/RetransSegs", "packets", within("(k % 100 = 50)::INT", [121, 130, 20])),
		counter("snmp:TcpExt/TCPTimeouts", "events", within(0, [124, 124, 2])),
		counter("snmp:TcpExt/ListenOverflows", "events", within(0, [140, 141, 5])),
		counter("snmp:TcpExt/ListenDrops", "events", within(0, [140, 141, 5])),
		counter("snmp:TcpExt/TCPBacklogDrop", "events", "0"),
		counter("snmp:Udp/RcvbufErrors", "errors", within(0, [121, 122, 60])),
		counter("snmp:Udp/InErrors", "errors", within(0, [121, 122, 60])),
	],
});

const irq = stream({
	period_ns: 10 * MS,
	ticks: 400,
	counters: [
		counter("irq:cpu0/41_eth0-rx-0", "events", "0", { width: 32 }),
		counter("irq:cpu1/41_eth0-rx-0", "events", within(10, [120, 139, 190]), { width: 32 }),
		counter("irq:cpu0/LOC", "events", "10", { width: 32 }),
		counter("irq:cpu1/LOC", "events", "10", { width: 32 }),
		counter("irq:ERR", "events", "0", { width: 32 }),
	],
});

const cgroup = stream({
	period_ns: 100 * MS,
	ticks: 40,
	counters: ["/web", "/batch"].flatMap((path) => [
		counter(`cgroup:${path}/cpu.nr_periods`, "events", "1"),
		counter(`cgroup:${path}/cpu.nr_throttled`, "events", path === "/web" ? within(0, [10, 19, 1]) : "0"),
		counter(`cgroup:${path}/cpu.throttled_usec`, "us", path === "/web" ? within(0, [10, 19, 60_000]) : "0"),
		counter(`cgroup:${path}/cpu.usage_usec`, "us", path === "/web" ? "40000" : "5000"),
		counter(`cgroup:${path}/cpu.pressure.some_total`, "us", path === "/web" ? within(0, [10, 19, 50_000]) : "0"),
		counter(`cgroup:${path}/memory.pressure.some_total`, "us", "0"),
	]),
});

const perf = stream({
	period_ns: MS,
	ticks: 4000,
	replace: "CASE WHEN tick NOT BETWEEN 2200 AND 2249 THEN cpu0_context_switches END AS cpu0_context_switches",
	counters: [
		counter("perf:cpu0/context-switches", "events", within("k % 2", [2500, 3499, 10])),
		counter("perf:cpu1/context-switches", "events", "(k % 10 = 0)::INT"),
	],
});

/** Creates the file; it must not exist. */
export const makeFixture = (path: string): Promise<void> =>
	makeRecording(path, [net, ethtool, softirq, cpu, vm, disk, psi, snmp, irq, cgroup, perf], {
		marks: [
			{ at_ns: 1000 * MS, name: "command_start", detail: "./load" },
			{ at_ns: 3000 * MS, name: "command_end", detail: "status 0" },
		],
		command: ["./load"],
	});
