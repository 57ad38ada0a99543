#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
/** The command line. Verbs that open bytes from others run in a child process, since bytes can crash the process that
 *  reads them. */
import { opensForeignBytes, supervise } from "./supervise.js";

const words = process.argv.slice(2);
if (opensForeignBytes(words)) await supervise(words);
else await import("./run.js");
