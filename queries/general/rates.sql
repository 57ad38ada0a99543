-- SPDX-License-Identifier: Apache-2.0
-- How fast is a counter, seen through windows of 10 us to 1 s?
-- A microburst stands out in short windows and vanishes in long ones. A window that lacks more than a tenth of
-- its ticks is in no percentile: incomplete is the number of these windows.
-- Parameters
--   counter  counter  which counter
-- Columns
--   window_ns   ns  length of the windows
--   windows     -  number of windows of which at least nine of ten ticks are known
--   incomplete  -  number of all other windows
--   p50         unit/s  half of the windows were at most this fast
--   p90         unit/s  nine of ten were
--   p99         unit/s  99 of 100 were
--   max         unit/s  the fastest window
-- Nothing
--   the recording is shorter than the shortest window
SELECT window_ns, windows, incomplete, round(p50, 1) AS p50, round(p90, 1) AS p90, round(p99, 1) AS p99, round(max, 1) AS max
FROM rate_percentiles({counter.stream}, {counter})
ORDER BY window_ns
