-- SPDX-License-Identifier: Apache-2.0
-- On which CPU did softirqs run far more often than usual?
-- Usual is the median of all windows of the counter or their mean, whichever is larger, so a storm that lasts for a fifth of the
-- recording or more looks normal here: 'jumps' shows its beginning. Windows of which less than half was seen are left out.
-- Parameters
--   window  duration = 20ms  length of a window
--   factor  number = 5  the rate has to be this many times the usual one
--   least   number = 100  and this many softirqs have to run in the window
--   merge   duration = 100ms  windows that are no further apart are one event
-- Needs
--   softirq  softirq:cpu*/[A-Z]*
-- Columns
--   cpu          -  the CPU
--   softirq      -  which softirq
--   begin        -  of the first window
--   dur_ns       ns  from there to the end of the last
--   events       events  softirqs in the windows that were fast
--   peak_per_s   events/s  in the fastest window
--   usual_per_s  events/s  median or mean of all windows
--   times        ratio  peak by usual
-- Nothing
--   on no recorded CPU did a softirq run that much more often than usual
SELECT instance AS cpu, name AS softirq, "begin", dur_ns, moved AS events, round(peak_per_s, 1) AS peak_per_s,
	round(usual_per_s, 1) AS usual_per_s, round(times, 2) AS times
FROM surges({softirq}, {softirq.columns}, {window}, {factor}, {least}, {merge})
ORDER BY "begin", cpu, softirq
