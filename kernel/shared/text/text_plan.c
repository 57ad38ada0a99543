// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>

#include "text.h"

static const char *const kind_names[KINDS] = {"u64", "i64", "f64", "x64", "number"};

static int configure_file(struct text *text, char *path)
{
	struct file *files = realloc(text->files, (text->file_count + 1) * sizeof *files);
	if (!files)
		return -ENOMEM;
	text->files = files;
	files[text->file_count++] = (struct file){.path = path, .fd = -1};
	return unescape(path);
}

/* Returns the line with this number, which is added when it is missing; NULL when there is no memory. */
static struct line *line_of(struct file *file, uint64_t number)
{
	uint32_t i = file->line_count;
	while (i > 0 && file->lines[i - 1].number > number)
		i--;
	if (i > 0 && file->lines[i - 1].number == number)
		return &file->lines[i - 1];
	struct line *lines = realloc(file->lines, (file->line_count + 1) * sizeof *lines);
	if (!lines)
		return NULL;
	file->lines = lines;
	memmove(lines + i + 1, lines + i, (file->line_count - i) * sizeof *lines);
	file->line_count++;
	lines[i] = (struct line){.number = number, .header = true, .label = ""};
	return &lines[i];
}

static int configure_label(struct file *file, uint64_t number, char *label)
{
	struct line *line = line_of(file, number);
	if (!line)
		return -ENOMEM;
	if (*line->label || line->count || line != &file->lines[file->line_count - 1])
		return -EINVAL;
	if (unescape(label) || strchr(label, '\n'))
		return -EINVAL;
	line->label = label;
	line->label_length = strlen(label);
	return 0;
}

/* Appends. Wanted fields come sorted, so the fields of a line are a run that is read in one pass. */
static int add_wanted(struct file *file, uint64_t number, struct wanted wanted)
{
	struct line *line = line_of(file, number);
	struct wanted *all = realloc(file->wanted, (file->wanted_count + 1) * sizeof *all);
	if (all)
		file->wanted = all;
	if (!all || !line)
		return -ENOMEM;
	if (line->count && all[file->wanted_count - 1].field > wanted.field)
		return -EINVAL;
	for (const struct line *later = line + 1; later < file->lines + file->line_count; later++)
		if (later->count)
			return -EINVAL;
	if (line->count++ == 0)
		line->first = file->wanted_count;
	if (wanted.kind != KEY)
		line->header = false;
	all[file->wanted_count++] = wanted;
	return 0;
}

static int configure_value(struct reader *reader, struct file *file, uint64_t number, char **words)
{
	struct wanted wanted = {0};
	uint64_t field;
	while (wanted.kind < KINDS && strcmp(words[4], kind_names[wanted.kind]))
		wanted.kind++;
	if (wanted.kind == KINDS || parse_u64(words[2], &field) || field > UINT32_MAX)
		return -EINVAL;
	if (claim_column(reader, words[3], &wanted.column))
		return -EINVAL;
	wanted.field = (uint32_t)field;
	return add_wanted(file, number, wanted);
}

static int configure_key(struct file *file, uint64_t number, char **words)
{
	uint64_t field;
	if (parse_u64(words[2], &field) || field > UINT32_MAX || unescape(words[3]))
		return -EINVAL;
	struct wanted wanted = {
		.kind = KEY, .field = (uint32_t)field, .key = words[3], .key_length = strlen(words[3])};
	return add_wanted(file, number, wanted);
}

int text_configure(struct reader *reader, int count, char **words)
{
	struct text *text = reader->state;
	if (count == 2 && strcmp(words[0], "file") == 0)
		return configure_file(text, words[1]);
	uint64_t line;
	if (count < 3 || text->file_count == 0 || parse_u64(words[1], &line))
		return -EINVAL;
	struct file *file = &text->files[text->file_count - 1];
	if (count == 3 && strcmp(words[0], "label") == 0)
		return configure_label(file, line, words[2]);
	if (count == 5 && strcmp(words[0], "value") == 0)
		return configure_value(reader, file, line, words);
	if (count == 4 && strcmp(words[0], "key") == 0)
		return configure_key(file, line, words);
	return -EINVAL;
}
