-- SPDX-License-Identifier: Apache-2.0
-- Which counters of a stream moved, and how fast on average?
-- The first question to ask a recording. A counter that wrapped moved by the sum of its steps; a reset adds nothing. The sum includes
-- what was counted in gaps.
-- Parameters
--   stream  stream  the stream to look at
-- Columns
--   id       -  the counter
--   unit     -  unit of moved
--   moved    unit  sum of the steps between reads
--   per_s    unit/s  moved per second of the time between the first and the last read
--   changed  share  of the reads that saw another value than the read before, 0 to 1
-- Nothing
--   no counter of this stream moved while it was recorded
SELECT
	id,
	unit,
	sum(delta)::UBIGINT AS moved,
	round(moved / nullif(sum(dt_ns), 0) * 1e9, 3) AS per_s,
	round(avg((value <> previous)::INT), 6) AS changed
FROM steps({stream}, '.')
WHERE previous IS NOT NULL
GROUP BY id, unit
HAVING moved > 0
ORDER BY changed DESC, moved DESC, id
