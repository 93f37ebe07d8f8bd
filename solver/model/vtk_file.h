/* Reading of legacy VTK files, word by word, in text or in bytes: what images and networks of vessels share. Every
   reader returns false, with the reason in `why`, where the file is not as expected. */
#ifndef ELUTE_VTK_FILE_H
#define ELUTE_VTK_FILE_H

#include <stdbool.h>
#include <stddef.h>

enum { ELUTE_VTK_WORD = 256 };
#define ELUTE_MOST_NUMBERS ((size_t)1 << 30) /* of an image, and of anything that a file counts */

typedef struct EluteVtkFile {
  unsigned char *text; /* owned */
  const unsigned char *at, *end;
  bool binary;
  char *why;
  size_t length;
} EluteVtkFile;

typedef struct EluteNumberType {
  const char *raw, *vtk; /* names; NULL: not of this kind of file */
  size_t bytes;
  bool floating, is_signed;
} EluteNumberType;

/* NULL: no such type. */
const EluteNumberType *EluteNumberTypeNamed(const char *name, bool raw);
/* One number; big: the first byte is the most significant. */
double EluteNumberDecode(const EluteNumberType *type, const unsigned char *bytes, bool big);

/* The whole file, with a 0 behind it; owned by the caller. NULL: it cannot be read. */
unsigned char *EluteFileRead(const char *path, size_t *size, char *why, size_t length);

/* Reads the head: version, title, ASCII or BINARY. Close in any case. */
bool EluteVtkOpen(EluteVtkFile *v, const char *path, char *why, size_t length);
void EluteVtkClose(EluteVtkFile *v);
bool EluteVtkFail(EluteVtkFile *v, const char *format, ...); /* false */

bool EluteVtkWord(EluteVtkFile *v, char word[ELUTE_VTK_WORD]); /* false, not reported: the file ends */
void EluteVtkLine(EluteVtkFile *v);                            /* to the next line */
bool EluteVtkCount(EluteVtkFile *v, size_t least, size_t *n);
bool EluteVtkType(EluteVtkFile *v, const EluteNumberType **type);
/* n numbers; out NULL: skipped. Those in bytes begin on the next line; type NULL: in text whatever the file says. */
bool EluteVtkNumbers(EluteVtkFile *v, size_t n, const EluteNumberType *type, double *out);
/* The same in memory of their own, malloc'd; NULL, reported: there are fewer. */
double *EluteVtkArray(EluteVtkFile *v, size_t n, const EluteNumberType *type);
/* FIELD of the data set as a whole, such as its time; METADATA. */
bool EluteVtkSkipField(EluteVtkFile *v);
void EluteVtkSkipMetadata(EluteVtkFile *v);

#endif
