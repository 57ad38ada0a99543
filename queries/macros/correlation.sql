-- SPDX-License-Identifier: Apache-2.0
-- Correlation
-- How two counters move together, and which one moves first.

-- The step between lags up to the longest, for a number of lags; at least the period of the slower of two streams.
CREATE MACRO _lag_step_ns(period_ns, longest_ns, lags) AS
	greatest(1, ceil(longest_ns / lags / period_ns))::BIGINT * period_ns;

-- The longer of the periods of two streams.
CREATE MACRO _slower_ns(stream_a, stream_b) AS (SELECT greatest((SELECT period_ns FROM _schedule(stream_a)), (SELECT period_ns FROM _schedule(stream_b))));

-- a // b, rounded down for negative numbers too.
CREATE MACRO _floor(a, b) AS (a - (a % b + b) % b) // b;

-- The last tick that is due at a moment or before it, counted from start_ns; -1 and so on before the start.
CREATE MACRO _up_to(ns, pace, bits) AS _floor((ns + 1) * (1::BIGINT << bits::INT) - 1, pace::BIGINT);

-- Two counters side by side on a grid of steps from the start of a: rates, or values of a gauge or a flag, averaged over each step;
-- null where a tick of the step is not known. No step is missing between the first and the last that both streams reach. b is
-- moved back by a lag. One aggregation groups, joins and fills; the rows are in no order.
CREATE MACRO _side_by_side(stream_a, counter_a, stream_b, counter_b, step_ns, lag_ns) AS TABLE
	WITH asked AS MATERIALIZED (
		SELECT step_ns::BIGINT AS step, a.pace AS pace_a, a.bits AS bits_a, b.pace AS pace_b, b.bits AS bits_b, b.start_ns::BIGINT - a.start_ns::BIGINT - lag_ns::BIGINT AS shift
		FROM _schedule(stream_a) AS a, _schedule(stream_b) AS b
	), ticks_a AS (SELECT _due(min(tick), pace_a, bits_a)::BIGINT AS low, _due(max(tick), pace_a, bits_a)::BIGINT AS high FROM readings(stream_a, counter_a), asked GROUP BY pace_a, bits_a
	), ticks_b AS (SELECT _due(min(tick), pace_b, bits_b)::BIGINT + shift AS low, _due(max(tick), pace_b, bits_b)::BIGINT + shift AS high FROM readings(stream_b, counter_b), asked GROUP BY pace_b, bits_b, shift
	), reach AS MATERIALIZED (
		SELECT _floor(greatest(a.low, b.low) - 1, step) AS low, _floor(least(a.high, b.high) - 1, step) AS high FROM ticks_a AS a, ticks_b AS b, asked
	), rows AS (
		SELECT _floor(_due(tick, pace_a, bits_a)::BIGINT - 1, step) AS n, level AS a, NULL AS b FROM _signal(stream_a, counter_a), asked
		UNION ALL SELECT _floor(_due(tick, pace_b, bits_b)::BIGINT + shift - 1, step), NULL, level FROM _signal(stream_b, counter_b), asked
		UNION ALL SELECT unnest(range(low, high + 1)), NULL, NULL FROM reach
	), grouped AS (SELECT n, count(a) AS n_a, avg(a) AS a, count(b) AS n_b, avg(b) AS b FROM rows GROUP BY n)
	SELECT n, CASE WHEN n_a = _up_to((n + 1) * step, pace_a, bits_a) - _up_to(n * step, pace_a, bits_a) THEN a END AS a,
		CASE WHEN n_b = _up_to((n + 1) * step - shift, pace_b, bits_b) - _up_to(n * step - shift, pace_b, bits_b) THEN b END AS b
	FROM grouped, asked, reach WHERE n BETWEEN low AND high;

-- 'lag(a, 1) OVER () AS a1, lag(a, 2) OVER () AS a2': DuckDB streams such windows, at a few nanoseconds a row and lag.
CREATE MACRO _lagged(name, lags) AS array_to_string(list_transform(range(1, lags + 1), k -> 'lag(' || name || ',' || k || ') OVER () AS ' || name || k), ',');

-- 'corr(b, a1), corr(b, a2)'.
CREATE MACRO _correlated(fixed, name, lags) AS array_to_string(list_transform(range(1, lags + 1), k -> 'corr(' || fixed || ',' || name || k || ')'), ',');

-- The correlation at lags from -lags to +lags steps around a middle. Step and middle are SQL, in nanoseconds. The two directions are two
-- pipelines, so that two CPUs share them.
CREATE MACRO _correlations(stream_a, counter_a, stream_b, counter_b, step_sql, middle_sql, lags) AS TABLE
	FROM query('WITH asked AS MATERIALIZED (SELECT ' || step_sql || ' AS step, ' || middle_sql || ' AS middle),
		side AS MATERIALIZED (FROM _side_by_side(' || _text(stream_a) || ',' || _text(counter_a) || ',' || _text(stream_b) || ',' || _text(counter_b) || ',
			(SELECT step FROM asked), (SELECT middle FROM asked))),
		forth AS (SELECT count(*) AS steps, [corr(a, b), ' || _correlated('b', 'a', lags) || '] AS r FROM (SELECT a, b, ' || _lagged('a', lags) || ' FROM (FROM side ORDER BY n))),
		back AS (SELECT count(*) AS steps, [' || _correlated('a', 'b', lags) || '] AS r FROM (SELECT a, b, ' || _lagged('b', lags) || ' FROM (FROM side ORDER BY n)))
		SELECT middle + k * step AS lag_ns, CASE WHEN isfinite(r) THEN r END AS r, step AS step_ns, steps - abs(k) AS steps
		FROM (SELECT unnest(range(0, ' || lags || ' + 1)) AS k, unnest(r) AS r, steps FROM forth
			UNION ALL SELECT -unnest(range(1, ' || lags || ' + 1)) AS k, unnest(r) AS r, steps FROM back), asked
		WHERE steps >= 2 * abs(k)');

-- A step, which must not be shorter than the period.
CREATE MACRO _at_least(step_ns, period_ns) AS
	CASE WHEN step_ns >= period_ns THEN step_ns ELSE error('the step is shorter than the period, which is ' || period_ns || ' ns') END;

-- The step as SQL, from the arguments max_lag and step. Without a step there are `few` lags.
CREATE MACRO _step_sql(stream_a, stream_b, max_lag, step, few) AS
	CASE WHEN step IS NULL THEN '_lag_step_ns(_slower_ns(' || _text(stream_a) || ',' || _text(stream_b) || '),' || _ns(max_lag) || ',' || few || ')'
		ELSE '_at_least(' || _ns(step) || ', _slower_ns(' || _text(stream_a) || ',' || _text(stream_b) || '))' END;

-- The number of lags, from the arguments max_lag and step.
CREATE MACRO _lags(max_lag, step, few) AS
	CASE WHEN step IS NULL THEN few
		WHEN _ns(max_lag) // _ns(step) > 2000 THEN error('max_lag is more than 2000 steps; choose a longer step')
		ELSE (_ns(max_lag) // _ns(step))::BIGINT END;

-- How two counters move together when one of them is looked at later: the correlation of their rates (of the values of a gauge or a
-- flag), lag by lag. A step in which something is not known counts for nothing. Correlation does not say what caused what.
--   max_lag  a length of time; lags go from -max_lag to +max_lag
--   step     a length of time between two lags, over which rates are averaged; default a 50th of max_lag, but at least the period of the
--            slower stream
-- Columns, the strongest first:
--   lag_ns   how much later b is looked at than a: above 0 when a moved first
--   r        -1 to 1; null when one of them stood still
--   step_ns  between two lags
--   steps    number of steps that overlap at this lag; a lag at which less than half of the recording overlaps is left out
-- Cost: about 12 ns for each step of the recording and each lag. 101 lags unless step is given, at most 4001.
CREATE MACRO xcorr(stream_a, counter_a, stream_b, counter_b, max_lag, step := NULL) AS TABLE
	FROM _correlations(stream_a, counter_a, stream_b, counter_b, _step_sql(stream_a, stream_b, max_lag, step, 50), '0', _lags(max_lag, step, 50))
	WHERE abs(lag_ns) <= _ns(max_lag) ORDER BY abs(r) DESC NULLS LAST, abs(lag_ns), lag_ns;

-- A fine step as SQL: 25 fine steps reach one and a half coarse steps to each side.
CREATE MACRO _fine_step_sql(stream_a, stream_b, max_lag, few) AS
	'(SELECT _lag_step_ns(p, 1.5 * _lag_step_ns(p, ' || _ns(max_lag) || ',' || few || '), 25) FROM (SELECT _slower_ns(' || _text(stream_a) || ',' || _text(stream_b) || ') AS p))';

-- The lag nearest to 0 at which two counters go together nearly as much as at any lag: periodic counters do so at many lags.
CREATE MACRO _nearest_peak(stream_a, counter_a, stream_b, counter_b, max_lag) AS TABLE
	WITH lags AS (
		SELECT *, coalesce(abs(lag(r) OVER near), 0) AS before, coalesce(abs(lead(r) OVER near), 0) AS after
		FROM xcorr(stream_a, counter_a, stream_b, counter_b, max_lag) WINDOW near AS (ORDER BY lag_ns)
	)
	SELECT lag_ns FROM lags WHERE abs(r) >= before AND abs(r) >= after AND abs(r) >= 0.9 * (SELECT max(abs(r)) FROM lags) ORDER BY abs(lag_ns), lag_ns LIMIT 1;

-- Which of two counters moved first, and by how much: one row. It looks at all lags in coarse steps, and then around the best lag in
-- fine steps, so that the cost is that of two xcorr() whatever the longest lag is. It does not find a relation that shows only in
-- steps finer than a 50th of max_lag; choose a shorter max_lag then.
--   max_lag  a length of time
--   least    |r| below this is taken for chance; default 0.2
-- Columns:
--   leader   id of the counter that moved first; null when both moved at the same time, as far as can be told, and when they are not
--            related
--   lag_ns   how much later b is than a; below 0 when b moved first; null when they are not related
--   r        correlation at that lag; the strongest one when they are not related. Below 0 when one rises as the other falls
--   step_ns  lags were told apart to within this
CREATE MACRO leads(stream_a, counter_a, stream_b, counter_b, max_lag, least := 0.2) AS TABLE
	WITH best AS (
		SELECT * FROM _correlations(stream_a, counter_a, stream_b, counter_b, _fine_step_sql(stream_a, stream_b, max_lag, 50),
			'(SELECT lag_ns FROM _nearest_peak(' || _text(stream_a) || ',' || _text(counter_a) || ',' || _text(stream_b) || ',' || _text(counter_b) || ',' || _text(max_lag::VARCHAR) || '))', 25)
		ORDER BY abs(r) DESC NULLS LAST, abs(lag_ns) LIMIT 1
	)
	SELECT CASE WHEN abs(r) < least THEN NULL WHEN lag_ns > 0 THEN (SELECT id FROM _counter(stream_a, counter_a)) WHEN lag_ns < 0 THEN (SELECT id FROM _counter(stream_b, counter_b)) END AS leader,
		CASE WHEN abs(r) >= least THEN lag_ns END AS lag_ns, r, step_ns
	FROM best;
