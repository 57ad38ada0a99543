// SPDX-License-Identifier: Apache-2.0
/* Runs a program in a new pseudo terminal: terminal ROWS COLUMNS PROGRAM [WORD...]. Standard input is typed into the
 * terminal, and what the terminal shows goes to standard output. The exit status is that of the program, or 128 + n
 * for signal n. */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KEYS, SCREEN };

/** Returns 0 when everything was written. */
static int write_all(int fd, const char *data, ssize_t n)
{
	while (n > 0) {
		ssize_t written = write(fd, data, (size_t)n);
		if (written < 0)
			return -errno;
		data += written;
		n -= written;
	}
	return 0;
}

/** Copies the bytes that are there; returns false at the end. Reading a terminal whose program has ended fails with
 *  EIO. */
static int pass(int from, int to)
{
	char data[65536];
	ssize_t n = read(from, data, sizeof data);
	return n > 0 && write_all(to, data, n) == 0;
}

static int status_of(pid_t child)
{
	int status;
	if (waitpid(child, &status, 0) < 0)
		return 1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static unsigned short number(const char *text)
{
	return (unsigned short)strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	struct winsize size = { .ws_row = number(argv[1]), .ws_col = number(argv[2]) };
	int terminal;
	pid_t child = forkpty(&terminal, NULL, NULL, &size);
	if (child < 0)
		return 1;
	if (child == 0) {
		execvp(argv[3], argv + 3);
		_exit(127);
	}
	struct pollfd sources[] = {
		[KEYS] = { .fd = STDIN_FILENO, .events = POLLIN },
		[SCREEN] = { .fd = terminal, .events = POLLIN },
	};
	for (;;) {
		if (poll(sources, 2, -1) < 0)
			return 1;
		if (sources[SCREEN].revents && !pass(terminal, STDOUT_FILENO))
			return status_of(child);
		if (sources[KEYS].revents && !pass(STDIN_FILENO, terminal))
			sources[KEYS].fd = -1;
	}
}
