#include "commands.h"

#include <string.h>

/* The built-in catalogue, and before it the file that the command line names. */
static EluteCatalogue *load(const char *file, EluteDiagnostics *d) {
  EluteNode *root = EluteNodeNew(ELUTE_MAPPING, NULL, NULL), *list = EluteNodeNew(ELUTE_SEQUENCE, "catalogues", NULL);
  EluteCatalogue *catalogue;

  EluteNodeAppend(root, list);
  if (file) EluteNodeAppend(list, EluteNodeNew(ELUTE_SCALAR, NULL, file));
  catalogue = EluteCatalogueLoad(EluteShareDirectory(), root, d);
  EluteNodeFree(root);
  return catalogue;
}

PetscErrorCode EluteCommandCatalogue(const EluteCommandLine *line) {
  EluteDiagnostics d = {0};
  EluteCatalogue *catalogue;
  bool show = line->target && strcmp(line->target, "show") == 0;
  PetscErrorCode ierr = PETSC_SUCCESS;

  if (line->target && !show && strcmp(line->target, "list") != 0) {
    return EluteFail(ELUTE_EXIT_USAGE, "elute catalogue takes list or show NAME, not %s", line->target);
  }
  if (show && !line->name)
    return EluteFail(ELUTE_EXIT_USAGE, "elute catalogue show needs a name; see elute catalogue list");
  catalogue = load(line->catalogue, &d);
  if (d.n_errors) {
    ierr = EluteFail(line->catalogue ? ELUTE_EXIT_CASE : ELUTE_EXIT_SYSTEM, "the catalogue is wrong:\n%s", d.text);
  } else if (!show && line->reference) {
    EluteCatalogueReference(catalogue, stdout);
  } else if (!show) {
    EluteCatalogueList(catalogue, stdout);
  } else if (!EluteCatalogueShow(catalogue, line->name, line->yaml, stdout)) {
    const char *nearest = EluteCatalogueNearest(catalogue, line->name);

    ierr = EluteFail(ELUTE_EXIT_CASE, "the catalogue has no entry %s%s%s%s; see elute catalogue list", line->name,
                     nearest ? " (did you mean " : "", nearest ? nearest : "", nearest ? "?)" : "");
  }
  EluteCatalogueFree(catalogue);
  EluteDiagnosticsClear(&d);
  return ierr;
}
