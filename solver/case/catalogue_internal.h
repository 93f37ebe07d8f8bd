/* What the files of the catalogue share. */
#ifndef ELUTE_CATALOGUE_INTERNAL_H
#define ELUTE_CATALOGUE_INTERNAL_H

#include "catalogue.h"

struct EluteCatalogue {
  int n;
  EluteNode **files; /* roots, the case's own first */
  bool kept;         /* the built-in ones alone: read once, shared by all cases */
};

/* A kind of entry: the section of a catalogue file, and the places of a case (dotted, * for a name) that take one by
   `from`. Entries may themselves name entries of kinds that come later. */
typedef struct EluteCatalogueKind {
  const char *name, *places[2];
} EluteCatalogueKind;
extern const EluteCatalogueKind elute_catalogue_kinds[]; /* ends with name NULL */

/* {value: …, source: …, evidence: …} */
bool elute_catalogue_is_sourced(const EluteNode *node);
/* Every number of a file knows its source, its range holds it, every entry says what it is: what the schema of the case
   cannot know. */
void elute_catalogue_check_sources(const EluteNode *file, EluteDiagnostics *d);
/* Replaces every `from` at the kinds' places of the tree by what the entry says, numbers with their sources, below what
   the tree says itself. file: the tree is a copy of this catalogue file, whose entries may derive from others; NULL: a
   case. */
void elute_catalogue_fill(const EluteCatalogue *c, EluteNode *root, const EluteNode *file, EluteDiagnostics *d);
/* Every number that elute_catalogue_fill brought becomes a plain one that remembers entry, source and evidence. */
void elute_catalogue_make_plain(EluteNode *node);

#endif
