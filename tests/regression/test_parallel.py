"""Ranks and backends agree on a replayed sequence of steps; the same ranks give the same bits."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import report, run
from three_axes import CASE


def rows(done):
    return [[float(value) for key, value in row.items() if key != "probe"] for row in done.table("probes.csv")]


def fields(done):
    with open(os.path.join(done.directory, "fields_000002.vtk"), "rb") as file:
        return file.read()


first = run("", text=CASE)
assert first.record["steps"]["gmres_stages"] > 0, "the guard's steps are to be replayed too"
reference, replay = rows(first), ["--replay-steps", first.directory]
for ranks in (1, 2, 3, 4, 70):
    done = run("", *replay, ranks=ranks, text=CASE)
    worst = max(abs(a - b) for p, q in zip(reference, rows(done)) for a, b in zip(p, q))
    report("a replayed sequence of steps", f"largest difference, {ranks} rank{'s' if ranks > 1 else ''}", worst, 1e-10)
    assert done.closure() < 1e-12
    if ranks == 3:
        assert fields(done) == fields(run("", *replay, ranks=3, text=CASE))
assert fields(first) == fields(run("", *replay, text=CASE)), "a replay is the run again"
assert fields(first) == fields(run("", *replay, "--backend", "guard", text=CASE)), "guard and cpu differ"
