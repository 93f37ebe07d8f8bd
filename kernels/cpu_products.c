#include "cpu_products.h"
#include "cell/diffusion.h"

static int64_t slots(const EluteProducts *c) {
  return (int64_t)c->planes * c->rows;
}

/* Whole lanes, so that what follows is aligned as well. */
size_t elute_products_work(const EluteProducts *c) {
  const int64_t doubles = slots(c) * (1 + c->p->transport.n_mobile * (c->p->mesh.pitch + 2 * ELUTE_LANES));
  return (size_t)((doubles + ELUTE_LANES - 1) / ELUTE_LANES * ELUTE_LANES);
}

void elute_products_begin(EluteProducts *c, double *work) {
  c->stride = c->p->mesh.pitch + 2 * ELUTE_LANES; /* lanes to spare at both ends */
  c->memory = work;
  c->row_of = (int32_t *)(void *)(work + slots(c) * c->p->transport.n_mobile * c->stride);
  for (int64_t s = 0; s < slots(c); ++s) c->row_of[s] = ELUTE_NO_ROW;
}

static void form(const EluteProducts *c, int32_t row, int k, double *restrict a) {
  const EluteTransportView *t = &c->p->transport;
  const int n = c->p->mesh.n_cells, last = n - 1;
  const bool ring = c->p->mesh.periodic_x;
  const int64_t at = (elute_coefficient_row(&c->p->mesh, row) * t->n_mobile + k) * c->p->mesh.pitch;
  const double *restrict from = elute_at_row(c->p, c->state, c->ghost, row, k, 0);
  if (t->single) {
    const float *restrict s = (const float *)c->coefficient + at;
    for (int i = 0; i < n; ++i) a[i] = elute_activity(s[i], from[i]);
  } else {
    const double *restrict s = (const double *)c->coefficient + at;
    for (int i = 0; i < n; ++i) a[i] = elute_activity(s[i], from[i]);
  }
  for (int i = 1; i <= ELUTE_REACH; ++i) {
    a[-i] = a[ring ? last - (i - 1) % n : 0];
    a[last + i] = a[ring ? (i - 1) % n : last];
  }
}

const double *elute_products(const EluteProducts *c, int32_t row, int y, int z) {
  const int64_t slot = (int64_t)((z + ELUTE_REACH) % c->planes) * c->rows + (y + ELUTE_REACH) % c->rows;
  double *a = c->memory + slot * c->p->transport.n_mobile * c->stride + ELUTE_LANES;
  if (c->row_of[slot] != row)
    for (int k = 0; k < c->p->transport.n_mobile; ++k) form(c, row, k, a + k * c->stride);
  c->row_of[slot] = row;
  return a;
}
