-- SPDX-License-Identifier: Apache-2.0
-- When did TCP send segments again, and how many?
-- A retransmission comes one round trip after the loss or, after a timeout, 200 ms and more: look for a drop before it. The share is that
-- of all segments which this network namespace sent in the window.
-- Parameters
--   window  duration = 100ms  length of a window
-- Needs
--   snmp  snmp:Tcp/{OutSegs,RetransSegs}  each
-- Columns
--   begin          -  start of a window in which segments were sent again
--   sent           packets  segments sent, with those sent again
--   retransmitted  packets  segments sent again
--   share          share  of the segments sent
--   coverage       share  of the window between reads that followed each other
-- Nothing
--   TCP did not send any segment again while it was recorded
WITH windowed AS (
	SELECT "begin", max(coverage) AS coverage, sum(moved) FILTER (name = 'RetransSegs') AS again, sum(moved) FILTER (name = 'OutSegs') AS fresh
	FROM windows({snmp}, {snmp.columns}, {window})
	GROUP BY "begin"
)
SELECT "begin", (fresh + again)::UBIGINT AS sent, again::UBIGINT AS retransmitted, round(again / (fresh + again), 4) AS share, round(coverage, 4) AS coverage
FROM windowed WHERE again > 0
ORDER BY "begin"
