/* Catalogues: carriers, drugs, tissues and more with value, unit, range, source and evidence tag on every number. */
#ifndef ELUTE_CATALOGUE_H
#define ELUTE_CATALOGUE_H

#include "tree.h"

/* An entry's number in a catalogue file is written
     diffusivity: {value: 3.3e-12 m2/s, range: [1.3e-13 m2/s, 3.3e-12 m2/s], source: "…doi…", evidence: S2}
   and becomes the plain scalar with provenance when merged into a case. The range may be `unknown`, the value a formula
   or a list. Otherwise an entry has the keys of its place in a case, and a `description`; it may derive from another
   `from` that: its own name then means the entry that it replaces. */
typedef struct EluteCatalogue EluteCatalogue;

/* Loads the built-in catalogue files of `directory`/catalogue and those the case names, relative to the case (whose
   root may be NULL). The case's own entries win over built-in ones of the same name. */
EluteCatalogue *EluteCatalogueLoad(const char *directory, const EluteNode *case_root, EluteDiagnostics *d);
void EluteCatalogueFree(EluteCatalogue *c);
void EluteCatalogueFinalize(void); /* the built-in files are kept between cases until then */
/* Resolves every `from:` that names an entry by merging it below the case's own keys. */
void EluteCatalogueResolve(EluteCatalogue *c, EluteNode *case_root, EluteDiagnostics *d);
/* A copy of the case with its entries filled in, whose numbers still are {value, range, source, evidence}. */
EluteNode *EluteCatalogueSourced(const EluteCatalogue *c, const EluteNode *case_root, EluteDiagnostics *d);
void EluteCatalogueList(const EluteCatalogue *c, FILE *file);
void EluteCatalogueReference(const EluteCatalogue *c, FILE *file); /* all entries with their numbers, Markdown */
/* A table for people, or a catalogue file with that entry alone. False: no such entry of any kind. */
bool EluteCatalogueShow(const EluteCatalogue *c, const char *name, bool yaml, FILE *file);
const char *EluteCatalogueNearest(const EluteCatalogue *c, const char *name); /* or NULL */
/* The directory of built-in data: ELUTE_SHARE_DIR at run time if set, else beside the program, else the source tree. */
const char *EluteShareDirectory(void);

#endif
