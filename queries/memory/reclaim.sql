-- SPDX-License-Identifier: Apache-2.0
-- When was memory reclaimed, and did programs wait for it?
-- kswapd reclaims in the background. In direct reclaim the program that allocates must reclaim memory itself, and waits. When little of
-- what was scanned is reclaimed, little memory could be given up.
-- Parameters
--   merge  duration = 100ms  two phases of reclaim that are at most this far apart are one event
-- Needs
--   vm  vm:{pgscan_kswapd,pgscan_direct,pgsteal_kswapd,pgsteal_direct,allocstall_*}  each
-- Columns
--   begin          -  first read that saw reclaim
--   dur_ns         ns  time from there to the last read of the event that saw any
--   kswapd         pages  looked at in the background
--   direct         pages  looked at by programs that allocate
--   reclaimed      pages  by both
--   efficiency     share  reclaimed divided by looked at, 0 to 1
--   stalls         events  allocations that had to reclaim first
--   direct_begin   -  first read that saw direct reclaim; null: none
-- Nothing
--   no memory was reclaimed while it was recorded
WITH ticks AS (
	SELECT tick, any_value(ts) AS ts, coalesce(sum(delta) FILTER (name = 'pgscan_kswapd'), 0) AS kswapd,
		coalesce(sum(delta) FILTER (name = 'pgscan_direct'), 0) AS direct,
		coalesce(sum(delta) FILTER (name LIKE 'pgsteal%'), 0) AS reclaimed,
		coalesce(sum(delta) FILTER (name LIKE 'allocstall%'), 0) AS stalls
	FROM steps({vm}, {vm.columns})
	GROUP BY tick
	HAVING kswapd + direct + reclaimed + stalls > 0
),
events AS (
	SELECT *, sum(opens) OVER (ORDER BY tick) AS event
	FROM (SELECT *, coalesce(epoch_ns(ts) - lag(epoch_ns(ts)) OVER (ORDER BY tick) > {merge}, true)::INT AS opens FROM ticks)
)
SELECT min(ts) AS "begin", epoch_ns(max(ts)) - epoch_ns(min(ts)) AS dur_ns, sum(kswapd)::UBIGINT AS kswapd, sum(direct)::UBIGINT AS direct,
	sum(reclaimed)::UBIGINT AS reclaimed, round(sum(reclaimed) / nullif(sum(kswapd + direct), 0), 4) AS efficiency, sum(stalls)::UBIGINT AS stalls,
	min(ts) FILTER (direct > 0) AS direct_begin
FROM events
GROUP BY event
ORDER BY "begin"
