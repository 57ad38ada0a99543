-- SPDX-License-Identifier: Apache-2.0
-- Did the recording itself disturb what it measured?
-- The CPU time of the sampler, and how full its ring was at most: a full ring loses rows (--depth makes it deeper).
-- Columns
--   stream      -  the stream
--   period_ns   ns  as requested
--   ring_peak   share  of the ring that was in use at most before a drain, 0 to 1
--   lost        -  ticks lost because the ring was full
--   late        -  ticks lost because the sampling loop came too late
--   cpu_share   share  of one CPU that the sampler used, for all streams together
-- Nothing
--   nothing was committed before the recording ended
SELECT s.name AS stream, s.period_ns, round(max(t.ring_fill), 4) AS ring_peak,
	(SELECT coalesce(sum(ticks), 0) FROM gaps g WHERE g.stream = s.name AND reason = 'ring_full')::UBIGINT AS lost,
	(SELECT coalesce(sum(ticks), 0) FROM gaps g WHERE g.stream = s.name AND reason = 'late')::UBIGINT AS late,
	round(max(t.sampler_cpu_ns) / nullif(epoch_ns(max(t.ts)) - (SELECT epoch_ns(started_at) FROM recording), 0), 4) AS cpu_share
FROM streams s JOIN sampler_stats t ON t.stream = s.name
GROUP BY s.name, s.period_ns
ORDER BY ring_peak DESC, stream
