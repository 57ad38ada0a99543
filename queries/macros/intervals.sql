-- SPDX-License-Identifier: Apache-2.0
-- Intervals
-- From marks to spans of time.

-- A table of this recording, or of another attached recording when it is named.
CREATE MACRO _of(recording, name) AS TABLE FROM query('FROM ' || CASE WHEN recording = '' THEN '' ELSE _quoted(recording) || '.' END || name);

-- When a recording ends: its end, or the last commit of a recording that was not finalised.
CREATE MACRO _reaches(recording) AS TABLE
	SELECT coalesce((SELECT max(ended_at) FROM _of(recording, 'recording')), (SELECT max(ts) FROM _of(recording, 'sampler_stats')),
		(SELECT max(ts) FROM _of(recording, 'marks'))) AS until;

-- Marks as intervals. NAME_start lasts to the next NAME_end. Any other mark lasts to the next one that is neither a start nor an end.
-- 'suspended' is a moment, since the clock of a recording stands while the machine sleeps.
--   recording  name of an attached recording; default: this one
-- Columns:
--   name       without _start
--   detail     of the mark that started it
--   begin, until, dur_ns
--   closed     false when no mark ended the interval, which then lasts to the end of the recording
CREATE MACRO intervals(recording := '') AS TABLE
	WITH named AS (
		SELECT *, CASE WHEN name LIKE '%\_start' ESCAPE '\' THEN 'start' WHEN name LIKE '%\_end' ESCAPE '\' THEN 'end' WHEN name = 'suspended' THEN 'moment' ELSE 'plain' END AS kind,
			CASE WHEN kind IN ('start', 'end') THEN regexp_replace(name, '_(start|end)$', '') ELSE name END AS label
		FROM _of(recording, 'marks') WHERE name <> 'suspended'
	), followed AS (
		SELECT *, lead(ts) OVER same AS next_ts, lead(kind) OVER same AS next_kind
		FROM named WINDOW same AS (PARTITION BY CASE WHEN kind = 'plain' THEN '' ELSE label END, kind = 'plain' ORDER BY ts)
	)
	SELECT label AS name, detail, ts AS begin, coalesce(next_ts, reach.until) AS until, epoch_ns(coalesce(next_ts, reach.until)) - epoch_ns(ts) AS dur_ns,
		next_ts IS NOT NULL AND (kind = 'plain' OR next_kind = 'end') AS closed
	FROM followed, _reaches(recording) AS reach WHERE kind <> 'end' ORDER BY begin, name;
