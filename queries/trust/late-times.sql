-- SPDX-License-Identifier: Apache-2.0
-- When did reads begin late, one after the other?
-- The sampling loop was held up: by something at a higher priority, by the hypervisor, by an interrupt storm. What other streams show
-- at that time happened while the machine was busy with it.
-- Parameters
--   stream  stream  the stream to look at
--   least   duration = 100us  after the deadline; reads that began earlier are not late
-- Columns
--   begin      -  first of the late reads
--   dur_ns     ns  from there to the last of them
--   reads      -  that were late, one after the other; missing ticks between them count as late
--   worst_ns   ns  latest begin after its deadline
-- Nothing
--   every read that was stored began in time
WITH late AS (
	SELECT ts, tick, epoch_ns(ts) - (SELECT epoch_ns(started_at) FROM recording)
		- tick::BIGINT * (SELECT period_ns::BIGINT FROM streams WHERE name = {stream}) AS late_ns
	FROM query_table({stream})
),
runs AS (
	SELECT *, count(*) FILTER (late_ns < {least}) OVER (ORDER BY tick) AS run FROM late
)
SELECT min(ts) AS "begin", epoch_ns(max(ts)) - epoch_ns(min(ts)) AS dur_ns, count(*) AS reads, max(late_ns) AS worst_ns
FROM runs
WHERE late_ns >= {least}
GROUP BY run
ORDER BY reads DESC, "begin"
