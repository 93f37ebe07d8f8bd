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

# An infusion beside a held bath, fluid in and out through the edges, all axes: whatever convection has.
FLOW = """elute: 1
title: an infusion into a block of tissue
mesh: {geometry: cartesian, x: {from: 0 mm, to: 2 mm, cells: 12}, y: {from: 0 mm, to: 2 mm, cells: 11, stretch: 1.05}, z: {from: 0 mm, to: 2 mm, cells: 10}}
tissues:
  gel: {interstitial_fraction: 0.3, hydraulic_conductivity: 1e-14 m2/(Pa s), lymph_conductance: 1e-8 1/(Pa s)}
  tumour:
    interstitial_fraction: 0.5
    hydraulic_conductivity: 3e-14 m2/(Pa s)
    vascular_density: 200 1/cm
    vessel_conductivity: 2.1e-11 m/(Pa s)
    vessel_pressure: 11.5 mmHg
    where: {sphere: {centre: [1 mm, 1 mm, 1 mm], radius: 0.6 mm}}
  bath: {hydraulic_conductivity: 1e-13 m2/(Pa s), where: {box: {from: [0 mm, 0 mm, 1.6 mm], to: [0.5 mm, 0.5 mm, 2 mm]}}}
species: {s: {mobile: no}}
drugs: {u: {diffusivity: 1e-11 m2/s, convective_hindrance: 0.7, in: {tumour: {partition: 2}}}, w: {diffusivity: 2e-12 m2/s, sorption_factor: 2}}
reactions: [{equation: "u -> s", rate: 1e-4 1/s}]
delivery: {drip: {give: u, dose: 1 nmol, route: infusion, at: [1 mm, 1 mm, 1 mm], radius: 0.4 mm, volume: 0.2 uL, start: 1 min, duration: 2 min}}
hold: {bath: {u: {value: {formula: "1e-3*(1+t/3600)", unit: mol/m3}}, w: {value: 3 uM}}}
flow: {model: darcy_starling, boundaries: {x-: {velocity: 0.5 um/s}, x+: {pressure: 0 Pa}, y+: {pressure: 0 Pa}, z+: {pressure: 200 Pa}}}
boundaries: {x-: {w: {value: {formula: "1e-3*(1+sin(t/900))", unit: mol/m3}}}}
time: {end: 4 min, accuracy: 1e-3}
output: {every: 2 min}
"""


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


def agree(name, ranks, *arguments, within=1e-10, **keywords):
    cpu = run(*arguments, "--backend", "cpu", "--quiet", **keywords)
    cuda = run(*arguments, "--backend", "cuda", "--quiet", "--replay-steps", cpu.directory, ranks=ranks, **keywords)
    assert cuda.record["backend"] == "cuda"
    report(name, f"cuda against cpu, replayed steps, {ranks} rank{'s' if ranks > 1 else ''}", worst(cpu, cuda), within)
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
for ranks in (1, 2, 3, 4):
    agree("infusion, all axes", ranks, "", text=FLOW, within=1e-9)
agree("infusion, all axes, upwind, GMRES", 2, "", "--set=flow.advection=upwind", "--set=time.linear=gmres", text=FLOW, within=1e-9)

for fault, error in (("allocate 1", "out of memory"), ("allocate 9", "out of memory"), ("launch 200", "cudaErrorLaunchFailure"),
                     ("copy 100", "cudaErrorInvalidValue"), ("run 1", "cudaErrorIllegalAddress"), ("run 200", "cudaErrorIllegalAddress")):
    done = faulty(4, ELUTE_EMULATION_FAIL=fault)
    assert error in done.stderr, (fault, done.stderr)
    assert len(done.stderr.strip().splitlines()) <= 3, (fault, done.stderr)
assert "bytes of device memory, of 2000 that are free" in faulty(4, ELUTE_EMULATION_MEMORY="2000").stderr
assert "no CUDA device" in faulty(4, ELUTE_EMULATION_DEVICES="0").stderr
assert "driver" in faulty(4, ELUTE_EMULATION_DEVICES="-1").stderr
assert "backend cpu" in faulty(0, backend="auto", ELUTE_EMULATION_DEVICES="0").stdout
