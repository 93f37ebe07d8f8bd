#include "progress.h"

#include <stdio.h>
#include "../output/output.h"

void EluteStudyProgressBegin(EluteStudyProgress *p, bool tells) {
  *p = (EluteStudyProgress){.tells = tells, .terminal = EluteOutputIsTerminal(), .done = -1};
  p->began = p->told = MPI_Wtime();
}

/* On a terminal twice a second, else after 1, 2, 4, ... and at least every 60 s. */
static bool is_due(const EluteStudyProgress *p, double now) {
  const double since = now - p->told, age = p->told - p->began;

  if (p->terminal) return since >= 0.5;
  return since >= 60 || since >= (age > 1 ? age : 1);
}

PetscErrorCode EluteStudyProgressTell(EluteStudyProgress *p, EluteDatabase *db, int generation) {
  const double now = MPI_Wtime();
  long long ended, left, here;
  char wait[32] = "";
  EluteCounts c;

  if (!p->tells || (p->done >= 0 && !is_due(p, now))) return PETSC_SUCCESS;
  PetscCall(EluteDatabaseCounts(db, generation, &c));
  ended = c.n[ELUTE_DONE] + c.n[ELUTE_FAILED];
  left = c.n[ELUTE_WAITING] + c.n[ELUTE_RUNNING];
  if (p->done < 0) p->done = ended - 1 > 0 ? ended - 1 : 0; /* one ended before anybody asked */
  if (!is_due(p, now)) return PETSC_SUCCESS;
  here = ended - p->done;
  if (here > 0 && left > 0) EluteDurationPrint((now - p->began) / (double)here * (double)left, wait, sizeof wait);
  p->told = now;
  if (p->terminal) printf("\r\033[K");
  printf("%lld of %lld points done, %lld failed", c.n[ELUTE_DONE], ended + left, c.n[ELUTE_FAILED]);
  if (here > 0) printf("; %.3g s a point", (now - p->began) / (double)here);
  if (wait[0]) printf(", about %s left", wait);
  if (!p->terminal) printf("\n");
  fflush(stdout);
  return PETSC_SUCCESS;
}
