-- SPDX-License-Identifier: Apache-2.0
-- Where are the holes in the recording, and why?
-- Only the sum of a gap is known, and not what the counters did within it. 'late': the sampling loop was delayed; 'ring_full': the writer stood
-- still; 'source_error': the read failed.
-- Parameters
--   least  number = 2  gaps of fewer ticks are left out
-- Columns
--   stream  -  the stream
--   begin   -  deadline of the first missing tick; for a stream of events the time at which the gap was noticed
--   dur_ns  ns  ticks times period; null for events
--   ticks   -  that are missing
--   reason  -  why
--   mark    -  the last mark before the gap; null: none
-- Nothing
--   no gap has that many ticks: what happened is in the rows
WITH holes AS (
	SELECT stream, CASE WHEN bits IS NULL THEN noticed_at ELSE make_timestamp_ns((start_ns + _due(first_tick, pace, bits))::BIGINT) END AS "begin",
		_due(g.ticks, pace, bits) AS dur_ns, g.ticks, reason
	FROM gaps g JOIN ({schedules}) s USING (stream)
	WHERE g.ticks >= {least} OR g.reason = 'suspended'
)
SELECT h.stream, h."begin", h.dur_ns, h.ticks, h.reason, m.name AS mark
FROM holes h ASOF LEFT JOIN marks m ON h."begin" >= m.ts
ORDER BY h.dur_ns DESC NULLS LAST, h.stream, h."begin"
