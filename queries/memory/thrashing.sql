-- SPDX-License-Identifier: Apache-2.0
-- Did pages come back soon after they were given up?
-- A refault is a page that was reclaimed and needed again; a page swapped in is the same for memory without a file. Either means that
-- what is in use does not fit, and programs wait for the disk instead of working.
-- Parameters
--   merge  duration = 100ms  events that are no further apart are one
-- Needs
--   vm  vm:{workingset_refault*,pswpin,pswpout}
-- Columns
--   id       -  the counter
--   begin    -  first read that saw such pages
--   dur_ns   ns  from there to the last read of the event that saw any
--   pages    pages  that came back, or for pswpout were written to swap
--   in_gaps  pages  of these: seen right after missing ticks
-- Nothing
--   no page came back: what is in use fits into memory
SELECT id, "begin", dur_ns, moved AS pages, in_gaps
FROM episodes({vm}, {vm.columns}, {merge})
ORDER BY "begin", id
