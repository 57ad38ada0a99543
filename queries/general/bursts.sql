-- SPDX-License-Identifier: Apache-2.0
-- When was a counter faster than a threshold?
-- A burst ends with the first slower step; with --merge it continues across slower steps that take at most that long. 'rates' helps to
-- choose a threshold.
-- Parameters
--   counter    counter  which counter
--   threshold  number  lowest rate per second of a burst, in the unit of the counter
--   merge      duration = 1ms  bursts that are at most this far apart are one
-- Columns
--   begin       -  the read before the first fast step
--   dur_ns      ns  time from there to the read that ends the last fast step
--   moved       unit  how much the counter moved in that time; null: it was reset
--   peak_per_s  unit/s  of the fastest step
--   mean_per_s  unit/s  over dur_ns
--   unknown     -  ticks of the burst of which nothing is known: missing, a reset, or not readable
-- Nothing
--   the counter was never that fast from one read to the next; nobody knows what happened in missing ticks
SELECT "begin", dur_ns, moved::HUGEINT AS moved, round(peak_per_s, 1) AS peak_per_s, round(mean_per_s, 1) AS mean_per_s, unknown
FROM bursts({counter.stream}, {counter}, {threshold}, {merge})
ORDER BY "begin"
