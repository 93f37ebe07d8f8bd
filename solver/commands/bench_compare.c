/* What costs beside what: the same species in the same tissue without and with fluid that moves through it, and
   without and with reactions. */
#include "bench.h"

#include <stdio.h>

static const char frame[] =
    ELUTE_BENCH_MESH
    "tissues:\n"
    "  muscle: {interstitial_fraction: 0.12}\n"
    "  tumour: {interstitial_fraction: 0.3, where: {sphere: {centre: [0 mm, 0 mm, 0 mm], radius: 2 mm}}}\n"
    "%s%s"
    "time: {end: 1 d, method: ros2, step: 10 s}\n";

static const char four_species[] =
    "species:\n"
    "  a: {diffusivity: 3.3e-12 m2/s, initial: {formula: \"1e-3*(1+cos(1e3*x)*cos(2e3*y))\", unit: mol/m3}}\n"
    "  b: {diffusivity: 3.7e-11 m2/s, initial: {formula: \"1e-3*(1+cos(1e3*y)*cos(2e3*z))\", unit: mol/m3}}\n"
    "  c: {diffusivity: 1.2e-10 m2/s, initial: {formula: \"1e-3*(1+cos(1e3*z)*cos(2e3*x))\", unit: mol/m3}}\n"
    "  d: {diffusivity: 1.6e-11 m2/s, initial: {formula: \"1e-3*exp(-1e6*(x*x+y*y+z*z))\", unit: mol/m3}}\n";
static const char flow[] = ELUTE_BENCH_FLOW_TEXT;

static const char twelve_species[] = "species:\n"
                                     "  a: {diffusivity: 3.3e-11 m2/s, initial: 1 uM}\n"
                                     "  b: {diffusivity: 3.7e-11 m2/s, initial: 1 uM}\n"
                                     "  r: {diffusivity: 1.2e-12 m2/s, initial: 1 uM}\n"
                                     "  ar: {diffusivity: 1.6e-12 m2/s, initial: 0.1 uM}\n"
                                     "  br: {diffusivity: 1.7e-12 m2/s, initial: 0.1 uM}\n"
                                     "  ai: {diffusivity: 1.6e-12 m2/s, initial: 0.1 uM}\n"
                                     "  bi: {diffusivity: 1.7e-12 m2/s, initial: 0.1 uM}\n"
                                     "  m: {diffusivity: 1.2e-10 m2/s, initial: 0.1 uM}\n"
                                     "  n: {diffusivity: 1.3e-10 m2/s, initial: 0.1 uM}\n"
                                     "  t: {diffusivity: 1.4e-12 m2/s, initial: 1 uM}\n"
                                     "  at: {diffusivity: 1.5e-12 m2/s, initial: 0.1 uM}\n"
                                     "  g: {diffusivity: 1.1e-10 m2/s, initial: 0.1 uM}\n"
                                     "boundaries: {all: {a: {value: 0 uM}, b: {value: 0 uM}}}\n";
/* two drugs that compete for a receptor and are taken up, a target, metabolites, a signal that makes receptors: 20
   reactions, of which one has a power in it */
static const char reactions[] = "reactions:\n"
                                "  - {equation: \"a + r <-> ar\", forward: 1 m3/(mol s), backward: 1e-3 1/s}\n"
                                "  - {equation: \"b + r <-> br\", forward: 2 m3/(mol s), backward: 1e-3 1/s}\n"
                                "  - {equation: \"a + t <-> at\", forward: 1 m3/(mol s), backward: 2e-4 1/s}\n"
                                "  - {equation: \"ar -> ai\", rate: 1e-3 1/s}\n"
                                "  - {equation: \"br -> bi\", rate: 1e-3 1/s}\n"
                                "  - {equation: \"ai -> r + m\", rate: 5e-4 1/s}\n"
                                "  - {equation: \"bi -> r + n\", rate: 5e-4 1/s}\n"
                                "  - {equation: \"a -> m\", law: michaelis_menten, v_max: 1 nM/s, k_m: 50 nM}\n"
                                "  - {equation: \"b -> n\", law: michaelis_menten, v_max: 2 nM/s, k_m: 80 nM}\n"
                                "  - {equation: \"m -> \", law: michaelis_menten, v_max: 1 nM/s, k_m: 500 nM}\n"
                                "  - {equation: \"n -> \", rate: 1e-4 1/s}\n"
                                "  - {equation: \"at -> m\", rate: 1e-4 1/s}\n"
                                "  - {equation: \" -> g\", law: hill, of: ar, v_max: 0.1 nM/s, k: 200 nM, n: 2}\n"
                                "  - {equation: \"g -> \", rate: 1e-3 1/s}\n"
                                "  - {equation: \" -> r\", law: hill, of: g, v_max: 0.1 nM/s, k: 100 nM, n: 1.4}\n"
                                "  - {equation: \"t -> \", rate: 1e-5 1/s}\n"
                                "  - {equation: \"m + b -> n\", rate: 0.1 m3/(mol s)}\n";

enum { MOST_WORKS = 5 };
static const struct {
  const char *key, *what; /* in JSON, and in text: the second column */
  const char *species, *more;
  int coarser; /* cells along an axis of the bench over those of this */
  int n_works;
  EluteBenchWork works[MOST_WORKS];
} comparisons[] = {
    {"convection",
     "with flow",
     four_species,
     flow,
     1,
     5,
     {ELUTE_BENCH_RESIDUAL, ELUTE_BENCH_LINES_X, ELUTE_BENCH_LINES_Y, ELUTE_BENCH_LINES_Z, ELUTE_BENCH_STEP}},
    {"pharmacology",
     "20 reactions",
     twelve_species,
     reactions,
     2,
     3,
     {ELUTE_BENCH_RESIDUAL, ELUTE_BENCH_REACTION_SOLVE, ELUTE_BENCH_STEP}},
};
enum { N_COMPARISONS = sizeof comparisons / sizeof comparisons[0] };

static PetscErrorCode measure(int c, int cells, const char *backend, const char *coefficients, const char *more,
                              double *ns, int *species) {
  char text[sizeof frame + sizeof twelve_species + sizeof reactions + 64];
  EluteBench b;

  snprintf(text, sizeof text, frame, cells, cells, cells, comparisons[c].species, more);
  PetscCall(EluteBenchCreateFrom(text, backend, coefficients, ELUTE_BENCH_STEPS, &b));
  for (int w = 0; w < comparisons[c].n_works; w++) PetscCall(EluteBenchMeasure(&b, comparisons[c].works[w], &ns[w]));
  *species = b.simulation->ops->view.n_species;
  return EluteBenchDestroy(&b);
}

static void print(int c, int cells, int species, const double *without, const double *with, bool json) {
  if (json)
    printf(",\n\"%s\": {\"cells\": [%d, %d, %d], \"species\": %d, \"kernels\": [", comparisons[c].key, cells, cells,
           cells, species);
  else
    printf("\n%d x %d x %d cells, %d species\n%-16s %14s %14s %16s\n", cells, cells, cells, species, "ns per value",
           "diffusion", comparisons[c].what, "times diffusion");
  for (int w = 0; w < comparisons[c].n_works; w++)
    printf(json ? "%s\n  {\"name\": \"%s\", \"ns_of_diffusion\": %.4g, \"ns\": %.4g, \"times_diffusion\": %.4g}"
                : "%s%-16s %14.3f %14.3f %16.2f\n",
           json && w ? "," : "", EluteBenchName(comparisons[c].works[w]), without[w], with[w], with[w] / without[w]);
  if (json) printf("\n]}");
}

PetscErrorCode EluteBenchCompare(int cells, const char *backend, const char *coefficients, bool json) {
  int rank;

  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  for (int c = 0; c < N_COMPARISONS; c++) {
    const int n = cells / comparisons[c].coarser;
    double without[MOST_WORKS], with[MOST_WORKS];
    int species;

    PetscCall(measure(c, n, backend, coefficients, "", without, &species));
    PetscCall(measure(c, n, backend, coefficients, comparisons[c].more, with, &species));
    if (rank == 0) print(c, n, species, without, with, json);
  }
  return PETSC_SUCCESS;
}
