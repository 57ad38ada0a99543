// SPDX-License-Identifier: Apache-2.0
/*
 * Reads numbers in text files of /proc and /sys. TypeScript (positions.ts) has found the place of each number. On every
 * read the loop checks that the table still has the same shape, and takes the numbers from their places.
 *
 *   set file PATH                       starts a file, which keeps a descriptor; the next lines are about this file
 *   set label LINE TEXT                 line LINE, from 0, must start with TEXT; in ascending order of LINE
 *   set value LINE FIELD COLUMN KIND    KIND: u64 i64 f64 x64 number; in ascending order of LINE, then FIELD
 *   set key LINE FIELD TEXT             this field must be TEXT; sorted together with the values
 *
 * PATH and TEXT are escaped. FIELD counts from 0 within the whole line; number.h says what a field is, and what each
 * KIND takes. A value that does not match is null. It is never the number of another line or column:
 *
 *   a field is missing, or is not a number of its kind      that value
 *   a label or key does not match on a line with values     the values of that line
 *   a label or key does not match, or is missing, on        the values of that file: it was a header
 *   a line without values
 *   the file cannot be read                                 the values of that file; when no file of the reader can be
 *                                                           read, the sweep fails
 */
#ifndef COUNTERSINK_TEXT_H
#define COUNTERSINK_TEXT_H

#include "../../reader.h"

enum kind { KIND_U64, KIND_I64, KIND_F64, KIND_X64, KIND_NUMBER, KINDS, KEY = KINDS };

/* A field that is read. */
struct wanted {
	enum kind kind;
	uint32_t field;
	uint32_t column;
	const char *key; /* what a KEY must be */
	size_t key_length;
};

/* A line that is read, and its run of wanted fields. Fields are counted from the end of the label on. */
struct line {
	uint64_t number;
	uint32_t first, count;
	bool header; /* no value is taken from it */
	const char *label; /* "": any line matches */
	size_t label_length;
	size_t resume;	       /* byte from which fields are counted */
	uint32_t resume_field; /* number of the next field that starts there */
	bool resume_inside;    /* the label may end within a field */
};

struct file {
	const char *path;
	int fd;
	struct line *lines;
	struct wanted *wanted;
	uint32_t line_count, wanted_count;
	size_t ask; /* bytes of the next first read, so that the kernel does not format lines that are not needed */
};

struct text {
	struct file *files;
	uint32_t file_count;

	/* One buffer for all files, one after the other. It has room for a newline after its capacity. */
	char *buffer;
	size_t capacity;
	size_t size;	 /* bytes read of the current file */
	size_t complete; /* end of the last whole line */
	bool cut;	 /* the last read filled its whole buffer */
};

/* Takes one line of the plan, as described at the top. */
int text_configure(struct reader *reader, int count, char **words);

#endif
