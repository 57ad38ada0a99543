-- SPDX-License-Identifier: Apache-2.0
-- How exactly is the time of each read known?
-- All values of a row were read within its window. A rate from one read to the next is uncertain by the two windows: at worst by
-- 2 * window / period. Over n periods it is n times more exact. A device that samples by itself (mlx5, mlx5trace) puts a time stamp on
-- each value: it is left out, and device_clocks.residual_ns says how well its clock is known.
-- Columns
--   stream     -  the stream
--   period_ns  ns  as requested
--   p50_ns     ns  half of the windows were no longer
--   p99_ns     ns  99 of 100 were no longer
--   max_ns     ns  the longest
--   error_p50  share  by which a rate between two reads may be wrong, for windows of p50
--   error_p99  share  the same for p99
-- Nothing
--   the recording was not finalised, so that its read windows were not summed up, or a device samples all of it by itself
SELECT name AS stream, period_ns, read_p50_ns AS p50_ns, read_p99_ns AS p99_ns, read_max_ns AS max_ns,
	round(2 * read_p50_ns / period_ns, 5) AS error_p50, round(2 * read_p99_ns / period_ns, 5) AS error_p99
FROM streams
WHERE read_p50_ns IS NOT NULL AND paced_by = 'sampler'
ORDER BY error_p99 DESC, stream
