// SPDX-License-Identifier: Apache-2.0
/* What went wrong in a drain, and how long it has been silent. Nothing here talks to the device. */
#ifndef COUNTERSINK_DRAIN_HEALTH_H
#define COUNTERSINK_DRAIN_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

struct drain_health {
	uint64_t took_ns;  /* until then every sample is taken or accounted for */
	uint64_t quiet_ns; /* since then every command was answered, and none had a new sample; 0: not quiet */
	int failed;	   /* -errno of the last command; 0 once a sample was taken or a look succeeded */
	int dead;	   /* -errno: nothing will come any more */
	char message[160]; /* for the user; "": nothing to say */
};

/* A command failed. Returns the error. */
int health_fail(struct drain_health *health, const char *what, int error, const uint8_t *outbox);
/* Nothing will come any more. */
void health_die(struct drain_health *health, int error, const char *message);
/* Sets the sentence for the user. */
void health_say(struct drain_health *health, const char *message);
/* Samples were taken at now_ns. */
void health_note_taken(struct drain_health *health, uint64_t now_ns);
/* Another command without a new sample. True: it has been quiet for so long that something happened to the device. */
bool health_is_silent(struct drain_health *health, uint64_t now_ns, double period_ns);
/* Samples that were due from took_ns to until_ns. */
double health_due(const struct drain_health *health, uint64_t until_ns, double period_ns);
/* `samples` samples were accounted for. */
void health_note_missing(struct drain_health *health, uint64_t samples, double period_ns);

#endif
