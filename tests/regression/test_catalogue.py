"""The catalogue: every number has unit, range, source and evidence tag; every entry runs; every number, changed by a tenth, changes a
result of a case that uses it; a catalogue of one's own may derive from ours, and is refused where a number cannot be trusted."""
import concurrent.futures
import csv
import glob
import os
import re
import subprocess
import sys
import tempfile

import yaml

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import PROGRAM, SOURCE, session

EVIDENCE = {"S", "S2", "R", "A", "N"}
NUMBER = re.compile(r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?(?= |$)")
failures = []


def sourced(node):
    return isinstance(node, dict) and ("value" in node or "source" in node or "evidence" in node)


def numbers(node, path=""):
    """{dotted key: {value, range, source, evidence}} of an entry."""
    if sourced(node):
        return {path: node}
    found = {}
    for key, child in node.items() if isinstance(node, dict) else ():
        found.update(numbers(child, f"{path}.{key}" if path else key))
    return found


entries = {}  # kind: {name: entry}, every scalar a text
for path in sorted(glob.glob(os.path.join(SOURCE, "cases", "catalogue", "*.yaml"))):
    with open(path) as file:
        for kind, found in yaml.load(file, yaml.BaseLoader).items():
            if kind != "elute_catalogue":
                entries.setdefault(kind, {}).update(found)


def part(text):
    """Number and unit."""
    match = NUMBER.match(text)
    assert match, f"{text} is no number"
    return float(match.group(0)), text[match.end():].strip()


# ---- every number says what it is ----
DIMENSIONLESS = {"interstitial_fraction", "availability", "convective_hindrance", "sorption_factor", "carrier_diffusivity_factor",
                 "osmotic_reflection", "arms", "reference", "shape", "sites_per_cell", "fraction_bound", "r_above", "r_below"}
for kind, found in entries.items():
    for name, entry in found.items():
        for key, number in numbers(entry).items():
            where, value = f"{kind}.{name}.{key}", number.get("value")
            if set(number) != {"value", "range", "source", "evidence"} or not number["source"].strip() or number["evidence"] not in EVIDENCE:
                failures.append(f"{where}: expected value, range, source and evidence")
                continue
            for text in value if isinstance(value, list) else [value] if isinstance(value, str) else []:
                if (part(text)[1] == "") != (key.split(".")[-1] in DIMENSIONLESS):
                    failures.append(f"{where}: {text}: a unit is missing, or one too many")
            if isinstance(value, dict) and not value.get("unit"):
                failures.append(f"{where}: a unit is missing")
            if number["range"] != "unknown":
                (low, unit), (high, other), (middle, third) = part(number["range"][0]), part(number["range"][1]), part(value)
                if not (unit == other == third and low <= middle <= high and low < high):
                    failures.append(f"{where}: {value} is not within {number['range']}")
            elif "assumed range" in number["source"]:
                failures.append(f"{where}: its source speaks of a range that it does not give")


def elute(*arguments, directory="."):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, cwd=directory, env=session(directory))


# ---- a case for each kind, with every entry of the kind ----
AXIS = "elute: 1\nmesh: {x: {from: 0 mm, to: 1 mm, cells: %d}}\ntime: {end: 3 h, step: 1 h, defect_limit: 1e9}\noutput: {every: 3 h, fields: []}\n"  # never GMRES, whose tolerance couples species
FIELDS = "fields: {temperature: 314 K, pH: 6.5}\n"
FLOWS = "flow: {model: prescribed, velocity: [2 nm/s]}\n"
TISSUE = "tissues: {flesh: {interstitial_fraction: 0.3, vascular_density: 200 1/cm}}\n"
CELLS = "cells: {c: {density: 1e8 1/mL}}\n"
PLAIN = "diffusivity: 1e-11 m2/s, molar_mass: 1 kg/mol"


def section(key, form, names):
    return f"{key}:\n" + "".join("  " + form.replace("NAME", n) + "\n" for n in names)


def leave(names):
    return "boundaries: {x-: {" + ", ".join(f"{n}: {{value: 0 uM}}" for n in names) + "}}\n"


def drugs(names, more=""):
    return AXIS % 5 + FLOWS + TISSUE + section("drugs", "NAME: {from: NAME, initial: 1 ug/mL%s}" % more, names) + leave(names)


def carriers(names, more="", load="carries: {load: {}}", dose="{load: 1 pmol}"):
    return (AXIS % 5 + FIELDS + FLOWS + TISSUE + "drugs: {load: {%s}}\n" % PLAIN + section("carriers", "NAME: {from: NAME%s, %s}" % (more, load), names)
            + section("delivery", "d_NAME: {give: NAME, dose: %s, at: [0.5 mm], radius: 0.3 mm}" % dose, names))


def releases(names):
    return (AXIS % 1 + FIELDS + "drugs: {load: {%s}}\nspecies: {mmp: {mobile: no, initial: 10 nM}}\n" % PLAIN
            + section("carriers", "NAME: {diffusivity: 1e-11 m2/s, carries: {load: {}}, release: {from: NAME}}", names)
            + section("delivery", "d_NAME: {give: NAME, dose: {load: 1 pmol}, at: [0.5 mm], radius: 0.3 mm}", names))


def receptors(names):
    return (AXIS % 1 + CELLS + section("receptors", "NAME: {from: NAME, cells: c}", names).replace("_sites, cells: c", "_sites")
            + section("drugs", "NAME_drug: {%s, initial: 1 uM, binds: {NAME: {k_on: 1e5 1/(M s), k_off: 1e-3 1/s}}}" % PLAIN, names))


def bindings(names):
    return (AXIS % 1 + section("receptors", "r_NAME: {density: 100 nM}", names)
            + section("drugs", "NAME: {%s, initial: 100 nM, binds: {r_NAME: {from: NAME}}}" % PLAIN, names)).replace("3 h, step: 1 h", "3 s, step: 1 s")


def uptakes(names):
    return AXIS % 1 + CELLS + section("drugs", "NAME: {%s, initial: 1 ug/mL, uptake: {from: NAME, by: c}}" % PLAIN, names)


def protein_bindings(names):
    form = "NAME: {%s, initial: {formula: x, unit: mol/m3}, protein_binding: {from: NAME, rate: 1 1/min}}" % PLAIN
    return AXIS % 5 + section("drugs", form, names) + leave([n + ".protein" for n in names])


def cells(names):
    return AXIS % 1 + section("cells", "NAME: {from: NAME}", names)


def kills(names):
    return (AXIS % 1 + FIELDS + "drugs: {poison: {%s, initial: 10 uM}}\n" % PLAIN
            + section("cells", "NAME: {density: 1e8 1/mL, killed_by: {poison: {from: NAME, k_max: 1 1/h}}}", names))


def responses(names):
    form = "NAME: {%s, produced_by: {c: {from: NAME, rate: 1e-24 mol/s, in_response_to: signal}}}" % PLAIN
    return AXIS % 1 + CELLS + "species: {signal: {mobile: no, initial: 1 nM}}\n" + section("drugs", form, names)


def damages(names):  # from 37 degC to -28 and up to 46 degC, between which no heat passes
    return (AXIS % 4 + 'tissues: {flesh: {thermal_conductivity: 0 W/(m K)}}\nheat:\n  applicators: {lamp: {density: {formula: "1.2e4*(x*1e3 - 0.6)*(x > 6e-4 ? 1 : 4)", unit: W/m3}}}\n'
            + "  damage: {" + ", ".join(f"{n}: {{from: {n}}}" for n in names) + "}\n")


def plasma(names):
    given = [n for n in names if "two_compartment" in entries["plasma"][n]]
    return (AXIS % 1 + TISSUE + section("drugs", "NAME: {%s, permeability: 1e-8 m/s}" % PLAIN, names) + section("plasma", "NAME: {from: NAME}", names)
            + section("delivery", "d_NAME: {give: NAME, dose: 1 mg, route: intravenous, duration: 1 h}", given))


CASES = {  # kind: (case of all entries, place of an entry in it)
    "drugs": (drugs, "drugs.NAME"),
    "carriers": (carriers, "carriers.NAME"),
    "releases": (releases, "carriers.NAME.release"),
    "receptors": (receptors, "receptors.NAME"),
    "bindings": (bindings, "drugs.NAME.binds.r_NAME"),
    "uptakes": (uptakes, "drugs.NAME.uptake"),
    "protein_bindings": (protein_bindings, "drugs.NAME.protein_binding"),
    "cells": (cells, "cells.NAME"),
    "kills": (kills, "cells.NAME.killed_by.poison"),
    "responses": (responses, "drugs.NAME.produced_by.c"),
    "damages": (damages, "heat.damage.NAME"),
    "plasma": (plasma, "plasma.NAME"),
}


def own_numbers(kind, key):
    """{name: number} of the entries that give this key themselves."""
    return {n: found[key] for n, found in ((n, numbers(entry)) for n, entry in entries[kind].items()) if key in found}


def less(value):
    """The value less a tenth, as text of a case; nothing becomes a little."""
    if isinstance(value, list):
        return "[" + ", ".join(less(each) for each in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f'{k}: "0.9*({v})"' if k == "formula" else f"{k}: {v}" for k, v in value.items()) + "}"
    number, unit = part(value)
    if value.isdigit() and number > 1:
        return str(round(0.9 * number))
    return f"{0.9 * number or {'1/cm': 10, '1/h': 1e-3}.get(unit, 1):.12g} {unit}".strip()


def run(text, sets, base):
    """{owner: amounts at the end, and what probes see}: what stands before the first dot of a species' name, or a probe's name, is the owner."""
    directory = tempfile.mkdtemp(dir=base)
    with open(os.path.join(directory, "case.yaml"), "w") as file:
        file.write(text)
    done = elute("run", "case.yaml", "--output", "run", "--quiet", *[f"--set={each}" for each in sets], directory=directory)
    if done.returncode:
        return done.stderr
    found = {}
    with open(os.path.join(directory, "run", "ledger.csv")) as file:
        rows = [row for row in csv.DictReader(file) if row["place"] != "closure"]
    for row in rows:
        found.setdefault(row["species"].split(".")[0], {})[row["time_s"], row["species"], row["place"]] = float(row["amount"])
    if os.path.exists(os.path.join(directory, "run", "probes.csv")):
        with open(os.path.join(directory, "run", "probes.csv")) as file:
            for row in csv.DictReader(file):
                for column in list(row)[5:]:
                    found.setdefault(row["probe"], {})[row["time_s"], column] = float(row[column])
    return found


def apart(one, two):
    """Largest relative difference of two results of an owner."""
    return max((abs(one[k] - two[k]) / max(abs(one[k]), abs(two[k])) for k in one if one[k] != two[k]), default=0.0) if one.keys() == two.keys() else 1.0


def walk(kind, text, place, keys, base, owners=None, before=()):
    """Changes a key of all entries that give it at once: their results change, and those of the others do not."""
    names = list(owners or entries[kind])
    first = run(text, before, base)
    if isinstance(first, str):
        return [f"{kind}: {first}"]
    found = []
    for key in keys:
        own = {n: v for n, v in own_numbers(kind, key).items() if n in names}
        other = run(text, [*before, *(f"{place.replace('NAME', n)}.{key}={less(v['value'])}" for n, v in own.items())], base)
        if isinstance(other, str):
            found.append(f"{kind}.{key}: {other}")
            continue
        for n in names:
            change = apart(first[n], other[n])
            if n in own and not change > 1e-5:
                found.append(f"{kind}.{n}.{key}: a tenth less changes no result")
            if n not in own and change > 1e-12:
                found.append(f"{kind}.{n}: changes by {change:.1e} with {key} of others")
    return found


def keys_of(kind):
    return sorted({key for entry in entries[kind].values() for key in numbers(entry)})


def walks(base):
    """(kind, keys, what walks them)."""
    special = {"drugs": {"radius"}, "carriers": {"radius", "molar_mass", "arms"}}
    for kind, (make, place) in CASES.items():
        yield kind, [k for k in keys_of(kind) if k not in special.get(kind, ())], lambda keys, kind=kind, make=make, place=place: walk(kind, make(list(entries[kind])), place, keys, base)
    # The radius is looked at by relations of size, a carrier's molar mass where it is given as a mass, its arms by what loads them.
    sized = ", diffusivity: {model: fitted}"
    yield "drugs", ["radius"], lambda keys: walk("drugs", drugs(list(entries["drugs"]), sized), "drugs.NAME", keys, base)
    yield "carriers", ["radius"], lambda keys: walk("carriers", carriers(list(entries["carriers"]), sized), "carriers.NAME", keys, base)
    heavy = [n for n, entry in entries["carriers"].items() if "molar_mass" in entry]
    yield "carriers", ["molar_mass"], lambda keys: walk("carriers", carriers(heavy, load="carries: {}", dose="1 ug"), "carriers.NAME", keys, base, heavy)
    armed = [n for n, entry in entries["carriers"].items() if "arms" in entry]
    yield "carriers", ["arms"], lambda keys: walk("carriers", carriers(armed, load="carries: {load: {loading: 0.5}}"), "carriers.NAME", keys, base, armed)
    # Tissues: slabs, each of one cell, which what does not diffuse enters from plasma; rows between two pressures; one by one.
    tissues = list(entries["tissues"])
    n = len(tissues)
    slab = "NAME: {from: NAME, where: {box: {from: [%d mm], to: [%d mm]}}}"
    slabs = (f"elute: 1\nmesh: {{x: {{from: 0 mm, to: {n} mm, cells: {n}}}}}\ntime: {{end: 3 h, step: 1 h}}\n"
             + "output: {every: 3 h, fields: [], probe_as: tissue, probes: {" + ", ".join(f"{t}: [{i + 0.5} mm]" for i, t in enumerate(tissues)) + "}}\n"
             + "tissues:\n  none: {}\n" + "".join("  " + (slab % (i, i + 1)).replace("NAME", t) + "\n" for i, t in enumerate(tissues))
             + "drugs: {seep: {diffusivity: 0 m2/s, permeability: 1e-9 m/s, initial: 0.5 uM}}\nplasma: {seep: 1 uM}\n")
    filtering = {"vessel_conductivity", "lymph_conductance", "lymph_pressure"}  # at pressures where fluid passes
    apart_keys = {"hydraulic_conductivity", "carrier_diffusivity_factor", "perfusion"}
    local = [k for k in keys_of("tissues") if k not in filtering | apart_keys]
    pressed = [f"tissues.{t}.interstitial_pressure=5 mmHg" for t in tissues]
    yield "tissues", local, lambda keys: walk("tissues", slabs, "tissues.NAME", keys, base)
    yield "tissues", sorted(filtering), lambda keys: walk("tissues", slabs, "tissues.NAME", keys, base, before=pressed)
    rows = (f"elute: 1\nmesh: {{x: {{from: 0 mm, to: 1 mm, cells: 4}}, y: {{from: 0 mm, to: {n} mm, cells: {n}}}}}\ntime: {{end: 1 h, step: 10 min}}\n"
            + "output: {every: 1 h, fields: [], probes: {" + ", ".join(f"{t}: [0.1 mm, {i + 0.5} mm]" for i, t in enumerate(tissues)) + "}}\n"
            + "tissues:\n  none: {hydraulic_conductivity: 1e-14 m2/(Pa s)}\n"
            + "".join(f"  {t}: {{from: {t}, vascular_density: 0 1/cm, lymph_conductance: 0 1/(Pa s), where: {{box: {{from: [0 mm, {i} mm], to: [1 mm, {i + 1} mm]}}}}}}\n" for i, t in enumerate(tissues))
            + "drugs: {flow: {diffusivity: 0 m2/s, initial: {formula: x, unit: mol/m3}}}\nflow: {model: darcy_starling, boundaries: {x-: {pressure: 10 kPa}, x+: {pressure: 0 Pa}}}\n")
    yield "tissues", ["hydraulic_conductivity"], lambda keys: walk("tissues", rows, "tissues.NAME", keys, base)
    # Heated slabs between which no heat passes.
    warm = (slabs[:slabs.index("drugs:")].replace("none: {}", "none: {thermal_conductivity: 0 W/(m K)}").replace("where:", "thermal_conductivity: 0 W/(m K), where:")
            + "heat: {applicators: {lamp: {density: 1e4 W/m3}}}\n").replace("probe_as: tissue, ", "")
    yield "tissues", ["perfusion"], lambda keys: walk("tissues", warm, "tissues.NAME", keys, base)
    for t in own_numbers("tissues", "carrier_diffusivity_factor"):
        one = (AXIS % 5 + "tissues: {%s: {from: %s}}\ncarriers: {%s: {diffusivity: 1e-11 m2/s}}\n" % (t, t, t)
               + "delivery: {d: {give: %s, dose: 1 pmol, at: [0 mm], radius: 0.3 mm}}\noutput: {every: 3 h, fields: [], probes: {%s: [0.5 mm]}}\n" % (t, t))
        yield "tissues", ["carrier_diffusivity_factor"], lambda keys, t=t, one=one.replace("output: {every: 3 h, fields: []}\n", "", 1): walk("tissues", one, "tissues.NAME", keys, base, [t])


with tempfile.TemporaryDirectory(prefix="elute-catalogue-") as base, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    tasks = list(walks(base))
    walked = {kind: {k for one, keys, _ in tasks if one == kind for k in keys} for kind in entries}
    failures += [f"{kind}.{key}: no case uses it" for kind in entries for key in keys_of(kind) if key not in walked[kind]]
    for found in pool.map(lambda task: task[2](task[1]), tasks):
        failures += found

    # ---- what show and list print ----
    page = elute("catalogue", "list", "--reference").stdout
    with open(os.path.join(SOURCE, "docs", "catalogue.md")) as file:
        if file.read() != page:
            failures.append("docs/catalogue.md is not what elute catalogue list --reference prints")
    failures += [f"docs/catalogue.md: no {name}" for found in entries.values() for name in found if f"\n### {name}\n" not in page]
    table = elute("catalogue", "show", "il12").stdout
    for key, number in numbers(entries["drugs"]["il12"]).items():
        if not re.search(rf"^  {re.escape(key)} +{re.escape(number['value'])} .* {number['evidence']} +\[\d+\]", table, re.M):
            failures.append(f"elute catalogue show il12 has no row of {key}")
    mine = os.path.join(base, "mine.yaml")
    shown = elute("catalogue", "show", "pamam_g7_cationic", "--yaml").stdout
    with open(mine, "w") as file:
        file.write(shown)
    if elute("catalogue", "show", "pamam_g7_cationic", "--yaml", "--catalogue", mine).stdout != shown or "from:" in shown:
        failures.append(f"what elute catalogue show --yaml prints is not a catalogue with the whole entry:\n{shown}")

    # ---- one's own catalogue ----
    def own(text):
        with open(mine, "w") as file:
            file.write("elute_catalogue: 1\n" + text)
        return elute("catalogue", "list", "--catalogue", mine)

    good = "drugs:\n  doxorubicin: {from: doxorubicin, description: ours, diffusivity: {value: 3.4e-10 m2/s, source: ours, evidence: S}}\n  other: {from: doxorubicin, description: a derivative, radius: {value: 0.6 nm, range: unknown, source: ours, evidence: A}}\n"
    assert own(good).returncode == 0, own(good).stderr
    with open(os.path.join(base, "case.yaml"), "w") as file:
        file.write("elute: 1\ncatalogues: [mine.yaml]\nmesh: {x: {from: 0 mm, to: 1 mm, cells: 2}}\ntime: {end: 1 h}\ndrugs: {other: {from: other}}\n")
    done = elute("run", "case.yaml", "--output", "derived", "--quiet", directory=base)
    assert done.returncode == 0, done.stderr
    with open(os.path.join(base, "derived", "case.yaml")) as file:
        echo = file.read()
    for line in ("diffusivity: 3.4e-10 m2/s  # doxorubicin: ours; S", "radius: 0.6 nm  # other: ours; A", "permeability: 1e-6 m/s  # doxorubicin: authors differ"):
        if line not in echo:
            failures.append(f"a derived entry does not give {line}:\n{echo}")
    done = elute("run", "derived/case.yaml", "--output", "again", "--quiet", directory=base)
    assert done.returncode == 0, done.stderr
    for receptors_of_case, bound in (("receptors: {pd_1: {from: pd_1_sites}}\n", True), ("", False)):
        with open(os.path.join(base, "case.yaml"), "w") as file:
            file.write("elute: 1\nmesh: {x: {from: 0 mm, to: 1 mm, cells: 2}}\ntime: {end: 1 h}\ndrugs: {mab: {from: nivolumab}}\n" + receptors_of_case)
        if ("mab.pd_1:" in elute("check", "case.yaml", "--expand", directory=base).stdout) != bound:
            failures.append(f"a drug of the catalogue binds its receptor where the case has {'one' if bound else 'none'}: not so")
    number = "{value: 1e-10 m2/s, range: [1e-11 m2/s, 1e-9 m2/s], source: ours, evidence: S}"
    for what, text, message in (
            ("without a source", number.replace("source: ours, ", ""), "the key 'source' is missing"),
            ("with an empty source", number.replace("ours", '""'), "expected where the number was read"),
            ("without evidence", number.replace(", evidence: S", ""), "the key 'evidence' is missing"),
            ("with a tag that there is not", number.replace("evidence: S", "evidence: B"), "found 'B'; expected one of S, S2, R, A, N"),
            ("outside its range", number.replace("1e-10", "1e-8"), "outside its range"),
            ("with a range of another unit", number.replace("1e-9 m2/s", "1e-9 m"), "the unit 'm' is in m"),
            ("of another dimension", number.replace("m2/s", "m"), "the unit 'm' is in m; expected"),
            ("below its bounds", "{value: -1e-10 m2/s, source: ours, evidence: S}", "expected at least 0"),
            ("bare", "1e-10 m2/s", "without a source"),
            ("without a value", "{range: unknown, source: ours, evidence: S}", "the key 'value' is missing")):
        done = own(f"drugs:\n  x: {{description: ours, diffusivity: {text}}}\n")
        if done.returncode != 1 or message not in done.stderr or "drugs.x.diffusivity" not in done.stderr or "mine.yaml:3:" not in done.stderr:
            failures.append(f"a number {what}: exit code {done.returncode}: {done.stderr}")
    for what, text, message in (
            ("without a description", f"drugs:\n  x: {{diffusivity: {number}}}\n", "the key 'description' is missing"),
            ("in a circle", "drugs:\n  a: {from: b, description: a}\n  b: {from: a, description: b}\n", "'a' derives from itself"),
            ("from itself", "drugs:\n  a: {from: a, description: a}\n", "no catalogue has 'a' under drugs"),
            ("from nothing", "drugs:\n  a: {from: doxorubicine, description: a}\n", "did you mean 'doxorubicin'?"),
            ("with an unknown key", "drugs:\n  a: {description: a, colour: red}\n", "unknown key"),
            ("of an unknown kind", "drug:\n  a: {description: a}\n", "did you mean 'drugs'?")):
        done = own(text)
        if done.returncode != 1 or message not in done.stderr:
            failures.append(f"an entry {what}: exit code {done.returncode}: {done.stderr}")

count = sum(len(numbers(entry)) for found in entries.values() for entry in found.values())
print(f"{sum(map(len, entries.values()))} entries, {count} numbers, {len(tasks)} cases")
sys.exit("\n".join(failures) if failures else 0)
