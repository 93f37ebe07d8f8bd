/* Fields for ParaView: legacy VTK, binary (big-endian), one file per time, written by all ranks together under a
   temporary name and then renamed. What a file holds, and how the ranks write it; vtk_format.c knows its syntax. */
#include "../operators/flow.h"
#include "internal.h"
#include "readouts.h"
#include "vtk_format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  NAME = 160,
  CHUNK = 32 << 20, /* bytes that a rank hands to one collective write: far below the 2 GiB of MPI's counts */
};

typedef enum {
  ARRAY_LABEL,
  ARRAY_FLUID,
  ARRAY_TISSUE,
  ARRAY_FIELD,
  ARRAY_PRESSURE,
  ARRAY_FILTRATION,
  ARRAY_VELOCITY, /* of three components */
  ARRAY_READOUT   /* what cells have for an endpoint */
} ArrayKind;

typedef struct Array {
  ArrayKind kind;
  int index; /* species, prescribed field or endpoint */
  char name[NAME];
  const char *unit;
} Array;

/* One file while it is written. */
typedef struct Writing {
  const EluteOutput *o;
  const double *state;
  double t;
  MPI_File file;
  const char *path;
  MPI_Offset at;         /* bytes written so far */
  PetscInt rows, chunks; /* rows per collective write, and how many of these: the same on all ranks */
  unsigned char *bytes;
  double *line;
  double *cells; /* [n_rows * pitch] of ARRAY_READOUT; NULL: none is written */
} Writing;

static bool is_wanted(const EluteModel *m, const char *name) {
  for (int i = 0; i < m->output.n_fields; i++) {
    if (strcmp(m->output.fields[i], name) == 0) return true;
  }
  return m->output.n_fields == 0;
}

static Array *add_array(Array *array, ArrayKind kind, int index, const char *name, const char *ending,
                        const char *unit) {
  *array = (Array){.kind = kind, .index = index, .unit = unit};
  snprintf(array->name, NAME, "%.120s%s", name, ending);
  return array + 1;
}

/* Labels; both concentrations of every wanted mobile species, the one of immobile ones; wanted prescribed fields. */
static int list_arrays(const EluteModel *m, Array *first) {
  Array *next = add_array(first, ARRAY_LABEL, 0, "tissue", "", "index");

  for (int k = 0; k < m->n_species; k++) {
    const EluteSpecies *s = &m->species[k];
    const char *unit = elute_quantities[s->quantity].concentration;

    if (!is_wanted(m, s->name)) continue;
    if (elute_is_temperature(s)) { /* its heat per volume says nothing more */
      next = add_array(next, ARRAY_FLUID, k, s->name, "", "K");
      continue;
    }
    if (s->mobile) next = add_array(next, ARRAY_FLUID, k, s->name, "_in_fluid", unit);
    next = add_array(next, ARRAY_TISSUE, k, s->name, "_in_tissue", unit);
  }
  if (m->flow.model == ELUTE_FLOW_DARCY_STARLING && is_wanted(m, "pressure"))
    next = add_array(next, ARRAY_PRESSURE, 0, "pressure", "", "Pa");
  if (m->flow.model == ELUTE_FLOW_DARCY_STARLING && is_wanted(m, "filtration"))
    next = add_array(next, ARRAY_FILTRATION, 0, "filtration", "", "1/s");
  if (m->flow.model && is_wanted(m, "velocity")) next = add_array(next, ARRAY_VELOCITY, 0, "velocity", "", "m/s");
  for (int f = 0; f < m->n_fields; f++) {
    const char *name = m->fields[f].name;
    bool taken = false;

    if (!is_wanted(m, name)) continue;
    for (const Array *a = first; a < next; a++) taken = taken || strcmp(a->name, name) == 0;
    next = add_array(next, ARRAY_FIELD, f, name, taken ? "_field" : "", m->fields[f].unit ? m->fields[f].unit : "1");
  }
  for (int r = 0; r < m->output.n_readouts; r++) {
    static const char *const ending[] = {"", "_auc", "_peak", "_time_above"}; /* by EluteMeasure */
    const EluteReadoutSpec *spec = &m->output.readouts[r];

    if (spec->watch >= 0 && is_wanted(m, spec->name))
      next = add_array(next, ARRAY_READOUT, r, spec->name, ending[spec->measure],
                       EluteTogetherUnit(&spec->sum, spec->measure));
  }
  return (int)(next - first);
}

static Array *all_arrays(const EluteModel *m, int *n) {
  Array *array = calloc((size_t)(4 + 2 * m->n_species + m->n_fields + m->output.n_readouts), sizeof *array);

  *n = array ? list_arrays(m, array) : 0;
  return array;
}

static size_t components(const Array *array) {
  return array->kind == ARRAY_VELOCITY ? 3 : 1;
}

/* Bytes of a number. */
static size_t value_size(const EluteModel *m, const Array *array) {
  return array->kind == ARRAY_LABEL ? 1 : m->output.single ? 4 : 8;
}

double elute_vtk_bytes(const EluteModel *m, const EluteMesh *mesh) {
  int n;
  Array *array = all_arrays(m, &n);
  double per_cell = 0;

  for (int a = 0; a < n; a++) per_cell += (double)(components(&array[a]) * value_size(m, &array[a]));
  free(array);
  return per_cell * (double)mesh->n_cells_global;
}

static void append_head(EluteText *text, const EluteOutput *o, double t, const Array *array, int n) {
  const EluteModel *m = o->ops->model;
  const EluteMeshSpec *spec = &o->ops->mesh->spec;
  char title[201], line[NAME + 64];

  snprintf(title, sizeof title, "%s", m->title ? m->title : "elute");
  for (char *c = title; *c; c++) {
    if ((unsigned char)*c < ' ') *c = ' '; /* the title is one line of the file */
  }
  elute_text_print(text, "# vtk DataFile Version 3.0\n%s\nBINARY\nDATASET %s\n", title,
                   elute_vtk_uniform(spec) ? "STRUCTURED_POINTS" : "RECTILINEAR_GRID");
  elute_text_print(text, "FIELD FieldData 4\nTIME 1 1 double\n");
  elute_text_double(text, t);
  elute_text_print(text, "\nCYCLE 1 1 int\n");
  elute_text_int(text, o->n_written);
  elute_text_print(text, "\nunits 1 %d string\n", n);
  for (int a = 0; a < n; a++) {
    snprintf(line, sizeof line, "%s: %.40s", array[a].name, array[a].unit);
    elute_text_string(text, line);
  }
  elute_text_print(text, "\ntissues 1 %d string\n", m->n_tissues);
  for (int i = 0; i < m->n_tissues; i++) elute_text_string(text, m->tissues[i].name);
  elute_text_print(text, "\n");
  elute_vtk_grid(text, spec);
  elute_text_print(text, "CELL_DATA %lld\nFIELD cells %d\n", (long long)o->ops->mesh->n_cells_global, n);
}

/* The cells of one owned row. */
static PetscErrorCode row_values(const Writing *w, const Array *array, PetscInt row, double *value) {
  const EluteOperators *ops = w->o->ops;
  const EluteMeshView *mesh = &ops->mesh->view;
  const uint8_t *tissue = mesh->tissue + (size_t)row * (size_t)mesh->pitch;

  for (PetscInt i = 0; i < mesh->n_cells; i++) {
    if (array->kind == ARRAY_LABEL) {
      value[i] = tissue[i];
    } else if (array->kind == ARRAY_PRESSURE) {
      value[i] = EluteFlowPressure(ops)[row * mesh->pitch + i];
    } else if (array->kind == ARRAY_FILTRATION) {
      value[i] = EluteFlowFiltration(ops)[row * mesh->pitch + i];
    } else if (array->kind == ARRAY_VELOCITY) {
      EluteFlowVelocity(ops, row, i, &value[3 * i]);
    } else if (array->kind == ARRAY_READOUT) {
      value[i] = w->cells[row * mesh->pitch + i];
    } else if (array->kind == ARRAY_FIELD) {
      const EluteFieldSpec *field = &ops->model->fields[array->index];
      char why[256];
      double x[3];
      EluteWhere where;

      EluteMeshCellCentre(ops->mesh, row, i, x);
      where = EluteModelWhere(ops->model, x, tissue[i], w->t, ops->segment_begin, ops->segment_end);
      if (!EluteValueAt(field->value, &where, &value[i], why, sizeof why))
        return EluteFail(ELUTE_EXIT_CASE, "field %s: %s", field->name, why);
    } else {
      value[i] = elute_concentration(ops, w->state, array->index, array->kind == ARRAY_TISSUE, row, i);
    }
  }
  return PETSC_SUCCESS;
}

/* Makes an MPI error a failure of this rank. */
static PetscErrorCode mpi_io(const char *path, int failed) {
  char text[MPI_MAX_ERROR_STRING] = "";
  int length;

  if (!failed) return PETSC_SUCCESS;
  MPI_Error_string(failed, text, &length);
  return EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot write: %s", path, text);
}

/* All calls are collective: a rank that failed goes on writing (rubbish) until all have agreed to stop. */
static PetscErrorCode write_array(Writing *w, const Array *array) {
  const EluteMesh *mesh = w->o->ops->mesh;
  size_t size = value_size(w->o->ops->model, array), length = components(array) * (size_t)mesh->spec.n[0];
  MPI_Datatype row, block;
  PetscErrorCode ierr;

  if (array->kind == ARRAY_READOUT) PetscCall(EluteReadoutsCells(w->o->readouts, array->index, w->cells));
  PetscCall(EluteMeshRowTypes(mesh, length * size, &row, &block));
  ierr = mpi_io(w->path, MPI_File_set_view(w->file, w->at, row, block, "native", MPI_INFO_NULL));
  ierr = EluteAgree(w->o->comm, ierr);
  for (PetscInt c = 0; c < w->chunks && !ierr; c++) {
    PetscInt first = PetscMin(c * w->rows, mesh->view.n_rows), end = PetscMin(first + w->rows, mesh->view.n_rows);
    int failed;

    for (PetscInt r = first; r < end && !ierr; r++) {
      ierr = row_values(w, array, r, w->line);
      elute_big_endian(w->line, length, size, w->bytes + (size_t)(r - first) * length * size);
    }
    failed = MPI_File_write_all(w->file, w->bytes, (int)(end - first), row, MPI_STATUS_IGNORE);
    if (!ierr) ierr = mpi_io(w->path, failed);
    ierr = EluteAgree(w->o->comm, ierr);
  }
  PetscCallMPI(MPI_Type_free(&block));
  PetscCallMPI(MPI_Type_free(&row));
  w->at += (MPI_Offset)(components(array) * size) * mesh->n_cells_global;
  return ierr;
}

/* Written by rank 0. Collective. */
static PetscErrorCode write_text(Writing *w, EluteText *text) {
  int failed = MPI_File_set_view(w->file, 0, MPI_BYTE, MPI_BYTE, "native", MPI_INFO_NULL);
  PetscErrorCode ierr = PETSC_SUCCESS;

  if (text->failed) ierr = EluteFail(ELUTE_EXIT_SYSTEM, "%s: no memory for the head of the file", w->path);
  if (!failed && !ierr && w->o->rank == 0)
    failed = MPI_File_write_at(w->file, w->at, text->bytes, (int)text->length, MPI_BYTE, MPI_STATUS_IGNORE);
  w->at += (MPI_Offset)text->length;
  text->length = 0;
  return EluteAgree(w->o->comm, ierr ? ierr : mpi_io(w->path, failed));
}

/* Buffers, and the number of collective writes that the rank with the most rows needs. */
static PetscErrorCode create_buffers(Writing *w) {
  const EluteMesh *mesh = w->o->ops->mesh;
  size_t row_bytes = 3 * (size_t)mesh->spec.n[0] * sizeof(double); /* of a vector */
  PetscErrorCode ierr = PETSC_SUCCESS;

  w->rows = (PetscInt)PetscMax(CHUNK / row_bytes, 1);
  w->chunks = (mesh->view.n_rows + w->rows - 1) / w->rows;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &w->chunks, 1, MPIU_INT, MPI_MAX, w->o->comm));
  w->bytes = malloc((size_t)PetscMin(w->rows, mesh->view.n_rows) * row_bytes + 1);
  w->line = malloc(row_bytes);
  w->cells = malloc((size_t)mesh->view.n_rows * (size_t)mesh->view.pitch * sizeof(double) + 1);
  if (!w->bytes || !w->line || !w->cells) ierr = EluteFail(ELUTE_EXIT_SYSTEM, "no memory to write %s", w->path);
  return EluteAgree(w->o->comm, ierr);
}

static PetscErrorCode write_all(Writing *w, const Array *array, int n) {
  const EluteModel *m = w->o->ops->model;
  EluteText text = {0};
  PetscErrorCode ierr = create_buffers(w);

  append_head(&text, w->o, w->t, array, n);
  for (int a = 0; a < n && !ierr; a++) {
    size_t size = value_size(m, &array[a]);

    elute_text_print(&text, "%s %d %lld %s\n", array[a].name, (int)components(&array[a]),
                     (long long)w->o->ops->mesh->n_cells_global,
                     size == 1   ? "unsigned_char"
                     : size == 4 ? "float"
                                 : "double");
    ierr = write_text(w, &text);
    if (!ierr) ierr = write_array(w, &array[a]);
    elute_text_print(&text, "\n");
  }
  if (!ierr) ierr = write_text(w, &text);
  free(text.bytes);
  free(w->bytes);
  free(w->line);
  free(w->cells);
  return ierr;
}

static void print_series(const EluteOutput *o, const void *context, FILE *file) {
  (void)context;
  fprintf(file, "{\n  \"file-series-version\": \"1.0\",\n  \"files\": [");
  for (int i = 0; i < o->n_written; i++) {
    fprintf(file, "%s\n    {\"name\": \"fields_%06d.vtk\", \"time\": %.17g}", i ? "," : "", i, o->written_time[i]);
  }
  fprintf(file, "\n  ]\n}\n");
}

/* Opens, writes and closes the file under its temporary name. Collective, and so is the outcome. */
static PetscErrorCode write_file(const EluteOutput *o, double t, const double *state, const char *path,
                                 const char *temporary, double *length) {
  Writing w = {.o = o, .state = state, .t = t, .path = path};
  int n;
  Array *array = all_arrays(o->ops->model, &n);
  PetscErrorCode ierr = array ? PETSC_SUCCESS : EluteFail(ELUTE_EXIT_SYSTEM, "no memory to write %s", path);

  ierr = EluteAgree(o->comm, ierr);
  if (!ierr) {
    int failed = MPI_File_open(o->comm, temporary, MPI_MODE_CREATE | MPI_MODE_WRONLY, MPI_INFO_NULL, &w.file);

    ierr = EluteAgree(o->comm, mpi_io(path, failed));
    if (!ierr) {
      failed = MPI_File_set_size(w.file, 0);
      ierr = EluteAgree(o->comm, mpi_io(path, failed));
      if (!ierr) ierr = write_all(&w, array, n);
      failed = MPI_File_close(&w.file);
      ierr = EluteAgree(o->comm, ierr ? ierr : mpi_io(path, failed));
    }
  }
  free(array);
  *length = (double)w.at;
  return ierr;
}

/* A file system that runs full may shorten a file without a word. */
static PetscErrorCode check_length(const char *path, const char *temporary, double length) {
  struct stat status;

  if (stat(temporary, &status)) return EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot write: %s", path, strerror(errno));
  if ((double)status.st_size == length) return PETSC_SUCCESS;
  return EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot write: %.0f of %.0f bytes arrived", path, (double)status.st_size,
                   length);
}

PetscErrorCode EluteOutputVtkSeries(EluteOutput *o) {
  return EluteOutputAtomic(o, "fields.vtk.series", print_series, NULL);
}

PetscErrorCode EluteOutputVtk(EluteOutput *o, double t, const double *state) {
  char name[32], path[ELUTE_OUTPUT_PATH], temporary[ELUTE_OUTPUT_PATH + 8];
  double *times, length;
  PetscErrorCode ierr;

  snprintf(name, sizeof name, "fields_%06d.vtk", o->n_written);
  elute_output_path(o, name, path);
  snprintf(temporary, sizeof temporary, "%s.part", path);
  ierr = write_file(o, t, state, path, temporary, &length);
  times = realloc(o->written_time, sizeof(double) * (size_t)(o->n_written + 1));
  if (times) o->written_time = times;
  if (!times && !ierr) ierr = EluteFail(ELUTE_EXIT_SYSTEM, "no memory to list %s", path);
  if (!ierr && o->rank == 0) {
    ierr = check_length(path, temporary, length);
    if (!ierr && rename(temporary, path))
      ierr = EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot rename: %s", path, strerror(errno));
  }
  if (ierr && o->rank == 0) unlink(temporary);
  PetscCall(EluteAgree(o->comm, ierr));
  o->written_time[o->n_written++] = t;
  o->bytes_written += length;
  if (o->rank == 0) ierr = EluteOutputVtkSeries(o);
  return EluteAgree(o->comm, ierr);
}
