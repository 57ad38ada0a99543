-- SPDX-License-Identifier: Apache-2.0
-- Which counters could not be read for a time?
-- A value that could not be read is null. The steps before and after it are not known either, so no sum contains them.
-- Parameters
--   stream  stream  the stream to look at
-- Columns
--   id      -  the counter
--   nulls   -  reads in which it could not be read
--   share   share  of all reads, 0 to 1
--   first   -  first such read
--   last    -  last such read
-- Nothing
--   every counter of this stream could be read in every row
SELECT id, count(*) FILTER (value IS NULL) AS nulls, round(nulls / count(*), 6) AS share, min(ts) FILTER (value IS NULL) AS first,
	max(ts) FILTER (value IS NULL) AS last
FROM steps({stream}, '.')
GROUP BY id
HAVING nulls > 0
ORDER BY nulls DESC, id
