/* What decode.c and encode.c have in common. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jpeglib.h"

#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

/* Never returns: it throws, and the caller drops the instance with all its memory. */
IMPORT("fail") _Noreturn void fail(const char *text, int length);

static void on_error(j_common_ptr codec)
{
  char text[JMSG_LENGTH_MAX];
  codec->err->format_message(codec, text);
  fail(text, strlen(text));
}

EXPORT("walloc") void *allocate(int bytes) { return malloc(bytes); }
EXPORT("release") void release(void *bytes) { free(bytes); }
