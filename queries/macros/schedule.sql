-- SPDX-License-Identifier: Apache-2.0
-- Ticks on the clock
-- When each tick of a stream was due, and which bucket of time it belongs to.

-- The schedule of a stream: one row.
--   start_ns    when tick 0 was due, in nanoseconds since the epoch
--   pace, bits  tick k is due at start_ns + (k * pace >> bits); see _due()
--   period_ns   as requested, or as a device granted it
--   ticks       how many ticks have been due
-- A device that samples by itself starts when it likes and counts its period by its own clock. A clock that is off by 20 parts per
-- million is off by 120 periods of 10 us after a minute. So the ticks of a device are laid evenly between its first row and its
-- last, with a resolution below a nanosecond. Fails where rows are events, since no tick is due for an event.
CREATE MACRO _schedule(stream) AS TABLE
	SELECT first_ns - (first_tick * pace >> bits) AS start_ns, * EXCLUDE (first_ns, first_tick) FROM (
		SELECT first_ns, first_tick, bits, period_ns, ticks,
			CASE WHEN bits > 0 THEN greatest(((last_ns - first_ns) * (1::UBIGINT << bits) + (last_tick - first_tick) // 2) // (last_tick - first_tick), 1) ELSE period_ns END AS pace
		FROM (
			SELECT *, CASE WHEN last_tick > first_tick THEN greatest(0, least(16, 61 - ceil(log2(ticks * period_ns::DOUBLE))))::UBIGINT ELSE 0::UBIGINT END AS bits
			FROM query('SELECT coalesce(s.granted_ns, s.period_ns) AS period_ns, s.paced_by = ''device'' AND reach.tick IS NOT NULL AS own, CASE WHEN own THEN reach.first_ns ELSE epoch_ns(r.started_at)::UBIGINT END AS first_ns,
				CASE WHEN own THEN reach.first_tick ELSE 0 END AS first_tick, CASE WHEN own THEN reach.tick END AS last_tick, reach.ns AS last_ns,
				greatest(s.ticks_scheduled, (SELECT max(ticks_accounted) FROM ' || _catalog(stream) || 'sampler_stats a WHERE a.stream = s.name), reach.tick + 1, 0) AS ticks
				FROM ' || _catalog(stream) || 'recording r, ' || _catalog(stream) || 'streams s,
					(SELECT min(tick) AS first_tick, epoch_ns(min(ts))::UBIGINT AS first_ns, max(tick) AS tick, epoch_ns(max(ts))::UBIGINT AS ns FROM ' || _table(stream) || ') AS reach
				WHERE CASE WHEN s.name <> ' || _text(_stream(stream)) || ' THEN false
					WHEN s.paced_by = ''events'' THEN error(s.name || '' has a row for each event and no period; count its rows by ts, or take messages('' || s.name || '')'') ELSE true END')
		)
	);

-- When a tick is due, counted from start_ns.
CREATE MACRO _due(tick, pace, bits) AS tick * pace >> bits;

-- The schedule with the width of a bucket. Fails where the width is shorter than the period.
CREATE MACRO _grid(stream, width) AS TABLE
	FROM (SELECT *, _ns(width) AS width_ns FROM _schedule(stream)) WHERE CASE WHEN width_ns >= period_ns THEN true
		ELSE error('a bucket of ' || width_ns || ' ns holds no tick of ' || stream || ', which has one every ' || period_ns || ' ns; take wider buckets') END;

-- The first tick that is due at a moment or after it; at most the number of ticks.
CREATE MACRO _tick_at(ns, start_ns, pace, bits, ticks) AS
	((greatest(least(ns, start_ns + _due(ticks, pace, bits)), start_ns) - start_ns) * (1::UBIGINT << bits) + pace - 1) // pace;

-- Every bucket in which a tick was due, also where none was stored.
--   n      number of the bucket: its start in nanoseconds since the epoch, divided by the width
--   first  first tick of the bucket
--   due    number of ticks that were due in it; the first and the last bucket of a recording have fewer
CREATE MACRO _buckets(stream, width) AS TABLE
	SELECT n, width_ns, _tick_at(n * width_ns, start_ns, pace, bits, ticks) AS first,
		_tick_at((n + 1) * width_ns, start_ns, pace, bits, ticks) - first AS due
	FROM (
		SELECT *, unnest(range((start_ns // width_ns)::BIGINT, ((start_ns + _due(ticks, pace, bits) + width_ns - 1) // width_ns)::BIGINT))::UBIGINT AS n
		FROM _grid(stream, width)
	) WHERE due > 0;

-- Whether every tick up to the last row is either a row or in the ledger of gaps, as storage promises. Fails where one is not.
CREATE MACRO _accounted(stream) AS TABLE
	SELECT CASE WHEN stored + missing = due THEN true ELSE error(stream || ' has ' || stored || ' rows and ' || missing || ' ticks in gaps, which is not what '
		|| due || ' ticks leave; countersink info tells more') END AS accounted
	FROM query('SELECT count(*) AS stored, coalesce(max(tick) + 1, 0) AS due,
			(SELECT coalesce(sum(ticks), 0) FROM ' || _catalog(stream) || 'gaps WHERE stream = ' || _text(_stream(stream)) || '
				AND first_tick < (SELECT max(tick) FROM ' || _table(stream) || ')) AS missing
		FROM ' || _table(stream));
