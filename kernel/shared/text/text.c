// SPDX-License-Identifier: Apache-2.0
/* Opens the files of a text reader and reads its numbers; text.h describes them. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "number.h"
#include "text.h"

enum { MIN_CAPACITY = 64 << 10, MAX_CAPACITY = 32 << 20, MIN_ASK = 512, ASK_SLACK = 128 };

/* The label is compared as a whole, so its fields are not counted again on every read. */
static void place_resume(const struct file *file, struct line *line)
{
	uint32_t fields = 0;
	bool inside = false;
	for (size_t i = 0; i < line->label_length; i++) {
		bool ordinary = class_of(line->label[i]) == 0;
		fields += ordinary && !inside;
		inside = ordinary;
	}
	if (line->count && file->wanted[line->first].field < fields)
		return;
	line->resume = line->label_length;
	line->resume_field = fields;
	line->resume_inside = inside;
}

/* Returns the bytes in the file now, or -errno. Grows the buffer where the file needs it. */
static ssize_t measure(struct text *text, const struct file *file)
{
	for (size_t size = 0;;) {
		if (size == text->capacity && size < MAX_CAPACITY) {
			size_t capacity = size ? 2 * size : MIN_CAPACITY;
			char *larger = realloc(text->buffer, capacity + 1);
			if (!larger)
				return -ENOMEM;
			text->buffer = larger;
			text->capacity = capacity;
		}
		ssize_t got = pread(file->fd, text->buffer + size, text->capacity - size, (off_t)size);
		if (got < 0)
			return -errno;
		size += (size_t)got;
		if (got == 0 || size == MAX_CAPACITY)
			return (ssize_t)size;
	}
}

static int open_text(struct reader *reader)
{
	struct text *text = reader->state;
	size_t largest = 0;
	for (uint32_t f = 0; f < text->file_count; f++) {
		struct file *file = &text->files[f];
		reader->what = file->path;
		file->fd = open(file->path, O_RDONLY | O_CLOEXEC);
		if (file->fd < 0)
			return -errno;
		ssize_t size = measure(text, file);
		if (size < 0)
			return (int)size;
		if ((size_t)size > largest)
			largest = (size_t)size;
		for (uint32_t l = 0; l < file->line_count; l++)
			place_resume(file, &file->lines[l]);
	}
	/* Room to grow. Its pages are touched now, so that no tick has a page fault. */
	size_t capacity = 2 * largest > MIN_CAPACITY ? 2 * largest : MIN_CAPACITY;
	char *buffer = realloc(text->buffer, capacity + 1);
	if (!buffer)
		return -ENOMEM;
	text->buffer = memset(buffer, 0, capacity + 1);
	text->capacity = capacity;
	for (uint32_t f = 0; f < text->file_count; f++)
		text->files[f].ask = capacity;
	reader->what = NULL;
	return 0;
}

/*
 * Continues where the last read ended, since many tables return one page at a time. Returns 1 when there may be more
 * lines, 0 when there are none, or -errno. A last line without a newline counts when a read returned less than it was
 * asked for. After a read that filled its buffer the line may be cut (a sysctl returns nothing at a later offset), and
 * does not count.
 */
static int fetch(struct text *text, const struct file *file)
{
	size_t limit = text->size < file->ask ? file->ask : text->capacity;
	size_t asked = limit - text->size;
	ssize_t got = asked ? pread(file->fd, text->buffer + text->size, asked, (off_t)text->size) : 0;
	if (got < 0)
		return -errno;
	if (got == 0) {
		if (text->cut || text->complete >= text->size)
			return 0;
		text->buffer[text->size] = '\n';
		text->complete = text->size + 1;
		return 1;
	}
	text->cut = (size_t)got == asked;
	const char *newline = memrchr(text->buffer + text->size, '\n', (size_t)got);
	text->size += (size_t)got;
	if (newline)
		text->complete = (size_t)(newline - text->buffer) + 1;
	return 1;
}

static void null_line(const struct file *file, const struct line *line, struct cells *cells)
{
	for (uint32_t i = line->first; i < line->first + line->count; i++)
		if (file->wanted[i].kind != KEY)
			cell_null(cells, file->wanted[i].column);
}

static void null_file(const struct file *file, struct cells *cells)
{
	for (uint32_t l = 0; l < file->line_count; l++)
		null_line(file, &file->lines[l], cells);
}

/* Returns the end of the field that starts at `at`, or NULL when it is not the wanted one. */
static inline const char *take_field(const struct wanted *wanted, const char *at, struct cells *cells)
{
	uint64_t value = 0;
	double fraction = 0;
	const char *end;
	switch (wanted->kind) {
	case KIND_U64:
		end = number_u64(at, &value);
		break;
	case KIND_I64:
		end = number_i64(at, &value);
		break;
	case KIND_X64:
		end = number_x64(at, &value);
		break;
	case KIND_NUMBER:
		end = number_any(at, &value);
		break;
	case KIND_F64:
		end = number_f64(at, &fraction);
		if (end)
			cell_put_f64(cells, wanted->column, fraction);
		return end;
	default:
		end = skip_field(at);
		size_t length = (size_t)(end - at);
		return length == wanted->key_length && !memcmp(at, wanted->key, length) ? end : NULL;
	}
	if (end)
		cell_put(cells, wanted->column, value);
	return end;
}

/* Takes the fields of the line at `at`. Returns false when a label or key does not match; *tail is how far the line was
 * read. */
static bool take_line(const struct file *file, const struct line *line, const char *at, const char *end,
		      struct cells *cells, const char **tail)
{
	*tail = at;
	if ((size_t)(end - at) < line->label_length || memcmp(at, line->label, line->label_length))
		return false;
	at += line->resume;
	at = skip_separators(line->resume_inside ? skip_field(at) : at);
	uint32_t field = line->resume_field;
	const struct wanted *wanted = file->wanted + line->first;
	*tail = at;
	for (const struct wanted *last = wanted + line->count; wanted < last; wanted++) {
		for (; field < wanted->field && *at != '\n'; field++)
			*tail = at = skip_separators(skip_field(*tail));
		const char *taken = *at == '\n' ? NULL : take_field(wanted, at, cells);
		if (taken)
			*tail = taken;
		else if (wanted->kind == KEY)
			return false;
		else
			cell_null(cells, wanted->column);
	}
	return true;
}

/* Moves to a later line. Returns 1, 0 when the file has no such line, or -errno. *number is the line at offset *at. */
static int find_line(struct text *text, const struct file *file, uint64_t wanted, uint64_t *number, size_t *at)
{
	for (;;) {
		const char *next = text->buffer + *at, *end = text->buffer + text->complete;
		for (; *number < wanted && next < end; ++*number)
			next = (const char *)memchr(next, '\n', (size_t)(end - next)) + 1;
		*at = (size_t)(next - text->buffer);
		if (next < end)
			return 1;
		int more = fetch(text, file);
		if (more <= 0)
			return more;
	}
}

/* Line l and all later lines are missing. A table without its header is not the table that was found. */
static void null_rest(const struct file *file, uint32_t l, struct cells *cells)
{
	for (uint32_t i = l; i < file->line_count; i++) {
		if (file->lines[i].header) {
			null_file(file, cells);
			return;
		}
		null_line(file, &file->lines[i], cells);
	}
}

/* Returns 0, or -errno when nothing of the file could be read. */
static int read_file(struct text *text, struct file *file, struct cells *cells)
{
	uint64_t number = 0;
	size_t at = 0;
	text->size = text->complete = 0;
	text->cut = false;
	for (uint32_t l = 0; l < file->line_count; l++) {
		const struct line *line = &file->lines[l];
		int found = find_line(text, file, line->number, &number, &at);
		if (found <= 0) {
			null_rest(file, l, cells);
			file->ask = text->capacity;
			return text->size ? 0 : found;
		}
		const char *end = text->buffer + text->complete, *tail;
		if (!take_line(file, line, text->buffer + at, end, cells, &tail)) {
			if (line->header) {
				null_file(file, cells);
				return 0;
			}
			null_line(file, line, cells);
		}
		if (*tail != '\n')
			tail = memchr(tail, '\n', (size_t)(end - tail));
		at = (size_t)(tail + 1 - text->buffer);
		number++;
	}
	size_t ask = at + ASK_SLACK > MIN_ASK ? at + ASK_SLACK : MIN_ASK;
	file->ask = ask < text->capacity ? ask : text->capacity;
	return 0;
}

static int read_text(struct reader *reader, struct cells *cells)
{
	struct text *text = reader->state;
	uint32_t failed = 0;
	int error = 0;
	for (uint32_t f = 0; f < text->file_count; f++) {
		int result = read_file(text, &text->files[f], cells);
		if (result) {
			failed++;
			error = result;
		}
	}
	return failed == text->file_count ? error : 0;
}

static void close_text(struct reader *reader)
{
	struct text *text = reader->state;
	for (uint32_t f = 0; f < text->file_count; f++) {
		struct file *file = &text->files[f];
		if (file->fd >= 0)
			close(file->fd);
		free(file->lines);
		free(file->wanted);
	}
	free(text->files);
	free(text->buffer);
}

const struct reader_ops text_reader = {
	.name = "text",
	.state_bytes = sizeof(struct text),
	.configure = text_configure,
	.open = open_text,
	.read = read_text,
	.close = close_text,
};
