#include "../case/schema.h"
#include "commands.h"

PetscErrorCode EluteCommandSchema(const EluteCommandLine *line) {
  const EluteKey *keys = line->study ? elute_study_schema : elute_case_schema;

  if (line->reference)
    EluteSchemaPrintReference(keys, stdout);
  else
    EluteSchemaPrintJson(keys, stdout);
  return PETSC_SUCCESS;
}
