/* Legacy VTK, binary (big-endian), one file per time, written by all ranks together under a temporary name and then
 * renamed. */
#include "internal.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef enum { ARRAY_FLUID, ARRAY_TISSUE, ARRAY_LABEL, ARRAY_FIELD } ArrayKind;

typedef struct Array {
  ArrayKind kind;
  int index; /* species or prescribed field */
  char name[160];
  const char *unit;
} Array;

typedef struct Text {
  char *bytes;
  size_t length, room;
} Text;

static void append(Text *text, const void *bytes, size_t n) {
  if (text->length + n > text->room) {
    text->room = 2 * (text->length + n);
    text->bytes = realloc(text->bytes, text->room);
  }
  memcpy(text->bytes + text->length, bytes, n);
  text->length += n;
}

static void append_text(Text *text, const char *format, ...) {
  char line[512];
  va_list arguments;

  va_start(arguments, format);
  append(text, line, (size_t)vsnprintf(line, sizeof line, format, arguments));
  va_end(arguments);
}

static void swap_to_big_endian(const void *value, size_t size, unsigned char *out) {
  const unsigned char *in = value;
  const uint16_t probe = 1;
  bool little = *(const unsigned char *)&probe == 1;

  for (size_t b = 0; b < size; b++) out[b] = in[little ? size - 1 - b : b];
}

static void append_double(Text *text, double value) {
  unsigned char bytes[8];

  swap_to_big_endian(&value, 8, bytes);
  append(text, bytes, 8);
}

/* VTK's own form of a string in a binary file: length in the low six bits of a byte that begins with 11, or in 14 bits
   after 10 (vtkDataWriter). */
static void append_string(Text *text, const char *string) {
  size_t n = strlen(string);
  unsigned char head[2] = {(unsigned char)(0xc0 | n), 0};

  if (n >= 64) {
    head[0] = (unsigned char)(0x80 | (n >> 8));
    head[1] = (unsigned char)(n & 0xff);
  }
  append(text, head, n >= 64 ? 2 : 1);
  append(text, string, n);
}

static bool is_wanted(const EluteModel *m, const char *name) {
  for (int i = 0; i < m->output.n_fields; i++) {
    if (strcmp(m->output.fields[i], name) == 0) return true;
  }
  return m->output.n_fields == 0;
}

/* What the file holds: labels, both concentrations of every wanted species, prescribed fields. */
static int list_arrays(const EluteModel *m, Array *array) {
  int n = 0;

  array[n++] = (Array){ARRAY_LABEL, 0, "tissue", "1"};
  for (int k = 0; k < m->n_species; k++) {
    const char *unit = m->species[k].is_number ? "1/m3" : "mol/m3";

    if (!is_wanted(m, m->species[k].name)) continue;
    if (m->species[k].mobile) {
      array[n] = (Array){ARRAY_FLUID, k, "", unit};
      snprintf(array[n++].name, sizeof array->name, "%.100s_in_fluid", m->species[k].name);
    }
    array[n] = (Array){ARRAY_TISSUE, k, "", unit};
    snprintf(array[n++].name, sizeof array->name, "%.100s_in_tissue", m->species[k].name);
  }
  for (int f = 0; f < m->n_fields; f++) {
    if (!is_wanted(m, m->fields[f].name)) continue;
    array[n] = (Array){ARRAY_FIELD, f, "", m->fields[f].unit ? m->fields[f].unit : "1"};
    snprintf(array[n++].name, sizeof array->name, "%.100s", m->fields[f].name);
  }
  return n;
}

static bool is_uniform(const double *edges, PetscInt n) {
  double width = (edges[n] - edges[0]) / (double)n;

  for (PetscInt i = 0; i < n; i++) {
    if (fabs(edges[i + 1] - edges[i] - width) > 1e-9 * width) return false;
  }
  return true;
}

/* Points along VTK's x, y, z: the mesh's axes; (r, z) lies in VTK's x-z plane; a well-mixed cell is a cube of its
 * volume. */
static void append_grid(Text *text, const EluteMeshSpec *spec) {
  double cube[2] = {0, cbrt(spec->volume)}, zero[1] = {0};
  const double *points[3] = {zero, zero, zero};
  PetscInt n[3] = {1, 1, 1};
  bool uniform = spec->geometry == ELUTE_CARTESIAN;

  for (int d = 0; d < spec->dimension; d++) {
    int to = spec->geometry == ELUTE_CYLINDRICAL && d == 1 ? 2 : d;

    points[to] = spec->edges[d];
    n[to] = spec->n[d] + 1;
    uniform = uniform && is_uniform(spec->edges[d], spec->n[d]);
  }
  for (int d = 0; d < 3 && spec->geometry == ELUTE_WELL_MIXED; d++) points[d] = cube, n[d] = 2;
  append_text(text, "DIMENSIONS %lld %lld %lld\n", (long long)n[0], (long long)n[1], (long long)n[2]);
  if (uniform) {
    append_text(text, "ORIGIN %.17g %.17g %.17g\nSPACING", points[0][0], points[1][0], points[2][0]);
    for (int d = 0; d < 3; d++)
      append_text(text, " %.17g", n[d] > 1 ? (points[d][n[d] - 1] - points[d][0]) / (double)(n[d] - 1) : 1.0);
    append_text(text, "\n");
    return;
  }
  for (int d = 0; d < 3; d++) {
    append_text(text, "%c_COORDINATES %lld double\n", 'X' + d, (long long)n[d]);
    for (PetscInt i = 0; i < n[d]; i++) append_double(text, points[d][i]);
    append_text(text, "\n");
  }
}

static bool is_structured_points(const EluteMeshSpec *spec) {
  bool uniform = spec->geometry == ELUTE_CARTESIAN;

  for (int d = 0; d < spec->dimension; d++) uniform = uniform && is_uniform(spec->edges[d], spec->n[d]);
  return uniform;
}

static void append_head(Text *text, const EluteOutput *o, double t, const Array *array, int n) {
  const EluteMeshSpec *spec = &o->ops->mesh->spec;
  int32_t cycle = o->n_written;
  unsigned char bytes[4];

  append_text(text, "# vtk DataFile Version 3.0\n%.200s\nBINARY\nDATASET %s\n", o->ops->model->title,
              is_structured_points(spec) ? "STRUCTURED_POINTS" : "RECTILINEAR_GRID");
  append_text(text, "FIELD FieldData 3\nTIME 1 1 double\n");
  append_double(text, t);
  append_text(text, "\nCYCLE 1 1 int\n");
  swap_to_big_endian(&cycle, 4, bytes);
  append(text, bytes, 4);
  append_text(text, "\nunits 1 %d string\n", n);
  for (int a = 0; a < n; a++) {
    char line[256];

    snprintf(line, sizeof line, "%s: %s", array[a].name, array[a].unit);
    append_string(text, line);
  }
  append_text(text, "\n");
  append_grid(text, spec);
  append_text(text, "CELL_DATA %lld\nFIELD cells %d\n", (long long)o->ops->mesh->n_cells_global, n);
}

static PetscErrorCode value_of(const EluteOutput *o, const Array *array, double t, PetscInt row, PetscInt i,
                               double *value) {
  const EluteOperators *ops = o->ops;
  const EluteMeshView *mesh = &ops->mesh->view;
  size_t species = (size_t)array->index, at = (size_t)i;

  if (array->kind == ARRAY_LABEL) {
    *value = mesh->tissue[(size_t)row * (size_t)mesh->pitch + at];
  } else if (array->kind == ARRAY_FIELD) {
    char why[256];
    double x[3];
    EluteWhere where;

    EluteMeshCellCentre(ops->mesh, row, i, x);
    where = EluteModelWhere(ops->model, x, mesh->tissue[(size_t)row * (size_t)mesh->pitch + at], t, ops->segment_begin,
                            ops->segment_end);
    if (!EluteValueAt(ops->model->fields[array->index].value, &where, value, why, sizeof why))
      return EluteFail(ELUTE_EXIT_CASE, "%s", why);
  } else {
    *value = o->state[((size_t)row * (size_t)ops->fields->n_species + species) * (size_t)mesh->pitch + at];
    if (array->kind == ARRAY_FLUID) {
      *value /= ops->porosity[((size_t)row * (size_t)ops->fields->n_mobile + species) * (size_t)mesh->pitch + at];
    }
  }
  return PETSC_SUCCESS;
}

/* This rank's cells of one array, big-endian, in VTK's order. */
static PetscErrorCode encode(const EluteOutput *o, const Array *array, double t, size_t size, unsigned char *out) {
  const EluteMeshView *mesh = &o->ops->mesh->view;

  for (PetscInt row = 0; row < mesh->n_rows; row++) {
    for (PetscInt i = 0; i < mesh->n_cells; i++) {
      double value;
      float single;

      PetscCall(value_of(o, array, t, row, i, &value));
      single = (float)value;
      if (size == 1)
        *out = (unsigned char)value;
      else
        swap_to_big_endian(size == 4 ? (const void *)&single : (const void *)&value, size, out);
      out += size;
    }
  }
  return PETSC_SUCCESS;
}

static PetscErrorCode mpi_io(const EluteOutput *o, int failed, const char *path) {
  char text[MPI_MAX_ERROR_STRING] = "";
  int length;

  if (!failed) return PETSC_SUCCESS;
  MPI_Error_string(failed, text, &length);
  (void)o;
  return EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot write: %s", path, text);
}

static PetscErrorCode write_array(const EluteOutput *o, MPI_File file, const char *path, MPI_Offset begin,
                                  const Array *array, double t, size_t size) {
  const EluteMesh *mesh = o->ops->mesh;
  int whole[3] = {(int)mesh->spec.n[2], (int)mesh->spec.n[1], (int)(mesh->spec.n[0] * (PetscInt)size)};
  int part[3] = {mesh->view.nz, mesh->view.ny, whole[2]}, at[3] = {(int)mesh->begin[2], (int)mesh->begin[1], 0};
  size_t rows = (size_t)mesh->view.n_rows;
  unsigned char *bytes = malloc(rows * (size_t)whole[2] + 1);
  MPI_Datatype row, block;
  PetscErrorCode ierr;
  int failed;

  PetscCheck(bytes, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory to write %s", path);
  ierr = encode(o, array, t, size, bytes);
  PetscCallMPI(MPI_Type_contiguous(whole[2], MPI_BYTE, &row));
  PetscCallMPI(MPI_Type_commit(&row));
  if (rows)
    PetscCallMPI(MPI_Type_create_subarray(2, whole, part, at, MPI_ORDER_C, row, &block));
  else
    PetscCallMPI(MPI_Type_dup(row, &block));
  PetscCallMPI(MPI_Type_commit(&block));
  failed = MPI_File_set_view(file, begin, row, block, "native", MPI_INFO_NULL);
  if (!failed) failed = MPI_File_write_all(file, bytes, (int)rows, row, MPI_STATUS_IGNORE);
  PetscCallMPI(MPI_Type_free(&block));
  PetscCallMPI(MPI_Type_free(&row));
  free(bytes);
  return ierr ? ierr : mpi_io(o, failed, path);
}

static PetscErrorCode write_text(const EluteOutput *o, MPI_File file, const char *path, MPI_Offset *at, Text *text) {
  int failed = MPI_File_set_view(file, 0, MPI_BYTE, MPI_BYTE, "native", MPI_INFO_NULL);

  if (!failed && o->rank == 0)
    failed = MPI_File_write_at(file, *at, text->bytes, (int)text->length, MPI_BYTE, MPI_STATUS_IGNORE);
  *at += (MPI_Offset)text->length;
  text->length = 0;
  return mpi_io(o, failed, path);
}

static PetscErrorCode write_all(const EluteOutput *o, MPI_File file, const char *path, double t) {
  Array array[3 * ELUTE_MAX_SPECIES + 64];
  int n = list_arrays(o->ops->model, array);
  Text text = {0};
  MPI_Offset at = 0;
  PetscErrorCode ierr = PETSC_SUCCESS;

  append_head(&text, o, t, array, n);
  for (int a = 0; a < n; a++) {
    size_t size = array[a].kind == ARRAY_LABEL ? 1 : o->ops->model->output.single ? 4 : 8;

    append_text(&text, "%s 1 %lld %s\n", array[a].name, (long long)o->ops->mesh->n_cells_global,
                size == 1   ? "unsigned_char"
                : size == 4 ? "float"
                            : "double");
    if (!ierr) ierr = write_text(o, file, path, &at, &text);
    ierr = EluteAgree(o->comm, ierr);
    if (ierr) break;
    ierr = write_array(o, file, path, at, &array[a], t, size);
    at += (MPI_Offset)size * o->ops->mesh->n_cells_global;
    append_text(&text, "\n");
  }
  if (!ierr) ierr = write_text(o, file, path, &at, &text);
  free(text.bytes);
  return EluteAgree(o->comm, ierr);
}

static void print_series(const EluteOutput *o, FILE *file) {
  fprintf(file, "{\n  \"file-series-version\": \"1.0\",\n  \"files\": [");
  for (int i = 0; i < o->n_written; i++) {
    fprintf(file, "%s\n    {\"name\": \"fields_%06d.vtk\", \"time\": %.17g}", i ? "," : "", i, o->written_time[i]);
  }
  fprintf(file, "\n  ]\n}\n");
}

PetscErrorCode EluteOutputVtk(EluteOutput *o, double t) {
  char name[32], path[ELUTE_OUTPUT_PATH], temporary[ELUTE_OUTPUT_PATH + 8];
  MPI_File file;
  PetscErrorCode ierr;

  snprintf(name, sizeof name, "fields_%06d.vtk", o->n_written);
  elute_output_path(o, name, path);
  snprintf(temporary, sizeof temporary, "%s.part", path);
  PetscCall(
      mpi_io(o, MPI_File_open(o->comm, temporary, MPI_MODE_CREATE | MPI_MODE_WRONLY, MPI_INFO_NULL, &file), path));
  MPI_File_set_size(file, 0);
  ierr = write_all(o, file, path, t);
  if (MPI_File_close(&file) && !ierr) ierr = EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot close", path);
  o->written_time = realloc(o->written_time, sizeof(double) * (size_t)(o->n_written + 1));
  o->written_time[o->n_written++] = t;
  if (!ierr && o->rank == 0) {
    if (rename(temporary, path))
      ierr = EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot rename: %s", path, strerror(errno));
    else
      ierr = EluteOutputAtomic(o, "fields.vtk.series", print_series);
  } else if (ierr && o->rank == 0) {
    unlink(temporary);
  }
  return EluteAgree(o->comm, ierr);
}
