/* What is kept of sums of species: 8 bytes per cell for each species and scale, 16 for each array that is kept. */
#include "cell/accumulate.h"
#include "cpu_rows.h"

static void sum_row(const EluteProblemView *p, const double *u, const EluteWatch *w, int32_t row, double *restrict s) {
  const int n = p->mesh.n_cells;
  for (int i = 0; i < n; ++i) s[i] = 0;
  for (int j = 0; j < w->n; ++j) {
    const double *restrict c = u + elute_state_offset(p, row, w->species[j], 0);
    const double *restrict scale = w->scale[j] ? w->scale[j] + (int64_t)row * p->mesh.pitch : NULL;
    if (scale)
      for (int i = 0; i < n; ++i) s[i] += scale[i] * c[i];
    else
      for (int i = 0; i < n; ++i) s[i] += c[i];
  }
}

static void keep_peak(int n, const double *restrict s, double t, double *restrict peak, double *restrict peak_time) {
  for (int i = 0; i < n; ++i) {
    peak_time[i] = s[i] > peak[i] ? t : peak_time[i];
    peak[i] = s[i] > peak[i] ? s[i] : peak[i];
  }
}

int elute_cpu_accumulate(const EluteProblemView *p, const double *u, double t, double h, const EluteWatch *w) {
  const int n = p->mesh.n_cells;
  double *restrict s;
  if (elute_cpu_check(p)) return 1;
  s = elute_cpu_scratch((size_t)p->mesh.pitch);
  if (!s) return 1;
  for (int32_t row = 0; row < p->mesh.n_rows; ++row) {
    const int64_t first = (int64_t)row * p->mesh.pitch;
    double *restrict last = w->last + first;
    sum_row(p, u, w, row, s);
    if (w->peak) keep_peak(n, s, t, w->peak + first, w->peak_time + first);
    if (w->integral && h > 0) {
      double *restrict integral = w->integral + first;
      for (int i = 0; i < n; ++i) integral[i] += elute_step_integral(last[i], s[i], h);
    }
    if (w->above && h > 0) {
      double *restrict above = w->above + first;
      for (int i = 0; i < n; ++i) above[i] += elute_step_above(last[i], s[i], w->threshold, h);
    }
    for (int i = 0; i < n; ++i) last[i] = s[i];
  }
  return 0;
}
