#include "../case/schema.h"
#include "commands.h"

PetscErrorCode EluteCommandSchema(const EluteCommandLine *line) {
  if (line->reference)
    EluteSchemaPrintReference(elute_case_schema, stdout);
  else
    EluteSchemaPrintJson(elute_case_schema, stdout);
  return PETSC_SUCCESS;
}
