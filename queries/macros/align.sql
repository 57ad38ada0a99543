-- SPDX-License-Identifier: Apache-2.0
-- Streams side by side
-- Two streams of different periods, row by row.

-- The highest age of a row of the other stream: as asked, or two of its periods, since two reads that follow each other are less than
-- that apart.
CREATE MACRO _tolerance(stream, tolerance) AS TABLE
	SELECT _ns(coalesce(tolerance::VARCHAR, (2 * period_ns)::VARCHAR))::BIGINT AS tolerance_ns
	FROM query('SELECT coalesce(granted_ns, period_ns) AS period_ns FROM ' || _catalog(stream) || 'streams WHERE name = ' || _text(_stream(stream)));

-- Two streams side by side, whatever their periods: each row of the first with the latest row of the second that was read before it
-- or at the same time. The columns of both tables are inside a and b: SELECT ts, a.eth0_rx_bytes, b.c0_net_rx FROM align('net', 'softirq').
--   tolerance  highest age of the row of b: an INTERVAL, a text that is one, or a number of nanoseconds; default two periods of b
-- Columns:
--   ts, tick   of the row of a
--   age_ns     how much earlier than a the row of b was read; null, as b, where no row is within the tolerance
--   a, b       the two rows
CREATE MACRO align(stream_a, stream_b, tolerance := NULL) AS TABLE
	SELECT a.ts AS ts, a.tick AS tick, CASE WHEN near THEN epoch_ns(a.ts) - epoch_ns(b.ts) END AS age_ns, a, CASE WHEN near THEN b END AS b
	FROM (
		SELECT a, b, b.ts IS NOT NULL AND epoch_ns(a.ts) - epoch_ns(b.ts) <= tolerance_ns AS near
		FROM query('FROM ' || _table(stream_a)) AS a ASOF LEFT JOIN query('FROM ' || _table(stream_b)) AS b ON a.ts >= b.ts,
			_tolerance(stream_b, tolerance)
	) ORDER BY tick;

-- Two counters of two streams side by side, as rates: which of them moved when the other did.
--   tolerance  as for align()
-- Columns:
--   ts, tick  of the row of a
--   a, b      rate per second up to the row of a, and up to the latest row of b; null where the rate is not known
--   age_ns    how much earlier than a the row of b was read; null where no row is within the tolerance
CREATE MACRO align_rates(stream_a, counter_a, stream_b, counter_b, tolerance := NULL) AS TABLE
	SELECT ts, tick, a, CASE WHEN age <= tolerance_ns THEN b END AS b, CASE WHEN age <= tolerance_ns THEN age END AS age_ns
	FROM (
		SELECT a.ts, a.tick, a.delta * 1e9 / a.dt_ns AS a, b.delta * 1e9 / b.dt_ns AS b, epoch_ns(a.ts) - epoch_ns(b.ts) AS age
		FROM deltas(stream_a, counter_a) AS a ASOF LEFT JOIN deltas(stream_b, counter_b) AS b ON a.ts >= b.ts
	), _tolerance(stream_b, tolerance) ORDER BY tick;
