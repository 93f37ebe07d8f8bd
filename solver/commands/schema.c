#include "../case/schema.h"
#include "commands.h"

PetscErrorCode EluteCommandSchema(const EluteCommandLine *line) {
  if (line->reference)
    EluteSchemaPrintReference(elute_case_schema, stdout);
  else
    EluteSchemaPrintJson(elute_case_schema, stdout);
  return fflush(stdout) ? EluteFail(ELUTE_EXIT_SYSTEM, "standard output cannot be written") : PETSC_SUCCESS;
}
