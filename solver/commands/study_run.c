/* `elute study run`. Without mpirun this process only watches: children run the points, so that a case that crashes
   takes its child with it and nothing else. Under mpirun every group of ranks is a worker. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../case/units.h"
#include "../device.h"
#include "../output/output.h"
#include "../study/prepare.h"
#include "study.h"

enum { MOST_WORKERS = 1024 };

static bool under_mpirun(void) {
  return getenv("OMPI_COMM_WORLD_SIZE") || getenv("PMI_SIZE") || getenv("PMIX_RANK") || getenv("MPI_LOCALNRANKS");
}

static PetscErrorCode check_task(const char *task) {
  int i, n, end = 0;

  if (!task) return PETSC_SUCCESS;
  if (sscanf(task, "%d/%d%n", &i, &n, &end) == 2 && !task[end] && i >= 1 && i <= n) return PETSC_SUCCESS;
  return EluteFail(ELUTE_EXIT_USAGE, "--task: found '%s'; expected I/N with I from 1 to N, such as 2/8", task);
}

/* Of a job array, which check_task has looked at. */
static int n_tasks(const char *task) {
  return task ? atoi(strchr(task, '/') + 1) : 1;
}

static PetscErrorCode read_options(const EluteCommandLine *line, const char *database, EluteWorkerOptions *o) {
  char why[400];

  *o = (EluteWorkerOptions){
      .database = database, .backend = line->backend, .task = line->task, .across_hosts = line->task != NULL};
  PetscCall(check_task(line->task));
  if (line->time_limit && !EluteQuantityParse(line->time_limit, "s", 0, &o->time_limit, why, sizeof why))
    return EluteFail(ELUTE_EXIT_USAGE, "--time-limit: %s", why);
  if (line->time_limit && !(o->time_limit > 0))
    return EluteFail(ELUTE_EXIT_USAGE, "--time-limit: found '%s'; expected more than 0 s", line->time_limit);
  return PETSC_SUCCESS;
}

/* What to say at the end. */
static PetscErrorCode tell(const EluteCommandLine *line, const EluteWorkerOptions *o, EluteDatabase *db, EluteCounts *c,
                           long long *n) {
  PetscCall(EluteDatabaseCounts(db, o->generation, c));
  *n = 0;
  for (int i = 0; i < ELUTE_N_STATES; i++) *n += c->n[i];
  if (line->quiet) return PETSC_SUCCESS;
  printf("%s%s: %lld of %lld points done, %lld failed\n", EluteOutputIsTerminal() ? "\r\033[K" : "", o->database,
         c->n[ELUTE_DONE], *n, c->n[ELUTE_FAILED]);
  return elute_study_batches(db, o->generation, "  ");
}

static PetscErrorCode conclude(const EluteCommandLine *line, const EluteWorkerOptions *o) {
  EluteDatabase *db;
  long long n = 0;
  EluteCounts c;
  PetscErrorCode ierr;

  PetscCall(EluteDatabaseRead(o->database, &db));
  ierr = tell(line, o, db, &c, &n);
  EluteDatabaseClose(&db);
  PetscCall(ierr);
  if (c.n[ELUTE_FAILED])
    return EluteFail(ELUTE_EXIT_NUMERICS, "%lld of %lld points failed; elute study status %s says why",
                     c.n[ELUTE_FAILED], n, o->database);
  return PETSC_SUCCESS;
}

/* Is there anything to run? */
static PetscErrorCode find_work(const EluteWorkerOptions *o, bool *found) {
  EluteDatabase *db;
  EluteCounts c;
  PetscErrorCode ierr;

  PetscCall(EluteDatabaseRead(o->database, &db));
  ierr = EluteDatabaseCounts(db, o->generation, &c);
  EluteDatabaseClose(&db);
  *found = !ierr && c.n[ELUTE_WAITING] + c.n[ELUTE_RUNNING] > 0;
  return ierr;
}

/* ---- children ---- */

static volatile sig_atomic_t stopped;
static pid_t child[MOST_WORKERS]; /* 0: none */

static void end_children(void) {
  for (int w = 0; w < MOST_WORKERS; w++)
    if (child[w] > 0) kill(child[w], SIGTERM);
}

static void stop(int signal_number) {
  (void)signal_number;
  stopped = 1;
  end_children();
}

static void be_child(const EluteCommandLine *line, EluteWorkerOptions o, int w, pid_t parent, const sigset_t *before) {
  prctl(PR_SET_PDEATHSIG, SIGTERM); /* nobody watches any more: the point waits again */
  signal(SIGTERM, SIG_DFL);
  signal(SIGINT, SIG_DFL);
  sigprocmask(SIG_SETMASK, before, NULL);
  if (getppid() != parent) _exit(ELUTE_EXIT_STOPPED);
  o.alarm = true;
  o.progress = w == 0 && !line->quiet;
  EluteDeviceFirst(w);
  if (!EluteCommandStart(line) && !EluteStudyWork(&o)) (void)EluteCommandUnusedOptions();
  exit(EluteCommandEnd());
}

/* No signal comes between a child's beginning and the note of it. */
static bool begin_child(const EluteCommandLine *line, const EluteWorkerOptions *o, int w) {
  pid_t parent = getpid();
  sigset_t signals, before;

  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  fflush(NULL);
  sigprocmask(SIG_BLOCK, &signals, &before);
  if (!stopped) child[w] = fork();
  if (!stopped && child[w] == 0) be_child(line, *o, w, parent, &before);
  sigprocmask(SIG_SETMASK, &before, NULL);
  return child[w] > 0;
}

/* A child that a signal ended: its point has failed where the signal was the point's own doing; where somebody else
   sent it, the point is lost, and whoever looks for lost points next finds it. */
static PetscErrorCode note_death(const EluteWorkerOptions *o, pid_t pid, int signal_number) {
  char message[100];
  EluteDatabase *db;
  PetscErrorCode ierr;
  int n;

  if (signal_number == SIGKILL || signal_number == SIGTERM || signal_number == SIGINT || signal_number == SIGHUP)
    return PETSC_SUCCESS;
  if (signal_number == SIGALRM)
    snprintf(message, sizeof message, "not done within %g s, and not between two steps", o->time_limit);
  else
    snprintf(message, sizeof message, "its process crashed (%s)", strsignal(signal_number));
  PetscCall(EluteDatabaseWrite(o->database, o->across_hosts, &db));
  ierr = EluteDatabaseCrashed(db, (long)pid, message, &n);
  EluteDatabaseClose(&db);
  if (!ierr && n == 0) /* another would do the same */
    ierr = EluteFail(ELUTE_EXIT_SYSTEM, "a process crashed outside any point (%s)", strsignal(signal_number));
  return ierr;
}

/* Until every child has ended. Returns the largest exit code. */
static int watch(const EluteCommandLine *line, const EluteWorkerOptions *o, int n) {
  int code = 0, alive = 0;

  for (int w = 0; w < n; w++) alive += begin_child(line, o, w);
  while (alive > 0) {
    int status, w = 0;
    pid_t pid = waitpid(-1, &status, 0);

    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) break;
    while (w < n && child[w] != pid) w++;
    if (w == n) continue;
    child[w] = 0;
    alive--;
    if (WIFEXITED(status)) {
      if (WEXITSTATUS(status) > code) code = WEXITSTATUS(status);
    } else if (note_death(o, pid, WTERMSIG(status))) {
      code = ELUTE_EXIT_SYSTEM;
    } else if (!code) {
      alive += begin_child(line, o, w);
    }
    if (code) end_children();
  }
  return code;
}

static PetscErrorCode supervise(const EluteCommandLine *line, EluteWorkerOptions *o, int n) {
  struct sigaction action = {.sa_handler = stop}; /* no SA_RESTART: waitpid is to return */
  bool found = false;
  int code;

  o->workers = n * n_tasks(o->task);
  PetscCall(EluteStudyPrepare(line->name, o->database, o->across_hosts, line->new_generation, &o->generation));
  PetscCall(find_work(o, &found));
  if (!found) return conclude(line, o);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  code = watch(line, o, n);
  if (stopped) code = ELUTE_EXIT_STOPPED;
  if (code) return EluteFail((EluteExit)code, "%s", ""); /* the child has said why */
  return conclude(line, o);
}

/* ---- ranks ---- */

static PetscErrorCode begin_ranks(const EluteCommandLine *line, EluteWorkerOptions *o, int per_case) {
  int rank, size, given, begun, on_node;
  MPI_Comm node;
  PetscErrorCode ierr = PETSC_SUCCESS;

  if (MPI_Initialized(&begun) || (!begun && MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &given)))
    return EluteFail(ELUTE_EXIT_SYSTEM, "MPI cannot be started");
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (size % per_case)
    return EluteFail(ELUTE_EXIT_USAGE, "--ranks-per-case: %d ranks are no multiple of %d", size, per_case);
  if (rank == 0)
    ierr = EluteStudyPrepare(line->name, o->database, o->across_hosts, line->new_generation, &o->generation);
  PetscCall(EluteAgree(MPI_COMM_WORLD, ierr));
  PetscCallMPI(MPI_Bcast(&o->generation, 1, MPI_INT, 0, MPI_COMM_WORLD));
  PetscCallMPI(MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node));
  MPI_Comm_rank(node, &on_node);
  PetscCallMPI(MPI_Comm_free(&node));
  PetscCallMPI(MPI_Comm_split(MPI_COMM_WORLD, rank / per_case, rank, &PETSC_COMM_WORLD));
  PetscCall(EluteCommandStart(line));
  EluteDeviceFirst(on_node - on_node % per_case);
  o->progress = rank == 0 && !line->quiet;
  o->workers = size / per_case * n_tasks(o->task);
  return PETSC_SUCCESS;
}

PetscErrorCode elute_study_run(const EluteCommandLine *line, const char *database) {
  EluteWorkerOptions options;
  int workers, per_case, rank = 0;
  PetscErrorCode ierr;

  PetscCall(read_options(line, database, &options));
  PetscCall(elute_study_count("--workers", line->workers, 1, &workers));
  PetscCall(elute_study_count("--ranks-per-case", line->ranks_per_case, 1, &per_case));
  if (workers > MOST_WORKERS)
    return EluteFail(ELUTE_EXIT_USAGE, "--workers: found %d; expected at most %d", workers, (int)MOST_WORKERS);
  if (!under_mpirun()) {
    if (line->ranks_per_case)
      return EluteFail(ELUTE_EXIT_USAGE, "--ranks-per-case is for a launch by mpirun; without it, --workers N");
    return supervise(line, &options, workers);
  }
  if (line->workers) return EluteFail(ELUTE_EXIT_USAGE, "--workers is for a launch without mpirun");
  PetscCall(begin_ranks(line, &options, per_case));
  ierr = EluteStudyWork(&options);
  if (!ierr) ierr = EluteCommandUnusedOptions();
  ierr = EluteAgree(MPI_COMM_WORLD, ierr);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (!ierr && rank == 0) ierr = conclude(line, &options);
  return EluteAgree(MPI_COMM_WORLD, ierr);
}
