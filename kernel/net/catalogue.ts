// SPDX-License-Identifier: Apache-2.0
/** The words of struct rtnl_link_stats64, in its order (include/uapi/linux/if_link.h). */
import type { Unit } from "../source.js";

export interface LinkCounter {
	readonly name: string;
	readonly unit: Unit;
	readonly help: string;
}

const counter = (name: string, unit: Unit, help: string): LinkCounter => ({ name, unit, help });

export const linkCounters: readonly LinkCounter[] = [
	counter(
		"rx_packets",
		"packets",
		"Grows with every good packet that the interface hands to the host, dropped later or not.",
	),
	counter("tx_packets", "packets", "Grows with every packet that the device has accepted for sending."),
	counter(
		"rx_bytes",
		"bytes",
		"Grows by the length of every packet counted in rx_packets, for Ethernet without the checksum.",
	),
	counter(
		"tx_bytes",
		"bytes",
		"Grows by the length of every packet counted in tx_packets, for Ethernet without the checksum.",
	),
	counter(
		"rx_errors",
		"errors",
		"Grows with every bad packet on receipt, whatever was wrong; the rx_*_errors are parts of it.",
	),
	counter("tx_errors", "errors", "Grows with every packet that could not be sent; the tx_*_errors are parts of it."),
	counter(
		"rx_dropped",
		"packets",
		"Grows when a received packet is thrown away by the host, for want of memory or of a taker.",
	),
	counter("tx_dropped", "packets", "Grows when a packet to be sent is thrown away before the device has it."),
	counter(
		"multicast",
		"packets",
		"Grows with every multicast packet received; many devices count those that the host never sees.",
	),
	counter("collisions", "events", "Grows when a half-duplex device senses another sender while it sends."),
	counter("rx_length_errors", "errors", "Grows with a packet whose length is not allowed or not the one it states."),
	counter(
		"rx_over_errors",
		"errors",
		"Grows when the host's receive buffers cannot take a packet, for most devices because it is too long.",
	),
	counter("rx_crc_errors", "errors", "Grows with a packet whose checksum is wrong, as from a bad cable or connector."),
	counter("rx_frame_errors", "errors", "Grows with a frame that does not end on a byte boundary."),
	counter("rx_fifo_errors", "errors", "Grows when the device's receive FIFO overflows."),
	counter(
		"rx_missed_errors",
		"errors",
		"Grows when the device drops a packet because the host gave it no buffer in time.",
	),
	counter("tx_aborted_errors", "errors", "Grows when the device gives up sending, as after too many collisions."),
	counter("tx_carrier_errors", "errors", "Grows when the link is lost during sending."),
	counter("tx_fifo_errors", "errors", "Grows when the device's send FIFO runs empty within a frame."),
	counter(
		"tx_heartbeat_errors",
		"errors",
		"Grows when an old half-duplex transceiver fails its self-test after a frame.",
	),
	counter(
		"tx_window_errors",
		"errors",
		"Grows with a collision so late that the sender should have had the wire to itself.",
	),
	counter(
		"rx_compressed",
		"packets",
		"Grows with every packet received compressed, on links such as PPP that compress.",
	),
	counter("tx_compressed", "packets", "Grows with every packet sent compressed, on links such as PPP that compress."),
	counter(
		"rx_nohandler",
		"packets",
		"Grows when a packet arrives at an interface that is not to receive, such as the standby of a bond.",
	),
	counter(
		"rx_otherhost_dropped",
		"packets",
		"Grows when the IP layer drops a packet whose hardware address is another host's (kernel 5.19).",
	),
];
