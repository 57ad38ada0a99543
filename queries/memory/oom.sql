-- SPDX-License-Identifier: Apache-2.0
-- Was a process killed because memory ran out?
-- The free pages are read together with the count, so after the kill, which may have freed some of them.
-- Needs
--   vm  vm:{oom_kill,nr_free_pages}  each
-- Columns
--   ts            -  the read that saw the kill
--   killed        -  processes
--   free_pages    pages  free at that read
--   lowest_pages  pages  fewest free pages of the recording up to that read
-- Nothing
--   no process was killed for memory while it was recorded
WITH killed AS (SELECT tick, ts, delta FROM steps({vm}, '^oom_kill$') WHERE delta > 0),
free AS (SELECT tick, value, min(value) OVER (ORDER BY tick) AS lowest FROM readings({vm}, 'nr_free_pages'))
SELECT ts, delta AS killed, value AS free_pages, lowest AS lowest_pages
FROM killed JOIN free USING (tick)
ORDER BY ts
