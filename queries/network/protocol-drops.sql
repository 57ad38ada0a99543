-- SPDX-License-Identifier: Apache-2.0
-- Where above the interface were packets dropped?
-- Full accept queues (ListenOverflows), full receive buffers (RcvbufErrors, PruneCalled), a backlog of a busy socket
-- (TCPBacklogDrop): the network delivered, the program did not keep up. One event may be in several counters.
-- Parameters
--   merge  duration = 100ms  drops that are at most this far apart are one event
-- Needs
--   snmp  snmp:*/{*Drop,*Drops,*Overflow,*Overflows,*Overflow?,*Pruned,PruneCalled,RcvbufErrors,SndbufErrors,MemErrors,*Discards}
-- Columns
--   id       -  the counter
--   begin    -  first read that saw a drop
--   dur_ns   ns  time from there to the last read of the event that saw one
--   dropped  unit  as the counter counts: segments, datagrams, connections
--   in_gaps  unit  the part that was seen right after missing ticks
-- Nothing
--   the recorded protocols dropped nothing while it was recorded
SELECT id, "begin", dur_ns, moved AS dropped, in_gaps
FROM episodes({snmp}, {snmp.columns}, {merge})
ORDER BY "begin", id
