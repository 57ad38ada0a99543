-- SPDX-License-Identifier: Apache-2.0
-- Which interfaces dropped packets, and in what bursts?
-- A burst of a few milliseconds points to a full ring or queue, a steady trickle to packets without a receiver (unknown protocol,
-- wrong VLAN). Drops in a gap are attributed to the first read after it.
-- Parameters
--   merge  duration = 10ms  drops that are at most this far apart are one burst
-- Needs
--   net  net:*/*{dropped,missed_errors,fifo_errors}
-- Columns
--   id       -  the counter, with the interface and the direction of the packets
--   begin    -  first read that saw a drop
--   dur_ns   ns  time from there to the last read of the burst that saw a drop
--   packets  packets  dropped in the burst
--   reads    -  reads that saw a drop; 1: all within one period
--   in_gaps  packets  the part that was seen right after missing ticks, so that nobody knows when they were dropped
-- Nothing
--   no recorded interface dropped a packet while it was recorded
SELECT id, "begin", dur_ns, moved AS packets, reads, in_gaps
FROM episodes({net}, {net.columns}, {merge})
ORDER BY "begin", id
