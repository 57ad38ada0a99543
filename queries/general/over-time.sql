-- SPDX-License-Identifier: Apache-2.0
-- How fast was a counter, window by window?
-- The shape of a run, ready to be plotted. A window is an average: 'microbursts' shows what it hides. Where coverage is below 1, ticks
-- were missed, or the recording started or ended in the window; the rate is that of the part that was seen.
-- Parameters
--   counters  counters  one counter, or several of one stream
--   window    duration = 100ms  length of a window
-- Columns
--   id        -  the counter
--   begin     -  start of the window
--   moved     unit  how much the counter moved in it
--   per_s     unit/s  moved per second of the time that was seen
--   coverage  share  of the window between reads that followed each other
-- Nothing
--   no two reads followed each other
SELECT id, "begin", moved, round(per_s, 3) AS per_s, round(coverage, 4) AS coverage
FROM windows({counters.stream}, {counters.columns}, {window})
ORDER BY id, "begin"
