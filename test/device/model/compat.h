// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* What the model takes from outside: fixed-width integers, mem*, errno values and one wide division; nothing else. */
#ifndef FW_COMPAT_H
#define FW_COMPAT_H

#ifdef __KERNEL__

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/string.h>
#include <linux/types.h>

#define fw_div(a, b) div64_u64(a, b)
#define fw_mul_div(a, b, c) mul_u64_u64_div_u64(a, b, c)
#define fw_print(text, room, ...) scnprintf(text, room, __VA_ARGS__)

#else

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define fw_div(a, b) ((uint64_t)(a) / (uint64_t)(b))
/* a * b / c without overflow in between; the result must fit 64 bits. */
#define fw_mul_div(a, b, c) ((uint64_t)((unsigned __int128)(a) * (uint64_t)(b) / (uint64_t)(c)))
#define fw_print(text, room, ...) fw_scnprintf(text, room, __VA_ARGS__)

/* Like the kernel's: the number of bytes that are really there, without the end. */
__attribute__((format(printf, 3, 4))) static inline int fw_scnprintf(char *text, size_t room, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int wanted = room ? vsnprintf(text, room, format, arguments) : 0;
	va_end(arguments);
	return wanted < 0 ? 0 : (size_t)wanted < room ? wanted : room ? (int)room - 1 : 0;
}

#endif

#define fw_mod(a, b) ((uint64_t)(a) - fw_div(a, b) * (uint64_t)(b))

#endif
