-- SPDX-License-Identifier: Apache-2.0
-- On which CPU did softirqs run far more often than usual?
-- The usual rate is the median of all windows of the counter or their mean, whichever is larger, so a storm that lasts for a
-- fifth of the recording or more looks normal here: 'jumps' shows its start. Windows of which less than half was seen are left out.
-- Parameters
--   window  duration = 20ms  length of a window
--   factor  number = 5  how many times the usual rate the rate must be
--   least   number = 100  and how many softirqs must run in the window
--   merge   duration = 100ms  windows that are at most this far apart are one event
-- Needs
--   softirq  softirq:cpu*/[A-Z]*
-- Columns
--   cpu          -  the CPU
--   softirq      -  which softirq
--   begin        -  start of the first window
--   dur_ns       ns  time from there to the end of the last window
--   events       events  softirqs in the windows that were fast
--   peak_per_s   events/s  in the fastest window
--   usual_per_s  events/s  median or mean of all windows
--   times        ratio  the peak divided by the usual rate
-- Nothing
--   on no recorded CPU did a softirq run that much more often than usual
SELECT instance AS cpu, name AS softirq, "begin", dur_ns, moved AS events, round(peak_per_s, 1) AS peak_per_s,
	round(usual_per_s, 1) AS usual_per_s, round(times, 2) AS times
FROM surges({softirq}, {softirq.columns}, {window}, {factor}, {least}, {merge})
ORDER BY "begin", cpu, softirq
