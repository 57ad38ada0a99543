-- SPDX-License-Identifier: Apache-2.0
-- When did tasks wait for much of the time, and for what?
-- Runs of windows above the threshold: look at other streams at these times.
-- Parameters
--   window     duration = 50ms  length of a window
--   threshold  number = 0.1  share of the time, 0 to 1
-- Needs
--   psi  psi:*/*_total
-- Columns
--   resource  -  cpu, memory, io or irq
--   kind      -  some: at least one task waited; full: all that were not idle
--   begin     -  start of the first window above the threshold
--   dur_ns    ns  length of the windows together
--   share     share  of that time in which tasks waited
--   worst     share  of the worst window
-- Nothing
--   tasks never waited for that share of a window
WITH runs AS (
	SELECT *, sum(opens) OVER (PARTITION BY id ORDER BY "begin") AS run
	FROM (
		SELECT *, moved * 1000.0 / covered_ns AS share,
			coalesce(epoch_ns("begin") - lag(epoch_ns("begin")) OVER (PARTITION BY id ORDER BY "begin") > {window}, true)::INT AS opens
		FROM windows({psi}, {psi.columns}, {window})
		WHERE coverage >= 0.5 AND moved * 1000.0 / covered_ns > {threshold}
	)
)
SELECT instance AS resource, name[:4] AS kind, min("begin") AS "begin", epoch_ns(max("begin")) - epoch_ns(min("begin")) + {window} AS dur_ns,
	round(sum(moved) * 1000.0 / sum(covered_ns), 4) AS share, round(max(share), 4) AS worst
FROM runs
GROUP BY id, instance, name, run
ORDER BY "begin", resource, kind
