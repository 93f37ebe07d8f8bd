#include "commands.h"

#include <string.h>

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
  catalogue = EluteCatalogueLoad(EluteShareDirectory(), NULL, &d);
  if (!catalogue || d.n_errors) {
    ierr = EluteFail(ELUTE_EXIT_SYSTEM, "the catalogue cannot be read:\n%s", d.text ? d.text : "");
  } else if (!show) {
    EluteCatalogueList(catalogue, stdout);
  } else if (!EluteCatalogueShow(catalogue, line->name, stdout)) {
    const char *nearest = EluteCatalogueNearest(catalogue, line->name);

    ierr = EluteFail(ELUTE_EXIT_CASE, "the catalogue has no entry %s%s%s%s; see elute catalogue list", line->name,
                     nearest ? " (did you mean " : "", nearest ? nearest : "", nearest ? "?)" : "");
  }
  EluteCatalogueFree(catalogue);
  EluteDiagnosticsClear(&d);
  return ierr;
}
