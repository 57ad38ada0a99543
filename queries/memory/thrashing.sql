-- SPDX-License-Identifier: Apache-2.0
-- Did pages come back soon after they were given up?
-- A refault is a page that was reclaimed and needed again; a page that is swapped in is the same for memory without a file. Both mean that
-- the memory in use does not fit, and that programs wait for the disk.
-- Parameters
--   merge  duration = 100ms  events that are at most this far apart are one
-- Needs
--   vm  vm:{workingset_refault*,pswpin,pswpout}
-- Columns
--   id       -  the counter
--   begin    -  first read that saw such pages
--   dur_ns   ns  time from there to the last read of the event that saw any
--   pages    pages  that came back, or for pswpout were written to swap
--   in_gaps  pages  the part that was seen right after missing ticks
-- Nothing
--   no page came back: the memory in use fits
SELECT id, "begin", dur_ns, moved AS pages, in_gaps
FROM episodes({vm}, {vm.columns}, {merge})
ORDER BY "begin", id
