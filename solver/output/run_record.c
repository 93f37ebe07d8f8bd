/* run.json: what was run, how, and how it went. */
#include "internal.h"

#include <math.h>
#include <petsc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include "../version.h"

typedef struct Record {
  const EluteOutput *output;
  const EluteStepStatistics *statistics;
  EluteExit exit_code;
  const char *message;
  double seconds, phase[5], peak_bytes;
  char *options;
} Record;

static const Record *current; /* EluteOutputAtomic's printers take no context beyond the output */

static void print_string(FILE *file, const char *text) {
  fputc('"', file);
  for (; *text; text++) {
    if (*text == '"' || *text == '\\')
      fprintf(file, "\\%c", *text);
    else if ((unsigned char)*text < 0x20)
      fprintf(file, "\\u%04x", (unsigned char)*text);
    else
      fputc(*text, file);
  }
  fputc('"', file);
}

static void print_number(FILE *file, const char *name, double value) {
  if (isfinite(value))
    fprintf(file, "    \"%s\": %.10g,\n", name, value);
  else
    fprintf(file, "    \"%s\": null,\n", name);
}

static void print_steps(FILE *file, const Record *r) {
  const EluteStepStatistics *s = r->statistics;
  const EluteModel *m = r->output->ops->model;

  fprintf(file,
          "  \"steps\": {\n    \"accepted\": %lld,\n    \"rejected_for_error\": %lld,\n    "
          "\"rejected_for_positivity\": %lld,\n",
          (long long)s->steps, (long long)s->rejected_error, (long long)s->rejected_positivity);
  fprintf(file,
          "    \"rejected_not_finite\": %lld,\n    \"stages\": %lld,\n    \"gmres_stages\": %lld,\n    "
          "\"gmres_iterations\": %lld,\n",
          (long long)s->rejected_not_finite, (long long)s->stages, (long long)s->gmres_stages,
          (long long)s->gmres_iterations);
  print_number(file, "smallest_s", s->smallest_step);
  print_number(file, "largest_s", s->largest_step);
  print_number(file, "largest_linear_defect", s->largest_defect);
  fprintf(file, "    \"accepted_below_positivity_bound\": %g,\n    \"steady\": %s\n  },\n", s->positivity_given_up,
          s->steady ? "true" : "false");
  fprintf(file, "  \"minimum_mol_per_m3_of_tissue\": {");
  for (int k = 0; k < m->n_species; k++) {
    fprintf(file, "%s\n    ", k ? "," : "");
    print_string(file, m->species[k].name);
    fprintf(file, ": %.10g", isfinite(s->minimum[k]) ? s->minimum[k] : 0.0);
  }
  fprintf(file, "\n  },\n");
}

static void print_record(const EluteOutput *o, FILE *file) {
  static const char *const phase[] = {"residual", "reaction_solve", "line_solve_x", "line_solve_y", "line_solve_z"};
  const Record *r = current;
  const EluteMeshSpec *mesh = &o->ops->mesh->spec;
  static const char *const geometry[] = {"cartesian", "cylindrical", "spherical", "well_mixed"};
  int ranks = 1;

  MPI_Comm_size(o->comm, &ranks);
  fprintf(file, "{\n  \"elute\": \"%s\",\n  \"petsc\": \"%d.%d.%d\",\n  \"case\": ", ELUTE_VERSION, PETSC_VERSION_MAJOR,
          PETSC_VERSION_MINOR, PETSC_VERSION_SUBMINOR);
  print_string(file, o->case_name ? o->case_name : "");
  fprintf(file, ",\n  \"title\": ");
  print_string(file, o->ops->model->title);
  fprintf(file, ",\n  \"command\": [");
  for (int i = 0; i < o->argc; i++) {
    fprintf(file, i ? ", " : "");
    print_string(file, o->argv[i]);
  }
  fprintf(file, "],\n  \"petsc_options\": ");
  print_string(file, r->options ? r->options : "");
  fprintf(file, ",\n  \"backend\": \"%s\",\n  \"backend_reason\": ", o->backend_name);
  print_string(file, o->backend_reason ? o->backend_reason : "");
  fprintf(file, ",\n  \"ranks\": %d,\n  \"mesh\": {\"geometry\": \"%s\", \"cells\": [%lld, %lld, %lld]},\n", ranks,
          geometry[mesh->geometry], (long long)mesh->n[0], (long long)mesh->n[1], (long long)mesh->n[2]);
  print_steps(file, r);
  fprintf(file, "  \"seconds\": {\n    \"run\": %.6g,\n    \"output\": %.6g", r->seconds, o->output_seconds);
  for (int p = 0; p < 5; p++) fprintf(file, ",\n    \"%s\": %.6g", phase[p], r->phase[p]);
  fprintf(file,
          "\n  },\n  \"peak_memory_bytes\": %.0f,\n  \"ledger_closure\": %.3g,\n  \"exit_code\": %d,\n  \"message\": ",
          r->peak_bytes, o->worst_closure, (int)r->exit_code);
  print_string(file, r->message);
  fprintf(file, "\n}\n");
}

static double phase_seconds(PetscLogEvent event) {
  PetscEventPerfInfo info;

  return PetscLogEventGetPerfInfo(PETSC_DETERMINE, event, &info) ? 0 : info.time;
}

PetscErrorCode EluteOutputFinish(EluteOutput *o, const EluteStepStatistics *statistics, EluteExit exit_code) {
  Record r = {.output = o, .statistics = statistics, .exit_code = exit_code, .seconds = MPI_Wtime() - o->started};
  struct rusage usage;
  double peak;
  PetscErrorCode ierr = PETSC_SUCCESS;

  (void)EluteFailure(&r.message);
  getrusage(RUSAGE_SELF, &usage);
  peak = 1024.0 * (double)usage.ru_maxrss;
  PetscCallMPI(MPI_Reduce(&peak, &r.peak_bytes, 1, MPI_DOUBLE, MPI_SUM, 0, o->comm));
  r.phase[0] = phase_seconds(o->ops->event_residual);
  r.phase[1] = phase_seconds(o->ops->event_reaction);
  for (int a = 0; a < 3; a++) r.phase[2 + a] = phase_seconds(o->ops->event_line[a]);
  PetscCall(PetscOptionsGetAll(NULL, &r.options));
  current = &r;
  if (o->rank == 0) ierr = EluteOutputAtomic(o, "run.json", print_record);
  current = NULL;
  PetscCall(PetscFree(r.options));
  PetscCall(EluteAgree(o->comm, ierr));
  if (exit_code != ELUTE_EXIT_DONE) return PETSC_SUCCESS;
  PetscCall(EluteOutputLog(
      o, "done in %.3g s: %lld steps, %lld rejected; ledger closes to %.1e of the turnover", r.seconds,
      (long long)statistics->steps,
      (long long)(statistics->rejected_error + statistics->rejected_positivity + statistics->rejected_not_finite),
      o->worst_closure));
  if (o->n_written) return EluteOutputLog(o, "open %s/fields.vtk.series in ParaView", o->directory);
  return PETSC_SUCCESS;
}
