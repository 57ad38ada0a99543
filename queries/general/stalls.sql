-- SPDX-License-Identifier: Apache-2.0
-- When did a counter that should move stand still?
-- Packets that do not come, a clock that does not tick, a thread that does not switch. Where cut is not null it may have stood for longer:
-- nothing is known on that side.
-- Parameters
--   counter  counter  which counter
--   least    duration = 10ms  shorter times are left out
-- Columns
--   begin   -  first read of the value at which it stood
--   until   -  the last
--   dur_ns  ns  from begin to until; it stood for this long at least
--   cut     -  begin, until or both: the sides that a gap, a reset or the end of the recording hides; null: neither
-- Nothing
--   the counter never stood still for that long
SELECT "begin", until, dur_ns, cut
FROM stalls({counter.stream}, {counter}, {least})
ORDER BY dur_ns DESC, "begin"
