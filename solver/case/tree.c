/* Nodes of a case: making, finding, changing, merging. Parsing is in tree_parse.c, printing in tree_print.c. */
#include "tree.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static char *copy_text(const char *text) {
  char *copy = text ? strdup(text) : NULL;

  if (text && !copy) abort();
  return copy;
}

EluteNode *EluteNodeNew(EluteNodeKind kind, const char *key, const char *text) {
  EluteNode *node = calloc(1, sizeof *node);

  if (!node) abort();
  node->kind = kind;
  node->key = copy_text(key);
  if (kind == ELUTE_SCALAR) node->text = copy_text(text ? text : "");
  return node;
}

void EluteNodeAppend(EluteNode *parent, EluteNode *child) {
  child->parent = parent;
  child->next = NULL;
  if (parent->last)
    parent->last->next = child;
  else
    parent->first = child;
  parent->last = child;
  parent->n_children++;
}

/* The pointer that holds node in its parent's list, and the sibling before it. */
static EluteNode **link_to(const EluteNode *node, EluteNode **before) {
  EluteNode **link = &node->parent->first;

  *before = NULL;
  while (*link != node) {
    *before = *link;
    link = &(*link)->next;
  }
  return link;
}

int EluteNodeCount(const EluteNode *node) {
  int n = 1;

  for (const EluteNode *child = node->first; child; child = child->next) n += EluteNodeCount(child);
  return n;
}

void EluteNodeDetach(EluteNode *node) {
  EluteNode *before, **link;

  if (!node->parent) return;
  link = link_to(node, &before);
  *link = node->next;
  if (node->parent->last == node) node->parent->last = before;
  node->parent->n_children--;
  node->parent = node->next = NULL;
}

static void free_contents(EluteNode *node) {
  EluteNode *child = node->first, *next;

  for (; child; child = next) {
    next = child->next;
    free_contents(child);
    free(child);
  }
  free(node->key);
  free(node->text);
  free(node->provenance);
  free(node->origin);
}

void EluteNodeFree(EluteNode *node) {
  if (!node) return;
  EluteNodeDetach(node);
  free_contents(node);
  free(node);
}

void EluteNodeReplace(EluteNode *old, EluteNode *with) {
  EluteNode *before, **link;

  free(with->key);
  with->key = copy_text(old->key);
  if (old->parent) {
    link = link_to(old, &before);
    *link = with;
    with->parent = old->parent;
    with->next = old->next;
    if (old->parent->last == old) old->parent->last = with;
    old->parent = old->next = NULL;
  }
  EluteNodeFree(old);
}

/* One node without its children and outside any tree. */
static EluteNode *copy_one(const EluteNode *node) {
  EluteNode *copy = EluteNodeNew(node->kind, node->key, node->text);

  copy->quoted = node->quoted;
  copy->file = node->file;
  copy->line = node->line;
  copy->column = node->column;
  copy->provenance = copy_text(node->provenance);
  copy->origin = copy_text(node->origin);
  copy->used = node->used;
  return copy;
}

EluteNode *EluteNodeCopy(const EluteNode *node) {
  EluteNode *copy = copy_one(node);

  for (const EluteNode *child = node->first; child; child = child->next) EluteNodeAppend(copy, EluteNodeCopy(child));
  return copy;
}

EluteNode *EluteTreeMerge(const EluteNode *base, const EluteNode *over) {
  EluteNode *merged;

  if (base->kind != ELUTE_MAPPING || over->kind != ELUTE_MAPPING) return EluteNodeCopy(over);
  merged = copy_one(over);
  for (const EluteNode *child = base->first; child; child = child->next) {
    const EluteNode *newer = EluteNodeChild(over, child->key);

    EluteNodeAppend(merged, newer ? EluteTreeMerge(child, newer) : EluteNodeCopy(child));
  }
  for (const EluteNode *child = over->first; child; child = child->next)
    if (!EluteNodeChild(base, child->key)) EluteNodeAppend(merged, EluteNodeCopy(child));
  return merged;
}

EluteNode *EluteNodeChild(const EluteNode *mapping, const char *key) {
  if (!mapping || mapping->kind != ELUTE_MAPPING) return NULL;
  for (EluteNode *child = mapping->first; child; child = child->next)
    if (strcmp(child->key, key) == 0) return child;
  return NULL;
}

/* The child for one part of a dotted path: a key, or an index in a sequence. */
static EluteNode *step_down(const EluteNode *node, const char *part) {
  EluteNode *child;
  char *end;
  long index;

  if (node->kind == ELUTE_MAPPING) return EluteNodeChild(node, part);
  if (node->kind != ELUTE_SEQUENCE || !isdigit((unsigned char)part[0])) return NULL;
  index = strtol(part, &end, 10);
  if (*end) return NULL;
  for (child = node->first; child && index > 0; index--) child = child->next;
  return child;
}

/* The next part of a dotted path. A key may itself hold dots (boundaries.all.stealth.drug): where the shortest part
   names no child, longer ones are tried. */
static EluteNode *find_child(const EluteNode *node, char *path, char **rest) {
  EluteNode *child;

  for (char *dot = strchr(path, '.'); dot; dot = strchr(dot + 1, '.')) {
    *dot = '\0';
    child = step_down(node, path);
    *dot = '.';
    if (child) {
      *rest = dot + 1;
      return child;
    }
  }
  *rest = path + strlen(path);
  return step_down(node, path);
}

EluteNode *EluteNodeAt(const EluteNode *root, const char *dotted_path) {
  char *path = copy_text(dotted_path), *rest = path;
  EluteNode *node = (EluteNode *)root;

  while (node && *rest) node = find_child(node, rest, &rest);
  free(path);
  return node;
}

bool EluteNodeBecome(EluteNode *node, EluteNodeKind kind) {
  if (node->kind == kind) return true;
  if (node->kind != ELUTE_SCALAR || node->quoted || node->text[0]) return false;
  free(node->text);
  node->text = NULL;
  node->kind = kind;
  return true;
}

EluteNode *EluteNodeEnsure(EluteNode *root, const char *dotted_path, EluteNodeKind kind) {
  char *path = copy_text(dotted_path), *rest = path, *part;
  EluteNode *node = root, *child;

  while (*rest) {
    part = rest;
    child = find_child(node, part, &rest);
    if (!child) {
      if (!EluteNodeBecome(node, ELUTE_MAPPING)) {
        node = NULL;
        break;
      }
      rest = part + strcspn(part, ".");
      if (*rest) *rest++ = '\0';
      child = EluteNodeNew(*rest ? ELUTE_MAPPING : kind, part, NULL);
      EluteNodeAppend(node, child);
    }
    node = child;
  }
  free(path);
  if (node && kind != ELUTE_SCALAR && !EluteNodeBecome(node, kind)) return NULL;
  return node;
}

EluteNode *EluteNodeSet(EluteNode *mapping, const char *key, const char *format, ...) {
  EluteNode *old = EluteNodeChild(mapping, key), *node;
  va_list arguments;
  char *text;

  va_start(arguments, format);
  if (vasprintf(&text, format, arguments) < 0) abort();
  va_end(arguments);
  node = EluteNodeNew(ELUTE_SCALAR, key, text);
  free(text);
  if (old)
    EluteNodeReplace(old, node);
  else
    EluteNodeAppend(mapping, node);
  return node;
}

static size_t path_length(const EluteNode *node) {
  return node->parent ? path_length(node->parent) + 1 + (node->key ? strlen(node->key) : 12) : 0;
}

static void write_path(const EluteNode *node, char *path) {
  int index = 0;

  if (!node->parent) return;
  write_path(node->parent, path);
  if (path[0]) strcat(path, ".");
  if (node->key) {
    strcat(path, node->key);
    return;
  }
  for (const EluteNode *before = node->parent->first; before != node; before = before->next) index++;
  sprintf(path + strlen(path), "%d", index);
}

void EluteNodeMadeFrom(EluteNode *node, const EluteNode *origin) {
  char *path = EluteNodePath(origin);

  free(node->origin);
  node->origin = path;
  node->file = origin->file, node->line = origin->line, node->column = origin->column;
}

char *EluteNodePath(const EluteNode *node) {
  char *path;

  for (const EluteNode *above = node; above; above = above->parent)
    if (above->origin) return copy_text(above->origin);
  path = calloc(path_length(node) + 1, 1);
  if (!path) abort();
  write_path(node, path);
  return path;
}

void EluteNodeFound(const EluteNode *node, char *text, size_t length) {
  if (!node || (node->kind == ELUTE_SCALAR && !node->text[0]))
    snprintf(text, length, "nothing");
  else if (node->kind == ELUTE_MAPPING)
    snprintf(text, length, node->n_children ? "a mapping" : "an empty mapping");
  else if (node->kind == ELUTE_SEQUENCE)
    snprintf(text, length, "a sequence of %d", node->n_children);
  else
    snprintf(text, length, strlen(node->text) > 80 ? "'%.80s…'" : "'%.80s'", node->text);
}

/* Says why a path of --set cannot be followed: the deepest node that exists and what is there. */
static void explain_bad_path(const EluteNode *root, const char *path, EluteDiagnostics *d) {
  char *copy = copy_text(path), *rest = copy, *part, found[128];
  const EluteNode *node = root, *child;

  for (part = rest; *rest && (child = find_child(node, rest, &rest)); part = rest) node = child;
  part[strcspn(part, ".")] = '\0';
  if (node->kind == ELUTE_SEQUENCE)
    EluteErrorAt(d, "--set", 0, 0, "%s: found '%s'; expected an index from 0 to %d", path, part, node->n_children - 1);
  else {
    EluteNodeFound(node, found, sizeof found);
    EluteErrorAt(d, "--set", 0, 0, "%s: there is no '%s' below %s", path, part, found);
  }
  free(copy);
}

static bool path_is_well_formed(const char *path) {
  for (const char *c = path; *c; c++) {
    if (!isalnum((unsigned char)*c) && !strchr("_-+.", *c)) return false;
    if (*c == '.' && (c == path || c[1] == '\0' || c[1] == '.')) return false;
  }
  return path[0] != '\0';
}

void EluteTreeSet(EluteNode *root, const char *assignment, EluteDiagnostics *d) {
  const char *equals = strchr(assignment, '=');
  char *path;
  EluteNode *node, *value;

  if (!equals) {
    EluteErrorAt(d, "--set", 0, 0, "found '%s'; expected path=value, such as mesh.x.cells=64", assignment);
    return;
  }
  path = copy_text(assignment);
  path[equals - assignment] = '\0';
  if (!path_is_well_formed(path)) {
    EluteErrorAt(d, "--set", 0, 0, "found the path '%s'; expected keys joined by dots, such as mesh.x.cells", path);
  } else if ((value = EluteNodeParse("--set", equals + 1, strlen(equals + 1), d))) {
    node = EluteNodeEnsure(root, path, ELUTE_SCALAR);
    if (!node) {
      explain_bad_path(root, path, d);
      EluteNodeFree(value);
    } else {
      EluteNodeReplace(node, value);
    }
  }
  free(path);
}
