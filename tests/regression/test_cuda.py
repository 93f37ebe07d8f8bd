"""The CUDA backend's sources, run by the CPU (tests/emulation), behind the whole program: whole cases agree with the CPU backend
on a replayed sequence of steps, on 1 and 2 ranks; faults of a device end in one message and exit code 4."""
import glob
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import PROGRAM, SOURCE, report, run, session
from three_axes import CASE
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkIOLegacy import vtkGenericDataObjectReader

SMALL = [f"--set=mesh.{axis}.cells=10" for axis in "xyz"]
# Without GMRES: its result in binding's moving front answers to the last bits of its start with the fourth digit, on any backend.
CASES = {
    "binding": ["--set=time.defect_limit=1e9", "--set=mesh.r.cells=40"],
    "fisher_wave": [],
    "liposome_dendrimer": SMALL + ["--set=time.end=2 h", "--set=output.every=1 h"],
    "stepwise_bath": [],
}


def fields(done):
    """The last cell arrays, by name."""
    reader = vtkGenericDataObjectReader()
    reader.SetFileName(sorted(glob.glob(os.path.join(done.directory, "*.vtk")))[-1])
    reader.ReadAllScalarsOn()
    reader.ReadAllFieldsOn()
    reader.Update()
    data = reader.GetOutput().GetCellData()
    return {data.GetArrayName(i): vtk_to_numpy(data.GetArray(i)).astype(float) for i in range(data.GetNumberOfArrays())}


def worst(a, b):
    """Largest difference of a field, relative to its largest number."""
    a, b = fields(a), fields(b)
    assert a.keys() == b.keys() and any("tissue" in name for name in a)
    return max(abs(a[name] - b[name]).max() / (abs(a[name]).max() or 1) for name in a)


def agree(name, ranks, *arguments, **keywords):
    cpu = run(*arguments, "--backend", "cpu", "--quiet", **keywords)
    cuda = run(*arguments, "--backend", "cuda", "--quiet", "--replay-steps", cpu.directory, ranks=ranks, **keywords)
    assert cuda.record["backend"] == "cuda"
    report(name, f"cuda against cpu, replayed steps, {ranks} rank{'s' if ranks > 1 else ''}", worst(cpu, cuda), 1e-10)
    assert cuda.closure() < 1e-12


def faulty(expect, case=os.path.join("cases", "stepwise_bath.yaml"), backend="cuda", **environment):
    directory = tempfile.mkdtemp(prefix="elute-test-")
    command = [PROGRAM, "run", os.path.join(SOURCE, case), "--output", os.path.join(directory, "run"), "--set=mesh.x.cells=20",
               "--backend", backend]
    done = subprocess.run(command, capture_output=True, text=True, env={**session(directory), **environment})
    assert done.returncode == expect, f"{environment}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


for name, options in CASES.items():
    agree(name, 1, name + ".yaml", *options)
for ranks in (1, 2):
    agree("three axes", ranks, "", text=CASE)
    agree("three axes, tensors", ranks, "", text=CASE.replace("0.2}", "0.2, anisotropy: {direction: [1, 2, -1], across: 0.3}}", 1))

for fault, error in (("allocate 1", "out of memory"), ("allocate 9", "out of memory"), ("launch 200", "cudaErrorLaunchFailure"),
                     ("copy 100", "cudaErrorInvalidValue"), ("run 1", "cudaErrorIllegalAddress"), ("run 200", "cudaErrorIllegalAddress")):
    done = faulty(4, ELUTE_EMULATION_FAIL=fault)
    assert error in done.stderr, (fault, done.stderr)
    assert len(done.stderr.strip().splitlines()) <= 3, (fault, done.stderr)
assert "bytes of device memory, of 2000 that are free" in faulty(4, ELUTE_EMULATION_MEMORY="2000").stderr
assert "no CUDA device" in faulty(4, ELUTE_EMULATION_DEVICES="0").stderr
assert "driver" in faulty(4, ELUTE_EMULATION_DEVICES="-1").stderr
assert "backend cpu" in faulty(0, backend="auto", ELUTE_EMULATION_DEVICES="0").stdout
