-- SPDX-License-Identifier: Apache-2.0
-- When did the rate of a counter change to another level?
-- Four windows before a moment are compared with four windows after it. A spike that is shorter than a window or two hardly shows here:
-- see 'bursts' and 'microbursts'. Windows of which less than half was seen are left out.
-- Parameters
--   counters  counters  one counter, or several of one stream
--   window    duration = 50ms  length of a window
--   factor    number = 2  how many times larger or smaller the rate must become
--   least     number = 1  and by how much the windows must differ, in the unit of the counter
-- Columns
--   id            -  the counter
--   changed_at    -  start of the first window at the new rate
--   before_per_s  unit/s  mean of the four windows before
--   after_per_s   unit/s  mean of the four windows from there on
--   times         ratio  the larger rate divided by the smaller; null where the smaller is 0
-- Nothing
--   no rate changed by the factor, or the recording is shorter than eight windows
SELECT id, changed_at, round(before_per_s, 3) AS before_per_s, round(after_per_s, 3) AS after_per_s, round(times, 2) AS times
FROM jumps({counters.stream}, {counters.columns}, {window}, {factor}, {least})
ORDER BY changed_at, id
