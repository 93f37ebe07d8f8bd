/* biopsy_NAME.csv: what a core of tissue holds, piece by piece along it.

   A piece is sampled by points that stand for equal volumes: rings across, each with points at equal angles, and layers
   along; half a cell apart at most. At each the state is interpolated as for a probe, so that a core may be thinner
   than a cell. Points outside the mesh hold nothing and count for no volume. In curved geometries the core lies in
   space. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Core {
  const EluteBiopsySpec *spec;
  const EluteMesh *mesh;
  double across[2][3];       /* with the direction, axes at right angles */
  int rings, angles, layers; /* of a piece */
} Core;

static int at_least(double n, int least, int most) {
  return n < least ? least : n > most ? most : (int)ceil(n);
}

static void place_core(const EluteMesh *mesh, const EluteBiopsySpec *spec, Core *core) {
  const double *d = spec->direction;
  double width = INFINITY, length = 0;
  int least = 0;

  *core = (Core){.spec = spec, .mesh = mesh};
  for (int a = 0; a < mesh->spec.dimension; a++)
    for (PetscInt i = 0; i < mesh->spec.n[a]; i++)
      width = fmin(width, mesh->spec.edges[a][i + 1] - mesh->spec.edges[a][i]);
  core->rings = at_least(2 * spec->radius / width, 2, 30);
  core->angles = 4 * at_least(PETSC_PI * spec->radius / width, 2, 30);
  core->layers = at_least(2 * spec->length / spec->n_bins / width, 2, 1000);
  for (int a = 1; a < 3; a++)
    if (fabs(d[a]) < fabs(d[least])) least = a;
  for (int a = 0; a < 3; a++) core->across[0][a] = (a == least) - d[a] * d[least];
  for (int a = 0; a < 3; a++) length += core->across[0][a] * core->across[0][a];
  for (int a = 0; a < 3; a++) core->across[0][a] /= sqrt(length);
  for (int a = 0; a < 3; a++) {
    const int b = (a + 1) % 3, c = (a + 2) % 3;

    core->across[1][a] = d[b] * core->across[0][c] - d[c] * core->across[0][b];
  }
}

/* A point of the core as the mesh has it. */
static void core_point(const Core *core, double along, int ring, int angle, double x[3]) {
  const double radius = core->spec->radius * sqrt((ring + 0.5) / core->rings);
  const double phase = 2 * PETSC_PI * (angle + 0.5) / core->angles;
  const EluteGeometry geometry = core->mesh->spec.geometry;

  for (int a = 0; a < 3; a++)
    x[a] = core->spec->at[a] + along * core->spec->direction[a] +
           radius * (cos(phase) * core->across[0][a] + sin(phase) * core->across[1][a]);
  if (geometry == ELUTE_SPHERICAL) x[0] = sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]);
  if (geometry == ELUTE_CYLINDRICAL) {
    x[0] = hypot(x[0], x[1]);
    x[1] = x[2];
  }
  for (int a = core->mesh->spec.dimension; a < 3; a++) x[a] = 0; /* nothing differs along the axes that it lacks */
}

/* This rank's share of a piece: amounts of the species, and, the same on all ranks, the volume in the mesh. */
static void sample_piece(const EluteOutput *o, const Core *core, int bin, const double *state, double *amount,
                         double *volume) {
  const EluteBiopsySpec *s = core->spec;
  const double piece = s->length / s->n_bins;
  const double each = PETSC_PI * s->radius * s->radius * piece / (core->rings * core->angles * core->layers);
  double share[ELUTE_MAX_SPECIES];
  bool inside;

  for (int layer = 0; layer < core->layers; layer++) {
    for (int point = 0; point < core->rings * core->angles; point++) {
      double x[3];

      core_point(core, piece * (bin + (layer + 0.5) / core->layers), point / core->angles, point % core->angles, x);
      elute_probe_share(o->ops, state, true, x, s->n_species, s->species, share, &inside);
      if (!inside) continue;
      *volume += each;
      for (int k = 0; k < s->n_species; k++) amount[k] += each * share[k];
    }
  }
}

static PetscErrorCode open_biopsy(const EluteOutput *o, const EluteBiopsySpec *s, EluteTableFile *table) {
  char name[100];

  snprintf(name, sizeof name, "biopsy_%.63s.csv", s->name);
  PetscCall(elute_output_table(o, name, table));
  fprintf(table->file, "time_s,bin,from_m,to_m,volume_m3");
  for (int k = 0; k < s->n_species; k++) {
    const EluteSpecies *species = &o->ops->model->species[s->species[k]];

    fprintf(table->file, ",%s_%s,%s_in_tissue_%s", species->name, elute_quantities[species->quantity].amount, species->name,
            elute_quantities[species->quantity].column);
  }
  fprintf(table->file, "\n");
  return EluteTableHead(table);
}

PetscErrorCode EluteOutputBiopsiesOpen(EluteOutput *o) {
  const EluteOutputSpec *spec = &o->ops->model->output;

  for (int i = 0; i < spec->n_biopsies; i++) PetscCall(open_biopsy(o, &spec->biopsies[i], &o->biopsies[i]));
  return PETSC_SUCCESS;
}

static void print_piece(FILE *file, double t, const EluteBiopsySpec *s, int bin, const double *amount, double volume) {
  const double piece = s->length / s->n_bins;

  if (bin < s->n_bins)
    fprintf(file, "%.17g,%d,%.17g,%.17g,%.17g", t, bin, bin * piece, (bin + 1) * piece, volume);
  else
    fprintf(file, "%.17g,all,0,%.17g,%.17g", t, s->length, volume);
  for (int k = 0; k < s->n_species; k++)
    fprintf(file, ",%.17g,%.17g", amount[k], volume > 0 ? amount[k] / volume : NAN);
  fputc('\n', file);
}

PetscErrorCode EluteOutputBiopsy(EluteOutput *o, int i, double t, const double *state) {
  const EluteBiopsySpec *s = &o->ops->model->output.biopsies[i];
  const size_t n = (size_t)s->n_species, bins = (size_t)s->n_bins;
  double *amount, *volume;
  Core core;

  place_core(o->ops->mesh, s, &core);
  PetscCall(PetscCalloc2((bins + 1) * n, &amount, bins + 1, &volume)); /* the last: of the whole core */
  for (int bin = 0; bin < s->n_bins; bin++) sample_piece(o, &core, bin, state, amount + (size_t)bin * n, &volume[bin]);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, amount, (int)(bins * n), MPI_DOUBLE, MPI_SUM, o->comm));
  for (size_t bin = 0; bin < bins; bin++) {
    volume[bins] += volume[bin];
    for (size_t k = 0; k < n; k++) amount[bins * n + k] += amount[bin * n + k];
  }
  for (int bin = 0; bin <= s->n_bins && o->rank == 0; bin++)
    print_piece(o->biopsies[i].file, t, s, bin, amount + (size_t)bin * n, volume[bin]);
  if (o->rank == 0) elute_output_keep(o, &o->biopsies[i]);
  PetscCall(PetscFree2(amount, volume));
  return EluteAgree(o->comm, o->late);
}
