// SPDX-License-Identifier: Apache-2.0
/**
 * Meanings of diagnostic counters. No whole list was published: these are from the mlx5ctl tools and from
 * sys/dev/mlx5/diagnostics.h of FreeBSD. A card has more ids than these, and an id may mean something else in another
 * generation of cards. So the id is the name of a counter, and the name here is an alias.
 */
import type { Unit } from "../../source.js";

export interface Meaning {
	readonly alias: string;
	readonly unit: Unit;
	readonly help: string;
}

type Row = readonly [id: number, alias: string, unit: Unit, help: string];

const rows: readonly Row[] = [
	[0x0401, "pcie_back_pressure", "clocks", "PCIe: back pressure from the data link layer to the transport unit."],
	[0x0402, "pcie_write_stalled", "clocks", "PCIe: outbound writes stalled because posted credits were missing."],
	[0x0403, "pcie_read_stalled", "clocks", "PCIe: outbound reads stalled because non-posted credits were missing."],
	[
		0x0404,
		"pcie_read_stuck_no_completion_buffer",
		"clocks",
		"PCIe: reads stuck because a completion buffer was missing.",
	],
	[0x0405, "pcie_max_bandwidth", "none", "PCIe: maximum bandwidth."],
	[0x0406, "pcie_inbound_data", "128 bytes", "PCIe: inbound data."],
	[0x0409, "pcie_read_stalled_no_engine", "clocks", "PCIe: reads stalled because a read engine was missing."],
	[
		0x040a,
		"pcie_read_stalled_no_completion_buffer",
		"clocks",
		"PCIe: reads stalled because a completion buffer was missing.",
	],
	[0x040b, "pcie_read_stalled_ordering", "clocks", "PCIe: reads stalled by ordering."],
	[0x0801, "l0_mtt_miss", "events", "Translation cache, level 0: misses of translations."],
	[0x0802, "l0_mtt_hit", "events", "Translation cache, level 0: hits of translations."],
	[0x0803, "l1_mtt_miss", "events", "Translation cache, level 1: misses of translations."],
	[0x0804, "l1_mtt_hit", "events", "Translation cache, level 1: hits of translations."],
	[0x0805, "l0_mpt_miss", "events", "Translation cache, level 0: misses of memory protection entries."],
	[0x0806, "l0_mpt_hit", "events", "Translation cache, level 0: hits of memory protection entries."],
	[0x0807, "l1_mpt_miss", "events", "Translation cache, level 1: misses of memory protection entries."],
	[0x0808, "l1_mpt_hit", "events", "Translation cache, level 1: hits of memory protection entries."],
	[0x0c01, "rxb_no_slow_path_credits", "events", "Receive buffer: no credits on the slow path."],
	[0x0c02, "rxb_no_fast_path_credits", "events", "Receive buffer: no credits on the fast path."],
	[0x0c03, "rxb_rxt_no_slow_path_credits", "events", "Receive buffer to transport: no credits on the slow path."],
	[0x0c04, "rxb_rxt_no_fast_path_credits", "events", "Receive buffer to transport: no credits on the fast path."],
	[0x1001, "rx_steering_packets", "packets", "Packets that passed receive steering (FreeBSD: slow slice loads)."],
	[0x1002, "rxt_slice_load_fast", "events", "Receive transport: loads of a fast slice."],
	[0x1003, "rx_steering0_work_rate", "events", "Receive steering 0: work of its engines."],
	[0x1004, "rx_steering1_work_rate", "events", "Receive steering 1: work of its engines."],
	[0x1401, "tpt_credits", "events", "Translation and protection: credits."],
	[0x1402, "write_back_miss", "events", "Write-back cache: misses."],
	[0x1403, "write_back_hit", "events", "Write-back cache: hits."],
	[0x1404, "rx_l1_slow_miss_ldb", "events", "Receive cache, level 1, slow: misses of data loads."],
	[0x1405, "rx_l1_slow_hit_ldb", "events", "Receive cache, level 1, slow: hits of data loads."],
	[0x1406, "rx_l1_fast_miss_ldb", "events", "Receive cache, level 1, fast: misses of data loads."],
	[0x1407, "rx_l1_fast_hit_ldb", "events", "Receive cache, level 1, fast: hits of data loads."],
	[0x1408, "rx_l2_read_miss_ldb", "events", "Receive cache, level 2: read misses of data loads."],
	[0x1409, "rx_l2_read_hit_ldb", "events", "Receive cache, level 2: read hits of data loads."],
	[0x140a, "rx_l1_slow_miss_reqsl", "events", "Receive cache, level 1, slow: misses of slice requests."],
	[0x140b, "rx_l1_slow_hit_reqsl", "events", "Receive cache, level 1, slow: hits of slice requests."],
	[0x140c, "rx_l1_fast_miss_reqsl", "events", "Receive cache, level 1, fast: misses of slice requests."],
	[0x140d, "rx_l1_fast_hit_reqsl", "events", "Receive cache, level 1, fast: hits of slice requests."],
	[0x140e, "rx_l2_read_miss_reqsl", "events", "Receive cache, level 2: read misses of slice requests."],
	[0x140f, "rx_l2_read_hit_reqsl", "events", "Receive cache, level 2: read hits of slice requests."],
	[0x1801, "rxs_no_pxt_credits", "events", "Receive scatter: no credits towards PCIe."],
	[0x1c01, "rxc_eq_all_slices_busy", "events", "Completions: all slices for event queues busy."],
	[0x1c02, "rxc_cq_all_slices_busy", "events", "Completions: all slices for completion queues busy."],
	[0x1c03, "rxc_msix_all_slices_busy", "events", "Completions: all slices for interrupts busy."],
	[0x2001, "sq_stopped_vl_limited", "events", "Send queue left because its virtual lane was limited."],
	[0x2002, "sq_stopped_descheduled", "events", "Send queue left because it was descheduled."],
	[0x2003, "sq_stopped_work_done", "events", "Send queue left because its work was done."],
	[0x2004, "sq_stopped_limited", "events", "Send queue left because it was limited."],
	[0x2005, "sq_stopped_e2e_credits", "events", "Send queue left because end-to-end credits were missing."],
	[0x2006, "tx_packets", "packets", "Packets sent."],
	[0x2007, "tx_steering_hit", "events", "Transmit steering: hits."],
	[0x2008, "tx_steering_miss", "events", "Transmit steering: misses."],
	[0x2009, "tx_steering_rse0", "events", "Transmit steering: work of engine 0."],
	[0x2401, "sxd_no_sched_credits", "events", "Send data: no credits of the scheduler."],
	[0x2402, "sxd_no_slow_path_sched_credits", "events", "Send data: no credits of the scheduler on the slow path."],
	[0x2801, "tpt_indirect_mem_key", "events", "Translation and protection: indirect memory keys."],
	[0x2c02, "line_tx_port1", "events", "Line: transmitted on port 1, in a unit that is not published."],
	[0x2c03, "line_tx_port2", "events", "Line: transmitted on port 2, in a unit that is not published."],
	[0x2c04, "line_tx_loopback", "events", "Line: transmitted by loopback, in a unit that is not published."],
];

const meanings = new Map(rows.map(([id, alias, unit, help]) => [id, { alias, unit, help }]));

/** "0x2006". */
export const counterName = (id: number): string => `0x${id.toString(16).padStart(4, "0")}`;

/** Null: the meaning of this id was not published. */
export const meaningOf = (id: number): Meaning | null => meanings.get(id) ?? null;
