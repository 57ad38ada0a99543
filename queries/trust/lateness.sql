-- SPDX-License-Identifier: Apache-2.0
-- How late did the reads of a stream start?
-- A histogram. A read that starts late is still right: ts says when it was, and rates use ts. A read that is late by a period or more is
-- not stored: see 'gaps'.
-- Parameters
--   stream  stream  the stream to look at
-- Columns
--   up_to_ns  ns  after the deadline; the bucket starts above the end of the one before; null: more than 5 s
--   reads     -  in this bucket
--   share     share  of all reads, 0 to 1
--   within    share  of the reads in this bucket and those before it
-- Nothing
--   the stream has no rows
SELECT up_to_ns, reads::UBIGINT AS reads, round(share, 6) AS share, round(within, 6) AS within
FROM lateness({stream})
ORDER BY up_to_ns NULLS LAST
