// SPDX-License-Identifier: Apache-2.0
#include "device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../kernel/mlx5/transport/hex.h"
#include "../../kernel/mlx5/transport/transport.h"
#include "../../kernel/reader.h"

enum { MAX_DEVICES = 64, MAX_WORDS = 6 };

struct device {
	struct transport transport;
	char *driver, *path;
};

static struct device devices[MAX_DEVICES];

static int answer_errno(int error)
{
	return printf("errno %d %s\n", -error, strerror(-error));
}

static int answer_outbox(const char *verdict, const uint8_t *bytes, uint32_t count)
{
	printf("%s ", verdict);
	for (uint32_t i = 0; i < count; i++)
		printf("%02x", bytes[i]);
	return printf("\n");
}

/* One descriptor for each device: what the firmware makes for a command belongs to the descriptor that sent it. */
static int find_device(const char *driver, const char *path, struct transport **transport)
{
	struct device *device = devices;
	while (device < devices + MAX_DEVICES && device->driver &&
	       (strcmp(device->driver, driver) || strcmp(device->path, path)))
		device++;
	if (device == devices + MAX_DEVICES)
		return -EMFILE;
	if (!device->driver) {
		int error = transport_open(&device->transport, driver, path);
		if (error)
			return error;
		device->driver = strdup(driver);
		device->path = strdup(path);
	}
	*transport = &device->transport;
	return device->driver && device->path ? 0 : -ENOMEM;
}

static int answer_info(char **words)
{
	struct transport *transport;
	struct transport_info info;
	int error = find_device(words[1], words[2], &transport);
	if (error == 0)
		error = transport->ops->info(transport, &info);
	if (error)
		return answer_errno(error);
	printf("ok");
	for (int i = 0; i < info.count; i++)
		printf(" %s=%u", info.names[i], info.values[i]);
	return printf("\n");
}

static int execute(struct transport *transport, struct mailbox *mailbox)
{
	uint8_t *out = calloc(1, mailbox->out_bytes);
	mailbox->out = out;
	int error = out ? transport_command(transport, mailbox) : -ENOMEM;
	int answered;
	if (error == 0)
		answered = answer_outbox("ok", out, mailbox->out_bytes);
	else if (error == -EREMOTEIO)
		answered = answer_outbox("remote", out, mailbox->out_bytes);
	else if (error == -ENOMSG)
		answered = printf("refused\n");
	else
		answered = answer_errno(error);
	free(out);
	return answered;
}

static int answer_command(char **words)
{
	struct transport *transport;
	uint64_t scope, out_bytes;
	uint8_t *in;
	uint32_t in_bytes;
	if (parse_u64(words[2], &scope) || scope > SCOPE_DEBUG_WRITE_FULL || parse_u64(words[3], &out_bytes) ||
	    out_bytes < MAILBOX_MIN || out_bytes > FWCTL_MAX_BYTES)
		return answer_errno(-EINVAL);
	int error = find_device(words[0], words[1], &transport);
	if (error == 0)
		error = parse_mailbox(words[4], &in, &in_bytes);
	if (error)
		return answer_errno(error);
	struct mailbox mailbox = {
		.scope = (enum scope)scope, .in = in, .in_bytes = in_bytes, .out_bytes = (uint32_t)out_bytes};
	int answered = execute(transport, &mailbox);
	free(in);
	return answered;
}

static int answer(char *line)
{
	char *words[MAX_WORDS];
	int count = 0;
	for (char *save, *word = strtok_r(line, " \n", &save); word && count < MAX_WORDS; word = strtok_r(NULL, " \n", &save))
		words[count++] = word;
	if (count == 3 && strcmp(words[0], "info") == 0 && unescape(words[2]) == 0)
		return answer_info(words);
	if (count == 5 && unescape(words[1]) == 0)
		return answer_command(words);
	return answer_errno(-EINVAL);
}

int device_mode(void)
{
	char *line = NULL;
	size_t capacity = 0;
	int said = 0;
	while (said >= 0 && getline(&line, &capacity, stdin) > 0) {
		said = answer(line);
		if (fflush(stdout))
			said = -1;
	}
	for (struct device *device = devices; device < devices + MAX_DEVICES; device++) {
		transport_close(&device->transport);
		free(device->driver);
		free(device->path);
	}
	free(line);
	return said < 0 || ferror(stdin) ? EXIT_FAILURE : 0;
}
