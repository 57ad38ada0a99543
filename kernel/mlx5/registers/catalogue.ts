// SPDX-License-Identifier: Apache-2.0
/**
 * Groups of the counter registers PPCNT (port) and MPCNT (PCIe link): their counters, in the order of their words.
 * Positions: include/linux/mlx5/mlx5_ifc.h of Linux. Positions in the group discard:
 * drivers/net/ethernet/mellanox/mlxsw/reg.h, which describes the same register of switches. Names are those of the
 * standards, as these files write them. Meanings: the RFCs, IEEE 802.3, and ethernet/mellanox/mlx5/counters.rst of
 * Linux.
 */
import type { Counter } from "../../source.js";

export type CounterRegister = "PPCNT" | "MPCNT";

export interface RegisterCounter extends Pick<Counter, "name" | "unit" | "semantics" | "width" | "help"> {
	/** First bit among the values of the group, and number of bits: 32 or 64. */
	readonly bit: number;
	readonly bits: number;
}

export interface RegisterGroup {
	readonly register: CounterRegister;
	/** What the names of its counters start with. */
	readonly name: string;
	/** Number of the group. */
	readonly group: number;
	/** Priority or traffic class. */
	readonly priority: number;
	readonly counters: readonly RegisterCounter[];
}

type Row = readonly [name: string, unit: Counter["unit"], help: string];

/** Skips reserved words. */
const skip = (count: number): (Row | null)[] => Array.from({ length: count }, () => null);

/** Values of 64 bits, one after the other. */
function wide(rows: readonly (Row | null)[]): RegisterCounter[] {
	return rows.flatMap((row, i) =>
		row === null
			? []
			: [{ name: row[0], unit: row[1], semantics: "counter" as const, width: 64, help: row[2], bit: 64 * i, bits: 64 }],
	);
}

const octets = (name: string, help: string): Row => [name, "bytes", help];
const packets = (name: string, help: string): Row => [name, "packets", help];
const errors = (name: string, help: string): Row => [name, "errors", help];
const events = (name: string, help: string): Row => [name, "events", help];

const ieee8023 = wide([
	packets("a_frames_transmitted_ok", "Frames sent."),
	packets("a_frames_received_ok", "Frames received."),
	errors("a_frame_check_sequence_errors", "Frames received with a wrong check sequence."),
	errors("a_alignment_errors", "Frames received whose length was not a whole number of octets."),
	octets("a_octets_transmitted_ok", "Octets of data and padding in frames sent."),
	octets("a_octets_received_ok", "Octets of data and padding in frames received."),
	packets("a_multicast_frames_xmitted_ok", "Multicast frames sent."),
	packets("a_broadcast_frames_xmitted_ok", "Broadcast frames sent."),
	packets("a_multicast_frames_received_ok", "Multicast frames received."),
	packets("a_broadcast_frames_received_ok", "Broadcast frames received."),
	errors("a_in_range_length_errors", "Frames whose length field did not fit their length."),
	errors("a_out_of_range_length_field", "Frames whose length field was above the allowed range."),
	errors("a_frame_too_long_errors", "Frames received that were too long."),
	errors("a_symbol_error_during_carrier", "Symbol errors while a frame was received."),
	packets("a_mac_control_frames_transmitted", "MAC control frames sent."),
	packets("a_mac_control_frames_received", "MAC control frames received."),
	errors("a_unsupported_opcodes_received", "MAC control frames received with an unknown opcode."),
	packets("a_pause_mac_ctrl_frames_received", "Pause frames received."),
	packets("a_pause_mac_ctrl_frames_transmitted", "Pause frames sent."),
]);

const rfc2863 = wide([
	octets("if_in_octets", "Octets received, with framing."),
	packets("if_in_ucast_pkts", "Unicast packets received."),
	packets("if_in_discards", "Good packets received and discarded, for example because buffers were missing."),
	errors("if_in_errors", "Packets received with errors."),
	packets("if_in_unknown_protos", "Packets received of an unknown protocol."),
	octets("if_out_octets", "Octets sent, with framing."),
	packets("if_out_ucast_pkts", "Unicast packets to be sent."),
	packets("if_out_discards", "Packets to be sent that were discarded."),
	errors("if_out_errors", "Packets not sent because of errors."),
	packets("if_in_multicast_pkts", "Multicast packets received."),
	packets("if_in_broadcast_pkts", "Broadcast packets received."),
	packets("if_out_multicast_pkts", "Multicast packets to be sent."),
	packets("if_out_broadcast_pkts", "Broadcast packets to be sent."),
]);

const rfc2819 = wide([
	events("ether_stats_drop_events", "Times that packets were dropped because resources were missing."),
	octets("ether_stats_octets", "Octets received, including those of bad packets."),
	packets("ether_stats_pkts", "Packets received, including bad ones."),
	packets("ether_stats_broadcast_pkts", "Good broadcast packets received."),
	packets("ether_stats_multicast_pkts", "Good multicast packets received."),
	errors("ether_stats_crc_align_errors", "Packets of good length with a wrong checksum or alignment."),
	errors("ether_stats_undersize_pkts", "Packets shorter than 64 octets."),
	errors("ether_stats_oversize_pkts", "Packets longer than allowed."),
	errors("ether_stats_fragments", "Packets shorter than 64 octets with a wrong checksum."),
	errors("ether_stats_jabbers", "Packets longer than allowed with a wrong checksum."),
	events("ether_stats_collisions", "Collisions, estimated."),
	...[
		"64",
		"65to127",
		"128to255",
		"256to511",
		"512to1023",
		"1024to1518",
		"1519to2047",
		"2048to4095",
		"4096to8191",
		"8192to10239",
	].map((range) =>
		packets(`ether_stats_pkts${range}octets`, `Packets received of ${range.replace("to", " to ")} octets.`),
	),
]);

const rfc3635 = wide([
	errors("dot3stats_alignment_errors", "Frames whose length was not a whole number of octets."),
	errors("dot3stats_fcs_errors", "Frames with a wrong check sequence."),
	packets("dot3stats_single_collision_frames", "Frames sent after one collision."),
	packets("dot3stats_multiple_collision_frames", "Frames sent after several collisions."),
	errors("dot3stats_sqe_test_errors", "Signal quality errors."),
	packets("dot3stats_deferred_transmissions", "Frames sent late because the medium was busy."),
	events("dot3stats_late_collisions", "Collisions later than a slot time."),
	errors("dot3stats_excessive_collisions", "Frames not sent because of too many collisions."),
	errors("dot3stats_internal_mac_transmit_errors", "Frames not sent because of errors inside the MAC."),
	errors("dot3stats_carrier_sense_errors", "Times that the carrier was lost or never there."),
	errors("dot3stats_frame_too_longs", "Frames received that were too long."),
	errors("dot3stats_internal_mac_receive_errors", "Frames not received because of errors inside the MAC."),
	errors("dot3stats_symbol_errors", "Symbol errors."),
	errors("dot3control_in_unknown_opcodes", "MAC control frames with an unknown opcode."),
	packets("dot3in_pause_frames", "Pause frames received."),
	packets("dot3out_pause_frames", "Pause frames sent."),
]);

const extended = wide([
	["port_transmit_wait", "none", "Time that data waited to be sent, in a unit that is not published."],
	...skip(4),
	events("rx_buffer_almost_full", "Times that the receive buffer was above its first watermark."),
	events("rx_buffer_full", "Times that the receive buffer was above its last watermark."),
	errors("rx_icrc_encapsulated", "Encapsulated packets with a wrong invariant checksum."),
]);

const discard = wide([
	packets("ingress_general", "Discarded on the way in, for any other reason."),
	packets("ingress_policy_engine", "Discarded on the way in by the policy engine."),
	packets("ingress_vlan_membership", "Discarded on the way in because the port is not in their VLAN."),
	packets("ingress_tag_frame_type", "Discarded on the way in because of their tag."),
	packets("egress_vlan_membership", "Discarded on the way out because the port is not in their VLAN."),
	packets("loopback_filter", "Discarded because they would have left by the port where they came in."),
	packets("egress_general", "Discarded on the way out, for any other reason."),
	...skip(1),
	packets("egress_hoq", "Discarded because they were at the head of a queue for too long."),
	...skip(1),
	packets("egress_policy_engine", "Discarded on the way out by the policy engine."),
	packets("ingress_tx_link_down", "Discarded because the link to send them on was down."),
	packets("egress_stp_filter", "Discarded on the way out by the spanning tree."),
	...skip(1),
	packets("egress_sll", "Discarded because they were in the switch for too long."),
]);

const perPriority = wide([
	octets("rx_octets", "Octets received."),
	...skip(3),
	packets("rx_frames", "Frames received."),
	octets("tx_octets", "Octets sent."),
	...skip(3),
	packets("tx_frames", "Frames sent."),
	packets("rx_pause", "Pause frames received."),
	["rx_pause_duration", "us", "Time that pause frames received held up sending."],
	packets("tx_pause", "Pause frames sent."),
	["tx_pause_duration", "us", "Time that pause frames sent held up the peer."],
	events("rx_pause_transition", "Times that sending was held up again."),
	packets("rx_discards", "Frames received and discarded."),
	events("device_stall_minor_watermark_cnt", "Stalls above the minor watermark."),
	events("device_stall_critical_watermark_cnt", "Stalls above the critical watermark."),
]);

const perTrafficClass = wide([
	["transmit_queue", "bytes", "Octets that wait in the queue."],
	packets("no_buffer_discard_uc", "Unicast frames discarded because buffers were missing."),
]).map((counter) => (counter.name === "transmit_queue" ? { ...counter, semantics: "gauge" as const } : counter));

const perTrafficClassCongestion = wide([
	packets("wred_discard", "Frames discarded by weighted random early detection."),
	packets("ecn_marked_tc", "Frames marked for explicit congestion notification."),
]);

const lanes = (name: (lane: number) => string, help: (lane: number) => string): Row[] =>
	[0, 1, 2, 3].map((lane) => errors(name(lane), help(lane)));

const physicalWide = wide([
	["time_since_last_clear", "ms", "Time since these counters were cleared."],
	errors("symbol_errors", "Symbol errors, where no error correction is on."),
	errors("sync_headers_errors", "Errors of sync headers."),
	...lanes(
		(l) => `edpl_bip_errors_lane${l}`,
		(l) => `Parity errors on lane ${l}.`,
	),
	...lanes(
		(l) => `fc_fec_corrected_blocks_lane${l}`,
		(l) => `Blocks that FC-FEC corrected on lane ${l}.`,
	),
	...lanes(
		(l) => `fc_fec_uncorrectable_blocks_lane${l}`,
		(l) => `Blocks that FC-FEC could not correct on lane ${l}.`,
	),
	errors("rs_fec_corrected_blocks", "Blocks that RS-FEC corrected."),
	errors("rs_fec_uncorrectable_blocks", "Blocks that RS-FEC could not correct."),
	events("rs_fec_no_errors_blocks", "Blocks of RS-FEC without errors."),
	errors("rs_fec_single_error_blocks", "Blocks of RS-FEC with one error."),
	errors("rs_fec_corrected_symbols_total", "Symbols that RS-FEC corrected, on all lanes."),
	...lanes(
		(l) => `rs_fec_corrected_symbols_lane${l}`,
		(l) => `Symbols that RS-FEC corrected on lane ${l}.`,
	),
]);

/** Values of 32 bits, one after the other, from bit `from` on. */
const narrow = (rows: readonly Row[], from: number): RegisterCounter[] =>
	rows.map(([name, unit, help], i) => ({
		name,
		unit,
		semantics: "counter",
		width: 32,
		help,
		bit: from + 32 * i,
		bits: 32,
	}));

const physical = [
	...physicalWide,
	...narrow(
		[
			events("link_down_events", "Times that the link went down."),
			events("successful_recovery_events", "Times that the link recovered."),
		],
		64 * physicalWide.length,
	),
];

const physicalStatistical = wide([
	["time_since_last_clear", "ms", "Time since these counters were cleared."],
	["phy_received_bits", "bits", "Bits received."],
	errors("phy_symbol_errors", "Symbols that were not corrected."),
	["phy_corrected_bits", "bits", "Bits that were corrected, on all lanes."],
	...[0, 1, 2, 3].map(
		(lane): Row => [`phy_corrected_bits_lane${lane}`, "bits", `Bits that were corrected on lane ${lane}.`],
	),
]);

const percent = (name: string, help: string): Row => [name, "percent", help];

const pcieWords = narrow(
	[
		errors("rx_errors", "Errors of signal integrity that led to recovery, receiving."),
		errors("tx_errors", "Errors of signal integrity that led to recovery, sending."),
		events("l0_to_recovery_eieos", "Times that the link left L0 for recovery after an EIEOS."),
		events("l0_to_recovery_ts", "Times that the link left L0 for recovery after training sets."),
		events("l0_to_recovery_framing", "Times that the link left L0 for recovery after a framing error."),
		events("l0_to_recovery_retrain", "Times that the link left L0 for recovery to be trained again."),
		errors("crc_error_dllp", "Data link packets with a wrong checksum."),
		errors("crc_error_tlp", "Transaction packets with a wrong checksum."),
	],
	64,
);

const pcieStalls = narrow(
	[
		percent("outbound_stalled_reads", "Share of the last second in which reads waited for credits."),
		percent("outbound_stalled_writes", "Share of the last second in which writes waited for credits."),
		["outbound_stalled_reads_events", "s", "Seconds in which outbound_stalled_reads was above 30 %."],
		["outbound_stalled_writes_events", "s", "Seconds in which outbound_stalled_writes was above 30 %."],
	],
	64 * 6,
).map((counter) => (counter.unit === "percent" ? { ...counter, semantics: "gauge" as const, width: 64 } : counter));

const pciePerformance: RegisterCounter[] = [
	...wide([["life_time_counter", "none", "Time since the card started, in a unit that is not published."]]),
	...pcieWords,
	...wide([...skip(5), packets("tx_overflow_buffer_pkt", "Packets dropped because the buffer towards PCIe was full.")]),
	...pcieStalls,
];

const port = (name: string, group: number, counters: readonly RegisterCounter[], priority = 0): RegisterGroup => ({
	register: "PPCNT",
	name: `ppcnt.${name}`,
	group,
	priority,
	counters,
});

const eight = [0, 1, 2, 3, 4, 5, 6, 7];

export const registerGroups: readonly RegisterGroup[] = [
	port("ieee8023", 0x00, ieee8023),
	port("rfc2863", 0x01, rfc2863),
	port("rfc2819", 0x02, rfc2819),
	port("rfc3635", 0x03, rfc3635),
	port("extended", 0x05, extended),
	port("discard", 0x06, discard),
	...eight.map((n) => port(`prio${n}`, 0x10, perPriority, n)),
	...eight.map((n) => port(`tc${n}`, 0x11, perTrafficClass, n)),
	port("phy", 0x12, physical),
	...eight.map((n) => port(`tc${n}_congestion`, 0x13, perTrafficClassCongestion, n)),
	port("phy_statistical", 0x16, physicalStatistical),
	{ register: "MPCNT", name: "mpcnt.pcie", group: 0, priority: 0, counters: pciePerformance },
];
