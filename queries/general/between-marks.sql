-- SPDX-License-Identifier: Apache-2.0
-- How fast were counters before and while a command ran?
-- Marks are set by the wrapped command and by the user. Steps across missing ticks are left out of the rates; a step that contains a
-- mark belongs to the side that has most of it.
-- Parameters
--   counters  counters  one counter, or several of one stream
-- Columns
--   id         -  the counter
--   from_mark  -  the mark that starts the part; null: the start of the recording
--   begin      -  first read that ends a step of the part
--   dur_ns     ns  time of the part that was seen
--   moved      unit  how much the counter moved in it
--   per_s      unit/s  moved per second of the time that was seen
-- Nothing
--   no two reads followed each other
WITH parts AS (
	SELECT s.id, m.name AS from_mark, m.ts AS since, s.ts, s.delta, s.dt_ns
	FROM (SELECT *, make_timestamp_ns(epoch_ns(ts) - dt_ns // 2) AS middle FROM steps({counters.stream}, {counters.columns})
		WHERE missed = 0 AND delta IS NOT NULL) s
	ASOF LEFT JOIN (SELECT ts, string_agg(name, ' and ' ORDER BY name) AS name FROM marks GROUP BY ts) m ON s.middle >= m.ts
)
SELECT id, from_mark, min(ts) AS "begin", sum(dt_ns)::BIGINT AS dur_ns, sum(delta)::UBIGINT AS moved, round(sum(delta) * 1e9 / sum(dt_ns), 3) AS per_s
FROM parts
GROUP BY id, from_mark, since
ORDER BY id, "begin"
