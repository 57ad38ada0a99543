// SPDX-License-Identifier: Apache-2.0
#include "drain_health.h"

#include <errno.h>
#include <stdio.h>

#include "../transport/refusal.h"

/* Silence is longer than both. */
#define SILENCE_NS 100000000
enum { SILENCE_SAMPLES = 64 };

int health_fail(struct drain_health *health, const char *what, int error, const uint8_t *outbox)
{
	describe_error(health->message, sizeof health->message, what, error, outbox);
	if (error == -ENODEV)
		health->dead = error;
	health->failed = error;
	health->quiet_ns = 0;
	return error;
}

void health_say(struct drain_health *health, const char *message)
{
	snprintf(health->message, sizeof health->message, "%s", message);
}

void health_die(struct drain_health *health, int error, const char *message)
{
	health->dead = error;
	health_say(health, message);
}

void health_note_taken(struct drain_health *health, uint64_t now_ns)
{
	health->took_ns = now_ns;
	health->quiet_ns = 0;
	health->failed = 0;
}

bool health_is_silent(struct drain_health *health, uint64_t now_ns, double period_ns)
{
	if (health->quiet_ns == 0)
		health->quiet_ns = now_ns;
	return (double)(now_ns - health->quiet_ns) >= SILENCE_NS + SILENCE_SAMPLES * period_ns;
}

double health_due(const struct drain_health *health, uint64_t until_ns, double period_ns)
{
	return (double)(int64_t)(until_ns - health->took_ns) / period_ns;
}

void health_note_missing(struct drain_health *health, uint64_t samples, double period_ns)
{
	health->took_ns += (uint64_t)((double)samples * period_ns);
}
