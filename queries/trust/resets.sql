-- SPDX-License-Identifier: Apache-2.0
-- Which counters wrapped or were reset?
-- A step back is taken for a wrap where the way across the top of the counter is short, and otherwise for a reset (a driver was reloaded, an
-- interface was made again). The step of a wrap is known. The step of a reset is not known, so no sum contains it.
-- Parameters
--   stream  stream  the stream to look at
-- Columns
--   id         -  the counter
--   ts         -  the read that saw the step back
--   previous  unit  value of the read before
--   value     unit  value of this read
--   width     bits  of the counter
--   taken_for  -  wrap or reset
--   step      unit  how much the counter moved; null: not known
-- Nothing
--   no counter of this stream went back
SELECT id, ts, previous, value, width, CASE WHEN delta IS NULL THEN 'reset' ELSE 'wrap' END AS taken_for, delta AS step
FROM steps({stream}, '.')
WHERE value < previous
ORDER BY ts, id
