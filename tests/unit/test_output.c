/* What a run leaves behind, on meshes of a few cells: bytes of the VTK file, tables, the rules of the run directory,
   criteria. */
#include <criterion/criterion.h>
#include <ftw.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../../solver/output/vtk_format.h"
#include "../../solver/simulation.h"

typedef struct Case {
  char root[64], directory[80];
  EluteSimulation *run;
  EluteOutput *output;
} Case;

/* Two cells of 1 m and 3 m; phi = 0.25 left and 0.5 right, so that c = 4, 8 mol/m3 is C = 1, 4 mol/m3. */
static const char two_cells[] = "elute: 1\n"
                                "title: \"two \\\"cells\\\"\\nin a row\"\n"
                                "mesh: {geometry: cartesian, x: {edges: [0 m, 1 m, 4 m]}}\n"
                                "tissues:\n"
                                "  left: {interstitial_fraction: 0.25}\n"
                                "  right: {interstitial_fraction: 0.5, where: {box: {from: [1 m], to: [4 m]}}}\n"
                                "fields: {warm: {formula: \"10*x\", unit: K}}\n"
                                "species:\n"
                                "  u: {diffusivity: 1 m2/s, initial: {tissue: {left: 4 mol/m3, right: 8 mol/m3}}}\n"
                                "  b: {mobile: no, initial: 3 mol/m3}\n"
                                "time: {end: 10 s}\n";

/* The initial state of the case with `more` lines behind it. */
static Case begin(const char *text, const char *more) {
  EluteSimulationOptions options = {.backend = "cpu"};
  EluteDiagnostics d = {0};
  PetscBool ready;
  EluteModel *model;
  char *whole = malloc(strlen(text) + strlen(more) + 1);
  Case c = {.root = "elute-output-XXXXXX"};

  if (!PetscInitialized(&ready) && !ready) {
    cr_assert(!PetscInitializeNoArguments());
    cr_assert(!EluteErrorHandlerInstall());
  }
  cr_assert(mkdtemp(c.root));
  snprintf(c.directory, sizeof c.directory, "%s/run", c.root);
  strcat(strcpy(whole, text), more);
  model = EluteModelRead("case.yaml", whole, strlen(whole), 0, NULL, &d);
  cr_assert(model, "%s", d.text);
  EluteDiagnosticsClear(&d);
  free(whole);
  cr_assert(!EluteSimulationCreate(PETSC_COMM_SELF, model, &options, &c.run));
  cr_assert(!EluteOperatorsSetSegment(c.run->ops, 0, 10));
  cr_assert(!EluteOperatorsSetTime(c.run->ops, 0));
  cr_assert(!EluteOperatorsInitial(c.run->ops, c.run->u));
  return c;
}

static PetscErrorCode open_output(Case *c, bool force) {
  EluteOutputOptions options = {.directory = c->directory,
                                .force = force,
                                .quiet = true,
                                .closes = true,
                                .case_name = "case.yaml",
                                .backend_name = "cpu",
                                .backend_reason = "asked for"};

  return EluteOutputCreate(c->run->ops, &options, &c->output);
}

static PetscErrorCode write_at(Case *c, double t) {
  return EluteOutputWrite(c->output, t, c->run->u, EluteStepperLedger(c->run->stepper));
}

static PetscErrorCode finish(Case *c, EluteExit code) {
  PetscErrorCode ierr = EluteOutputFinish(c->output, EluteStepperStatistics(c->run->stepper), code);

  cr_assert(!EluteOutputDestroy(&c->output));
  return ierr;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw) {
  (void)status, (void)type, (void)ftw;
  return remove(path);
}

static void end(Case *c) {
  if (c->output) cr_assert(!EluteOutputDestroy(&c->output));
  cr_assert(!EluteSimulationDestroy(&c->run));
  nftw(c->root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* The file of the run directory, with a 0 behind it; NULL: not there. */
static char *contents(const Case *c, const char *name, size_t *length) {
  char path[160], *text = calloc(1, 1 << 16);
  FILE *file;
  size_t n;

  snprintf(path, sizeof path, "%s/%s", c->directory, name);
  file = fopen(path, "rb");
  if (!file) {
    free(text);
    return NULL;
  }
  n = fread(text, 1, (1 << 16) - 1, file);
  fclose(file);
  if (length) *length = n;
  return text;
}

static bool exists(const Case *c, const char *name) {
  char path[160];

  snprintf(path, sizeof path, "%s/%s", c->directory, name);
  return access(path, F_OK) == 0;
}

static void put(const Case *c, const char *name, const char *text) {
  char path[160];
  FILE *file;

  mkdir(c->directory, 0777);
  snprintf(path, sizeof path, "%s/%s", c->directory, name);
  file = fopen(path, "w");
  cr_assert(file);
  fputs(text, file);
  fclose(file);
}

static void expect_line(const Case *c, const char *name, const char *line) {
  char *text = contents(c, name, NULL), wanted[400];

  cr_assert(text, "no %s", name);
  snprintf(wanted, sizeof wanted, "\n%s\n", line);
  cr_assert(strstr(text, wanted), "%s has no line %s:\n%s", name, line, text);
  free(text);
}

static const char *message(void) {
  const char *text;

  (void)EluteFailure(&text);
  return text;
}

/* ---- pieces of the format ---- */

Test(vtk_format, doubles_and_floats_are_big_endian) {
  const double value[2] = {1, -2};
  unsigned char out[16];

  elute_big_endian(value, 2, 8, out);
  cr_assert_arr_eq(out, ((unsigned char[]){0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0}), 16);
  elute_big_endian(value, 2, 4, out);
  cr_assert_arr_eq(out, ((unsigned char[]){0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0}), 8);
}

Test(vtk_format, labels_are_single_bytes) {
  const double value[3] = {0, 7, 255};
  unsigned char out[3];

  elute_big_endian(value, 3, 1, out);
  cr_assert_arr_eq(out, ((unsigned char[]){0, 7, 255}), 3);
}

Test(vtk_format, strings_carry_their_length_in_front) {
  EluteText text = {0};
  char longer[101] = "";

  memset(longer, 'a', 100);
  elute_text_string(&text, "abc");
  cr_assert_arr_eq(text.bytes,
                   "\xc3"
                   "abc",
                   4);
  elute_text_string(&text, longer);
  cr_assert_eq(text.length, 4 + 2 + 100);
  cr_assert_arr_eq(text.bytes + 4,
                   "\x80\x64"
                   "aaa",
                   5);
  free(text.bytes);
}

static void expect_grid(EluteMeshSpec spec, const char *wanted, size_t length) {
  EluteText text = {0};

  elute_vtk_grid(&text, &spec);
  cr_assert_eq(text.length, length, "%.*s", (int)text.length, text.bytes);
  cr_assert_arr_eq(text.bytes, wanted, length);
  free(text.bytes);
}

Test(vtk_format, uniform_axes_become_origin_and_spacing) {
  double x[] = {-1, 0, 1}, y[] = {2, 2.5, 3};

  expect_grid((EluteMeshSpec){.geometry = ELUTE_CARTESIAN, .dimension = 2, .n = {2, 2, 1}, .edges = {x, y}},
              "DIMENSIONS 3 3 1\nORIGIN -1 2 0\nSPACING 1 0.5 1\n", 47);
}

Test(vtk_format, stretched_axes_are_not_uniform) {
  double x[] = {0, 1, 2.0001}, y[] = {0, 1, 2};

  cr_assert(!elute_vtk_uniform(
      &(EluteMeshSpec){.geometry = ELUTE_CARTESIAN, .dimension = 2, .n = {2, 2, 1}, .edges = {y, x}}));
  cr_assert(elute_vtk_uniform(
      &(EluteMeshSpec){.geometry = ELUTE_CARTESIAN, .dimension = 2, .n = {2, 2, 1}, .edges = {y, y}}));
}

/* z of a cylindrical mesh is VTK's z, so that the half-plane stands upright. 0x3ff0... is 1, 0x4000... is 2. */
Test(vtk_format, a_half_plane_stands_in_the_xz_plane) {
  double r[] = {0, 1}, z[] = {1, 2};
  const char wanted[] = "DIMENSIONS 2 1 2\nX_COORDINATES 2 double\n\0\0\0\0\0\0\0\0\x3f\xf0\0\0\0\0\0\0\n"
                        "Y_COORDINATES 1 double\n\0\0\0\0\0\0\0\0\n"
                        "Z_COORDINATES 2 double\n\x3f\xf0\0\0\0\0\0\0\x40\0\0\0\0\0\0\0\n";

  expect_grid((EluteMeshSpec){.geometry = ELUTE_CYLINDRICAL, .dimension = 2, .n = {1, 1, 1}, .edges = {r, z}}, wanted,
              sizeof wanted - 1);
}

Test(vtk_format, a_well_mixed_cell_is_a_cube_of_its_volume) {
  double zero[] = {0, 1};
  EluteText text = {0};

  elute_vtk_grid(
      &text, &(EluteMeshSpec){.geometry = ELUTE_WELL_MIXED, .n = {1, 1, 1}, .edges = {zero, zero, zero}, .volume = 8});
  cr_assert_arr_eq(text.bytes, "DIMENSIONS 2 2 2\nX_COORDINATES 2 double\n", 40);
  cr_assert_arr_eq(text.bytes + 40, "\0\0\0\0\0\0\0\0\x40\0\0\0\0\0\0\0\n", 17);
  free(text.bytes);
}

/* ---- fields ---- */

Test(fields, file_of_two_cells_is_known_byte_by_byte) {
  const char wanted[] = "# vtk DataFile Version 3.0\ntwo \"cells\" in a row\nBINARY\nDATASET RECTILINEAR_GRID\n"
                        "FIELD FieldData 4\nTIME 1 1 double\n\x40\0\0\0\0\0\0\0\nCYCLE 1 1 int\n\0\0\0\0\n"
                        "units 1 5 string\n\xcdtissue: index\xd2u_in_fluid: mol/m3\xd3u_in_tissue: mol/m3"
                        "\xd3"
                        "b_in_tissue: mol/m3\xc7warm: K\n"
                        "tissues 1 2 string\n\xc4left\xc5right\n"
                        "DIMENSIONS 3 1 1\n"
                        "X_COORDINATES 3 double\n\0\0\0\0\0\0\0\0\x3f\xf0\0\0\0\0\0\0\x40\x10\0\0\0\0\0\0\n"
                        "Y_COORDINATES 1 double\n\0\0\0\0\0\0\0\0\nZ_COORDINATES 1 double\n\0\0\0\0\0\0\0\0\n"
                        "CELL_DATA 2\nFIELD cells 5\ntissue 1 2 unsigned_char\n\0\1\n"
                        "u_in_fluid 1 2 double\n\x40\x10\0\0\0\0\0\0\x40\x20\0\0\0\0\0\0\n"
                        "u_in_tissue 1 2 double\n\x3f\xf0\0\0\0\0\0\0\x40\x10\0\0\0\0\0\0\n"
                        "b_in_tissue 1 2 double\n\x40\x08\0\0\0\0\0\0\x40\x08\0\0\0\0\0\0\n"
                        "warm 1 2 double\n\x40\x14\0\0\0\0\0\0\x40\x39\0\0\0\0\0\0\n";
  Case c = begin(two_cells, "");
  size_t length = 0;
  char *bytes;

  cr_assert(!open_output(&c, false));
  cr_assert(!write_at(&c, 2));
  bytes = contents(&c, "fields_000000.vtk", &length);
  cr_assert_eq(length, sizeof wanted - 1, "%zu", length);
  for (size_t i = 0; i < length; i++) cr_assert_eq(bytes[i], wanted[i], "byte %zu: %02x", i, (unsigned char)bytes[i]);
  free(bytes);
  end(&c);
}

Test(fields, single_precision_takes_four_bytes_a_value) {
  Case c = begin(two_cells, "output: {precision: single, fields: [b]}\n");
  size_t length = 0;
  char *bytes;

  cr_assert(!open_output(&c, false));
  cr_assert(!write_at(&c, 0));
  bytes = contents(&c, "fields_000000.vtk", &length);
  cr_assert_arr_eq(bytes + length - 31, "b_in_tissue 1 2 float\n\x40\x40\0\0\x40\x40\0\0\n", 31);
  free(bytes);
  end(&c);
}

Test(fields, only_what_was_asked_for_is_written) {
  Case c = begin(two_cells, "output: {fields: [warm, b]}\n");
  size_t length = 0;
  char *bytes;

  cr_assert(!open_output(&c, false));
  cr_assert(!write_at(&c, 0));
  bytes = contents(&c, "fields_000000.vtk", &length);
  cr_assert(memmem(bytes, length, "FIELD cells 3\n", 14));
  cr_assert(memmem(bytes, length, "\nb_in_tissue 1 2 double\n", 24));
  cr_assert(memmem(bytes, length, "\nwarm 1 2 double\n", 17));
  cr_assert(!memmem(bytes, length, "u_in", 4));
  free(bytes);
  end(&c);
}

Test(fields, vtk_no_writes_none) {
  Case c = begin(two_cells, "output: {vtk: no}\n");

  cr_assert(!open_output(&c, false));
  cr_assert(!write_at(&c, 0));
  cr_assert(!exists(&c, "fields_000000.vtk") && !exists(&c, "fields.vtk.series") && exists(&c, "ledger.csv"));
  end(&c);
}

Test(fields, series_lists_every_file_with_its_time) {
  Case c = begin(two_cells, "");
  char *text;

  cr_assert(!open_output(&c, false));
  cr_assert(!write_at(&c, 0));
  cr_assert(!write_at(&c, 2.5));
  text = contents(&c, "fields.vtk.series", NULL);
  cr_assert_str_eq(text, "{\n  \"file-series-version\": \"1.0\",\n  \"files\": [\n"
                         "    {\"name\": \"fields_000000.vtk\", \"time\": 0},\n"
                         "    {\"name\": \"fields_000001.vtk\", \"time\": 2.5}\n  ]\n}\n");
  cr_assert(!exists(&c, "fields.vtk.series.part") && !exists(&c, "fields_000001.vtk.part"));
  free(text);
  end(&c);
}

Test(fields, the_guard_backend_writes_the_same_bytes) {
  EluteSimulationOptions options = {.backend = "guard"};
  Case c = begin(two_cells, ""), g = begin(two_cells, "");
  char *a, *b;
  size_t n = 0, m = 0;

  cr_assert(!EluteSimulationDestroy(&g.run));
  {
    EluteDiagnostics d = {0};
    EluteModel *model = EluteModelRead("case.yaml", two_cells, strlen(two_cells), 0, NULL, &d);

    cr_assert(!EluteSimulationCreate(PETSC_COMM_SELF, model, &options, &g.run));
    cr_assert(!EluteOperatorsSetSegment(g.run->ops, 0, 10));
    cr_assert(!EluteOperatorsSetTime(g.run->ops, 0));
    cr_assert(!EluteOperatorsInitial(g.run->ops, g.run->u));
  }
  cr_assert(!open_output(&c, false) && !open_output(&g, false));
  cr_assert(!write_at(&c, 0) && !write_at(&g, 0));
  a = contents(&c, "fields_000000.vtk", &n);
  b = contents(&g, "fields_000000.vtk", &m);
  cr_assert(n == m && memcmp(a, b, n) == 0);
  free(a);
  free(b);
  end(&c);
  end(&g);
}

/* ---- tables ---- */

Test(tables, ledger_says_where_every_mole_is) {
  Case c = begin(two_cells, "");

  cr_assert(!open_output(&c, false));
  cr_assert(!write_at(&c, 0));
  expect_line(&c, "ledger.csv", "0,u,inside.left,1,mol");   /* 1 mol/m3 in 1 m3 */
  expect_line(&c, "ledger.csv", "0,u,inside.right,12,mol"); /* 4 mol/m3 in 3 m3 */
  expect_line(&c, "ledger.csv", "0,b,inside.right,9,mol");
  expect_line(&c, "ledger.csv", "0,u,closure,0,1");
  end(&c);
}

/* 5 mol come in by the needle, 1 mol of them is lost on the way: booked, and the books close. */
Test(tables, an_impulse_is_booked_and_the_books_close) {
  Case c =
      begin(two_cells,
            "sources: [{species: u, name: needle, where: {box: {from: [0 m], to: [1 m]}}, amount: 5 mol, at: 0 s}]\n");

  cr_assert(!open_output(&c, false));
  cr_assert(!EluteOperatorsImpulse(c.run->ops, &c.run->model->impulses[0], c.run->u));
  cr_assert(!write_at(&c, 0));
  expect_line(&c, "ledger.csv", "0,u,inside.left,6,mol");
  expect_line(&c, "ledger.csv", "0,u,needle,-5,mol");
  expect_line(&c, "ledger.csv", "0,u,closure,0,1");
  end(&c);
}

/* What vanishes from the state without being booked shows, and ends the run: 13 mol at first, 12 mol later, turnover 13 mol. */
Test(tables, closure_reports_what_is_missing) {
  Case c = begin(two_cells, "");
  const char *message;
  double *u;

  cr_assert(!open_output(&c, false));
  cr_assert(!write_at(&c, 0));
  cr_assert(!VecGetArray(c.run->u, &u));
  u[0] = 0; /* C of u in the left cell, where it was 1 mol/m3 */
  cr_assert(!VecRestoreArray(c.run->u, &u));
  cr_assert(EluteOutputCheckBooks(c.output, 1, c.run->u, EluteStepperLedger(c.run->stepper)));
  EluteFailureClear();
  cr_assert(write_at(&c, 1));
  cr_assert_eq(EluteFailure(&message), ELUTE_EXIT_NUMERICS);
  cr_assert(strstr(message, "the ledger of u does not close at t = 1 s: -0.0769 of what passed"), "%s", message);
  EluteFailureClear();
  expect_line(&c, "ledger.csv", "1,u,closure,-0.0769,1"); /* -1/13 */
  end(&c);
}

/* Between the centres 0.5 m and 2.5 m: at 1 m a quarter of the way. */
Test(tables, probes_interpolate_between_centres) {
  Case c = begin(two_cells, "output: {probes: {here: [1 m], ray: {from: [0.5 m], to: [2.5 m], points: 3}}, "
                            "probe_species: [u, b]}\n");
  char *text;

  cr_assert(!open_output(&c, false));
  cr_assert(!write_at(&c, 0));
  text = contents(&c, "probes.csv", NULL);
  cr_assert_str_eq(text, "time_s,probe,x_m,y_m,z_m,u_in_fluid_mol_per_m3,b_in_tissue_mol_per_m3\n"
                         "0,here,1,0,0,5,3\n0,ray,0.5,0,0,4,3\n0,ray,1.5,0,0,6,3\n0,ray,2.5,0,0,8,3\n");
  free(text);
  end(&c);
}

Test(tables, probes_can_look_at_tissue_concentrations) {
  Case c = begin(two_cells, "output: {probes: {here: [1.5 m]}, probe_species: [u], probe_as: tissue}\n");

  cr_assert(!open_output(&c, false));
  cr_assert(!write_at(&c, 0));
  expect_line(&c, "probes.csv", "0,here,1.5,0,0,2.5"); /* between 1 and 4 */
  end(&c);
}

/* ---- the run directory ---- */

Test(directory, parents_are_made) {
  Case c = begin(two_cells, "");

  strcat(c.directory, "/a/b//c/");
  cr_assert(!open_output(&c, false));
  cr_assert(exists(&c, "case.yaml") && exists(&c, "log.txt"));
  end(&c);
}

Test(directory, an_earlier_run_is_refused_and_stays) {
  Case c = begin(two_cells, "");
  char *before, *after;

  cr_assert(!open_output(&c, false));
  cr_assert(!write_at(&c, 0));
  cr_assert(!finish(&c, ELUTE_EXIT_DONE));
  before = contents(&c, "run.json", NULL);
  cr_assert(open_output(&c, false));
  cr_assert_null(c.output);
  cr_assert_eq(EluteFailure(NULL), ELUTE_EXIT_CASE);
  cr_assert(strstr(message(), "--force") && strstr(message(), c.directory), "%s", message());
  after = contents(&c, "run.json", NULL);
  cr_assert_str_eq(before, after);
  cr_assert(exists(&c, "fields_000000.vtk"));
  free(before);
  free(after);
  end(&c);
}

Test(directory, force_replaces_files_of_a_run_and_leaves_others) {
  Case c = begin(two_cells, "");

  cr_assert(!open_output(&c, false));
  cr_assert(!write_at(&c, 0));
  cr_assert(!finish(&c, ELUTE_EXIT_DONE));
  put(&c, "fields_000007.vtk", "of a longer run");
  put(&c, "fields_000008.vtk.part", "of a run that was killed");
  put(&c, "verify.csv", "old");
  put(&c, "notes.txt", "mine");
  put(&c, "fields_final.vtk", "mine");
  cr_assert(!open_output(&c, true));
  cr_assert(!exists(&c, "fields_000000.vtk") && !exists(&c, "fields_000007.vtk") && !exists(&c, "run.json"));
  cr_assert(!exists(&c, "fields_000008.vtk.part") && !exists(&c, "verify.csv"));
  cr_assert(exists(&c, "notes.txt") && exists(&c, "fields_final.vtk") && exists(&c, "case.yaml"));
  end(&c);
}

Test(directory, a_case_of_the_user_is_never_overwritten) {
  Case c = begin(two_cells, "");
  char *text;

  put(&c, "case.yaml", "elute: 1\n");
  cr_assert(open_output(&c, true));
  cr_assert_eq(EluteFailure(NULL), ELUTE_EXIT_CASE);
  cr_assert(strstr(message(), "case.yaml"), "%s", message());
  text = contents(&c, "case.yaml", NULL);
  cr_assert_str_eq(text, "elute: 1\n");
  free(text);
  end(&c);
}

Test(directory, other_files_do_not_hinder) {
  Case c = begin(two_cells, "");

  put(&c, "slurm-17.out", "");
  cr_assert(!open_output(&c, false));
  cr_assert(exists(&c, "case.yaml") && exists(&c, "slurm-17.out"));
  end(&c);
}

Test(directory, a_file_in_the_way_is_a_failure_of_the_system) {
  Case c = begin(two_cells, "");
  char path[160];

  put(&c, "file", "");
  snprintf(path, sizeof path, "%s", c.directory);
  snprintf(c.directory, sizeof c.directory, "%.60s/file/run", path);
  cr_assert(open_output(&c, false));
  cr_assert_eq(EluteFailure(NULL), ELUTE_EXIT_SYSTEM);
  cr_assert(strstr(message(), "file"), "%s", message());
  snprintf(c.directory, sizeof c.directory, "%.70s", path);
  cr_assert(exists(&c, "file"));
  end(&c);
}

Test(directory, a_run_too_large_for_the_disk_is_refused_before_it_makes_anything) {
  Case c = begin(two_cells, "");

  c.run->model->output.every = 1e-30; /* 1e31 times 58 bytes */
  strcat(c.directory, "/deep/er");
  cr_assert(open_output(&c, false));
  cr_assert_eq(EluteFailure(NULL), ELUTE_EXIT_SYSTEM);
  cr_assert(strstr(message(), "free"), "%s", message());
  snprintf(c.directory, sizeof c.directory, "%s/run", c.root);
  cr_assert(access(c.directory, F_OK) != 0);
  end(&c);
}

Test(directory, a_case_found_wrong_before_its_first_state_leaves_nothing) {
  Case c = begin(two_cells, "");
  char parent[160];

  snprintf(parent, sizeof parent, "%s", c.directory);
  strcat(c.directory, "/a/b");
  cr_assert(!open_output(&c, false));
  cr_assert(exists(&c, "case.yaml"));
  cr_assert(!finish(&c, ELUTE_EXIT_CASE));
  cr_assert(access(parent, F_OK) != 0 && access(c.root, F_OK) == 0);
  end(&c);
}

Test(directory, a_failure_later_on_keeps_what_was_written) {
  Case c = begin(two_cells, "");
  char *record;

  cr_assert(!open_output(&c, false));
  cr_assert(!write_at(&c, 0));
  (void)EluteFail(ELUTE_EXIT_NUMERICS, "the step became too small");
  cr_assert(!finish(&c, ELUTE_EXIT_NUMERICS));
  record = contents(&c, "run.json", NULL);
  cr_assert(strstr(record, "\"exit_code\": 3,\n  \"message\": \"the step became too small\"\n"), "%s", record);
  cr_assert(strstr(record, "\"title\": \"two \\\"cells\\\"\\u000ain a row\""), "%s", record);
  cr_assert(exists(&c, "fields_000000.vtk") && exists(&c, "ledger.csv"));
  free(record);
  end(&c);
}

Test(directory, the_same_state_is_not_written_twice) {
  Case c = begin(two_cells, "");

  cr_assert(!open_output(&c, false));
  cr_assert(!write_at(&c, 1));
  cr_assert(!write_at(&c, 1));
  cr_assert(exists(&c, "fields_000000.vtk") && !exists(&c, "fields_000001.vtk"));
  end(&c);
}

Test(directory, the_echoed_case_reads_back) {
  Case c = begin(two_cells, "");
  EluteDiagnostics d = {0};
  EluteModel *model;
  char *text;

  cr_assert(!open_output(&c, false));
  text = contents(&c, "case.yaml", NULL);
  model = EluteModelRead("case.yaml", text, strlen(text), 0, NULL, &d);
  cr_assert(model, "%s", d.text);
  cr_assert_eq(model->n_species, 2);
  EluteModelFree(model);
  EluteDiagnosticsClear(&d);
  free(text);
  end(&c);
}

/* A disk that runs full, played by a limit on the size of files: the message names the file, none is left half-made. */
Test(directory, a_write_that_fails_is_reported_and_leaves_no_half_file) {
  Case c = begin("elute: 1\nmesh: {geometry: cartesian, x: {from: 0 m, to: 1 m, cells: 4000}}\n"
                 "species: {u: {diffusivity: 1 m2/s}}\ntime: {end: 1 s}\n",
                 "");
  struct rlimit limit, old;
  PetscErrorCode ierr;

  signal(SIGXFSZ, SIG_IGN);
  cr_assert(!open_output(&c, false));
  cr_assert(!getrlimit(RLIMIT_FSIZE, &old));
  limit = old;
  limit.rlim_cur = 20000; /* a file has 68 kB */
  cr_assert(!setrlimit(RLIMIT_FSIZE, &limit));
  ierr = write_at(&c, 0);
  cr_assert(!setrlimit(RLIMIT_FSIZE, &old));
  cr_assert(ierr);
  cr_assert_eq(EluteFailure(NULL), ELUTE_EXIT_SYSTEM);
  cr_assert(strstr(message(), "fields_000000.vtk: cannot write"), "%s", message());
  cr_assert(!exists(&c, "fields_000000.vtk") && !exists(&c, "fields_000000.vtk.part"));
  cr_assert(!exists(&c, "fields.vtk.series"));
  end(&c);
}

Test(directory, a_table_that_cannot_grow_is_reported) {
  Case c = begin(two_cells, "output: {vtk: no}\n");
  struct rlimit limit, old;
  PetscErrorCode ierr = 0;

  signal(SIGXFSZ, SIG_IGN);
  cr_assert(!open_output(&c, false));
  cr_assert(!getrlimit(RLIMIT_FSIZE, &old));
  limit = old;
  limit.rlim_cur = 200;
  cr_assert(!setrlimit(RLIMIT_FSIZE, &limit));
  for (int i = 0; i < 8 && !ierr; i++) ierr = write_at(&c, i);
  cr_assert(!setrlimit(RLIMIT_FSIZE, &old));
  cr_assert(ierr);
  cr_assert_eq(EluteFailure(NULL), ELUTE_EXIT_SYSTEM);
  cr_assert(strstr(message(), "ledger.csv: cannot write"), "%s", message());
  end(&c);
}

/* ---- criteria ---- */

/* How many of the criteria due at t were missed; all of `n` must have been looked at. */
static int missed_at(Case *c, double t, int n) {
  int checked, missed;

  cr_assert(!EluteVerifyAt(c->run->ops, c->run->readouts, c->output, t, c->run->u, EluteStepperLedger(c->run->stepper),
                           &checked, &missed));
  cr_assert_eq(checked, n, "%d", checked);
  return missed;
}

/* A criterion that is met with the right value and missed with a slightly stricter one: `text` has %s for either. */
static void expect_edge(const char *format, const char *met, const char *not_met) {
  char text[400];

  for (int i = 0; i < 2; i++) {
    char more[500];
    Case c;

    snprintf(text, sizeof text, format, i ? not_met : met);
    snprintf(more, sizeof more, "verify: [%s]\n", text);
    c = begin(two_cells, more);
    cr_assert(!open_output(&c, false));
    cr_assert_eq(missed_at(&c, 10, 1), i, "%s", text);
    end(&c);
  }
}

/* c = 4, 8 against exact 4, 6: sqrt(3 * 2^2 / 4) = sqrt(3) = 1.73205; |exact| = sqrt((16 + 3 * 36) / 4) = 5.56776. */
Test(verify, l2_weighs_by_volume) {
  expect_edge("{species: u, at: 10 s, norm: l2, absolute: yes, below: %s mol/m3, exact: {tissue: {left: 4 mol/m3, "
              "right: 6 mol/m3}}}",
              "1.7321", "1.7320");
  expect_edge("{species: u, at: 10 s, norm: l2, below: %s, exact: {tissue: {left: 4 mol/m3, right: 6 mol/m3}}}",
              "0.31109", "0.31108");
}

Test(verify, linf_takes_the_worst_cell) {
  expect_edge("{species: u, at: 10 s, norm: linf, absolute: yes, below: %s mol/m3, exact: {formula: \"4+x\", unit: "
              "mol/m3}}",
              "1.51", "1.49"); /* 0.5 and 1.5 */
  expect_edge("{species: u, at: 10 s, norm: linf, below: %s, exact: {formula: \"4+x\", unit: mol/m3}}", "0.2308",
              "0.2307"); /* 1.5/6.5 */
}

Test(verify, a_norm_may_look_at_one_tissue_and_at_tissue_concentration) {
  expect_edge("{species: u, at: 10 s, norm: l2, absolute: yes, in: left, below: %s mol/m3, exact: 3 mol/m3}", "1.01",
              "0.99");
  expect_edge("{species: u, at: 10 s, norm: l2, absolute: yes, as: tissue, in: right, below: %s mol/m3, exact: 1 "
              "mol/m3}",
              "3.01", "2.99");
}

Test(verify, a_point_is_interpolated) {
  expect_edge("{species: u, at: 10 s, point: [1 m], equals: %s mol/m3, within: 0.1 %%}", "5.004", "5.006");
  expect_edge("{species: u, at: 10 s, point: [1 m], above: %s mol/m3}", "4.99", "5.01");
  expect_edge("{species: u, at: 10 s, point: [1 m], below: %s mol/m3}", "5.01", "4.99");
}

Test(verify, a_total_is_an_amount) {
  expect_edge("{species: u, at: 10 s, total_in: right, equals: %s mol, within: 1e-9 mol}", "12", "12.000001");
  expect_edge("{species: u, at: 10 s, total_in: all, equals: %s mol, within: 1e-6}", "13", "12.9");
}

Test(verify, only_what_is_due_is_checked) {
  Case c = begin(two_cells, "verify:\n  - {species: u, at: 1 s, total_in: all, equals: 13 mol, within: 1e-12}\n"
                            "  - {species: u, at: 2 s, total_in: all, equals: 13 mol, within: 1e-12}\n"
                            "  - {species: b, at: 2 s, total_in: all, equals: 13 mol, within: 1e-12}\n");

  cr_assert(!open_output(&c, false));
  cr_assert_eq(missed_at(&c, 0, 0), 0);
  cr_assert_eq(missed_at(&c, 1, 1), 0);
  cr_assert_eq(missed_at(&c, 2, 2), 1);
  expect_line(&c, "verify.csv", "1,\"u in all [mol]\",13,\"13 within 1.3e-11\",ok");
  expect_line(&c, "verify.csv", "2,\"b in all [mol]\",12,\"13 within 1.3e-11\",MISSED");
  end(&c);
}

Test(verify, a_ledger_row_is_found_by_its_name) {
  Case c =
      begin(two_cells,
            "sources: [{species: u, name: needle, where: {box: {from: [0 m], to: [1 m]}}, amount: 5 mol, at: 0 s}]\n"
            "verify:\n  - {ledger: u.needle, at: 1 s, equals: -5 mol, within: 1e-12}\n"
            "  - {ledger: u.needle, at: 1 s, above: 0 mol}\n");

  cr_assert(!open_output(&c, false));
  cr_assert(!EluteOperatorsImpulse(c.run->ops, &c.run->model->impulses[0], c.run->u));
  cr_assert_eq(missed_at(&c, 1, 2), 1);
  end(&c);
}

Test(verify, a_state_that_is_not_a_number_never_passes) {
  Case c = begin(two_cells, "verify:\n  - {species: u, at: 1 s, norm: l2, below: 1e300, exact: 1 mol/m3}\n"
                            "  - {species: u, at: 1 s, norm: linf, below: 1e300, exact: 1 mol/m3}\n"
                            "  - {species: u, at: 1 s, total_in: all, below: 1e300 mol}\n");
  double *u;

  cr_assert(!VecGetArray(c.run->u, &u));
  u[0] = NAN;
  cr_assert(!VecRestoreArray(c.run->u, &u));
  cr_assert(!open_output(&c, false));
  cr_assert_eq(missed_at(&c, 1, 3), 3);
  end(&c);
}

Test(probes, a_point_outside_the_mesh_has_no_value) {
  Case c = begin(two_cells, "");
  EluteTogether sum = {.n = 1};
  double value;

  cr_assert(!EluteProbeValue(c.run->ops, c.run->u, &sum, (double[]){5, 0, 0}, &value));
  cr_assert(isnan(value));
  sum.as_tissue = true;
  cr_assert(!EluteProbeValue(c.run->ops, c.run->u, &sum, (double[]){4, 0, 0}, &value));
  cr_assert_eq(value, 4);
  end(&c);
}
