"""Properties from a solute's radius: what moves is what the relation says, the echo runs again, and a radius outside the range is said."""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import PROGRAM, report, run

SLAB = """
elute: 1
title: steady diffusion through pores
mesh: {geometry: cartesian, x: {from: 0 mm, to: 0.1 mm, cells: 20}}
tissues: {gel: {interstitial_fraction: 0.2, pore_radius: 10 nm, fibre_fraction: 0.03, fibre_radius: 2 nm}}
species: {drug: {radius: 3 nm, diffusivity: {model: MODEL}, availability: {model: MODEL}}}
boundaries: {x-: {drug: {value: 1 mol/m3}}, x+: {drug: {value: 0 mol/m3}}}
time: {end: 20 d, accuracy: 1e-6}
output: {vtk: no, every: 10 d}
"""
# D_w = k T/(6 pi mu r) = 1.09427e-10 m2/s at 3 nm; H(0.3) = 0.20333 holds the availability already
pore = run("", "--quiet", text=SLAB.replace("MODEL", "pore"))
left = pore.ledger("drug", "x+")
report("A4, pore model", "flux through a slab against phi H D_w dc/L, relative", abs((left[-1] - left[-2]) / 864000 / (0.2 * 0.20333307 * 1.0942753e-10 / 1e-4) - 1), 1e-5)

fibres = run("", "--quiet", text=SLAB.replace("MODEL", "fibre_matrix"))
again = run(os.path.join(fibres.directory, "case.yaml"), "--quiet")
assert open(os.path.join(fibres.directory, "ledger.csv")).read() == open(os.path.join(again.directory, "ledger.csv")).read()
echo = open(os.path.join(fibres.directory, "case.yaml")).read()
assert "# fibre_matrix: fibre matrix, Johnson et al. 1996" in echo and "holds for radii of 1 nm to 100 nm" in echo, echo

# where `in` says it, the relation is not asked: no radius of pores, no warning, the same flux
own = SLAB.replace("pore_radius: 10 nm, ", "").replace("MODEL", "pore")
own = own.replace("availability: {model: pore}", f"availability: {{model: pore}}, in: {{gel: {{diffusivity: {0.20333307 * 1.0942753e-10 / 0.49} m2/s, availability: 0.49}}}}")
left = run("", "--quiet", text=own).ledger("drug", "x+")
report("A4, pore model", "the same given by tissue, relative", abs((left[-1] - left[-2]) / 864000 / (0.2 * 0.20333307 * 1.0942753e-10 / 1e-4) - 1), 1e-5)

with tempfile.TemporaryDirectory() as directory:
    path = os.path.join(directory, "case.yaml")
    for model, radius, said in (("fitted", "150 nm", "outside the range of model: fitted (radii of 1 nm to 100 nm)"),
                                ("pore", "9.8 nm", "outside the range of model: pore (0 to 0.95 of the pore radius)"), ("fitted", "50 nm", None)):
        with open(path, "w") as file:
            file.write(SLAB.replace("MODEL", model).replace("radius: 3 nm", f"radius: {radius}"))
        done = subprocess.run([PROGRAM, "check", path], capture_output=True, text=True)
        assert done.returncode == 0 and ((said in done.stderr) if said else ("outside the range" not in done.stderr)), done.stderr
