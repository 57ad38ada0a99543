-- SPDX-License-Identifier: Apache-2.0
-- Which error counters of interfaces moved, and when?
-- The kind of error says where to look: CRC and frame errors point to cable, transceiver or port, carrier errors to the link, length errors to
-- the MTU, missed and FIFO errors to a host that was too slow.
-- Parameters
--   merge  duration = 100ms  errors that are at most this far apart are one event
-- Needs
--   net  net:*/{*errors,collisions}
-- Columns
--   id       -  the counter
--   begin    -  first read that saw an error
--   dur_ns   ns  time from there to the last read of the event that saw one
--   errors   errors  counted
--   in_gaps  errors  the part that was seen right after missing ticks
-- Nothing
--   no recorded interface counted an error while it was recorded
SELECT id, "begin", dur_ns, moved AS errors, in_gaps
FROM episodes({net}, {net.columns}, {merge})
ORDER BY "begin", id
