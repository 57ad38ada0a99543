-- SPDX-License-Identifier: Apache-2.0
-- When did page faults come far more often than usual?
-- A burst of minor faults is memory touched for the first time or copied on write; major faults wait for a disk. Usual is the median
-- of all windows or their mean, whichever is larger. All processes together.
-- Parameters
--   window  duration = 50ms  length of a window
--   factor  number = 5  the rate has to be this many times the usual one
--   least   number = 10  and this many faults have to come in the window
--   merge   duration = 100ms  windows that are no further apart are one event
-- Needs
--   vm  vm:{pgfault,pgmajfault}
-- Columns
--   id           -  vm:pgfault: all of them; vm:pgmajfault: those that waited for a disk
--   begin        -  of the first window
--   dur_ns       ns  from there to the end of the last
--   faults       events  in the windows that were fast
--   peak_per_s   events/s  in the fastest window
--   usual_per_s  events/s  median or mean of all windows
--   times        ratio  peak by usual
-- Nothing
--   page faults came about as often as usual all the time
SELECT id, "begin", dur_ns, moved AS faults, round(peak_per_s, 1) AS peak_per_s, round(usual_per_s, 1) AS usual_per_s, round(times, 2) AS times
FROM surges({vm}, {vm.columns}, {window}, {factor}, {least}, {merge})
ORDER BY "begin", id
