#include "lines.h"

#include <string.h>

typedef struct LineAxis {
  MPI_Comm comm;                        /* the ranks along the axis, in its order; MPI_COMM_NULL on idle ranks */
  int blocks, at;                       /* ranks along the axis; this one's place */
  bool alone;                           /* lines are whole on this rank and do not close on themselves */
  size_t n;                             /* interface unknowns of this rank, line_rows * n_mobile * pitch */
  double *equations[6], *below, *above; /* backend memory, n each */
  double *rows, *work, *share, *answer; /* host: [6 n] each but the last, [2 n] and a little more */
} LineAxis;

struct EluteLines {
  EluteOperators *ops;
  LineAxis axis[3];
};

/* Forward: last_p = alpha + beta first_{p+1} + gamma L, with L = last of the final block (periodic lines only); first_p
   = A + B first_{p+1} + G L. Backward from the final block. */
void elute_lines_reduced(int blocks, bool periodic, const double *equations, size_t stride_block,
                         size_t stride_equation, double *first, double *last) {
  double A[blocks], B[blocks], G[blocks], alpha = 0, beta = 0, gamma = periodic, alphas[blocks], betas[blocks],
                                          gammas[blocks];
  double F = 0, L = 0, a, b, g;

  for (int p = 0; p < blocks; p++) {
    const double *e = equations + (size_t)p * stride_block;
    double p1 = e[0], q1 = e[stride_equation], r1 = e[2 * stride_equation];
    double pn = e[3 * stride_equation], qn = e[4 * stride_equation], rn = e[5 * stride_equation],
           D = 1 / (1 - q1 * beta);

    A[p] = (p1 + q1 * alpha) * D;
    B[p] = r1 * D;
    G[p] = q1 * gamma * D;
    alpha = alphas[p] = pn + qn * (alpha + beta * A[p]);
    gamma = gammas[p] = qn * (gamma + beta * G[p]);
    beta = betas[p] = rn + qn * beta * B[p];
  }
  if (periodic) { /* first_0 = a + b F + g L closes with F = first_0 and L = alpha + beta F + gamma L */
    a = 0, b = 1, g = 0;
    for (int p = blocks - 1; p >= 0; p--) {
      a = A[p] + B[p] * a;
      g = G[p] + B[p] * g;
      b = B[p] * b;
    }
    F = (a * (1 - gamma) + g * alpha) / ((1 - b) * (1 - gamma) - g * beta);
    L = (alpha + beta * F) / (1 - gamma);
  }
  for (int p = blocks - 1; p >= 0; p--) {
    double next = p == blocks - 1 ? F : first[p + 1];

    first[p] = A[p] + B[p] * next + G[p] * L;
    last[p] = alphas[p] + betas[p] * next + gammas[p] * L;
  }
}

static PetscErrorCode create_axis(EluteLines *lines, int axis) {
  LineAxis *x = &lines->axis[axis];
  EluteOperators *ops = lines->ops;
  const EluteMesh *mesh = ops->mesh;
  const EluteBackend *backend = ops->backend;
  int other = 3 - axis, idle = mesh->rank_at[axis] < 0;
  size_t line_rows = (size_t)(axis == 1 ? mesh->view.nz : mesh->view.ny), share;

  x->comm = MPI_COMM_NULL;
  x->blocks = mesh->rank_grid[axis];
  x->at = mesh->rank_at[axis];
  x->alone = x->blocks == 1 && !mesh->spec.periodic[axis];
  PetscCallMPI(MPI_Comm_split(mesh->comm, idle ? MPI_UNDEFINED : mesh->rank_at[other], mesh->rank_at[axis], &x->comm));
  if (idle || x->alone) return PETSC_SUCCESS;
  x->n = line_rows * (size_t)ops->fields->n_mobile * (size_t)mesh->view.pitch;
  for (int e = 0; e < 6; e++) x->equations[e] = backend->allocate(sizeof(double) * (x->n + 1));
  x->below = backend->allocate(sizeof(double) * (x->n + 1));
  x->above = backend->allocate(sizeof(double) * (x->n + 1));
  for (int e = 0; e < 6; e++)
    PetscCheck(x->equations[e], PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for the line solver");
  PetscCheck(x->below && x->above, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for the line solver");
  share = x->n / (size_t)x->blocks + 1; /* the largest */
  PetscCall(PetscMalloc4(6 * x->n, &x->rows, 6 * x->n, &x->work, 6 * share * (size_t)x->blocks, &x->share,
                         2 * share * (size_t)x->blocks, &x->answer));
  return PETSC_SUCCESS;
}

PetscErrorCode EluteLinesCreate(EluteOperators *ops, EluteLines **out) {
  EluteLines *lines;

  PetscCall(PetscNew(&lines));
  lines->ops = ops;
  for (int axis = 1; axis < 3; axis++) PetscCall(create_axis(lines, axis));
  *out = lines;
  return PETSC_SUCCESS;
}

PetscErrorCode EluteLinesDestroy(EluteLines **out) {
  EluteLines *lines = *out;

  if (!lines) return PETSC_SUCCESS;
  for (int axis = 1; axis < 3; axis++) {
    LineAxis *x = &lines->axis[axis];

    for (int e = 0; e < 6; e++) lines->ops->backend->release(x->equations[e]);
    lines->ops->backend->release(x->below);
    lines->ops->backend->release(x->above);
    PetscCall(PetscFree4(x->rows, x->work, x->share, x->answer));
    if (x->comm != MPI_COMM_NULL) PetscCallMPI(MPI_Comm_free(&x->comm));
  }
  PetscCall(PetscFree(*out));
  return PETSC_SUCCESS;
}

/* Every rank along the axis solves its share of the lines: [share_begin(q), share_begin(q + 1)) is that of place q. */
static size_t share_begin(const LineAxis *x, int q) {
  return x->n * (size_t)q / (size_t)x->blocks;
}

/* Sends `width` rows of n numbers, in `rows`, cut into the shares of all places, and receives the same share of all
   places' rows: got[place][row][i]; or, backwards, returns such pieces into rows. work: as long as rows. */
static PetscErrorCode exchange_shares(const LineAxis *x, int width, bool backwards, double *rows, double *work,
                                      double *got) {
  int whole[x->blocks], whole_at[x->blocks], mine[x->blocks], mine_at[x->blocks], w = width;
  size_t own = share_begin(x, x->at + 1) - share_begin(x, x->at);

  for (int q = 0; q < x->blocks; q++) {
    size_t begin = share_begin(x, q), length = share_begin(x, q + 1) - begin;

    whole[q] = (int)((size_t)w * length);
    whole_at[q] = (int)((size_t)w * begin);
    mine[q] = (int)((size_t)w * own);
    mine_at[q] = (int)((size_t)(w * q) * own);
    for (int e = 0; e < width && !backwards; e++)
      memcpy(work + (size_t)w * begin + (size_t)e * length, rows + (size_t)e * x->n + begin, length * sizeof(double));
  }
  if (!backwards) {
    PetscCallMPI(MPI_Alltoallv(work, whole, whole_at, MPI_DOUBLE, got, mine, mine_at, MPI_DOUBLE, x->comm));
    return PETSC_SUCCESS;
  }
  PetscCallMPI(MPI_Alltoallv(got, mine, mine_at, MPI_DOUBLE, work, whole, whole_at, MPI_DOUBLE, x->comm));
  for (int q = 0; q < x->blocks; q++) {
    size_t begin = share_begin(x, q), length = share_begin(x, q + 1) - begin;

    for (int e = 0; e < width; e++)
      memcpy(rows + (size_t)e * x->n + begin, work + (size_t)w * begin + (size_t)e * length, length * sizeof(double));
  }
  return PETSC_SUCCESS;
}

/* Gathers the interface equations of a share of the lines on every rank along the axis, solves them, and tells every
   rank what lies below and above its block's lines. */
static PetscErrorCode solve_interfaces(EluteLines *lines, int axis) {
  LineAxis *x = &lines->axis[axis];
  EluteFields *fields = lines->ops->fields;
  const EluteBackend *backend = fields->backend;
  bool periodic = lines->ops->mesh->spec.periodic[axis];
  size_t own = share_begin(x, x->at + 1) - share_begin(x, x->at);
  double first[x->blocks], last[x->blocks];

  for (int e = 0; e < 6; e++)
    ELUTE_BACKEND_CALL(fields, backend->to_host(x->rows + (size_t)e * x->n, x->equations[e], sizeof(double) * x->n));
  PetscCall(exchange_shares(x, 6, false, x->rows, x->work, x->share));
  for (size_t i = 0; i < own; i++) {
    elute_lines_reduced(x->blocks, periodic, x->share + i, 6 * own, own, first, last);
    for (int p = 0; p < x->blocks; p++) {
      x->answer[(size_t)(2 * p) * own + i] = last[(p + x->blocks - 1) % x->blocks];
      x->answer[(size_t)(2 * p + 1) * own + i] = first[(p + 1) % x->blocks];
    }
  }
  PetscCall(exchange_shares(x, 2, true, x->rows, x->work, x->answer));
  ELUTE_BACKEND_CALL(fields, backend->to_backend(x->below, x->rows, sizeof(double) * x->n));
  ELUTE_BACKEND_CALL(fields, backend->to_backend(x->above, x->rows + x->n, sizeof(double) * x->n));
  return PETSC_SUCCESS;
}

PetscErrorCode EluteLinesSolve(EluteLines *lines, int axis, double theta, const double *scalar_increment, Vec x,
                               double *ledger) {
  EluteOperators *ops = lines->ops;
  LineAxis *a = &lines->axis[axis];
  bool cut = axis > 0 && !a->alone, periodic = ops->mesh->spec.periodic[axis];
  double *array;

  if (ops->mesh->rank_at[1] < 0 || !ops->view.transport.conductance[axis]) return PETSC_SUCCESS;
  PetscCall(PetscLogEventBegin(ops->event_line[axis], 0, 0, 0, 0));
  PetscCall(EluteFieldsGet(ops->fields, x, &array));
  if (cut) {
    ELUTE_BACKEND_CALL(ops->fields,
                       ops->backend->line_reduce(&ops->view, axis, theta, scalar_increment, array, a->equations));
    PetscCall(solve_interfaces(lines, axis));
  }
  ELUTE_BACKEND_CALL(ops->fields, ops->backend->line_solve(&ops->view, axis, theta, scalar_increment,
                                                           cut && (periodic || a->at > 0) ? a->below : NULL,
                                                           cut && (periodic || a->at < a->blocks - 1) ? a->above : NULL,
                                                           array, elute_ledger(ops, ledger)));
  PetscCall(EluteFieldsRestore(ops->fields, x, &array));
  PetscCall(PetscLogEventEnd(ops->event_line[axis], 0, 0, 0, 0));
  return PETSC_SUCCESS;
}
