// SPDX-License-Identifier: Apache-2.0
/** What countersink says to users who may not have real-time scheduling, as most who run these tests without root. */
const warning =
	"countersink: real-time scheduling was not granted, so other processes delay reads; 'countersink doctor' tells how to get it\n";

/** Standard error without that warning, which test/record/unprivileged.test.ts tests. */
export const asIfGranted = (stderr: string): string =>
	process.geteuid!() === 0 ? stderr : stderr.replace(warning, "");
