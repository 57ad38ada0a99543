-- SPDX-License-Identifier: Apache-2.0
-- When did reads start late, one after the other?
-- Something delayed the sampling loop: a task of higher priority, the hypervisor, or an interrupt storm. What other streams
-- show at that time happened while the machine was busy with it.
-- Parameters
--   stream  stream  the stream to look at
--   least   duration = 100us  after the deadline; reads that started earlier are not late
-- Columns
--   begin      -  first of the late reads
--   dur_ns     ns  time from there to the last of them
--   reads      -  that were late, one after the other; missing ticks between them count as late
--   worst_ns   ns  latest start after its deadline
-- Nothing
--   every read that was stored started in time
WITH reads AS (
	SELECT ts, place, epoch_ns(ts) - (start_ns + _due(tick, pace, bits))::BIGINT AS late_ns
	FROM (SELECT ts, tick, row_number() OVER () AS place FROM query_table({stream})), _schedule({stream})
)
SELECT min(ts) AS "begin", epoch_ns(max(ts)) - epoch_ns(min(ts)) AS dur_ns, count(*) AS reads, max(late_ns) AS worst_ns
FROM (SELECT *, place - row_number() OVER (ORDER BY place) AS run FROM reads WHERE late_ns >= {least})
GROUP BY run
ORDER BY reads DESC, "begin"
