-- SPDX-License-Identifier: Apache-2.0
-- Periods
-- How a counter repeats itself.

-- The correlation of one counter with itself, from lag 0 to that many steps.
CREATE MACRO _autocorrelations(stream, counter, step_sql, lags) AS TABLE
	FROM query('WITH asked AS MATERIALIZED (SELECT ' || step_sql || ' AS step),
		side AS (FROM _side_by_side(' || _text(stream) || ',' || _text(counter) || ',' || _text(stream) || ',' || _text(counter) || ', (SELECT step FROM asked), 0)),
		forth AS (SELECT count(*) AS steps, [corr(a, a), ' || _correlated('a', 'a', lags) || '] AS r FROM (SELECT a, ' || _lagged('a', lags) || ' FROM (FROM side ORDER BY n)))
		SELECT k * step AS lag_ns, CASE WHEN isfinite(r) THEN r END AS r, step AS step_ns, steps - k AS steps
		FROM (SELECT unnest(range(0, ' || lags || ' + 1)) AS k, unnest(r) AS r, steps FROM forth), asked
		WHERE steps >= 2 * k');

-- How a counter repeats itself: the correlation of its rate (of its value, for a gauge or a flag) with itself some time later.
--   max_lag, step  as for xcorr(); the default step is a 200th of max_lag
-- Columns, by lag:
--   lag_ns   from 0
--   r        1 at lag 0; null when the counter stood still
--   step_ns, steps  as for xcorr()
CREATE MACRO autocorrelation(stream, counter, max_lag, step := NULL) AS TABLE
	FROM _autocorrelations(stream, counter, _step_sql(stream, stream, max_lag, step, 200), _lags(max_lag, step, 200))
	WHERE lag_ns <= _ns(max_lag) ORDER BY lag_ns;

-- The first lag at which the autocorrelation rises again nearly as much as anywhere; no row when it never rises. Two lags share a
-- peak that is between them, so each lag counts together with the stronger of its neighbours.
CREATE MACRO _repeats(stream, counter, max_lag, least) AS TABLE
	WITH lags AS (
		SELECT lag_ns, step_ns, r, coalesce(lag(r) OVER near, 0) AS before, coalesce(lead(r) OVER near, 0) AS after
		FROM autocorrelation(stream, counter, max_lag) WHERE lag_ns > 0 AND r IS NOT NULL WINDOW near AS (ORDER BY lag_ns)
	), summed AS (
		SELECT *, greatest(r, r + before, r + after) AS mass, mass - min(greatest(r, r + before, r + after)) OVER (ORDER BY lag_ns) AS rise FROM lags
	), peaks AS (
		SELECT *, mass >= coalesce(lag(mass) OVER near, -2) AND mass >= lead(mass) OVER near AS peak FROM summed WINDOW near AS (ORDER BY lag_ns)
	)
	SELECT CASE WHEN r >= before AND r >= after THEN lag_ns WHEN after > before THEN lag_ns + step_ns ELSE lag_ns - step_ns END AS lag_ns, step_ns
	FROM peaks WHERE peak AND rise >= least AND rise >= 0.8 * (SELECT max(rise) FROM peaks WHERE peak) ORDER BY lag_ns LIMIT 1;

-- The period of a counter that repeats itself: one row. It is the shortest lag at which the autocorrelation rises again nearly as
-- much as anywhere, so that 10 ms is found and not 20 or 30. It is looked for in coarse steps and then in fine ones.
--   max_lag  a length of time, the longest period to look for. A period shorter than a 50th of it may be missed, and a period is found
--            only when the recording holds it twice
--   least    a rise of the autocorrelation below this is taken for chance; default 0.3
-- Columns, null when there is no period:
--   period_ns  also between two steps: where r is high at both, the point between them
--   hz         the same as a frequency
--   r          autocorrelation at this period
--   step_ns    of the fine steps
CREATE MACRO dominant_period(stream, counter, max_lag, least := 0.3) AS TABLE
	WITH coarse AS MATERIALIZED (FROM _repeats(stream, counter, max_lag, least)),
	fine AS (
		SELECT f.lag_ns, f.r, f.step_ns, lag(f.r) OVER near AS before, lead(f.r) OVER near AS after, c.lag_ns AS about_ns, c.step_ns AS coarse_ns
		FROM _correlations(stream, counter, stream, counter, _fine_step_sql(stream, stream, max_lag, 200),
			'(SELECT coalesce(any_value(lag_ns), 0) FROM _repeats(' || _text(stream) || ',' || _text(counter) || ',' || _text(max_lag::VARCHAR) || ',' || least || '))', 25) f, coarse c
		WINDOW near AS (ORDER BY f.lag_ns)
	), best AS (
		SELECT *, least(r, before, after) AS base FROM fine WHERE abs(lag_ns - about_ns) <= 1.5 * coarse_ns ORDER BY r DESC, lag_ns LIMIT 1
	), placed AS (
		SELECT r, step_ns, lag_ns + coalesce(step_ns * ((after - base) - (before - base)) / nullif((r - base) + (after - base) + (before - base), 0), 0) AS period_ns
		FROM best
	)
	SELECT period_ns, 1e9 / period_ns AS hz, r, step_ns FROM (SELECT 1) LEFT JOIN placed ON true;
