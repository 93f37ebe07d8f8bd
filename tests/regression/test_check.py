"""elute check: sizes, times and scales computed by hand, memory beside what a run took, an estimate beside the run, and each
warning in a case made for it and not in the clean one."""
import json
import math
import re

from faults import elute, expect, finish, run, write

# h = 50 um along x, 100 um along y; phi = 0.5, R = 2, D = 1e-10 m2/s, k = 1e-4 1/s on the fluid concentration.
CLEAN = """
elute: 1
title: a case without anything to be warned of
mesh: {geometry: cartesian, x: {from: 0 mm, to: 1 mm, cells: 20}, y: {from: 0 mm, to: 1 mm, cells: 10}}
tissues:
  gel: {interstitial_fraction: 0.5}
  core: {interstitial_fraction: 0.5, where: {box: {from: [0.2 mm, 0.2 mm], to: [0.8 mm, 0.8 mm]}}}
species:
  u: {diffusivity: 1e-10 m2/s, sorption_factor: 2, initial: 1 uM}
  s: {mobile: no}
reactions: [{equation: "u -> s", rate: 1e-4 1/s, name: loss}]
sources: [{species: u, where: {sphere: {centre: [0.5 mm, 0.5 mm], radius: 0.3 mm}}, amount: 1 nmol, at: 0 s, name: needle}]
time: {end: 1 h, accuracy: 1e-3}
output: {every: 10 min}
"""


def check(text, *arguments, ranks=0, code=0):
    path = write(text)
    done = elute("check", path, "--json", *arguments, ranks=ranks)
    expect(f"check: exit code {done.code}", done.code == code, done)
    expect("check: files were made", done.files() is None)
    return json.loads(done.out)


def close(name, found, wanted, within=1e-9):
    expect(f"{name}: {found}, by hand {wanted}", found is not None and abs(found - wanted) <= within * abs(wanted))


def changed(*pairs):
    text = CLEAN
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def sizes_and_scales():
    found = check(CLEAN)
    expect("sizes", (found["cells"], found["tissues"], found["species"], found["mobile_species"], found["reactions"]) == (200, 2, 2, 1, 1))
    expect("unknowns on one rank", found["unknowns_per_rank"] == 400)
    # Rows go to ranks as 4, 3, 3.
    expect("unknowns on three ranks", check(CLEAN, ranks=3)["unknowns_per_rank"] == 4 * 20 * 2)
    close("narrowest cell", found["smallest_width_m"], 50e-6)
    close("h^2 R/D", found["shortest_diffusion_time_s"], (50e-6) ** 2 * 2 / 1e-10)
    # d(phi k c)/dC = phi k/(phi R) = k/R
    close("R/k", found["shortest_reaction_time_s"], 2 / 1e-4)
    (coupling,) = found["coupling"]
    expect("coupling of", coupling["species"] == "u")
    close("sqrt(D/k)", coupling["penetration_depth_m"], 1e-3)
    close("cells per depth", coupling["cells_per_depth"], 20)
    close("Thiele modulus L/depth, L = 0.5 mm", coupling["thiele_modulus"], 0.5)
    close("Damkoehler number k h^2/D", coupling["damkoehler_of_a_cell"], 1 / 400)
    same = check(CLEAN, ranks=3)
    for key in found:
        if "memory" not in key and "seconds" not in key and key != "unknowns_per_rank":
            expect(f"{key} differs on three ranks: {found[key]}, {same[key]}", found[key] == same[key])
    # A second-order partner at 3 uM that does not move: phi R C' = -k c S, so the rate is k S/(phi R).
    found = check(changed(("1 nmol", "1 fmol"), ("s: {mobile: no}", "s: {mobile: no, initial: 3 uM}"), ('{equation: "u -> s", rate: 1e-4 1/s', '{equation: "u + s -> ", rate: 100 1/(M s)')))
    close("1/k with a partner", found["shortest_reaction_time_s"], 1 / (100 * 3e-6 / (0.5 * 2)))
    # Michaelis-Menten is steepest at c = 0: v/K. Hill with n = 2: 3 sqrt(3)/8 v/K.
    loss = '{equation: "u -> s", rate: 1e-4 1/s'
    v_over_k = 1 / 50
    for law, slope in (("law: michaelis_menten, v_max: 1 nM/s, k_m: 50 nM", v_over_k), ("law: hill, of: u, v_max: 1 nM/s, k: 50 nM, n: 2", 3 * math.sqrt(3) / 8 * v_over_k)):
        found = check(changed((loss, '{equation: "u -> s", ' + law)))
        close(law, found["shortest_reaction_time_s"], 2 / slope, within=1e-6)
    # A radius counts in full: Thiele modulus R sqrt(k/D).
    sphere = CLEAN[:CLEAN.index("mesh")] + """
mesh: {geometry: spherical, r: {from: 0 um, to: 300 um, cells: 30}}
species: {u: {diffusivity: 1e-10 m2/s, initial: 1 uM}}
reactions: [{equation: "u -> ", rate: 1e-2 1/s}]
time: {end: 1 h}
"""
    close("Thiele modulus of a sphere", check(sphere)["coupling"][0]["thiele_modulus"], 3)
    well = CLEAN[:CLEAN.index("mesh")] + "mesh: {geometry: well_mixed, volume: 1 mL}\nspecies: {u: {initial: 1 uM, mobile: no}}\nreactions: [{equation: \"u -> \", rate: 0.5 1/s}]\ntime: {end: 1 h}\n"
    found = check(well)
    expect("a well-mixed case has no widths", found["smallest_width_m"] is None and found["shortest_diffusion_time_s"] is None and found["coupling"] == [])
    close("1/k of a well-mixed case", found["shortest_reaction_time_s"], 2)


def warnings():
    expect(f"the clean case: {check(CLEAN)['warnings']}", check(CLEAN)["warnings"] == [])
    made = {
        "tissue core has no cell": changed(("[0.2 mm, 0.2 mm], to: [0.8 mm, 0.8 mm]", "[0.501 mm, 0.501 mm], to: [0.51 mm, 0.51 mm]")),
        "tissue core is thinner than 3 cells everywhere": changed(("[0.2 mm, 0.2 mm], to: [0.8 mm, 0.8 mm]", "[0.2 mm, 0.2 mm], to: [0.8 mm, 0.4 mm]")),
        "the dose needle of u is smaller than a cell": changed(("radius: 0.3 mm", "radius: 10 um")),
        "the dose needle of u lies partly outside the mesh": changed(("[0.5 mm, 0.5 mm], radius", "[0.9 mm, 0.5 mm], radius")),
        "the source needle of u is smaller than a cell": changed(("radius: 0.3 mm", "radius: 10 um"), ("amount: 1 nmol, at: 0 s", "rate: 1 pmol/s, from: 0 s, to: 1 h")),
        "the front of u is under-resolved in tissue gel": changed(("rate: 1e-4 1/s", "rate: 1 1/s")),
        "moving fluid carries u 5 times as fast as itself": changed(("sorption_factor: 2", "sorption_factor: 2, availability: 0.2"), ("time: {end", "flow: {model: prescribed, velocity: [0 um/s, 0 um/s]}\ntime: {end")),
        "species w is used by nothing": changed(("s: {mobile: no}", "s: {mobile: no}\n  w: {diffusivity: 1e-10 m2/s}")),
    }
    for words, text in made.items():
        found = check(text)["warnings"]
        expect(f"'{words}': {found}", len(found) == 1 and found[0].startswith(words))
        expect(f"'{words}' on three ranks", check(text, ranks=3)["warnings"] == found)
        expect(f"'{words}' in the text", words in elute("check", write(text)).out)
    # Two septa that cross are no thicker for it.
    cross = changed(("{box: {from: [0.2 mm, 0.2 mm], to: [0.8 mm, 0.8 mm]}}", "{union: [{box: {from: [0 mm, 0.4 mm], to: [1 mm, 0.6 mm]}}, {box: {from: [0.5 mm, 0 mm], to: [0.6 mm, 1 mm]}}]}"))
    expect("crossing septa", check(cross)["warnings"] == ["tissue core is thinner than 3 cells everywhere"])
    # A dose outside: everything is said, then that a run would be refused.
    outside = changed(("[0.5 mm, 0.5 mm], radius", "[5 mm, 5 mm], radius"))
    found = check(outside, code=1)
    expect(f"a dose outside: {found['warnings']}", found["warnings"] == ["the dose needle of u lies outside the mesh"] and found["expected_steps"] is None)
    expect("a dose outside is refused by run", run(write(outside)).code == 1)
    later = outside.replace("at: 0 s", "at: 30 min")
    done = run(write(later))
    expect("a later dose outside is refused before anything is written", done.code == 1 and done.files() is None, done)


def memory():
    """Peak of a run over what the program takes alone, beside what check said."""
    text = CLEAN.replace("cells: 20", "cells: 700").replace("cells: 10}", "cells: 700}").replace("end: 1 h", "end: 10 s").replace("every: 10 min", "every: 10 s")
    for ranks in (0, 2):
        found = check(text, ranks=ranks)
        done = run(write(text), ranks=ranks)
        with open(f"{done.directory}/run.json") as file:
            peak = json.load(file)["peak_memory_bytes"]
        base = found["memory_bytes"] - found["memory_of_the_case_bytes"]
        ratio = found["memory_of_the_case_bytes"] / (peak - base)
        print(f"memory on {ranks} ranks: {found['memory_of_the_case_bytes'] / 1e6:.0f} MB said, {(peak - base) / 1e6:.0f} MB taken")
        expect(f"memory on {ranks} ranks: {ratio} of what a run takes", 1 / 1.5 < ratio < 1.5)


def estimate():
    """Small runs are tried to the end: the steps are those of the run. Larger ones are extrapolated."""
    found = check(CLEAN)
    done = run(write(CLEAN))
    with open(f"{done.directory}/run.json") as file:
        steps = json.load(file)["steps"]["accepted"]
    expect("steps of a whole trial", found["expected_steps"] == steps and found["trial_steps"] == steps and not found["expectation_is_an_estimate"])
    # More steps than a trial takes, of a known number: each of 10 minutes is cut into equal ones of at most 0.5 s.
    fixed = check(changed(("accuracy: 1e-3", "step: 0.49 s")))
    expect("a fixed step is extrapolated", fixed["expectation_is_an_estimate"])
    close("steps of a fixed length", fixed["expected_steps"], 6 * math.ceil(600 / 0.49))
    # A bath that is switched ten times, at an accuracy that takes thousands of steps.
    bath = changed(("accuracy: 1e-3", "accuracy: 1e-9"), ("output: {every: 10 min}", "output: {every: 10 min}\nboundaries: {x-: {u: {value: {table: {time: [" + ", ".join(
        f"{6 * i} min" for i in range(11)) + "], value: [" + ", ".join(f"{i % 2} uM" for i in range(11)) + "], interpolation: previous}}}}}"))
    found = check(bath)
    done = run(write(bath), "--quiet")
    with open(f"{done.directory}/run.json") as file:
        steps = json.load(file)["steps"]["accepted"]
    print(f"steps of a switched bath: {found['expected_steps']:.0f} said from {found['trial_steps']}, {steps} taken")
    expect("a switched bath is extrapolated", found["expectation_is_an_estimate"])
    expect("steps of a switched bath", 1 / 1.5 < found["expected_steps"] / steps < 1.5)


def text_and_json():
    found = check(CLEAN)
    done = elute("check", write(CLEAN))
    for pattern in (r"cells +200 in 2 tissues", r"species +2, of which 1 mobile; 1 reaction\n", r"unknowns +400 on", r"memory +\d+\.\d MB",
                    r"shortest diffusion +50 s", r"shortest reaction +5\.55556 h \(loss\)", r"penetration depth 1 mm, 20 cells; Thiele modulus 0\.5; "
                    r"Damkoehler number of a cell 0\.0025", rf"expected +{found['expected_steps']:.0f} steps"):
        expect(f"text: {pattern}", re.search(pattern, done.out), done)


sizes_and_scales()
warnings()
memory()
estimate()
text_and_json()
finish()
