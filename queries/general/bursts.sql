-- SPDX-License-Identifier: Apache-2.0
-- When was a counter faster than a threshold?
-- A burst ends with the first slower step; with --merge it goes on across slower steps that are no longer than that. 'rates' helps to
-- choose a threshold.
-- Parameters
--   counter    counter  which counter
--   threshold  number  rate per second from which on it is a burst, in the unit of the counter
--   merge      duration = 1ms  bursts that are no further apart are one
-- Columns
--   begin       -  the read before the first fast step
--   dur_ns      ns  from there to the read that ends the last fast step
--   moved       unit  how much the counter moved meanwhile; null: it was reset
--   peak_per_s  unit/s  of the fastest step
--   mean_per_s  unit/s  over dur_ns
--   unknown     -  ticks within it of which nothing is known: missing, a reset, or not readable
-- Nothing
--   the counter was never that fast from one read to the next; what happened in missing ticks is not known
SELECT "begin", dur_ns, moved::HUGEINT AS moved, round(peak_per_s, 1) AS peak_per_s, round(mean_per_s, 1) AS mean_per_s, unknown
FROM bursts({counter.stream}, {counter}, {threshold}, {merge})
ORDER BY "begin"
