/* YAML text to nodes, over libyaml's events: the loader of libyaml expands nothing lazily and nests without a limit, so
   depth, number of nodes and aliases are watched here while the text is read. */
#include "tree.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { DEEPEST = 64, LONGEST_KEY = 256, MOST_KEYS = 10000, MOST_ANCHORS = 1000 };

typedef struct Anchor {
  char *name;
  EluteNode *node; /* in the tree under construction, or a key's copy */
} Anchor;

typedef struct Reader {
  yaml_parser_t parser;
  EluteDiagnostics *d;
  char *file;
  int n_nodes, n_anchors;
  Anchor *anchors;
  int errors_before;
  bool too_big;
  EluteNode *aside; /* nodes outside the tree that an anchor may still name: anchored keys, merged mappings */
} Reader;

static EluteNode *read_node(Reader *reader, const yaml_event_t *event, int depth, bool is_key);

/* Names of files live as long as the program: nodes of many trees share them. */
static char *intern(const char *name) {
  static struct Name {
    struct Name *next;
    char text[];
  } * names;
  struct Name *entry;

  for (entry = names; entry; entry = entry->next)
    if (strcmp(entry->text, name) == 0) return entry->text;
  entry = malloc(sizeof *entry + strlen(name) + 1);
  if (!entry) abort();
  strcpy(entry->text, name);
  entry->next = names;
  names = entry;
  return entry->text;
}

static void fail(Reader *reader, const yaml_mark_t *mark, const char *message) {
  EluteErrorAt(reader->d, reader->file, (int)mark->line + 1, (int)mark->column + 1, "%s", message);
}

static void line_and_column(const char *text, size_t offset, int *line, int *column) {
  *line = *column = 1;
  for (size_t i = 0; i < offset; i++) {
    (*column)++;
    if (text[i] == '\n') {
      (*line)++;
      *column = 1;
    }
  }
}

static void report_syntax_error(Reader *reader, const char *text, size_t length) {
  const yaml_parser_t *p = &reader->parser;
  int line = (int)p->problem_mark.line + 1, column = (int)p->problem_mark.column + 1;

  if (p->error == YAML_READER_ERROR) {
    line_and_column(text, p->problem_offset < length ? p->problem_offset : length, &line, &column);
    EluteErrorAt(reader->d, reader->file, line, column, "not a text in UTF-8: %s", p->problem);
  } else if (p->context && p->context_mark.line != p->problem_mark.line) {
    EluteErrorAt(reader->d, reader->file, line, column, "YAML syntax: %s (%s that began in line %d)",
                 p->problem ? p->problem : "error", p->context, (int)p->context_mark.line + 1);
  } else {
    EluteErrorAt(reader->d, reader->file, line, column, "YAML syntax: %s%s%s", p->problem ? p->problem : "error",
                 p->context ? " " : "", p->context ? p->context : "");
  }
}

static EluteNode *new_node(Reader *reader, EluteNodeKind kind, const char *text, const yaml_mark_t *mark) {
  EluteNode *node;

  if (++reader->n_nodes > ELUTE_MOST_NODES) {
    if (!reader->too_big) fail(reader, mark, "more than 1000000 nodes (aliases count each time they are used)");
    reader->too_big = true;
    return NULL;
  }
  node = EluteNodeNew(kind, NULL, text);
  node->file = reader->file;
  node->line = (int)mark->line + 1;
  node->column = (int)mark->column + 1;
  return node;
}

/* False: too many, for an alias looks through all of them. */
static bool remember_anchor(Reader *reader, const yaml_char_t *name, EluteNode *node, const yaml_mark_t *mark) {
  Anchor *anchors;

  if (!name) return true;
  if (reader->n_anchors == MOST_ANCHORS) {
    fail(reader, mark, "more than 1000 anchors");
    return false;
  }
  anchors = realloc(reader->anchors, (size_t)(reader->n_anchors + 1) * sizeof *anchors);
  if (!anchors) abort();
  reader->anchors = anchors;
  anchors[reader->n_anchors++] = (Anchor){strdup((const char *)name), node};
  return true;
}

static int depth_of(const EluteNode *node) {
  int deepest = 0;

  for (const EluteNode *child = node->first; child; child = child->next) {
    const int depth = depth_of(child);

    if (depth > deepest) deepest = depth;
  }
  return deepest + 1;
}

static EluteNode *read_alias(Reader *reader, const yaml_event_t *event, int depth) {
  const char *name = (const char *)event->data.alias.anchor;
  EluteNode *copy;

  for (int i = reader->n_anchors - 1; i >= 0; i--) {
    const EluteNode *node = reader->anchors[i].node;

    if (strcmp(reader->anchors[i].name, name) != 0) continue;
    if (depth + depth_of(node) > DEEPEST) {
      fail(reader, &event->start_mark, "nested deeper than 64 levels");
      return NULL;
    }
    reader->n_nodes += EluteNodeCount(node) - 1;
    if (!(copy = new_node(reader, ELUTE_MAPPING, NULL, &event->start_mark))) return NULL;
    EluteNodeFree(copy);
    copy = EluteNodeCopy(node);
    free(copy->key);
    copy->key = NULL;
    return copy;
  }
  EluteErrorAt(reader->d, reader->file, (int)event->start_mark.line + 1, (int)event->start_mark.column + 1,
               "alias *%.60s: no anchor &%.60s is complete before it", name, name);
  return NULL;
}

static bool tag_is_plain(const yaml_char_t *tag, const char *kind) {
  static const char prefix[] = "tag:yaml.org,2002:";

  if (!tag || strcmp((const char *)tag, "!") == 0) return true;
  return strncmp((const char *)tag, prefix, sizeof prefix - 1) == 0 &&
         strcmp((const char *)tag + sizeof prefix - 1, kind) == 0;
}

static bool tag_is_allowed(Reader *reader, const yaml_event_t *event) {
  const bool scalar = event->type == YAML_SCALAR_EVENT, sequence = event->type == YAML_SEQUENCE_START_EVENT;
  const yaml_char_t *tag = scalar     ? event->data.scalar.tag
                           : sequence ? event->data.sequence_start.tag
                                      : event->data.mapping_start.tag;

  if (tag_is_plain(tag, scalar ? "str" : sequence ? "seq" : "map")) return true;
  EluteErrorAt(reader->d, reader->file, (int)event->start_mark.line + 1, (int)event->start_mark.column + 1,
               "found the tag '%.60s'; a case has no tags", (const char *)tag);
  return false;
}

/* `<<: *defaults`: the keys of the merged mappings that the mapping does not have itself. */
static bool merge_into(Reader *reader, EluteNode *mapping, const EluteNode *from, const yaml_mark_t *mark) {
  bool fine = true;

  if (from->kind == ELUTE_SEQUENCE) {
    for (const EluteNode *one = from->first; one && fine; one = one->next)
      if (one->kind == ELUTE_MAPPING) fine = merge_into(reader, mapping, one, mark);
    return fine;
  }
  if (from->kind != ELUTE_MAPPING) {
    fail(reader, mark, "found a scalar after '<<'; expected an alias of a mapping");
    return false;
  }
  reader->n_nodes += EluteNodeCount(from);
  for (const EluteNode *child = from->first; child; child = child->next) {
    if (EluteNodeChild(mapping, child->key)) continue;
    if (mapping->n_children >= MOST_KEYS) {
      fail(reader, mark, "more than 10000 keys in one mapping");
      return false;
    }
    EluteNodeAppend(mapping, EluteNodeCopy(child));
  }
  return true;
}

/* A key: a scalar, not too long, not there yet. Returns a copy of its text, or NULL. */
static char *check_key(Reader *reader, const EluteNode *mapping, const EluteNode *key, const yaml_mark_t *mark) {
  const EluteNode *twin;
  char *text = NULL;

  /* Looking for twins takes quadratic time. */
  if (mapping->n_children >= MOST_KEYS)
    fail(reader, mark, "more than 10000 keys in one mapping");
  else if (key->kind != ELUTE_SCALAR)
    fail(reader, mark, "found a collection as a key; expected a name");
  else if (strlen(key->text) > LONGEST_KEY)
    fail(reader, mark, "a key is longer than 256 bytes");
  else if ((twin = EluteNodeChild(mapping, key->text)))
    EluteErrorAt(reader->d, reader->file, (int)mark->line + 1, (int)mark->column + 1,
                 "the key '%.60s' was given before, in line %d", key->text, twin->line);
  else if (!(text = strdup(key->text)))
    abort();
  return text;
}

/* One key and its value. False: stop. */
static bool read_entry(Reader *reader, EluteNode *mapping, EluteNode **merged, const yaml_event_t *key_event,
                       int depth) {
  const yaml_mark_t mark = key_event->start_mark;
  EluteNode *key = read_node(reader, key_event, depth, true), *value = NULL;
  yaml_event_t event;
  const bool merge = key && key->kind == ELUTE_SCALAR && !key->quoted && strcmp(key->text, "<<") == 0;
  char *text = key && !merge ? check_key(reader, mapping, key, &mark) : NULL;

  if (key && key_event->type == YAML_SCALAR_EVENT && key_event->data.scalar.anchor)
    EluteNodeAppend(reader->aside, key);
  else
    EluteNodeFree(key);
  if ((text || merge) && yaml_parser_parse(&reader->parser, &event)) {
    value = read_node(reader, &event, depth, false);
    yaml_event_delete(&event);
  }
  if (!value) {
    free(text);
    return false;
  }
  if (merge) {
    if (*merged) {
      fail(reader, &mark, "the key '<<' was given before");
      EluteNodeAppend(reader->aside, value);
      return false;
    }
    *merged = value;
    return true;
  }
  value->key = text;
  if (value->kind == ELUTE_SCALAR && !value->text[0] && !value->quoted) {
    value->line = (int)mark.line + 1; /* an empty value is reported at its key */
    value->column = (int)mark.column + 1;
  }
  EluteNodeAppend(mapping, value);
  return true;
}

static EluteNode *read_collection(Reader *reader, const yaml_event_t *start, int depth) {
  const bool mapping = start->type == YAML_MAPPING_START_EVENT;
  const yaml_mark_t mark = start->start_mark;
  EluteNode *node, *child, *merged = NULL;
  yaml_event_t event;
  bool done = false, fine = true;

  if (depth >= DEEPEST) {
    fail(reader, &start->start_mark, "nested deeper than 64 levels");
    return NULL;
  }
  if (!(node = new_node(reader, mapping ? ELUTE_MAPPING : ELUTE_SEQUENCE, NULL, &mark))) return NULL;
  while (fine && !done) {
    if (!yaml_parser_parse(&reader->parser, &event)) {
      fine = false;
      break;
    }
    done = event.type == YAML_MAPPING_END_EVENT || event.type == YAML_SEQUENCE_END_EVENT;
    if (!done && mapping) {
      fine = read_entry(reader, node, &merged, &event, depth + 1);
    } else if (!done) {
      child = read_node(reader, &event, depth + 1, false);
      fine = child != NULL;
      if (child) EluteNodeAppend(node, child);
    }
    yaml_event_delete(&event);
  }
  if (fine && merged) fine = merge_into(reader, node, merged, &mark);
  if (merged) EluteNodeAppend(reader->aside, merged);
  if (!fine) {
    EluteNodeFree(node); /* anchors may point into it, but nothing reads them after a failure */
    return NULL;
  }
  return node;
}

static EluteNode *read_node(Reader *reader, const yaml_event_t *event, int depth, bool is_key) {
  const yaml_char_t *anchor = NULL;
  EluteNode *node = NULL;

  if (event->type == YAML_ALIAS_EVENT) return read_alias(reader, event, depth);
  if (!tag_is_allowed(reader, event)) return NULL;
  if (event->type == YAML_SCALAR_EVENT) {
    node = new_node(reader, ELUTE_SCALAR, (const char *)event->data.scalar.value, &event->start_mark);
    if (node) node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    if (node && strlen(node->text) != event->data.scalar.length) {
      fail(reader, &event->start_mark, "a text holds a NUL character");
      EluteNodeFree(node);
      return NULL;
    }
    anchor = event->data.scalar.anchor;
  } else if (is_key) {
    fail(reader, &event->start_mark, "found a collection as a key; expected a name");
  } else {
    node = read_collection(reader, event, depth);
    anchor =
        event->type == YAML_SEQUENCE_START_EVENT ? event->data.sequence_start.anchor : event->data.mapping_start.anchor;
  }
  if (!node || remember_anchor(reader, anchor, node, &event->start_mark)) return node;
  EluteNodeFree(node);
  return NULL;
}

/* The first document's root; NULL without an error: there is none. */
static EluteNode *read_document(Reader *reader, bool *syntax_error) {
  yaml_event_t event;
  EluteNode *root = NULL;
  yaml_event_type_t type;
  bool begun = false;

  for (;;) {
    if (!yaml_parser_parse(&reader->parser, &event)) {
      *syntax_error = true;
      break;
    }
    type = event.type;
    if (type == YAML_DOCUMENT_START_EVENT && begun)
      fail(reader, &event.start_mark, "a second document begins here; one file is one case");
    else if (type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_START_EVENT && type != YAML_DOCUMENT_END_EVENT &&
             type != YAML_STREAM_END_EVENT) {
      root = read_node(reader, &event, 0, false);
      if (!root) *syntax_error = reader->parser.error != YAML_NO_ERROR;
    }
    yaml_event_delete(&event);
    if (type == YAML_STREAM_END_EVENT || reader->d->n_errors > reader->errors_before || *syntax_error) break;
    begun = begun || type == YAML_DOCUMENT_START_EVENT;
  }
  return root;
}

/* What libyaml is not asked about: a NUL, and directives that declare tags, each of which it compares with all others. */
static const char *find_unread(const char *text, size_t length, const char **what) {
  static const char tag[] = "\n%TAG";
  const size_t n = sizeof tag - 1;
  const char *nul = length ? memchr(text, '\0', length) : NULL, *line;

  *what = "not a text: found a NUL byte";
  if (nul) return nul;
  *what = "found the directive %TAG; a case has no tags";
  if (length >= n - 1 && memcmp(text, tag + 1, n - 1) == 0) return text;
  line = memmem(text, length, tag, n);
  return line ? line + 1 : NULL;
}

EluteNode *EluteNodeParse(const char *name, const char *text, size_t length, EluteDiagnostics *d) {
  Reader reader = {.d = d, .file = intern(name), .errors_before = d->n_errors};
  const char *what, *unread = find_unread(text, length, &what);
  EluteNode *root = NULL;
  bool syntax_error = false;
  int line, column;

  if (unread) {
    line_and_column(text, (size_t)(unread - text), &line, &column);
    EluteErrorAt(d, reader.file, line, column, "%s", what);
    return NULL;
  }
  reader.aside = EluteNodeNew(ELUTE_SEQUENCE, NULL, NULL);
  if (!yaml_parser_initialize(&reader.parser)) abort();
  yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, length);
  yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
  root = read_document(&reader, &syntax_error);
  if (syntax_error && d->n_errors == reader.errors_before) report_syntax_error(&reader, text, length);
  yaml_parser_delete(&reader.parser);
  for (int i = 0; i < reader.n_anchors; i++) free(reader.anchors[i].name);
  free(reader.anchors);
  EluteNodeFree(reader.aside);
  if (d->n_errors > reader.errors_before) {
    EluteNodeFree(root);
    root = NULL;
  } else if (!root) {
    root = EluteNodeNew(ELUTE_SCALAR, NULL, "");
    root->file = reader.file;
    root->line = root->column = 1;
  }
  return root;
}

EluteNode *EluteTreeParse(const char *name, const char *text, size_t length, EluteDiagnostics *d) {
  EluteNode *root = EluteNodeParse(name, text, length, d);
  char found[128];

  if (!root || root->kind == ELUTE_MAPPING) return root;
  EluteNodeFound(root, found, sizeof found);
  if (root->kind == ELUTE_SCALAR && !root->text[0])
    EluteErrorAt(d, name, 0, 0, "the file is empty; a case begins with 'elute: 1'");
  else
    EluteErrorAt(d, name, root->line, root->column, "found %s; expected keys with values, such as 'elute: 1'", found);
  EluteNodeFree(root);
  return NULL;
}
