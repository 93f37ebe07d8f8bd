"""Our stepper against PETSc's on the same residual, on cases that differ in kind: every value of every cell, every amount of
the ledger, at every output. And PETSc's stepper with the assembled Jacobian against the matrix-free one: the same steps, so that
they agree far below the tolerance."""
import glob
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import report, run
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkIOLegacy import vtkGenericDataObjectReader

OURS, PETSCS, APART = 1e-6, 1e-8, 1e-4  # accuracies, and the largest difference
CASES = {  # a path, what makes it small or comparable
    "binding.yaml": [],
    "fisher_wave.yaml": ["mesh.x.cells=100"],
    "slow_infusion.yaml": ["mesh.r.cells=20", "mesh.z.cells=30"],
    "stepwise_bath.yaml": [],
    "periodic_patches.yaml": ["mesh.x.cells=17", "mesh.y.cells=16"],  # 17: two cells beyond a multiple of three
    "liposome_dendrimer.yaml": ["mesh.x.cells=8", "mesh.y.cells=8", "mesh.z.cells=8", "time.end=6 h"],
    "verification/v14_central_depot.yaml": ["mesh.r.cells=40"],
}


def fields(path):
    """{array: numbers} of a VTK file"""
    reader = vtkGenericDataObjectReader()
    reader.SetFileName(path)
    reader.ReadAllScalarsOn()
    reader.ReadAllFieldsOn()
    reader.Update()
    cells = reader.GetOutput().GetCellData()
    return {cells.GetArrayName(i): vtk_to_numpy(cells.GetArray(i)) for i in range(cells.GetNumberOfArrays())}


def difference(a, b):
    """The largest difference of any field relative to its largest value so far, and of any amount relative to the largest of its
    species: what a tolerance is relative to."""
    worst, largest = 0.0, {}
    names = [sorted(os.path.basename(f) for f in glob.glob(os.path.join(d.directory, "*.vtk"))) for d in (a, b)]
    assert names[0] == names[1] and names[0], names
    for name in names[0]:
        first, second = (fields(os.path.join(d.directory, name)) for d in (a, b))
        assert first.keys() == second.keys()
        for array in first:
            size = largest[array] = max(largest.get(array, 0.0), abs(first[array]).max())
            if size > 0:
                worst = max(worst, abs(first[array] - second[array]).max() / size)
    ledgers = [[(r["species"], r["place"], float(r["amount"])) for r in d.table("ledger.csv") if r["place"] != "closure"] for d in (a, b)]
    assert [row[:2] for row in ledgers[0]] == [row[:2] for row in ledgers[1]]
    size = {}
    for species, _, amount in ledgers[0]:
        size[species] = max(size.get(species, 0.0), abs(amount))
    for (species, place, one), (_, _, other) in zip(*ledgers):
        if size[species] > 0:
            worst = max(worst, abs(one - other) / size[species])
    return worst


for case, sets in CASES.items():
    # criteria of the full-size case do not hold on the small mesh
    options = [f"--set={s}" for s in [*sets, "output.vtk=yes", "verify=[]"]] + ["--quiet"]
    own = run(case, *options, f"--set=time.accuracy={OURS}")
    free, assembled = (run(case, *options, f"--set=time.accuracy={PETSCS}", "--stepper", stepper, "--", "-ts_type", "arkimex", "-ts_arkimex_type", "4") for stepper in ("petsc", "petsc-assembled"))
    apart, same = difference(own, free), difference(free, assembled)
    report(f"both steppers, `cases/{case}`", f"our stepper ({OURS:g}) against PETSc's ({PETSCS:g}), relative to the largest value", apart, APART)
    report(f"both steppers, `cases/{case}`", "PETSc's with the assembled Jacobian against matrix-free", same, 1e-6)
    assert own.record["steps"]["stages"] > 0 and free.record["steps"]["stages"] == 0, "two different steppers"
