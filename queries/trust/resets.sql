-- SPDX-License-Identifier: Apache-2.0
-- Which counters wrapped or were reset?
-- A step back is taken for a wrap where the way over the top of the counter is short, otherwise for a reset (a driver reloaded, an
-- interface made anew). The step of a wrap is known; that of a reset is not, and is missing from every sum.
-- Parameters
--   stream  stream  the stream to look at
-- Columns
--   id         -  the counter
--   ts         -  the read that saw the step back
--   previous  unit  value of the read before
--   value     unit  value of this read
--   width     bits  of the counter
--   taken_for  -  wrap or reset
--   step      unit  how much it is taken to have moved; null: not known
-- Nothing
--   no counter of this stream went back
SELECT id, ts, previous, value, width, CASE WHEN delta IS NULL THEN 'reset' ELSE 'wrap' END AS taken_for, delta AS step
FROM steps({stream}, '.')
WHERE value < previous
ORDER BY ts, id
