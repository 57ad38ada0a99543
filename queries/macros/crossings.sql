-- SPDX-License-Identifier: Apache-2.0
-- Crossings
-- When a level was reached.

-- The level of a counter: its rate, or the value of a gauge or a flag. Unknown levels are left out.
CREATE MACRO _signal(stream, counter) AS TABLE
	SELECT ts, tick, level FROM (
		SELECT ts, tick, CASE WHEN semantics <> 'counter' THEN value::DOUBLE ELSE _step(value, p_value, highest) * 1e9 / dt_ns END AS level
		FROM _pairs(stream, counter), _counter(stream, counter)
	) WHERE level IS NOT NULL;

-- Each time the rate of a counter, or the value of a gauge, reaches a threshold or falls below it. The directions alternate.
--   threshold  per second for a counter
--   rearm      the level counts as fallen only when it is below this, a value lower than the threshold: a level that wavers around the
--              threshold then crosses it once. Default: the threshold
-- Columns:
--   ts, tick   of the first read on the other side
--   direction  up (now at or above the threshold) or down
--   level      as read there
--   within_ns  the crossing was within this time before ts: the time since the last read on the other side. It is longer than a period
--              where ticks between the two are not known, and where the level was between rearm and threshold
CREATE MACRO crossings(stream, counter, threshold, rearm := NULL) AS TABLE
	WITH sides AS (
		SELECT *, level >= threshold AS above FROM _signal(stream, counter) WHERE level >= threshold OR level < coalesce(rearm, threshold)
	), beside AS (
		SELECT *, lag(above) OVER in_order AS p_above, lag(ts) OVER in_order AS p_ts FROM sides WINDOW in_order AS (ORDER BY tick)
	)
	SELECT ts, tick, CASE WHEN above THEN 'up' ELSE 'down' END AS direction, level, epoch_ns(ts) - epoch_ns(p_ts) AS within_ns
	FROM beside WHERE above <> p_above;
