// SPDX-License-Identifier: Apache-2.0
/** What countersink says to whoever may not have real-time scheduling: that is so for most who run these tests without root. */
const warning =
	"countersink: real-time scheduling was not granted, so other processes delay reads; 'countersink doctor' tells how to get it\n";

/** Standard error as it is where everything is granted; test/record/unprivileged.test.ts is about the warning itself. */
export const asIfGranted = (stderr: string): string =>
	process.geteuid!() === 0 ? stderr : stderr.replace(warning, "");
