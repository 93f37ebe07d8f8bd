/* What enters through open faces that lie side by side along a row, on the CPU. */
#ifndef ELUTE_CPU_OPEN_FACES_H
#define ELUTE_CPU_OPEN_FACES_H

#include "cpu_rows.h"
#include "cell/convection.h"

/* inflow[f->run]: mol/s into the cells of the run of faces that begins with f, none of them beside a held cell, by
   diffusion along the axis and by fluid. b: their boundary scalar, or its increment. Returns the sum. */
double elute_open_run(const EluteProblemView *p, const EluteOpenFace *f, double b, const double *state,
                      double *restrict inflow);

#endif
