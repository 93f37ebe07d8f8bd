/* Catalogues: entries, provenance, and that each built-in number is fit for a case. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "../../solver/case/catalogue.h"
#include "../../solver/case/schema.h"
#include "../../solver/case/units.h"

static void forget_units(void) {
  EluteUnitsFinalize();
}

TestSuite(catalogue, .fini = forget_units);

static EluteNode *tree(const char *text) {
  EluteDiagnostics d = {0};
  EluteNode *root = EluteTreeParse("case.yaml", text, strlen(text), &d);

  cr_assert(root && d.n_errors == 0, "%s", d.text ? d.text : "");
  return root;
}

static EluteNode *resolved(const char *text, EluteDiagnostics *d) {
  EluteNode *root = tree(text);
  EluteCatalogue *c = EluteCatalogueLoad(EluteShareDirectory(), root, d);

  EluteCatalogueResolve(c, root, d);
  EluteCatalogueFree(c);
  return root;
}

static char *printed(void (*print)(const EluteCatalogue *, FILE *), const EluteCatalogue *c) {
  char *text = NULL;
  size_t length;
  FILE *file = open_memstream(&text, &length);

  print(c, file);
  fclose(file);
  return text;
}

Test(catalogue, built_in_files_obey_the_schema) {
  EluteDiagnostics d = {0};
  EluteCatalogue *c = EluteCatalogueLoad(EluteShareDirectory(), NULL, &d);

  cr_assert_eq(d.n_errors, 0, "%s", d.text ? d.text : "");
  EluteCatalogueFree(c);
}

Test(catalogue, the_promised_entries_are_listed) {
  static const char *const names[] = {"peg_liposome",
                                      "conventional_liposome",
                                      "thermosensitive_liposome",
                                      "ph_liposome",
                                      "immunoliposome",
                                      "plga_nanoparticle",
                                      "pamam_g2",
                                      "pamam_g7",
                                      "nivolumab",
                                      "pembrolizumab",
                                      "ipilimumab",
                                      "atezolizumab",
                                      "il2",
                                      "il12",
                                      "cpg",
                                      "doxorubicin",
                                      "cisplatin",
                                      "tumour",
                                      "sarcoma",
                                      "melanoma",
                                      "breast",
                                      "lung",
                                      "hcc",
                                      "lymph_node",
                                      "muscle",
                                      "necrosis",
                                      "ablated",
                                      "pamam_g2_cationic",
                                      "stroma",
                                      "pamam_g7_cationic"};
  EluteDiagnostics d = {0};
  EluteCatalogue *c = EluteCatalogueLoad(EluteShareDirectory(), NULL, &d);
  char *list = printed(EluteCatalogueList, c);

  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) cr_assert(strstr(list, names[i]), "%s", names[i]);
  free(list);
  EluteCatalogueFree(c);
}

Test(catalogue, an_entry_shows_its_source) {
  EluteDiagnostics d = {0};
  EluteCatalogue *c = EluteCatalogueLoad(EluteShareDirectory(), NULL, &d);
  char *text = NULL;
  size_t length;
  FILE *file = open_memstream(&text, &length);

  cr_assert(EluteCatalogueShow(c, "peg_liposome", false, file));
  cr_assert(!EluteCatalogueShow(c, "peg_liposom", false, file));
  fclose(file);
  cr_assert(strstr(text, "10.1101/2024.01.23.576806"));
  free(text);
  EluteCatalogueFree(c);
}

Test(catalogue, an_entry_becomes_plain_numbers_that_know_their_source) {
  EluteDiagnostics d = {0};
  EluteNode *root = resolved("carriers: {stealth: {from: peg_liposome}}", &d), *diffusivity;

  cr_assert_eq(d.n_errors, 0, "%s", d.text ? d.text : "");
  diffusivity = EluteNodeAt(root, "carriers.stealth.diffusivity");
  cr_assert(diffusivity && diffusivity->kind == ELUTE_SCALAR);
  cr_assert_str_eq(diffusivity->text, "3.3e-12 m2/s");
  cr_assert(diffusivity->provenance && strstr(diffusivity->provenance, "; S2"));
  cr_assert_str_eq(EluteNodeAt(root, "carriers.stealth.release.rate")->text, "0.01 1/h");
  cr_assert_null(EluteNodeAt(root, "carriers.stealth.from"));
  cr_assert_null(EluteNodeAt(root, "carriers.stealth.description"));
  EluteNodeFree(root);
}

Test(catalogue, keys_of_the_case_win_over_the_entry) {
  EluteDiagnostics d = {0};
  EluteNode *root = resolved("carriers: {stealth: {from: peg_liposome, diffusivity: 1e-13 m2/s}}", &d);

  cr_assert_str_eq(EluteNodeAt(root, "carriers.stealth.diffusivity")->text, "1e-13 m2/s");
  cr_assert_null(EluteNodeAt(root, "carriers.stealth.diffusivity")->provenance);
  cr_assert_str_eq(EluteNodeAt(root, "carriers.stealth.availability")->text, "0.091");
  EluteNodeFree(root);
}

Test(catalogue, the_order_of_tissues_stays) {
  EluteDiagnostics d = {0};
  EluteNode *root = resolved("tissues: {a: {from: muscle}, b: {}, c: {from: tumour}}", &d);
  const EluteNode *tissues = EluteNodeAt(root, "tissues");

  cr_assert_str_eq(tissues->first->key, "a");
  cr_assert_str_eq(tissues->first->next->key, "b");
  cr_assert_str_eq(tissues->last->key, "c");
  EluteNodeFree(root);
}

Test(catalogue, an_unknown_entry_is_an_error_with_the_nearest_one) {
  EluteDiagnostics d = {0};
  EluteNode *root = resolved("elute: 1\ndrugs:\n  dox: {from: doxorubicine}\n", &d);

  cr_assert_eq(d.n_errors, 1);
  cr_assert(strstr(d.text, "case.yaml:3:"), "%s", d.text);
  cr_assert(strstr(d.text, "drugs.dox.from"), "%s", d.text);
  cr_assert(strstr(d.text, "did you mean 'doxorubicin'"), "%s", d.text);
  EluteDiagnosticsClear(&d);
  EluteNodeFree(root);
}

Test(catalogue, an_entry_of_another_kind_is_no_entry) {
  EluteDiagnostics d = {0};
  EluteNode *root = resolved("carriers: {c: {from: doxorubicin}}", &d);

  cr_assert_eq(d.n_errors, 1);
  EluteDiagnosticsClear(&d);
  EluteNodeFree(root);
}

Test(catalogue, a_missing_file_of_the_case_is_an_error_at_its_name) {
  EluteDiagnostics d = {0};
  EluteNode *root = resolved("catalogues: [no/such/lab.yaml]", &d);

  cr_assert_eq(d.n_errors, 1);
  cr_assert(strstr(d.text, "case.yaml:1:14"), "%s", d.text);
  cr_assert(strstr(d.text, "no/such/lab.yaml"), "%s", d.text);
  EluteDiagnosticsClear(&d);
  EluteNodeFree(root);
}

/* A case that names a catalogue of its own, and what follows in it. */
static EluteNode *resolved_with(const char *catalogue, const char *more, EluteDiagnostics *d) {
  char path[] = "/tmp/elute_lab_XXXXXX", text[300];
  const int handle = mkstemp(path);
  FILE *file = handle >= 0 ? fdopen(handle, "w") : NULL;
  EluteNode *root;

  cr_assert(file);
  fputs(catalogue, file);
  fclose(file);
  snprintf(text, sizeof text, "catalogues: [%s]\n%s", path, more);
  root = resolved(text, d);
  remove(path);
  return root;
}

Test(catalogue, a_file_of_ones_own_wins_over_the_built_in_entry) {
  EluteDiagnostics d = {0};
  EluteNode *root = resolved_with("elute_catalogue: 1\n"
                                  "drugs:\n"
                                  "  doxorubicin:\n"
                                  "    description: ours\n"
                                  "    diffusivity: {value: 2e-10 m2/s, source: our lab, evidence: S}\n",
                                  "drugs: {doxorubicin: {from: doxorubicin}}", &d);

  cr_assert_eq(d.n_errors, 0, "%s", d.text ? d.text : "");
  cr_assert_str_eq(EluteNodeAt(root, "drugs.doxorubicin.diffusivity")->text, "2e-10 m2/s");
  cr_assert(strstr(EluteNodeAt(root, "drugs.doxorubicin.diffusivity")->provenance, "our lab; S"));
  EluteNodeFree(root);
}

Test(catalogue, a_number_without_evidence_is_an_error) {
  EluteDiagnostics d = {0};
  EluteNode *root = resolved_with("elute_catalogue: 1\n"
                                  "drugs:\n"
                                  "  x:\n"
                                  "    description: ours\n"
                                  "    diffusivity: {value: 2e-10 m2/s, source: our lab}\n",
                                  "", &d);

  cr_assert_eq(d.n_errors, 1);
  cr_assert(strstr(d.text, "evidence"), "%s", d.text);
  EluteDiagnosticsClear(&d);
  EluteNodeFree(root);
}

Test(catalogue, a_value_outside_its_range_is_an_error) {
  EluteDiagnostics d = {0};
  EluteNode *root =
      resolved_with("elute_catalogue: 1\n"
                    "drugs:\n"
                    "  x:\n"
                    "    description: ours\n"
                    "    radius: {value: 5 nm, range: [0.1 nm, 0.004 um], source: our lab, evidence: S}\n",
                    "", &d);

  cr_assert_eq(d.n_errors, 1);
  cr_assert(strstr(d.text, "outside its range"), "%s", d.text);
  EluteDiagnosticsClear(&d);
  EluteNodeFree(root);
}

Test(catalogue, a_file_may_derive_from_the_entry_that_it_replaces) {
  EluteDiagnostics d = {0};
  EluteNode *root = resolved_with("elute_catalogue: 1\n"
                                  "carriers:\n"
                                  "  peg_liposome:\n"
                                  "    description: ours\n"
                                  "    from: peg_liposome\n"
                                  "    diffusivity: {value: 1e-12 m2/s, source: our lab, evidence: S}\n",
                                  "carriers: {c: {from: peg_liposome, release: {law: higuchi, time: 1 d}}}", &d);

  cr_assert_eq(d.n_errors, 0, "%s", d.text ? d.text : "");
  cr_assert_str_eq(EluteNodeAt(root, "carriers.c.diffusivity")->provenance, "peg_liposome: our lab; S");
  cr_assert_str_eq(EluteNodeAt(root, "carriers.c.radius")->text, "45 nm");
  cr_assert_null(EluteNodeAt(root, "carriers.c.release.rate"), "what belongs to another law is not taken along");
  EluteNodeFree(root);
}
