-- SPDX-License-Identifier: Apache-2.0
-- When did page faults come far more often than usual?
-- Minor faults come when memory is touched for the first time or copied on write; major faults wait for a disk. The usual rate is
-- the median of all windows or their mean, whichever is larger. All processes together.
-- Parameters
--   window  duration = 50ms  length of a window
--   factor  number = 5  how many times the usual rate the rate must be
--   least   number = 10  and how many faults must come in the window
--   merge   duration = 100ms  windows that are at most this far apart are one event
-- Needs
--   vm  vm:{pgfault,pgmajfault}
-- Columns
--   id           -  vm:pgfault: all of them; vm:pgmajfault: those that waited for a disk
--   begin        -  start of the first window
--   dur_ns       ns  time from there to the end of the last window
--   faults       events  in the windows that were fast
--   peak_per_s   events/s  in the fastest window
--   usual_per_s  events/s  median or mean of all windows
--   times        ratio  the peak divided by the usual rate
-- Nothing
--   page faults came about as often as usual during the whole recording
SELECT id, "begin", dur_ns, moved AS faults, round(peak_per_s, 1) AS peak_per_s, round(usual_per_s, 1) AS usual_per_s, round(times, 2) AS times
FROM surges({vm}, {vm.columns}, {window}, {factor}, {least}, {merge})
ORDER BY "begin", id
