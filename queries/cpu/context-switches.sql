-- SPDX-License-Identifier: Apache-2.0
-- When did the rate of context switches change?
-- More switches for the same work point to threads that wake each other too often, to a contended lock or to small requests. The answer is
-- for all CPUs together; for each CPU take 'jumps' with perf:cpu*/context-switches.
-- Parameters
--   window  duration = 50ms  length of a window; four windows before are compared with four after
--   factor  number = 2  how many times larger or smaller the rate must become
--   least   number = 20  and by how many switches the windows must differ
-- Needs
--   cpu  cpu:ctxt
-- Columns
--   changed_at    -  start of the first window at the new rate
--   before_per_s  events/s  mean of the four windows before
--   after_per_s   events/s  mean of the four windows from there on
--   times         ratio  the larger rate divided by the smaller; null where the smaller is 0
-- Nothing
--   the rate of context switches never changed by the factor
SELECT changed_at, round(before_per_s, 1) AS before_per_s, round(after_per_s, 1) AS after_per_s, round(times, 2) AS times
FROM jumps({cpu}, {cpu.columns}, {window}, {factor}, {least})
ORDER BY changed_at
