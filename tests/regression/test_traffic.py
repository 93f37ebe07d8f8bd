"""What goes between host and backend memory, as run.json counts it: no field inside a step. The guard backend stands for a device,
since its memory is apart; where the CUDA backend is built for the CPU (its emulation), it is held to the same."""
import json

from faults import expect, expect_fault, finish, run, write

CASE = """
elute: 1
title: all that a step does
mesh: {{geometry: cartesian, x: {{from: 0 mm, to: 1 mm, cells: {n}}}, y: {{from: 0 mm, to: 1 mm, cells: {n}}}, z: {{from: 0 mm, to: 1 mm, cells: 6}}}}
tissues:
  gel: {{interstitial_fraction: 0.5}}
  core: {{interstitial_fraction: 0.2, where: {{sphere: {{centre: [0.5 mm, 0.5 mm, 0.5 mm], radius: 0.3 mm}}}}}}
species:
  u: {{diffusivity: 1e-10 m2/s, initial: 1 uM}}
  s: {{mobile: no, initial: 1 uM}}
reactions: [{{equation: "u -> s", rate: {{formula: "1e-4*(1+sin(t/1000))", unit: 1/s}}}}]
sources: [{{species: u, where: {{sphere: {{centre: [0.5 mm, 0.5 mm, 0.5 mm], radius: 0.3 mm}}}}, amount: 1 nmol, at: 30 min}}]
boundaries: {{x-: {{u: {{value: {{formula: "1e-3*(1+cos(t/500))", unit: mol/m3}}}}}}}}
time: {{end: 1 h, {steps}}}
output: {{every: 20 min{output}}}
"""
ENDPOINTS = ", endpoints: {exposure: {kind: auc, of: u}, top: {kind: peak, of: [u, s], as: tissue}, cover: {of: u, in: core, above: 1 uM, for: 5 min}}"
SYSTEM = 4
FIXED, FREE = "step: 2 min", "linear: gmres, accuracy: 1e-2"


def record(n, backend, steps=FIXED, ranks=0, output=""):
    done = run(write(CASE.format(n=n, steps=steps, output=output)), "--backend", backend, "--quiet", ranks=ranks)
    expect(f"{n} cells, {backend}: exit code {done.code}", done.code == 0, done)
    with open(f"{done.directory}/run.json") as file:
        found = json.load(file)
    traffic = found["traffic"]
    return found, {phase: moved["bytes_to_backend"] + moved["bytes_to_host"] for phase, moved in traffic.items()}


def per_step(found, moved):
    return moved["stepping"] / found["steps"]["accepted"]


def one_rank(backend):
    small, large = record(8, backend), record(24, backend)
    expect(f"{backend}: equal steps", small[0]["steps"]["accepted"] == large[0]["steps"]["accepted"])
    expect(f"{backend}: bytes of a step: {per_step(*small)} with few cells, {per_step(*large)} with many", per_step(*small) == per_step(*large))
    # Boundary scalars and a table go down in each stage; a state of 8 x 8 x 6 cells has 9 kB.
    expect(f"{backend}: {per_step(*small)} bytes of a step", 0 < per_step(*small) < 8192)
    for phase in ("set_up", "segments", "output"):
        expect(f"{backend}: {phase} moves fields", large[1][phase] > 4 * small[1][phase] > 0)
    values = 24 * 24 * 6 * 2 * 8
    # 4 outputs of the state each, padding and ledger included; one more copy would show.
    expect(f"{backend}: output took {large[1]['output']} bytes", 4 * values <= large[1]["output"] < 5 * 4 / 3 * values)
    kept = record(8, backend, output=ENDPOINTS)
    expect(f"{backend}: what endpoints keep step by step moves nothing: {per_step(*kept)} bytes of a step", per_step(*kept) == per_step(*small))
    expect(f"{backend}: it goes to the host with the output", kept[1]["output"] > small[1]["output"])
    if backend != "guard":
        return  # an emulated device takes minutes for what follows
    free, more = record(8, backend, FREE), record(24, backend, FREE)
    expect("GMRES is at work", more[0]["steps"]["gmres_stages"] > 0)
    for what, (found, moved) in (("few", free), ("many", more)):
        stages = found["steps"]["stages"] + found["steps"]["gmres_iterations"]
        expect(f"{backend}, GMRES, {what} cells: {moved['stepping'] / stages} bytes of a stage or iteration", moved["stepping"] / stages < 4096)


def more_ranks():
    """Ghost rows and the equations that join the parts of a line: surfaces, not volumes."""
    small, large = (per_step(*record(n, "guard", ranks=2)) for n in (8, 24))
    expect(f"two ranks: {small} bytes of a step with few cells, {large} with many", small < large)
    # 8 -> 24 cells in x and y: nine times the cells, three times the rows between two ranks (of up to four times the length padded).
    expect(f"two ranks: {large / small} times the bytes with nine times the cells", large < 6 * small)


def choice():
    done = run(write(CASE.format(n=8, steps=FIXED, output="")), "--backend", "auto", ranks=0)
    with open(f"{done.directory}/run.json") as file:
        found = json.load(file)
    expect("auto says why", found["backend_reason"] != "" and f"backend {found['backend']} ({found['backend_reason']})" in done.out, done)
    expect("the device is named", ("device" in found) == (found["backend"] == "cuda"), done)
    if found["backend"] == "cuda":
        expect("the device is logged", found["device"]["name"] in done.out, done)
        return True
    for ranks in (0, 2):
        refused = run(write(CASE.format(n=8, steps=FIXED, output="")), "--backend", "cuda", ranks=ranks)
        expect_fault(f"no device on {ranks} ranks", refused, SYSTEM, "--backend cuda: ", found["backend_reason"].replace("no CUDA: ", ""))
    return False


one_rank("guard")
more_ranks()
if choice():
    one_rank("cuda")
finish()
