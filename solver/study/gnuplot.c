#include "gnuplot.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

PetscErrorCode elute_gnuplot_begin(EluteGnuplot *g, const char *name) {
  char path[PETSC_MAX_PATH_LEN];

  snprintf(g->name, sizeof g->name, "%.250s", name);
  for (char *c = g->name; *c; c++)
    if (!isalnum((unsigned char)*c) && !strchr("._-+", *c)) *c = '_';
  snprintf(path, sizeof path, "%s/%s.gp", g->directory, g->name);
  PetscCall(EluteTableOpen(&g->script, path, 0));
  g->file = g->script.file;
  g->n_scripts++;
  fprintf(g->file, "# gnuplot %s.gp draws %s.png and %s.svg here\n", g->name, g->name, g->name);
  return PETSC_SUCCESS;
}

void elute_gnuplot_body(EluteGnuplot *g, int width, int height) {
  fprintf(g->file,
          "do for [ending in \"png svg\"] {\n"
          "if (ending eq \"png\") { set terminal pngcairo noenhanced size %d,%d font 'sans,10' }\n"
          "if (ending eq \"svg\") { set terminal svg noenhanced size %d,%d font 'sans,10' background 'white' }\n"
          "set output '%s.' . ending\n"
          "set border lw 0.7\nset tics nomirror out\n",
          width, height, width, height, g->name);
}

/* Runs `gnuplot -d NAME.gp` in the directory (-d: no settings of the user's), its complaints unheard. */
static PetscErrorCode draw(EluteGnuplot *g) {
  char script[300];
  char *const arguments[] = {"gnuplot", "-d", script, NULL};
  posix_spawn_file_actions_t actions;
  pid_t child;
  int failed, status = 0;

  snprintf(script, sizeof script, "%s.gp", g->name);
  if (posix_spawn_file_actions_init(&actions)) return EluteFail(ELUTE_EXIT_SYSTEM, "no memory to run gnuplot");
  failed = posix_spawn_file_actions_addchdir_np(&actions, g->directory);
  if (!failed) failed = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  if (!failed) failed = posix_spawnp(&child, "gnuplot", &actions, NULL, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed == ENOENT) {
    g->missing = true;
    return PETSC_SUCCESS;
  }
  if (failed) return EluteFail(ELUTE_EXIT_SYSTEM, "gnuplot cannot be run: %s", strerror(failed));
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return EluteFail(ELUTE_EXIT_SYSTEM, "gnuplot cannot be waited for: %s", strerror(errno));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return PETSC_SUCCESS;
  if (g->n_failed++ == 0) snprintf(g->failed, sizeof g->failed, "%s", g->name);
  return PETSC_SUCCESS;
}

PetscErrorCode elute_gnuplot_end(EluteGnuplot *g) {
  PetscErrorCode ierr;

  fprintf(g->file, "unset output\n}\n");
  ierr = EluteTableKeep(&g->script);
  EluteTableClose(&g->script);
  g->file = NULL;
  return ierr || g->missing ? ierr : draw(g);
}

void elute_gnuplot_text(EluteGnuplot *g, const char *text) {
  fputc('\'', g->file);
  for (const char *c = text; *c; c++) {
    if (*c == '\'') fputc('\'', g->file);
    fputc((unsigned char)*c < ' ' ? ' ' : *c, g->file);
  }
  fputc('\'', g->file);
}

void elute_gnuplot_number(EluteGnuplot *g, double value) {
  if (isfinite(value))
    fprintf(g->file, " %.9g", value);
  else
    fprintf(g->file, " NaN");
}
