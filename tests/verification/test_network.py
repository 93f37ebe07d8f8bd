"""Single vessels: the wall in the cells is the wall of the network, on any number of ranks; what a straight vessel gives spreads as from a
line source; files of both kinds say the same."""
import math
import os
import struct
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import SOURCE, report, run

# ---- a line source: filtration alone, J_v c_v through the wall, so that nothing depends on the concentration in the cells

D, RADIUS, FLUX, TIME = 1e-10, 5e-6, 1e-7, 100.0  # m2/s, m, mol/(m2 s), s
FROM, TO = (-0.31e-3, -0.12e-3, -0.2e-3), (0.27e-3, 0.16e-3, 0.23e-3)
CASE = """
elute: 1
title: one straight vessel across the cells
mesh: {{geometry: cartesian, x: {{from: -1 mm, to: 1 mm, cells: {n}}}, y: {{from: -1 mm, to: 1 mm, cells: {n}}}, z: {{from: -1 mm, to: 1 mm, cells: {n}}}}}
tissues: {{gel: {{interstitial_fraction: 0.4, vessel_conductivity: 1e-10 m/(Pa s), vessel_pressure: 1 kPa}}}}
species: {{drug: {{diffusivity: {D} m2/s, permeability: 0 m/s}}}}
plasma: {{drug: 1 mol/m3}}
vessels: {{{vessels}}}
time: {{end: {TIME} s, accuracy: 1e-4}}
output: {{vtk: no, probes: {{{probes}}}}}
"""
SEGMENT = "segments: [{from: [%s], to: [%s], radius: 5 um}]" % tuple(", ".join(f"{x} m" for x in end) for end in (FROM, TO))
PLACES = [(0.2e-3, -0.15e-3, 0.1e-3), (-0.1e-3, 0.25e-3, 0.05e-3), (0.3e-3, 0.3e-3, 0.05e-3), (0, -0.2e-3, 0.1e-3), (-0.4e-3, -0.3e-3, -0.1e-3)]
PROBES = ", ".join(f"p{i}: [{x} m, {y} m, {z} m]" for i, (x, y, z) in enumerate(PLACES))
LENGTH = math.dist(FROM, TO)


def exact(place, n=2000):
    """The integral of continuous point sources along the vessel, q/(4 pi phi D d) erfc(d/sqrt(4 D t))."""
    q, total = 2 * math.pi * RADIUS * FLUX, 0.0
    for i in range(n):
        s = (i + 0.5) / n
        d = math.dist(place, [a + s * (b - a) for a, b in zip(FROM, TO)])
        total += q / (4 * math.pi * 0.4 * D * d) * math.erfc(d / math.sqrt(4 * D * TIME)) * LENGTH / n
    return total


def case(n, vessels=SEGMENT, probes=PROBES):
    return CASE.format(n=n, D=D, TIME=TIME, vessels=vessels, probes=probes)


def values(done):
    return [float(row["drug_in_fluid_mol_per_m3"]) for row in done.table("probes.csv") if float(row["time_s"]) == TIME]


given = 2 * math.pi * RADIUS * LENGTH * FLUX * TIME
solution = [exact(place) for place in PLACES]
errors, found = [], []
for n in (20, 40, 80):
    done = run("", "--quiet", text=case(n))
    report("a straight vessel", f"what it gave, {n}^3 cells, against wall times flux, relative", abs(-done.ledger("drug", "plasma_in.gel")[-1] / given - 1), 1e-12)
    found.append(values(done))
    errors.append(math.sqrt(sum((a - b) ** 2 for a, b in zip(found[-1], solution)) / sum(b * b for b in solution)))
# the line spreads over a cell, an error of second order: without it the two finest meshes must give the line source
without = [(4 * fine - coarse) / 3 for coarse, fine in zip(*found[1:])]
report("a straight vessel", "concentration around it against the line source, extrapolated from 40^3 and 80^3 cells, relative l2",
       math.sqrt(sum((a - b) ** 2 for a, b in zip(without, solution)) / sum(b * b for b in solution)), 1e-2)
report("a straight vessel", "order from 40^3 to 80^3 cells", math.log2(errors[1] / errors[2]), 1.8, above=True)

# ---- ranks, also more than rows in a block

alone = values(run("", "--quiet", text=case(20)))
for ranks in (2, 3, 5):
    done = run("", "--quiet", text=case(20), ranks=ranks)
    report("a straight vessel", f"what it gave on {ranks} ranks, relative", abs(-done.ledger("drug", "plasma_in.gel")[-1] / given - 1), 1e-12)
    report("a straight vessel", f"{ranks} ranks against one, of the largest value", max(abs(a - b) for a, b in zip(alone, values(done))) / max(alone), 1e-9)

# ---- files: a table, VTK in text and in bytes, old and new, radii of points and of lines; cut at the mesh's faces and along them

POINTS = [(-0.9, -0.9, -0.9), (0.1, -0.2, 0.3), (0.9, 0.8, 0.7), (0.1, 0.9, 0.3), (0, 0, -0.5), (0, 0, 0.5)]  # mm; the last piece runs along edges of cells
LINES = [(0, 1, 2), (1, 3), (4, 5)]
RADII = [12, 8, 6, 4, 5, 5]  # um


def table():
    rows = [",".join(f"{1000 * x:g}" for x in (*POINTS[a], *POINTS[b])) + f",{(RADII[a] + RADII[b]) / 2:g}" for line in LINES for a, b in zip(line, line[1:])]
    return ("# a comment\nx0 [um], y0 [um], z0 [um], x1 [um], y1 [um], z1 [um], radius [um]\n" + "\n".join(rows) + "\n").encode()


def vtk(binary, new, of_lines=False):
    def numbers(form, values):
        return struct.pack(f">{len(values)}{form}", *values) + b"\n" if binary else (" ".join(map(repr, values)) + "\n").encode()

    out = b"# vtk DataFile Version " + (b"5.1" if new else b"3.0") + b"\nmade up\n" + (b"BINARY" if binary else b"ASCII") + b"\nDATASET POLYDATA\n"
    lines = [(a, b) for line in LINES for a, b in zip(line, line[1:])] if of_lines else LINES
    corners = sum(map(len, lines))
    out += b"POINTS %d double\n" % len(POINTS) + numbers("d", [1000 * x for point in POINTS for x in point])
    if new:
        offsets = [sum(map(len, lines[:i])) for i in range(len(lines) + 1)]
        out += b"LINES %d %d\nOFFSETS vtktypeint64\n" % (len(offsets), corners) + numbers("q", offsets)
        out += b"CONNECTIVITY vtktypeint64\n" + numbers("q", [c for line in lines for c in line])
    else:
        out += b"LINES %d %d\n" % (len(lines), corners + len(lines)) + numbers("i", [x for line in lines for x in (len(line), *line)])
    if of_lines:
        out += b"CELL_DATA %d\nSCALARS radius double 1\nLOOKUP_TABLE default\n" % len(lines) + numbers("d", [(RADII[a] + RADII[b]) / 2 for a, b in lines])
    else:
        out += b"POINT_DATA %d\nFIELD FieldData 2\nother 1 %d int\n" % (len(POINTS), len(POINTS)) + numbers("i", [0] * len(POINTS))
        out += b"radius 1 %d float\n" % len(POINTS) + numbers("f", [float(r) for r in RADII])
    return out


wall = sum(math.pi * (RADII[a] + RADII[b]) * 1e-6 * 1e-3 * math.dist(POINTS[a], POINTS[b]) for line in LINES for a, b in zip(line, line[1:]))
results = []
with tempfile.TemporaryDirectory() as directory:
    for name, content in (("table", table()), ("text, old", vtk(False, False)), ("text, new", vtk(False, True)), ("bytes, old", vtk(True, False)),
                          ("bytes, new", vtk(True, True)), ("text, radii of lines", vtk(False, False, True)), ("bytes, radii of lines", vtk(True, True, True))):
        path = os.path.join(directory, "network")
        with open(path, "wb") as file:
            file.write(content)
        unit = "" if name == "table" else ", unit: 1 um"
        for ranks in (0, 3):
            done = run("", "--quiet", text=case(14, vessels=f"network: {path}{unit}"), ranks=ranks)
            report("a small network", f"wall in the cells, {name}{', 3 ranks' if ranks else ''}, relative",
                   abs(-done.ledger("drug", "plasma_in.gel")[-1] / (wall * FLUX * TIME) - 1), 1e-12)
            results.append(values(done))
report("a small network", "files of all kinds agree, of the largest value", max(abs(a - b) for each in results for a, b in zip(each, results[0])) / max(results[0]), 1e-9)
