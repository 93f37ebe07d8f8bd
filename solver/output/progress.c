/* Lines for the user: log.txt and standard output; how far the run is and how long it will take. */
#include "internal.h"

#include "../case/units.h"

#include <math.h>
#include <stdarg.h>

PetscErrorCode EluteOutputLog(EluteOutput *o, const char *format, ...) {
  va_list arguments;

  if (o->rank) return PETSC_SUCCESS;
  if (o->log.file) {
    va_start(arguments, format);
    vfprintf(o->log.file, format, arguments);
    va_end(arguments);
    fputc('\n', o->log.file);
    elute_output_keep(o, &o->log);
  }
  if (o->quiet) return PETSC_SUCCESS;
  if (o->terminal) printf("\r\033[K");
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  printf("\n");
  fflush(stdout);
  return PETSC_SUCCESS;
}

void EluteDurationPrint(double seconds, char *text, size_t length) {
  if (seconds < 100)
    snprintf(text, length, "%.0f s", seconds);
  else if (seconds < 6000)
    snprintf(text, length, "%.0f min", seconds / 60);
  else if (seconds < 2 * 86400)
    snprintf(text, length, "%.1f h", seconds / 3600);
  else
    snprintf(text, length, "%.1f d", seconds / 86400);
}

/* Is it time for another line? On a terminal ten times a second; else at every tenth of the run but at most once a
   second, so that a log stays short, and at least every ten seconds. */
static bool is_due(const EluteOutput *o, double since, int tenth) {
  if (o->terminal) return since >= 0.1;
  return since >= 10 || (since >= 1 && tenth != o->line_tenth);
}

PetscErrorCode EluteOutputProgress(EluteOutput *o, double t, double h) {
  const EluteTimeSpec *time = &o->ops->model->time;
  double share = (t - time->begin) / (time->end - time->begin), now = MPI_Wtime(), since = now - o->line_clock, speed;
  char left[32], bar[31], at[48], step[48];

  if (o->rank || o->quiet || share <= 0 || !is_due(o, since, (int)(10 * share))) return PETSC_SUCCESS;
  /* Steps grow along a run: the recent speed tells more than the mean one. */
  speed = fmax(t - o->line_time, 0) / since;
  o->speed = o->speed > 0 ? 0.7 * o->speed + 0.3 * speed : speed;
  o->line_clock = now;
  o->line_time = t;
  o->line_tenth = (int)(10 * share);
  EluteDurationPrint(o->speed > 0 ? (time->end - t) / o->speed : 0, left, sizeof left);
  EluteQuantityFormat(t, "s", at, sizeof at);
  EluteQuantityFormat(h, "s", step, sizeof step);
  for (int i = 0; i < 30; i++) bar[i] = i < 30 * share ? '#' : '.';
  bar[30] = '\0';
  if (o->terminal)
    printf("\r\033[K[%s] %3.0f %%  t = %s, step %s, %s%s left", bar, 100 * share, at, step,
           time->until_steady ? "at most " : "", left);
  else
    printf("%3.0f %%  t = %s, step %s, %s %s left\n", 100 * share, at, step, time->until_steady ? "at most" : "about",
           left);
  fflush(stdout);
  return PETSC_SUCCESS;
}
