#include "tree.h"

#include <stdlib.h>
#include <string.h>

typedef struct Differences {
  FILE *file;
  int n, most;
} Differences;

static void say(Differences *d, const char *path, const EluteNode *before, const EluteNode *now) {
  const EluteNode *node[2] = {before, now};

  if (++d->n > d->most) return;
  fprintf(d->file, "  %s:", path[0] ? path : "the case");
  for (int i = 0; i < 2; i++) {
    char found[128] = "absent";

    if (node[i]) EluteNodeFound(node[i], found, sizeof found);
    fprintf(d->file, "%s %s", i ? ", now" : " was", found);
  }
  fputc('\n', d->file);
}

static void compare(Differences *d, const char *path, const EluteNode *before, const EluteNode *now);

/* A child that either may lack. */
static void compare_child(Differences *d, const char *path, const char *key, const EluteNode *before, const EluteNode *now) {
  char *below;

  if (asprintf(&below, "%s%s%s", path, path[0] ? "." : "", key) < 0) abort();
  compare(d, below, before, now);
  free(below);
}

static void compare(Differences *d, const char *path, const EluteNode *before, const EluteNode *now) {
  if (!before || !now || before->kind != now->kind || (now->kind == ELUTE_SCALAR && strcmp(before->text, now->text) != 0)) {
    say(d, path, before, now);
  } else if (now->kind == ELUTE_MAPPING) {
    for (const EluteNode *child = before->first; child; child = child->next)
      compare_child(d, path, child->key, child, EluteNodeChild(now, child->key));
    for (const EluteNode *child = now->first; child; child = child->next)
      if (!EluteNodeChild(before, child->key)) compare_child(d, path, child->key, NULL, child);
  } else if (now->kind == ELUTE_SEQUENCE) {
    const EluteNode *a = before->first, *b = now->first;

    for (int i = 0; a || b; i++) {
      char key[16];

      snprintf(key, sizeof key, "%d", i);
      compare_child(d, path, key, a, b);
      if (a) a = a->next;
      if (b) b = b->next;
    }
  }
}

int EluteTreeDifferences(const EluteNode *before, const EluteNode *now, int most, FILE *file) {
  Differences d = {.file = file, .most = most};

  compare(&d, "", before, now);
  if (d.n > most) fprintf(file, "  and %d more\n", d.n - most);
  return d.n;
}
