-- SPDX-License-Identifier: Apache-2.0
-- When did the rate of context switches change?
-- More switches for the same work point to threads that wake each other for little, to a contended lock or to small requests. All
-- CPUs together; by CPU: 'jumps' with perf:cpu*/context-switches.
-- Parameters
--   window  duration = 50ms  length of a window; four before are compared with four after
--   factor  number = 2  the rate has to become this many times larger or smaller
--   least   number = 20  and the windows have to differ by this many switches
-- Needs
--   cpu  cpu:ctxt
-- Columns
--   changed_at    -  begin of the first window at the new rate
--   before_per_s  events/s  mean of the four windows before
--   after_per_s   events/s  mean of the four windows from there on
--   times         ratio  the larger by the smaller; null where that is 0
-- Nothing
--   the rate of context switches never changed by the factor
SELECT changed_at, round(before_per_s, 1) AS before_per_s, round(after_per_s, 1) AS after_per_s, round(times, 2) AS times
FROM jumps({cpu}, {cpu.columns}, {window}, {factor}, {least})
ORDER BY changed_at
