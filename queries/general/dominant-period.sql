-- SPDX-License-Identifier: Apache-2.0
-- In which period does a counter repeat itself?
-- A timer, a poller or a garbage collector shows itself by the period in which it comes. The answer is the shortest period and not one of
-- its multiples.
-- Parameters
--   counter  counter  which counter
--   longest  duration = 500ms  the longest period to look for; the recording must contain it twice
-- Columns
--   period_ns  ns  the period
--   hz         Hz  the same as a frequency
--   r          -  how similar the counter is to itself one period later, 0 to 1
--   step_ns    ns  periods were told apart to within this
-- Nothing
--   the counter does not repeat itself in periods up to the longest
SELECT round(period_ns)::BIGINT AS period_ns, round(hz, 4) AS hz, round(r, 4) AS r, step_ns
FROM dominant_period({counter.stream}, {counter}, {longest})
WHERE period_ns IS NOT NULL
