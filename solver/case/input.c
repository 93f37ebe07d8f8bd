#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

FILE *EluteInputOpen(const char *path, bool pipes, char *why, size_t length) {
  struct stat status;
  FILE *file = NULL;
  int descriptor = -1;

  errno = 0;
  if (stat(path, &status) == 0) {
    const bool pipe = S_ISFIFO(status.st_mode);

    if (!S_ISREG(status.st_mode) && !(pipe && pipes)) {
      snprintf(why, length, "it is a %s", S_ISDIR(status.st_mode) ? "directory" : pipe ? "pipe" : "device");
      return NULL;
    }
    descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a pipe without a writer has an end at once */
    if (descriptor >= 0 && pipe) (void)fcntl(descriptor, F_SETFL, 0);
  }
  if (descriptor >= 0 && !(file = fdopen(descriptor, "rb"))) close(descriptor);
  if (!file) snprintf(why, length, "%s", strerror(errno));
  return file;
}

/* To the end of the file, or to one byte more than `most`. False: errno. */
static bool read_all(FILE *file, size_t most, char **text, size_t *size) {
  struct stat status;
  size_t room = fstat(fileno(file), &status) == 0 && status.st_size > 0 ? (size_t)status.st_size + 1 : 65536;
  char *more;

  *text = NULL;
  *size = room > most + 1 ? most + 1 : 0; /* what is in /proc, and a pipe, has no size before it is read */
  for (; *size <= most; room *= 2) {
    if (room > most + 1) room = most + 1;
    if (!(more = realloc(*text, room + 1))) return false;
    *text = more;
    *size += fread(*text + *size, 1, room - *size, file);
    if (*size < room) return !ferror(file);
  }
  return true;
}

char *EluteInputRead(const char *path, bool pipes, size_t most, size_t *size, char *why, size_t length) {
  FILE *file = EluteInputOpen(path, pipes, why, length);
  char *text;
  bool fine;

  if (!file) return NULL;
  errno = 0;
  fine = read_all(file, most, &text, size);
  if (!fine) snprintf(why, length, "%s", strerror(errno));
  if (fine && *size > most) snprintf(why, length, "it has more than %zu bytes", most);
  fclose(file);
  if (fine && *size <= most) {
    text[*size] = '\0';
    return text;
  }
  free(text);
  return NULL;
}
