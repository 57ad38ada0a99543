-- SPDX-License-Identifier: Apache-2.0
-- Did more tasks want to run than there are CPUs?
-- The number is read at single moments: a task that comes and goes between two reads is not seen. The task that reads the number counts
-- itself, so 1 means that nothing else ran. Missing ticks end a stretch.
-- Needs
--   cpu  cpu:procs_running
-- Columns
--   cpus        -  CPUs of the machine
--   mean        tasks  that ran or could run
--   p50         tasks  half of the reads saw at most this number
--   p99         tasks  99 of 100 reads saw at most this number
--   max         tasks  the most
--   over        share  of reads that saw more tasks than CPUs, 0 to 1
--   longest_ns  ns  longest stretch of such reads
--   longest_at  -  its first read; null: none
-- Nothing
--   the number of tasks was never read
WITH seen AS (
	SELECT ts, tick, value, value > cpus AS over, cpus FROM readings({cpu}, 'procs_running'), recording WHERE value IS NOT NULL
),
runs AS (
	SELECT min(ts) AS "begin", epoch_ns(max(ts)) - epoch_ns(min(ts)) AS dur_ns
	FROM (SELECT *, tick - row_number() OVER (ORDER BY tick) AS run FROM seen WHERE over)
	GROUP BY run
)
SELECT any_value(cpus) AS cpus, round(avg(value), 2) AS mean, quantile_disc(value, 0.5) AS p50, quantile_disc(value, 0.99) AS p99, max(value) AS max,
	round(avg(over::INT), 4) AS over, (SELECT max(dur_ns) FROM runs) AS longest_ns, (SELECT arg_max("begin", (dur_ns, -epoch_ns("begin"))) FROM runs) AS longest_at
FROM seen
HAVING count(*) > 0
