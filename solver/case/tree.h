/* A case file as a tree of nodes that remember where they stood: the one data structure between text and model.
   Merging (from:), overriding (--set), defaults and the expansion of domain words are all edits of this tree; the
   echoed case is the tree printed. Plain C, no PETSc objects. Deterministic: every rank builds the same tree from the
   same text. */
#ifndef ELUTE_TREE_H
#define ELUTE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { ELUTE_MOST_NODES = 1000000 }; /* of a text, aliases written out, and of what catalogues add to it */
typedef enum { ELUTE_SCALAR, ELUTE_SEQUENCE, ELUTE_MAPPING } EluteNodeKind;

typedef struct EluteNode EluteNode;
struct EluteNode {
  EluteNodeKind kind;
  char *key;  /* its key in the parent mapping; NULL in sequences and at the root */
  char *text; /* of a scalar (never NULL there) */
  bool quoted;
  char *file;       /* where it was written: a path, "--set", "catalogue/..." ; shared, not owned */
  int line, column; /* 1-based; 0: nowhere (a default or an expansion) */
  char *origin;     /* path of what it was made from, which messages name instead of its own; NULL */
  char *provenance; /* "source; evidence tag" of catalogue numbers, printed as a comment in the echo; NULL */
  EluteNode *parent, *first, *last, *next;
  int n_children;
  bool used;
};

/* All problems of a case, in the order of the file. */
typedef struct EluteDiagnostics {
  int n_errors, n_warnings;
  char *text; /* whole lines: "file:line:column: error: path: found …; expected …\n" */
  size_t length;
} EluteDiagnostics;

void EluteDiagnosticsClear(EluteDiagnostics *d);
/* Does a line of the text, which may be NULL, begin so? n: length of the beginning. */
bool EluteDiagnosticsHas(const char *text, const char *beginning, size_t n);
/* The path is taken from the node (carriers.stealth.release.rate). At most 100 errors are kept, then "and N more". */
void EluteError(EluteDiagnostics *d, const EluteNode *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void EluteWarning(EluteDiagnostics *d, const EluteNode *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same at a place that is no node: a line of a table's file, a syntax error. Line 0: the file as a whole. */
void EluteErrorAt(EluteDiagnostics *d, const char *file, int line, int column, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Parses one YAML document (mapping at the root; anchors and aliases; duplicate keys, other tags, several documents,
   binary, depth over 64, over 1e6 nodes, 1e4 keys in a mapping or 1e3 anchors are errors). NULL and diagnostics on failure. */
EluteNode *EluteTreeParse(const char *name, const char *text, size_t length, EluteDiagnostics *d);
/* The same for a fragment whose root may be of any kind (a default, a value of --set). An empty text is the empty
 * scalar. */
EluteNode *EluteNodeParse(const char *name, const char *text, size_t length, EluteDiagnostics *d);
EluteNode *EluteNodeNew(EluteNodeKind kind, const char *key, const char *text); /* text NULL but for scalars */
EluteNode *EluteNodeCopy(const EluteNode *node);                                /* deep, detached, keeps places */
int EluteNodeCount(const EluteNode *node); /* it and all that is in it */
void EluteNodeDetach(EluteNode *node);
void EluteNodeFree(EluteNode *node); /* detaches and frees the whole subtree */
void EluteNodeAppend(EluteNode *parent, EluteNode *child);
void EluteNodeReplace(EluteNode *old, EluteNode *with); /* frees old; keeps old's key */

EluteNode *EluteNodeChild(const EluteNode *mapping, const char *key); /* NULL when absent or not a mapping */
EluteNode *EluteNodeAt(const EluteNode *root,
                       const char *dotted_path); /* "mesh.x.cells", "reactions.0.rate"; or NULL */
/* Finds or makes the node at the path (mappings on the way); for defaults and expansions. */
EluteNode *EluteNodeEnsure(EluteNode *root, const char *dotted_path, EluteNodeKind kind);
/* A key without a value ("output:") may stand for an empty mapping or sequence: makes it one. False: it has a value. */
bool EluteNodeBecome(EluteNode *node, EluteNodeKind kind);
/* What was found, for messages: 'text', "a mapping", "a sequence", "nothing". */
void EluteNodeFound(const EluteNode *node, char *text, size_t length);
/* Convenience of expansions: sets a scalar; format gives the text. Returns the node. */
EluteNode *EluteNodeSet(EluteNode *mapping, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
char *EluteNodePath(const EluteNode *node); /* malloc'd dotted path, of its origin where it or what it is in has one */
/* Messages about the node, and all that is in it, shall be about what it was made from. */
void EluteNodeMadeFrom(EluteNode *node, const EluteNode *origin);

/* --set path=value: value is YAML (a scalar or flow collection). The path must name an existing key or one that its
   parent's schema allows (checked later by validation). */
void EluteTreeSet(EluteNode *root, const char *assignment, EluteDiagnostics *d);
/* Keys of `over` override or extend those of `base`, recursively; sequences and scalars replace. Returns a new tree. */
EluteNode *EluteTreeMerge(const EluteNode *base, const EluteNode *over);

void EluteTreePrint(const EluteNode *root,
                    FILE *file); /* block YAML that parses to the same tree, provenance as comments */
char *EluteTreeText(const EluteNode *root, size_t *length); /* the same, malloc'd; a NUL stands behind it */

/* A line for every path at which two trees differ, at most so many: "  time.end: was '1 h', now '2 h'". Returns their number. */
int EluteTreeDifferences(const EluteNode *before, const EluteNode *now, int most, FILE *file);

/* The candidate nearest to name (edit distance, at most a third of its length + 1), or NULL. */
const char *EluteNearest(const char *name, int n, const char *const *candidates);

#endif
