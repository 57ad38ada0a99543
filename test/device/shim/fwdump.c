// SPDX-License-Identifier: Apache-2.0
/*
 * What the simulated card knows of itself, from outside. FILE is the shim's $COUNTERSINK_FAKE_STATE or the raw state
 * that the kernel module shows in debugfs.
 *
 *   fwdump FILE                              the state as text
 *   fwdump FILE samples SESSION FROM COUNT   CSV of the samples of a session: index,number,id,clock and each counter
 *   fwdump FILE trace FROM COUNT             CSV of trace events: block,event,clock,lost,id,tmsn,tdsn,parameter
 *   fwdump FILE set NAME=VALUE ...           sets faults (shim only)
 *   fwdump ROOT tree PCI NETDEV              makes a folder with dev/ and sys/ as the card would have them
 */
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state.h"

static _Noreturn void stop(const char *what, const char *which)
{
	fprintf(stderr, "fwdump: %s %s\n", what, which);
	exit(2);
}

static uint64_t number(const char *word)
{
	char *end;
	uint64_t value = strtoull(word, &end, 0);
	if (end == word || *end)
		stop("not a number:", word);
	return value;
}

static void print_samples(const struct fw *fw, uint64_t wanted, uint64_t from, uint64_t count)
{
	const struct fw_session *session = fw_session(fw, wanted);
	if (!session)
		stop("no such session:", "see `fwdump FILE`");
	printf("index,number,id,clock");
	for (unsigned at = 0; at < session->counters; at++)
		printf(",0x%04x", session->ids[at]);
	putchar('\n');
	for (uint64_t index = from; index < from + count; index++) {
		struct fw_sample sample = fw_sample_at(session, index);
		printf("%" PRIu64 ",%" PRIu64 ",%u,%" PRIu64, index, sample.number, sample.id,
		       /* On demand nobody keeps when a sample was fetched. */
		       session->on_demand ? 0 : sample.clock);
		for (unsigned at = 0; at < session->counters; at++)
			printf(",%" PRIu64, fw_value(session, &sample, session->ids[at]));
		putchar('\n');
	}
}

static void print_trace(const struct fw *fw, uint64_t from, uint64_t count)
{
	printf("block,event,clock,lost,id,tmsn,tdsn,parameter\n");
	for (uint64_t block = from; block < from + count; block++)
		for (unsigned at = 0; at < 31; at++) {
			struct fw_event event = fw_trace_event(fw, block, at);
			printf("%" PRIu64 ",%u,%" PRIu64 ",%d,%u,%u,%u,%u\n", block, at, event.clock, event.lost, event.id,
			       event.tmsn, event.tdsn, event.parameter);
		}
}

static void print_state(const struct fw *fw)
{
	static char text[1 << 16];
	fwrite(text, 1, fw_dump(fw, state_now(), text, sizeof(text)), stdout);
}

static void set(struct fw *fw, char *word)
{
	char *value = strchr(word, '=');
	if (!value)
		stop("NAME=VALUE is wanted, not", word);
	*value++ = 0;
	if (!fw_set(NULL, &fw->faults, word, (int64_t)strtoll(value, NULL, 0)))
		stop("no such fault:", word);
}

/* --- a tree --- */

static void make_folder(const char *root, const char *path)
{
	char whole[4096];
	int length = snprintf(whole, sizeof(whole), "%s/%s", root, path);
	for (int at = 1; at <= length; at++) {
		char kept = whole[at];
		if (kept != '/' && kept)
			continue;
		whole[at] = 0;
		mkdir(whole, 0755);
		whole[at] = kept;
	}
}

__attribute__((format(printf, 4, 5))) static void make_link(const char *root, const char *folder, const char *name,
							     const char *target, ...)
{
	char from[4096], to[4096];
	va_list words;
	va_start(words, target);
	vsnprintf(to, sizeof(to), target, words);
	va_end(words);
	make_folder(root, folder);
	snprintf(from, sizeof(from), "%s/%s/%s", root, folder, name);
	if (symlink(to, from) && errno != EEXIST)
		stop("cannot link", from);
}

__attribute__((format(printf, 4, 5))) static void make_file(const char *root, const char *folder, const char *name,
							     const char *content, ...)
{
	char path[4096];
	va_list words;
	make_folder(root, folder);
	snprintf(path, sizeof(path), "%s/%s/%s", root, folder, name);
	FILE *file = fopen(path, "w");
	if (!file)
		stop("cannot write", path);
	va_start(words, content);
	vfprintf(file, content, words);
	va_end(words);
	fclose(file);
}

/* The links of /sys: the class links to the device's folder, whose `device` links to its parent, whose name is the
 * address. */
static void make_tree(const char *root, const char *pci, const char *netdev)
{
	const char *ctl = "mlx5ctl-mlx5_core.ctl.0";
	char path[512];
	make_file(root, "dev/fwctl", "fwctl0", "%s", "");
	make_file(root, "dev", ctl, "%s", "");
	snprintf(path, sizeof(path), "sys/devices/pci0000:00/%s/fwctl/fwctl0", pci);
	make_link(root, path, "device", "../../../%s", pci);
	make_file(root, path, "dev", "244:0\n");
	make_link(root, "sys/class/fwctl", "fwctl0", "../../devices/pci0000:00/%s/fwctl/fwctl0", pci);
	snprintf(path, sizeof(path), "sys/devices/pci0000:00/%s/mlx5_core.ctl.0/misc/%s", pci, ctl);
	make_link(root, path, "device", "../../../mlx5_core.ctl.0");
	make_file(root, path, "dev", "10:120\n");
	make_link(root, "sys/class/misc", ctl, "../../devices/pci0000:00/%s/mlx5_core.ctl.0/misc/%s", pci, ctl);
	snprintf(path, sizeof(path), "sys/devices/pci0000:00/%s/net/%s", pci, netdev);
	make_file(root, path, "ifindex", "7\n");
	make_link(root, path, "device", "../../../%s", pci);
	make_link(root, "sys/class/net", netdev, "../../devices/pci0000:00/%s/net/%s", pci, netdev);
	snprintf(path, sizeof(path), "sys/devices/pci0000:00/%s/infiniband/mlx5_0", pci);
	make_folder(root, path);
	snprintf(path, sizeof(path), "sys/devices/pci0000:00/%s", pci);
	make_file(root, path, "vendor", "0x15b3\n");
	make_file(root, path, "device", "0x1021\n");
}

/* --- which file --- */

static struct fw *raw_state(const char *path)
{
	static struct fw fw;
	FILE *file = fopen(path, "r");
	if (!file)
		stop("cannot read", path);
	size_t length = fread(&fw, 1, sizeof(fw), file);
	bool whole = length == sizeof(fw) && fgetc(file) == EOF;
	fclose(file);
	return whole ? &fw : NULL;
}

int main(int count, char **words)
{
	if (count < 2)
		stop("usage:", "fwdump FILE [samples SESSION FROM COUNT | trace FROM COUNT | set NAME=VALUE ...]");
	const char *what = count > 2 ? words[2] : "";
	if (!strcmp(what, "tree") && count == 5)
		return make_tree(words[1], words[3], words[4]), 0;
	struct fw *raw = raw_state(words[1]);
	struct state *state = raw ? NULL : state_map(words[1]);
	if (state) {
		state_lock(state);
		state_reap(state);
	}
	struct fw *fw = state ? &state->fw : raw;
	if (!*what)
		print_state(fw);
	else if (!strcmp(what, "samples") && count == 6)
		print_samples(fw, number(words[3]), number(words[4]), number(words[5]));
	else if (!strcmp(what, "trace") && count == 5)
		print_trace(fw, number(words[3]), number(words[4]));
	else if (!strcmp(what, "set") && state)
		for (int at = 3; at < count; at++)
			set(fw, words[at]);
	else
		stop("cannot do", what);
	if (state)
		state_unlock(state);
	return 0;
}
