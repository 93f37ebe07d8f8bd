/* A tree as block YAML that parses to the same tree. */
#include "tree.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST_FLOW = 96 };

/* One character of UTF-8: its code (-1: not UTF-8, taken as one byte) and its length. */
static long decode(const unsigned char *c, int *length) {
  const int n = c[0] < 0x80 ? 1 : c[0] >= 0xf0 ? 4 : c[0] >= 0xe0 ? 3 : c[0] >= 0xc2 ? 2 : 0;
  long code = n == 1 ? c[0] : n == 2 ? c[0] & 0x1f : n == 3 ? c[0] & 0x0f : c[0] & 0x07;

  *length = 1;
  if (n == 0) return -1;
  for (int i = 1; i < n; i++) {
    if ((c[i] & 0xc0) != 0x80) return -1;
    code = code << 6 | (c[i] & 0x3f);
  }
  *length = n;
  return code;
}

/* Characters that stand for themselves everywhere on a line (YAML's printable ones but breaks and the byte-order mark).
 */
static bool is_printable(long code) {
  if (code < 0x20 || code == 0x7f || (code >= 0x80 && code < 0xa0)) return false;
  if (code == 0x2028 || code == 0x2029 || code == 0xfeff || (code >= 0xd800 && code < 0xe000)) return false;
  return code != 0xfffe && code != 0xffff && code < 0x110000;
}

static bool needs_quotes(const char *text) {
  const size_t n = strlen(text);
  int length;

  if (n == 0 || text[0] == ' ' || text[n - 1] == ' ' || text[n - 1] == ':') return true;
  if (strchr("?:,[]{}#&*!|>'\"%@`=<", text[0])) return true;
  if (text[0] == '-' && (n == 1 || text[1] == ' ' || text[1] == '-')) return true;
  if (strncmp(text, "...", 3) == 0 || strpbrk(text, ",[]{}")) return true; /* flow indicators end a text in [ ] */
  if (strstr(text, ": ") || strstr(text, " #")) return true;
  for (const unsigned char *c = (const unsigned char *)text; *c; c += length)
    if (!is_printable(decode(c, &length))) return true;
  return false;
}

static void print_text(const char *text, bool quoted, FILE *file) {
  int length;

  if (!quoted && !needs_quotes(text)) {
    fputs(text, file);
    return;
  }
  fputc('"', file);
  for (const unsigned char *c = (const unsigned char *)text; *c; c += length) {
    const long code = decode(c, &length);

    if (code == '"' || code == '\\')
      fprintf(file, "\\%c", (int)code);
    else if (code == '\n')
      fputs("\\n", file);
    else if (code == '\t')
      fputs("\\t", file);
    else if (code < 0)
      fprintf(file, "\\x%02X", *c);
    else if (is_printable(code))
      fwrite(c, 1, (size_t)length, file);
    else if (code < 0x100)
      fprintf(file, "\\x%02lX", code);
    else
      fprintf(file, "\\u%04lX", code & 0xffff);
  }
  fputc('"', file);
}

/* Points, edges and lists of names read best on one line. */
static bool fits_on_a_line(const EluteNode *sequence) {
  size_t length = 0;

  for (const EluteNode *child = sequence->first; child; child = child->next) {
    if (child->kind != ELUTE_SCALAR || child->provenance || (!child->text[0] && !child->quoted)) return false;
    length += strlen(child->text) + 2;
    if (length > LONGEST_FLOW) return false;
  }
  return true;
}

static void print_provenance(const EluteNode *node, FILE *file) {
  int length;

  if (!node->provenance) return;
  fputs("  # ", file);
  for (const unsigned char *c = (const unsigned char *)node->provenance; *c; c += length) {
    if (is_printable(decode(c, &length)))
      fwrite(c, 1, (size_t)length, file);
    else
      fputc(' ', file);
  }
}

static void print_children(const EluteNode *node, int indent, bool first_is_placed, FILE *file);

/* What follows "key:" or "-" (dash: a mapping's first key may stand beside it). */
static void print_value(const EluteNode *node, int indent, bool dash, FILE *file) {
  if (node->kind == ELUTE_SCALAR) {
    if (node->text[0] || node->quoted) fputc(' ', file);
    if (node->text[0] || node->quoted) print_text(node->text, node->quoted, file);
  } else if (!node->first) {
    fputs(node->kind == ELUTE_MAPPING ? " {}" : " []", file);
  } else if (node->kind == ELUTE_SEQUENCE && fits_on_a_line(node)) {
    fputs(" [", file);
    for (const EluteNode *child = node->first; child; child = child->next) {
      print_text(child->text, child->quoted, file);
      if (child->next) fputs(", ", file);
    }
    fputc(']', file);
  } else if (dash && node->kind == ELUTE_MAPPING && !node->provenance) {
    fputc(' ', file);
    print_children(node, indent, true, file);
    return;
  } else {
    print_provenance(node, file);
    fputc('\n', file);
    print_children(node, indent, false, file);
    return;
  }
  print_provenance(node, file);
  fputc('\n', file);
}

static void print_children(const EluteNode *node, int indent, bool first_is_placed, FILE *file) {
  for (const EluteNode *child = node->first; child; child = child->next) {
    if (!(first_is_placed && child == node->first)) fprintf(file, "%*s", indent, "");
    if (node->kind == ELUTE_SEQUENCE) {
      fputc('-', file);
    } else {
      print_text(child->key, false, file);
      fputc(':', file);
    }
    print_value(child, indent + 2, node->kind == ELUTE_SEQUENCE, file);
  }
}

void EluteTreePrint(const EluteNode *root, FILE *file) {
  if (root->kind != ELUTE_SCALAR && root->first) {
    print_children(root, 0, false, file);
    return;
  }
  print_value(root, 0, false, file);
}

char *EluteTreeText(const EluteNode *root, size_t *length) {
  char *text = NULL;
  FILE *file = open_memstream(&text, length);

  if (!file) abort();
  EluteTreePrint(root, file);
  fclose(file);
  if (!text) abort();
  return text;
}
