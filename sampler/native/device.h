// SPDX-License-Identifier: Apache-2.0
/*
 * `countersink-sampler device`: executes the commands that TypeScript has built, before there is a plan. A request is a line on
 * stdin, its answer a line on stdout; descriptors stay open until stdin ends.
 *
 *   info DRIVER PATH                            ok NAME=VALUE...
 *   DRIVER PATH SCOPE OUTLEN HEXMAILBOX         ok HEXOUTBOX        the firmware did it
 *                                               remote HEXOUTBOX    the firmware refused: status and syndrome are in there
 *                                               refused             not on the list of kernel/mlx5/transport/allowed.c
 *                                               errno N WHAT        the kernel refused, or the request makes no sense
 */
#ifndef COUNTERSINK_DEVICE_H
#define COUNTERSINK_DEVICE_H

/* Exit status: 0 stdin ended, 1 it cannot be read or nobody listens. */
int device_mode(void);

#endif
