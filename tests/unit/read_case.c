#include "read_case.h"

#include <criterion/criterion.h>
#include <string.h>

EluteModel *read_case(const char *text) {
  EluteDiagnostics d = {0};
  EluteModel *model = EluteModelRead("case.yaml", text, strlen(text), 0, NULL, &d);

  cr_assert(model, "%s", d.text ? d.text : "no model and no message");
  EluteDiagnosticsClear(&d);
  return model;
}
