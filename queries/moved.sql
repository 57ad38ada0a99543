-- SPDX-License-Identifier: Apache-2.0
-- Which counters of a stream moved, and how fast on average? Widths are respected: a counter that wrapped once or more moved
-- by the sum of its steps, and a step back of a counter narrower than 64 bits is a wrap.
--   id        the counter
--   unit      of moved
--   moved     sum of the steps between reads; a reset (a step back of a 64-bit counter) adds nothing
--   per_s     moved per second of the time between the first and the last read
--   changed   share of the reads at which the value differed from the read before
WITH steps AS (
	SELECT c.id, c.unit, c.width, l.ts, l.value::HUGEINT - lag(l.value::HUGEINT) OVER (PARTITION BY l.id ORDER BY l.tick) AS step
	FROM {stream}_long l JOIN counters c ON c.stream = '{stream}' AND c.id = l.id
	WHERE c.semantics = 'counter'
)
SELECT
	id,
	unit,
	sum(CASE WHEN step >= 0 THEN step WHEN width < 64 THEN step + (1::HUGEINT << width) ELSE 0 END)::UBIGINT AS moved,
	(moved / nullif(epoch_ns(max(ts)) - epoch_ns(min(ts)), 0) * 1e9)::DOUBLE AS per_s,
	avg((step <> 0)::INT) AS changed
FROM steps
GROUP BY id, unit
HAVING moved > 0
ORDER BY changed DESC, moved DESC, id
