-- SPDX-License-Identifier: Apache-2.0
-- How exactly is the time of each read known?
-- All values of a row were read within its window. A rate from one read to the next is uncertain by the two windows: at worst by
-- 2 * window / period. Over n periods it is n times more exact. Streams that a device or events pace are left out, since each value has
-- a time stamp of the device; device_clocks.residual_ns says how well its clock is known.
-- Columns
--   stream     -  the stream
--   period_ns  ns  as requested
--   p50_ns     ns  half of the windows were at most this long
--   p99_ns     ns  99 of 100 were at most this long
--   max_ns     ns  the longest
--   error_p50  share  by which a rate between two reads may be wrong, for windows of p50
--   error_p99  share  the same for p99
-- Nothing
--   the recording was not finalised, so its read windows were not summed up, or no stream is paced by the sampler
SELECT name AS stream, period_ns, read_p50_ns AS p50_ns, read_p99_ns AS p99_ns, read_max_ns AS max_ns,
	round(2 * read_p50_ns / period_ns, 5) AS error_p50, round(2 * read_p99_ns / period_ns, 5) AS error_p99
FROM streams
WHERE read_p50_ns IS NOT NULL AND paced_by = 'sampler'
ORDER BY error_p99 DESC, stream
