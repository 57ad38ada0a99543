-- SPDX-License-Identifier: Apache-2.0
-- Which counters were read more often than they change?
-- Many sources refresh their counters in steps. Then the rate from read to read is 0 and a spike in turns, and a peak in a short window
-- means nothing. Take windows of several times typical_ns, or record at a lower rate.
-- Parameters
--   stream  stream  the stream to look at
--   least   number = 0.5  lowest share of reads that saw no change, 0 to 1; other counters are left out
-- Columns
--   id           -  the counter or gauge
--   reads        -  reads that could show a change
--   changes      -  number of those that showed one
--   unchanged    share  of those that did not, 0 to 1
--   shortest_ns  ns  between two changes
--   typical_ns   ns  half of the times between changes were at most this long: the refresh period, if it is regular
-- Nothing
--   no counter that changed was read that much more often than it changes
SELECT id, reads::UBIGINT AS reads, changes::UBIGINT AS changes, round(unchanged, 6) AS unchanged, shortest_ns::BIGINT AS shortest_ns, typical_ns::BIGINT AS typical_ns
FROM unchanged({stream})
WHERE changes > 1 AND unchanged >= {least}
ORDER BY changes DESC, id
