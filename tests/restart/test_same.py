"""A checkpoint changes no step, and a run that goes on from one ends as if it had never been interrupted, to the byte of every file: on any
ranks and on both backends of the host, from the middle of smooth segments and from their ends, once and step by step."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from restart import CASES, checkpoints, copied, expect, expect_same, finish, fresh, start, together, write

# Parts of the run after which a checkpoint is written; every run leaves its last two.
SHARES = {"flow": 0.31, "heat": 0.45, "doses": 0.36, "steady": 0.6, "fixed": 0.34}


def interrupted(name, ranks, backend):
    text, minutes = CASES[name]
    path, place = write(text), f"{name} on {ranks or 1} ranks, {backend}"
    whole, kept = os.path.join(fresh(), "run"), os.path.join(fresh(), "run")
    how = ("--backend", backend)
    done = start(path, whole, *how, ranks=ranks)
    expect(f"{place}: exit code {done.code}", done.code == 0, done)
    how += ("--set", f"checkpoint.every_model_time={SHARES[name] * minutes} min")
    done = start(path, kept, *how, ranks=ranks)
    expect(f"{place}, with checkpoints: exit code {done.code}", done.code == 0, done)
    expect_same(f"{place}, with checkpoints", kept, whole)
    expect(f"{place}: checkpoints {checkpoints(kept)}", len(checkpoints(kept)) == 2, done)
    for number, last in enumerate(checkpoints(kept)):
        again = copied(kept)
        if number == 0:
            os.remove(checkpoints(again)[1])
        done = start(path, again, "--restart", *how, ranks=ranks)
        expect(f"{place}, from {last}: exit code {done.code}", done.code == 0, done)
        expect_same(f"{place}, from checkpoint {number + 1} of 2", again, whole)


def step_by_step(name, n, *options):
    """Stops after every one of the first steps, and begins anew each time."""
    path = write(CASES[name][0])
    whole, cut = os.path.join(fresh(), "run"), os.path.join(fresh(), "run")
    start(path, whole, *options)
    codes = [start(path, cut, "--restart", "--stop-after", "1e-3 s", *options).code for _ in range(n)]
    expect(f"{name}, step by step: exit codes {codes}", set(codes) == {5})
    done = start(path, cut, "--restart", *options)
    expect(f"{name}, step by step: exit code {done.code}", done.code == 0, done)
    expect_same(f"{name}, step by step", cut, whole)


together([(interrupted, name, 0, backend) for name in CASES for backend in ("cpu", "guard")] +
         [(interrupted, name, 2, "cpu") for name in ("flow", "heat", "doses")] + [(step_by_step, "fixed", 9), (step_by_step, "heat", 3)])
finish()
