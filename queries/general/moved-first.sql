-- SPDX-License-Identifier: Apache-2.0
-- Which of two counters moved first, and by how much?
-- The lag at which their rates correlate best. It does not prove that one caused the other: something else may have moved both. Both
-- streams must be faster than the lag; gaps are left out.
-- Parameters
--   a       counter  one counter
--   b       counter  the other, of the same stream or another
--   within  duration = 100ms  the longest lag to look for
-- Columns
--   leader   -  the counter that moved first; null: neither, as far as can be told
--   lag_ns   ns  how much later b is than a, below 0 when b moved first; null: they are not related
--   r        -  correlation at that lag, -1 to 1
--   step_ns  ns  lags were told apart to within this
-- Nothing
--   there is nothing to compare: one of the counters was hardly read
SELECT leader, lag_ns, round(r, 4) AS r, step_ns
FROM leads({a.stream}, {a}, {b.stream}, {b}, {within})
