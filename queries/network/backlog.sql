-- SPDX-License-Identifier: Apache-2.0
-- Which CPUs did not keep up with received packets?
-- A time squeeze is a round of polling that stopped with work left (net.core.netdev_budget, netdev_budget_usecs); a drop is a packet
-- that found the backlog of its CPU full (net.core.netdev_max_backlog).
-- Parameters
--   merge  duration = 10ms  events that are at most this far apart are one
-- Needs
--   softirq  softirq:*/softnet_{dropped,time_squeeze,flow_limit_count}
-- Columns
--   id       -  the counter, with its CPU
--   begin    -  first read that saw an event
--   dur_ns   ns  time from there to the last read that saw one
--   events   unit  packets dropped, or squeezes
--   in_gaps  unit  the part that was seen right after missing ticks
-- Nothing
--   every recorded CPU kept up with its packets
SELECT id, "begin", dur_ns, moved AS events, in_gaps
FROM episodes({softirq}, {softirq.columns}, {merge})
ORDER BY "begin", id
