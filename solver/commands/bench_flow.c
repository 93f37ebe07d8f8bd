/* What convection costs: the same species in the same tissue with and without fluid that moves through it. */
#include <stdio.h>
#include "bench.h"

static const char case_text[] =
    "elute: 1\n"
    "mesh:\n"
    "  geometry: cartesian\n"
    "  x: {from: -3 mm, to: 3 mm, cells: %d}\n"
    "  y: {from: -3 mm, to: 3 mm, cells: %d}\n"
    "  z: {from: -3 mm, to: 3 mm, cells: %d}\n"
    "tissues:\n"
    "  muscle: {interstitial_fraction: 0.12}\n"
    "  tumour: {interstitial_fraction: 0.3, where: {sphere: {centre: [0 mm, 0 mm, 0 mm], radius: 2 mm}}}\n"
    "species:\n"
    "  a: {diffusivity: 3.3e-12 m2/s, initial: {formula: \"1e-3*(1+cos(1e3*x)*cos(2e3*y))\", unit: mol/m3}}\n"
    "  b: {diffusivity: 3.7e-11 m2/s, initial: {formula: \"1e-3*(1+cos(1e3*y)*cos(2e3*z))\", unit: mol/m3}}\n"
    "  c: {diffusivity: 1.2e-10 m2/s, initial: {formula: \"1e-3*(1+cos(1e3*z)*cos(2e3*x))\", unit: mol/m3}}\n"
    "  d: {diffusivity: 1.6e-11 m2/s, initial: {formula: \"1e-3*exp(-1e6*(x*x+y*y+z*z))\", unit: mol/m3}}\n"
    "%s"
    "time: {end: 1 d, method: ros2, step: 10 s}\n";
static const char flow_text[] = "flow: {model: prescribed, velocity: [0.02 um/s, -0.015 um/s, 0.01 um/s]}\n";

/* What moving fluid changes. */
static const EluteBenchWork works[] = {ELUTE_BENCH_RESIDUAL, ELUTE_BENCH_LINES_X, ELUTE_BENCH_LINES_Y,
                                       ELUTE_BENCH_LINES_Z, ELUTE_BENCH_STEP};
enum { N_WORKS = sizeof works / sizeof works[0] };

static PetscErrorCode measure(int cells, const char *backend, const char *coefficients, bool flows, double *ns) {
  char text[sizeof case_text + sizeof flow_text + 64];
  EluteBench b;

  snprintf(text, sizeof text, case_text, cells, cells, cells, flows ? flow_text : "");
  PetscCall(EluteBenchCreateFrom(text, backend, coefficients, ELUTE_BENCH_STEPS, &b));
  for (int w = 0; w < N_WORKS; w++) PetscCall(EluteBenchMeasure(&b, works[w], &ns[w]));
  return EluteBenchDestroy(&b);
}

PetscErrorCode EluteBenchFlow(int cells, const char *backend, const char *coefficients, bool json) {
  double ns[2][N_WORKS];
  int rank;

  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  for (int flows = 0; flows < 2; flows++) PetscCall(measure(cells, backend, coefficients, flows, ns[flows]));
  if (rank > 0) return PETSC_SUCCESS;
  if (json)
    printf(",\n\"convection\": [");
  else
    printf("\n%-16s %14s %14s %16s\n", "no reactions", "ns at rest", "ns with flow", "times at rest");
  for (int w = 0; w < N_WORKS; w++)
    printf(json ? "%s\n  {\"name\": \"%s\", \"ns_at_rest\": %.4g, \"ns_with_flow\": %.4g, \"times_at_rest\": %.4g}"
                : "%s%-16s %14.3f %14.3f %16.2f\n",
           json && w ? "," : "", EluteBenchName(works[w]), ns[0][w], ns[1][w], ns[1][w] / ns[0][w]);
  if (json) printf("\n]");
  return PETSC_SUCCESS;
}
