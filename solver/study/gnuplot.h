/* Pictures by gnuplot: a script that holds its own data and draws NAME.png and NAME.svg beside itself. Black and greys;
   text of a study goes into single quotes, which gnuplot leaves alone. No shell takes part. */
#ifndef ELUTE_STUDY_GNUPLOT_H
#define ELUTE_STUDY_GNUPLOT_H

#include <stdbool.h>
#include "../table_file.h"

typedef struct EluteGnuplot {
  EluteTableFile script;
  FILE *file; /* to print the script to */
  const char *directory;
  char name[256];
  bool missing; /* gnuplot is not installed */
  int n_scripts, n_failed;
  char failed[256]; /* the first script that gnuplot did not draw */
} EluteGnuplot;

/* Begins DIRECTORY/NAME.gp; characters that do not belong in a file's name become _. width, height: of the picture,
   pixels. The body of the script between begin and end is drawn once for each ending; data blocks ($name << EOD) stand
   before elute_gnuplot_body. */
PetscErrorCode elute_gnuplot_begin(EluteGnuplot *g, const char *name);
void elute_gnuplot_body(EluteGnuplot *g, int width, int height);
/* Ends the script and runs it; what gnuplot does not draw is counted. */
PetscErrorCode elute_gnuplot_end(EluteGnuplot *g);

/* A text in quotes; a number, or NaN. */
void elute_gnuplot_text(EluteGnuplot *g, const char *text);
void elute_gnuplot_number(EluteGnuplot *g, double value);

#endif
