-- SPDX-License-Identifier: Apache-2.0
-- Which control groups were stopped by their CPU limit?
-- A group that used up its quota is stopped until the period ends (100 ms by default): requests wait although CPUs are idle. A
-- counter of a group that was not recorded is null.
-- Needs
--   cgroup  cgroup:*/cpu.{nr_periods,nr_throttled,throttled_usec,throttled_time}
-- Columns
--   cgroup           -  path of the group
--   periods          -  periods of the limit that ended while it was recorded
--   throttled        -  of these: periods in which it was stopped
--   share            share  throttled divided by periods, 0 to 1
--   throttled_ms     ms  time it was stopped, added up over CPUs
--   first            -  first read that saw it stopped
--   last             -  last read that saw it stopped
-- Nothing
--   no recorded control group was stopped by its CPU limit
SELECT instance AS cgroup,
	(sum(delta) FILTER (name = 'cpu.nr_periods'))::UBIGINT AS periods,
	(sum(delta) FILTER (name = 'cpu.nr_throttled'))::UBIGINT AS throttled,
	round(throttled / nullif(periods, 0), 4) AS share,
	round(sum(delta * CASE unit WHEN 'ns' THEN 1e-6 ELSE 1e-3 END) FILTER (unit IN ('ns', 'us')), 3) AS throttled_ms,
	min(ts) FILTER (name <> 'cpu.nr_periods' AND delta > 0) AS first,
	max(ts) FILTER (name <> 'cpu.nr_periods' AND delta > 0) AS last
FROM steps({cgroup}, {cgroup.columns})
GROUP BY instance
HAVING throttled > 0 OR throttled_ms > 0
ORDER BY throttled_ms DESC, throttled DESC, cgroup
