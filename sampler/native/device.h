// SPDX-License-Identifier: Apache-2.0
/*
 * `countersink-sampler device` sends commands to a device before there is a plan. TypeScript builds the commands. A
 * request is a line on stdin, and its answer is a line on stdout. Descriptors stay open until stdin ends.
 *
 *   info DRIVER PATH                      ok NAME=VALUE...
 *   DRIVER PATH SCOPE OUTLEN HEXMAILBOX   ok HEXOUTBOX       the firmware did it
 *                                         remote HEXOUTBOX   the firmware refused; the outbox says why
 *                                         refused            kernel/mlx5/transport/allowed.c does not list it
 *                                         errno N WHAT       the kernel refused, or the request is not valid
 */
#ifndef COUNTERSINK_DEVICE_H
#define COUNTERSINK_DEVICE_H

/* Returns the exit status: 0 when stdin has ended, 1 when stdin cannot be read or stdout cannot be written. */
int device_mode(void);

#endif
