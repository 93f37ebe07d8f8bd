"""Every key of the case language does something: for each key of `elute schema` there is a case in which another value changes a named
result. A key that is missing below, or that changes nothing, fails."""
import concurrent.futures
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import PROGRAM, session

SCHEMA = json.loads(subprocess.run([PROGRAM, "schema"], capture_output=True, text=True, check=True).stdout)


def keys():
    """Every key once, by the path at which it is met first: the tables of shapes, properties and values stand for all their places."""
    seen, found, queue = set(), [], [("", SCHEMA)]
    while queue:
        path, node = queue.pop(0)
        reference = node.get("$ref", "").split("/")[-1]
        if reference and reference not in seen:
            seen.add(reference)
            queue.append((path if reference.startswith("section") else "value", SCHEMA["$defs"][reference]))
        for word in ("anyOf", "oneOf", "allOf"):
            queue += [(path, each) for each in node.get(word, [])]
        for key, value in node.get("properties", {}).items():
            found.append(f"{path}.{key}".lstrip("."))
            queue.append((found[-1], value))
        for word in ("additionalProperties", "items"):
            if isinstance(node.get(word), dict):
                queue.append((path + ".*", node[word]))
    return found


BASE = {  # what an entry does not say
    "elute": "1",
    "title": "walk",
    "mesh": "{geometry: cartesian, x: {from: 0 mm, to: 1 mm, cells: 10}, y: {from: 0 mm, to: 1 mm, cells: 8}}",
    "tissues": "{gel: {interstitial_fraction: 0.3}, ball: {interstitial_fraction: 0.5, where: {sphere: {centre: [0.4 mm, 0.5 mm], radius: 0.25 mm}}}}",
    "species": '{u: {diffusivity: 1e-10 m2/s, initial: {formula: "1e-3*(1+1000*x)", unit: mol/m3}}, s: {mobile: no, initial: 1 uM}, w: {diffusivity: 2e-11 m2/s}}',
    "time": "{end: 10 min, accuracy: 1e-3}",
    "output": "{every: 5 min, probes: {p: [0.31 mm, 0.42 mm], q: [0.72 mm, 0.81 mm]}}",
}
# Sections that others are built on.
LINE = "{geometry: cartesian, x: {from: 0 mm, to: 1 mm, cells: 10}}"
BOX = "{geometry: cartesian, x: {from: 0 mm, to: 1 mm, cells: 6}, y: {from: 0 mm, to: 1 mm, cells: 6}, z: {from: 0 mm, to: 1 mm, cells: 6}}"
IN_BOX = {"mesh": BOX, "tissues": "{gel: {interstitial_fraction: 0.3}}", "output": "{every: 5 min, probes: {p: [0.31 mm, 0.42 mm, 0.53 mm]}}"}
DRUGS = "{dox: {diffusivity: 1e-10 m2/s, molar_mass: 500 g/mol}}"
CARRIERS = "{lipo: {diffusivity: 1e-11 m2/s, carries: {dox: {release: {law: first_order, rate: 1 1/h}}}}}"
SHOT = "{{shot: {{give: lipo, {}}}}}"
GIVE = "{shot: {give: lipo, dose: {dox: 1 nmol}, route: depot, at: [0.4 mm, 0.5 mm], radius: 0.2 mm}}"


def medicine(**changed):
    return {"species": None, "drugs": DRUGS, "carriers": CARRIERS, "delivery": GIVE, **changed}


BINDS = "binds: {r: {k_on: 1e5 1/(M s), k_off: 1e-3 1/s}}"
INTO = BINDS.replace("1e-3 1/s", "1e-3 1/s, internalisation: 1 1/h") + ", uptake: {by: c, rate: 1e-18 m3/s}"


def pharmacy(drug, receptors="r: {density: 5 nM}", cells="density: 1e8 1/mL"):
    """A drug, another one, a receptor and cells."""
    return {"species": None, "receptors": "{" + receptors + "}", "cells": "{c: {" + cells + "}, f: {density: 3e8 1/mL}}",
            "drugs": "{d: {diffusivity: 1e-10 m2/s, initial: 2 uM, " + drug + "}, e: {diffusivity: 1e-10 m2/s, initial: 1 uM}}"}


def drug(properties):
    return medicine(drugs="{dox: {diffusivity: 1e-10 m2/s, " + properties + "}}")


def carrier(properties):
    return medicine(carriers="{lipo: {diffusivity: 1e-11 m2/s, " + properties + "carries: {dox: {release: {law: first_order, rate: 1 1/h}}}}}")


ENZYMES = "{mmp: {diffusivity: 1e-11 m2/s, initial: 10 nM}, rare: {mobile: no, initial: 1 nM}}"
TRIGGERS = {"species": ENZYMES, "fields": "{T: 41.5 degC, cold: 37 degC, pH: 6.9}"}


def release(text):
    return {**medicine(carriers="{lipo: {diffusivity: 1e-11 m2/s, release: {" + text + "}, carries: {dox: {}}}}"), **TRIGGERS}


def inside(text):
    return {**carrier("uptake: {rate: 1 1/h, release_inside: {" + text + "}}, "), **TRIGGERS}


def loaded(text):
    return medicine(carriers="{lipo: {diffusivity: 1e-11 m2/s, carries: {dox: {" + text + ", release: {rate: 1 1/h}}}}}")


def aiming(text):
    return {**medicine(carriers="{lipo: {diffusivity: 1e-11 m2/s, targets: {" + text + "}, carries: {dox: {per_carrier: 100, release: {rate: 1 1/h}}}}}"), "species": ENZYMES}


def turning(text):
    other = "{diffusivity: 1e-12 m2/s, release: {rate: 0.1 1/h}, carries: {dox: {}}}"
    return medicine(carriers="{lipo: {diffusivity: 1e-11 m2/s, becomes: {" + text + "}, carries: {dox: {release: {rate: 1 1/h}}}}, slow: " + other + ", slower: " + other + "}")


def species(properties):
    return {"species": "{u: {diffusivity: 1e-10 m2/s, initial: 1 uM, " + properties + "}}", "boundaries": "{x-: {u: {value: 3 uM}}}"}


def reaction(text):
    return {"reactions": "[{" + text + "}]"}


def source(text):
    return {"sources": "[{species: u, " + text + "}]"}


def shape(text, **more):
    return {**more, "sources": "[{species: u, amount: 1 nmol, where: {" + text + "}}]"}


def endpoint(text, **more):
    return {**value("3 uM"), "output": "{every: 5 min, endpoints: {e: {" + text + "}}}", **more}


def biopsy(text, **more):
    parts = {"at": "[0.1 mm, 0.5 mm]", "direction": "[1, 0]", "length": "0.7 mm", "diameter": "0.3 mm"}
    for part in ("at", "direction", "length", "diameter"):
        if text.startswith(part + ":") or (part == "diameter" and text.startswith(("gauge", "«gauge"))):
            del parts[part]
    return {**value("3 uM"), "output": "{biopsies: {core: {" + ", ".join(f"{key}: {what}" for key, what in parts.items()) + ", " + text + "}}}", **more}


def image(text, **more):
    rest = ("" if text.startswith("of:") else ", of: u") + ("" if text.startswith("voxel:") else ", voxel: 0.2 mm")
    return {**value("3 uM"), "output": "{images: {mri: {" + text + rest + "}}}", **more}


def face(text, **more):
    return {"boundaries": "{x-: {u: {" + text + "}}}", **more}


def verify(text):
    return {"verify": "[{" + text + "}]"}


def value(text):
    return {"boundaries": "{x-: {u: {value: " + text + "}}}"}


def ageing(text):
    return reaction('equation: "u -> ", rate: {hazard: {' + text + "}}")


VESSELS = {"vascular_density": "200 1/cm", "vessel_conductivity": "1e-10 m/(Pa s)", "vessel_pressure": "2 kPa", "osmotic_pressure_vessel": "20 mmHg",
           "osmotic_pressure_tissue": "15 mmHg", "osmotic_reflection": "0.8", "lymph_conductance": "1e-7 1/(Pa s)", "lymph_pressure": "10 Pa",
           "interstitial_pressure": "100 Pa"}


LEAKY = {"tissues": "{gel: {vascular_density: 200 1/cm, vessel_conductivity: 1e-10 m/(Pa s), interstitial_pressure: 2 kPa}, "
                    "ball: {where: {sphere: {centre: [0.4 mm, 0.5 mm], radius: 0.25 mm}}, vascular_density: 200 1/cm}}", "time": "{end: 2 h}"}


def vessels(key=None, choice=None, properties="permeability: 1e-8 m/s, reflection: 0.2", **more):
    """A tissue with vessels and lymph; one of its keys may be a choice."""
    tissue = ", ".join(f"{name}: {choice if name == key else what}" for name, what in VESSELS.items())
    return {"tissues": "{gel: {interstitial_fraction: 0.3, " + tissue + "}}",
            "species": "{u: {diffusivity: 1e-10 m2/s, initial: 1 uM, " + properties + "}, w: {diffusivity: 1e-11 m2/s, permeability: 1e-8 m/s, initial: 1 uM}}",
            "plasma": "{u: 3 uM}", **more}


def sized(section, properties, **changed):
    """A solute by its radius, in a tissue with fibres, pores and vessels."""
    tissue = {"pore_radius": "20 nm", "fibre_fraction": "0.03", "fibre_radius": "2 nm", "vessel_pore_radius": "20 nm", "vascular_density": "200 1/cm",
              "vessel_conductivity": "1e-10 m/(Pa s)", "interstitial_pressure": "2 kPa", **changed}
    return {"species": None, "tissues": "{gel: {" + ", ".join(f"{key}: {what}" for key, what in tissue.items()) + "}}",
            section: "{u: {" + properties + ", initial: 1 uM}}", "boundaries": "{x-: {u: {value: 3 uM}}}"}


def network(text):
    """Single vessels in a box."""
    return {**IN_BOX, "species": "{u: {diffusivity: 1e-10 m2/s, permeability: 1e-6 m/s}}", "plasma": "{u: 3 uM}", "vessels": "{" + text + "}"}


def body(text):
    """An intravenous dose and what the body makes of it."""
    return {"tissues": "{gel: {vascular_density: 200 1/cm}}", "species": None, "drugs": "{u: {diffusivity: 1e-10 m2/s, permeability: 1e-8 m/s, molar_mass: 500 g/mol}}",
            "plasma": "{u: {" + text + "}}", "delivery": "{drip: {give: u, dose: 1 mg, route: intravenous, duration: 5 min}}"}


def vary(text, name="diffusivity", **more):
    return {**value("3 uM"), "tissues": "{gel: {interstitial_fraction: 0.3, vary: {" + name + ": " + text + "}}}", **more}


def fibres(text, **more):
    return {**value("3 uM"), "tissues": "{gel: {anisotropy: {" + text + "}}}", **more}


def leaning(text):
    """Fluid driven through tissue with a direction."""
    return {**darcy("boundaries: {x-: {pressure: 1 kPa}, x+: {pressure: 0 kPa}, y+: {pressure: 0 kPa}}", more=", anisotropy: {direction: [1, 1], across: 0.5, hydraulic_conductivity: {" + text + "}}"), **value("3 uM"), "output": "{}"}


def lognormal(text):
    return vary("{lognormal: {correlation_length: 0.3 mm, seed: 1, " + text + "}}")


def change(text, **more):
    return {**value("3 uM"), "changes": "[{at: 2 min, " + text + "}]", **more}


def flow(text):
    return {"flow": "{model: prescribed, " + text + "}"}


def darcy(text, model="darcy_starling", rest=", ", conductivity="1e-14", more=""):
    return {"flow": "{model: " + model + rest + text + "}",
            "tissues": "{gel: {hydraulic_conductivity: " + conductivity + " m2/(Pa s)" + more + "}, ball: {hydraulic_conductivity: 3e-14 m2/(Pa s), where: {sphere: {centre: [0.4 mm, 0.5 mm], radius: 0.25 mm}}}}"}


def infusion(size, when, rate="1 mL/min"):
    return darcy("boundaries: {all: {pressure: 0 Pa}}, infusions: {drip: {where: {sphere: {centre: [0.5 mm, 0.5 mm], " + size + "}}, rate: " + rate + when + "}}")


def pumped(text):
    """An infusion, as a delivery."""
    return {**darcy("boundaries: {x-: {pressure: 0 Pa}}"), "species": None, "drugs": "{u: {diffusivity: 1e-10 m2/s}}", "boundaries": "{x-: {u: {outflow: yes}}}",
            "delivery": "{drip: {give: u, route: infusion, at: [0.5 mm, 0.5 mm], radius: 0.2 mm, duration: 3 min, start: 1 min, " + text + "}}"}


def artery(text):
    return {"tissues": "{gel: {vascular_density: 200 1/cm}, ball: {vascular_density: 100 1/cm, where: {sphere: {centre: [0.4 mm, 0.5 mm], radius: 0.25 mm}}}}", "species": None,
            "drugs": "{u: {diffusivity: 1e-10 m2/s, permeability: 1e-8 m/s}}", "delivery": "{shot: {give: u, dose: 1 umol, route: intra_arterial, duration: 5 min, " + text + "}}"}


def supplied(text):
    """Vessels and lymph of the first tissue, one number said anew."""
    base = {"vascular_density": "200 1/cm", "vessel_conductivity": "2e-11 m/(Pa s)", "vessel_pressure": "1 kPa", "osmotic_pressure_vessel": "3 kPa",
            "osmotic_pressure_tissue": "2.5 kPa", "osmotic_reflection": "0.8", "lymph_conductance": "1e-7 1/(Pa s)", "lymph_pressure": "0 kPa"}
    base[text.split(":")[0]] = text.split(": ", 1)[1]
    return darcy("boundaries: {x-: {pressure: 0 Pa}}", more="".join(f", {key}: {value}" for key, value in base.items()))


def gives(text):
    return darcy("boundaries: {x-: {pressure: 3 kPa}, x+: {pressure: 0 Pa}}", more=", dilatation: " + text)


def hot(text, tissue="perfusion: 1e-2 1/s", power="antenna: {density: 1e7 W/m3}", **more):
    return {"tissues": "{gel: {" + tissue + "}, ball: {where: {sphere: {centre: [0.4 mm, 0.5 mm], radius: 0.25 mm}}}}", "heat": "{applicators: {" + power + "}, " + text + "}",
            "species": "{u: {diffusivity: 1e-10 m2/s, initial: 1 uM}, cells: {mobile: no, quantity: number, initial: 1e8 1/mL}}",
            "boundaries": "{x-: {temperature: {value: 37 degC}}}", "time": "{end: 20 s}", "output": BASE["output"], **more}


def applied(text, **more):
    return hot("", power="antenna: {" + text + "}", **more)


def damaged(text, **more):
    return hot("damage: {omega: {" + text + "}}", **more)


COLD = {"power": "probe: {density: -1.2e8 W/m3}"}
WARM = "{temperature: {quantity: heat, thermal_conductivity: 0.5 W/(m K), heat_capacity: 4e6 J/(m3 K), initial: 40 degC, @}, u: {diffusivity: 1e-10 m2/s, initial: 1 uM}}"


# key: (result that changes, sections with «one value|another»)
WALK = {
    "elute": ("exit", {"elute": "«1|2»"}),
    "title": ("fields", {"title": "«one|another»"}),
    "constants": ("probes", {"constants": "{R: «1|2»}", **value('{formula: "1e-3*R", unit: mol/m3}')}),
    "catalogues": ("expand", {"catalogues": "[«one.yaml|two.yaml»]", "drugs": "{dox: {from: mine}}", "species": None, "output": "{}"}),
    "mesh": ("record", {"mesh": "«" + BASE["mesh"] + "|" + BASE["mesh"].replace("cells: 10", "cells: 11") + "»"}),
    "shapes": ("probes", {"shapes": "{patch: {box: {from: [0 mm, 0 mm], to: [0.1 mm, «0.5|1» mm]}}}", "boundaries": "{patch: {u: {value: 9 uM}}}"}),
    "tissues": ("probes", {"tissues": "{gel: {interstitial_fraction: «0.3|0.4»}}"}),
    "fields": ("probes", {"fields": "{warm: {formula: \"«1|2»\", unit: 1}}", "reactions": '[{equation: "u -> ", rate: {field: warm, formula: "1e-3*warm", unit: 1/s}}]'}),
    "drugs": ("ledger", medicine(drugs="{dox: {diffusivity: «1e-10|3e-10» m2/s}}", boundaries="{all: {dox: {value: 0 uM}}}", time="{end: 3 h}")),
    "carriers": ("ledger", medicine(carriers="{lipo: {diffusivity: 1e-11 m2/s, carries: {dox: {release: {law: first_order, rate: «1|2» 1/h}}}}}")),
    "delivery": ("ledger", medicine(delivery=GIVE.replace("1 nmol", "«1|2» nmol"))),
    "species": ("ledger", {"species": "{u: {diffusivity: 1e-10 m2/s, initial: «1|2» uM}}"}),
    "reactions": ("ledger", reaction('equation: "u -> ", rate: «1|2» 1/h')),
    "vessels": ("ledger", network("segments: [{from: [0 mm, 0.1 mm, 0.1 mm], to: [«0.5|0.9» mm, 0.6 mm, 0.3 mm], radius: 5 um}]")),
    "vessels.network": ("ledger", network("network: «long.vtk|short.vtk», unit: 1 mm")),
    "vessels.unit": ("ledger", network("network: long.vtk, unit: «1|0.5» mm")),
    "vessels.radius": ("ledger", network("network: long.vtk, unit: 1 mm, radius: «radius|other»")),
    "vessels.segments": ("ledger", network("segments: [{from: [0 mm, 0.1 mm, 0.1 mm], to: [«0.5|0.9» mm, 0.6 mm, 0.3 mm], radius: 5 um}]")),
    "vessels.segments.*.from": ("ledger", network("segments: [{from: [«0|0.2» mm, 0.1 mm, 0.1 mm], to: [0.5 mm, 0.6 mm, 0.3 mm], radius: 5 um}]")),
    "vessels.segments.*.to": ("ledger", network("segments: [{from: [0 mm, 0.1 mm, 0.1 mm], to: [«0.5|0.9» mm, 0.6 mm, 0.3 mm], radius: 5 um}]")),
    "vessels.segments.*.radius": ("ledger", network("segments: [{from: [0 mm, 0.1 mm, 0.1 mm], to: [0.5 mm, 0.6 mm, 0.3 mm], radius: «5|6» um}]")),
    "plasma": ("ledger", vessels(plasma="{u: «3|4» uM}")),
    "exchanges": ("ledger", {"exchanges": "[{species: u, model: linear, rate: «1|2» 1/h, outside: 5 uM}]"}),
    "sources": ("ledger", source("amount: «1|2» nmol")),
    "hold": ("probes", {"hold": "{ball: {u: {value: «1|2» uM}}}"}),
    "boundaries": ("probes", value("«1|2» uM")),
    "time": ("probes", {"time": "{end: «10|20» min}"}),
    "output": ("files", {"output": "{every: «5|2» min}"}),
    "changes": ("probes", {**value("3 uM"), "changes": "[{at: «2|4» min, multiply: {diffusivity: 3}}]"}),
    "changes.*.at": ("probes", {**value("3 uM"), "changes": "[{at: «2|4» min, multiply: {diffusivity: 3}}]"}),
    "changes.*.every": ("probes", change("every: «2|3» min, multiply: {diffusivity: 2}")),
    "changes.*.where": ("probes", change("where: {sphere: {centre: [0.2 mm, 0.5 mm], radius: «0.2|0.4» mm}}, multiply: {diffusivity: 9}")),
    "changes.*.in": ("probes", change("in: [«gel|ball»], multiply: {diffusivity: 9}")),
    "changes.*.species": ("probes", change("species: [«u|w»], multiply: {diffusivity: 9}")),
    "changes.*.multiply": ("probes", change("multiply: {diffusivity: «2|9»}")),
    "changes.*.set": ("probes", change("set: {diffusivity: «2|9»e-10 m2/s}")),
    "changes.*.multiply.interstitial_fraction": ("probes", change("multiply: {interstitial_fraction: «1|0.5»}")),
    "changes.*.multiply.diffusivity": ("probes", change("multiply: {diffusivity: «2|9»}")),
    "changes.*.multiply.availability": ("probes", change("multiply: {availability: «1|0.5»}")),
    "changes.*.multiply.sorption_factor": ("probes", change("multiply: {sorption_factor: «1|2»}")),
    "changes.*.multiply.partition": ("probes", change("in: [ball], multiply: {partition: «1|2»}")),
    "changes.*.set.interstitial_fraction": ("probes", change("set: {interstitial_fraction: «1|0.5»}")),
    "changes.*.set.diffusivity": ("probes", change("set: {diffusivity: «2|9»e-10 m2/s}")),
    "changes.*.set.availability": ("probes", change("set: {availability: «1|0.5»}")),
    "changes.*.set.sorption_factor": ("probes", change("set: {sorption_factor: «1|2»}")),
    "changes.*.set.partition": ("probes", change("in: [ball], set: {partition: «1|2»}")),
    **{f"changes.*.multiply.{key}": ("fields", {**supplied("lymph_pressure: 0 kPa"), "changes": "[{at: 2 min, multiply: {" + key + ": «2|0.3»}}]"})
       for key in ("hydraulic_conductivity", "vascular_density", "vessel_conductivity")},
    **{f"changes.*.set.{key}": ("fields", {**supplied("lymph_pressure: 0 kPa"), "changes": "[{at: 2 min, set: {" + key + ": «2|3»" + unit + "}}]"})
       for key, unit in {"hydraulic_conductivity": "e-14 m2/(Pa s)", "vascular_density": "e4 1/m", "vessel_conductivity": "e-11 m/(Pa s)"}.items()},
    "verify": ("verify", verify("species: u, total_in: «ball|gel», equals: 1 mol, within: 1e9")),
    "mesh.geometry": ("ledger", {"mesh": "{geometry: «cartesian, x|spherical, r»: {from: 0 mm, to: 1 mm, cells: 10}}", "tissues": "{gel: {}}", "species": "{u: {diffusivity: 1e-10 m2/s, initial: 1 uM}}", "output": "{}"}),
    "mesh.x": ("ledger", {"mesh": BASE["mesh"].replace("x: {from: 0 mm", "x: {from: «0|-1» mm")}),
    "mesh.y": ("ledger", {"mesh": BASE["mesh"].replace("y: {from: 0 mm", "y: {from: «0|-1» mm")}),
    "mesh.z": ("ledger", {"mesh": BOX.replace("z: {from: 0 mm", "z: {from: «0|-1» mm"), "tissues": "{gel: {}}", "output": "{}"}),
    "mesh.r": ("ledger", {"mesh": "{geometry: spherical, r: {from: 0 mm, to: «1|2» mm, cells: 10}}", "tissues": "{gel: {}}", "species": "{u: {diffusivity: 1e-10 m2/s, initial: 1 uM}}", "output": "{}"}),
    "mesh.refine": ("record", {"mesh": BASE["mesh"].replace("geometry: cartesian", "geometry: cartesian, refine: «1|2»")}),
    "mesh.volume": ("ledger", {"mesh": "{geometry: well_mixed, volume: «1|2» uL}", "tissues": "{gel: {}}", "species": "{u: {mobile: no, initial: 1 uM}}", "output": "{}"}),
    "mesh.x.from": ("ledger", {"mesh": BASE["mesh"].replace("x: {from: 0 mm", "x: {from: «0|-1» mm")}),
    "mesh.x.to": ("ledger", {"mesh": BASE["mesh"].replace("x: {from: 0 mm, to: 1", "x: {from: 0 mm, to: «1|2»")}),
    "mesh.x.cells": ("record", {"mesh": BASE["mesh"].replace("cells: 10", "cells: «10|12»")}),
    "mesh.x.stretch": ("probes", {"mesh": BASE["mesh"].replace("cells: 10", "cells: 10, stretch: «1.1|1.2»"), **value("3 uM")}),
    "mesh.x.edges": ("probes", {"mesh": LINE.replace("{from: 0 mm, to: 1 mm, cells: 10}", "{edges: [0 mm, «0.3|0.5» mm, 1 mm]}"), "tissues": "{gel: {}}", "output": "{probes: {p: [0.2 mm]}}"}),
    "time.begin": ("probes", {"time": "{begin: «0|5» min, end: 10 min}", **value("3 uM")}),
    "time.end": ("probes", {"time": "{end: «10|15» min}", **value("3 uM")}),
    "time.until": ("record", {"time": "{«end: 10 d|until: steady, tolerance: 1e-3, at_most: 10 d»}", **value("3 uM"), "output": "{}"}),
    "time.tolerance": ("record", {"time": "{until: steady, tolerance: «1e-2|1e-6», at_most: 10 d}", **value("3 uM"), "output": "{}"}),
    "time.at_most": ("record", {"time": "{until: steady, tolerance: 1e-8, at_most: «1|2» min}", **value("3 uM"), "output": "{}"}),
    "time.accuracy": ("record", {"time": "{end: 10 min, accuracy: «1e-2|1e-5»}", **value("3 uM")}),
    "time.method": ("record", {"time": "{end: 10 min, method: «ros2|ra34pw2»}", **value("3 uM")}),
    "time.step": ("record", {"time": "{end: 10 min, step: «1|2» min}", **value("3 uM")}),
    "time.first_step": ("record", {"time": "{end: 10 min, first_step: «1e-3|1» s}", **value("3 uM")}),
    "time.largest_step": ("record", {"time": "{end: 10 min, largest_step: «1|20» s}", **value("3 uM")}),
    "time.defect_limit": ("record", {"time": "{end: 10 min, defect_limit: «1e-6|1»}", **value("3 uM")}),
    "time.linear": ("record", {"time": "{end: 10 min, linear: «factored|gmres»}", **value("3 uM")}),
    "output.every": ("files", {"output": "{every: «5|2» min}"}),
    "output.at": ("files", {"output": "{at: [«3 min|3 min, 7 min»]}"}),
    "output.vtk": ("files", {"output": "{vtk: «yes|no»}"}),
    "output.precision": ("fields", {"output": "{precision: «double|single»}"}),
    "output.fields": ("fields", {"output": "{fields: [«u|s»]}"}),
    "output.probes": ("probes", {"output": "{probes: {p: [«0.2|0.3» mm, 0.5 mm]}}"}),
    "output.probe_species": ("probes", {"output": "{probes: {p: [0.2 mm, 0.5 mm]}, probe_species: [«u|s»]}"}),
    "output.probe_as": ("probes", {"output": "{probes: {p: [0.2 mm, 0.5 mm]}, probe_as: «fluid|tissue»}"}),
    "shapes.*.sphere": ("ledger", shape("sphere: {centre: [«0.2|0.4» mm, 0.5 mm], radius: 0.2 mm}")),
    "shapes.*.ellipsoid": ("ledger", shape("ellipsoid: {centre: [«0.2|0.4» mm, 0.5 mm], semi_axes: [0.3 mm, 0.2 mm]}")),
    "shapes.*.box": ("ledger", shape("box: {from: [0 mm, 0 mm], to: [«0.3|0.6» mm, 1 mm]}")),
    "shapes.*.cylinder": ("probes", shape("cylinder: {from: [0.5 mm, 0.5 mm, 0 mm], to: [0.5 mm, 0.5 mm, «0.3|0.6» mm], radius: 0.3 mm}", **IN_BOX)),
    "shapes.*.capsule": ("probes", shape("capsule: {from: [0.5 mm, 0.5 mm, 0.3 mm], to: [0.5 mm, 0.5 mm, «0.4|0.6» mm], radius: 0.3 mm}", **IN_BOX)),
    "shapes.*.half_space": ("ledger", shape("half_space: {point: [«0.2|0.4» mm, 0 mm], normal: [1, 0]}")),
    "shapes.*.shell": ("probes", shape("shell: {centre: [0.4 mm, 0.5 mm], inner_radius: «0.1|0.2» mm, outer_radius: 0.3 mm}")),
    "shapes.*.union": ("ledger", shape("union: [{sphere: {centre: [0.2 mm, 0.5 mm], radius: 0.1 mm}}, {sphere: {centre: [«0.3|0.8» mm, 0.5 mm], radius: 0.1 mm}}]")),
    "shapes.*.intersection": ("probes", shape("intersection: [{sphere: {centre: [0.4 mm, 0.5 mm], radius: 0.3 mm}}, {half_space: {point: [«0.3|0.5» mm, 0 mm], normal: [1, 0]}}]")),
    "shapes.*.difference": ("probes", shape("difference: [{sphere: {centre: [0.4 mm, 0.5 mm], radius: 0.3 mm}}, {half_space: {point: [«0.3|0.5» mm, 0 mm], normal: [1, 0]}}]")),
    "shapes.*.sphere.centre": ("ledger", shape("sphere: {centre: [«0.2|0.4» mm, 0.5 mm], radius: 0.2 mm}")),
    "shapes.*.sphere.radius": ("probes", shape("sphere: {centre: [0.4 mm, 0.5 mm], radius: «0.2|0.3» mm}")),
    "shapes.*.ellipsoid.centre": ("ledger", shape("ellipsoid: {centre: [«0.2|0.4» mm, 0.5 mm], semi_axes: [0.3 mm, 0.2 mm]}")),
    "shapes.*.ellipsoid.semi_axes": ("probes", shape("ellipsoid: {centre: [0.4 mm, 0.5 mm], semi_axes: [«0.3|0.35» mm, 0.2 mm]}")),
    "shapes.*.box.from": ("ledger", shape("box: {from: [«0|0.2» mm, 0 mm], to: [0.5 mm, 1 mm]}")),
    "shapes.*.box.to": ("ledger", shape("box: {from: [0 mm, 0 mm], to: [«0.3|0.6» mm, 1 mm]}")),
    "shapes.*.cylinder.from": ("probes", shape("cylinder: {from: [0.5 mm, 0.5 mm, «0|0.1» mm], to: [0.5 mm, 0.5 mm, 0.6 mm], radius: 0.3 mm}", **IN_BOX)),
    "shapes.*.cylinder.to": ("probes", shape("cylinder: {from: [0.5 mm, 0.5 mm, 0 mm], to: [0.5 mm, 0.5 mm, «0.3|0.6» mm], radius: 0.3 mm}", **IN_BOX)),
    "shapes.*.cylinder.radius": ("probes", shape("cylinder: {from: [0.5 mm, 0.5 mm, 0 mm], to: [0.5 mm, 0.5 mm, 0.6 mm], radius: «0.2|0.3» mm}", **IN_BOX)),
    "shapes.*.half_space.point": ("ledger", shape("half_space: {point: [«0.2|0.4» mm, 0 mm], normal: [1, 0]}")),
    "shapes.*.half_space.normal": ("ledger", shape("half_space: {point: [0.3 mm, 0.3 mm], normal: [1, «0|1»]}")),
    "shapes.*.shell.centre": ("ledger", shape("shell: {centre: [«0.3|0.4» mm, 0.5 mm], inner_radius: 0.1 mm, outer_radius: 0.3 mm}")),
    "shapes.*.shell.inner_radius": ("probes", shape("shell: {centre: [0.4 mm, 0.5 mm], inner_radius: «0.1|0.2» mm, outer_radius: 0.3 mm}")),
    "shapes.*.shell.outer_radius": ("probes", shape("shell: {centre: [0.4 mm, 0.5 mm], inner_radius: 0.1 mm, outer_radius: «0.3|0.35» mm}")),
    "tissues.*.from": ("probes", {"tissues": "{gel: {from: «muscle|stroma»}}"}),
    "tissues.*.where": ("ledger", {"tissues": "{gel: {}, ball: {where: {sphere: {centre: [0.5 mm, 0.5 mm], radius: «0.2|0.3» mm}}}}"}),
    "tissues.*.interstitial_fraction": ("ledger", {"tissues": "{gel: {interstitial_fraction: «0.2|0.3»}}"}),
    "tissues.*.carrier_diffusivity_factor": ("probes", medicine(tissues="{gel: {carrier_diffusivity_factor: «1|0.1»}}", time="{end: 3 h}")),
    "tissues.*.anisotropy": ("probes", {**value("3 uM"), "tissues": "{gel: {«interstitial_fraction: 1|anisotropy: {direction: [1, 1], across: 0.3}»}}"}),
    "tissues.*.anisotropy.direction": ("probes", fibres("direction: [1, «1|-1»], across: 0.3")),
    "tissues.*.anisotropy.across": ("probes", fibres("direction: [1, 1], across: «0.3|0.6»")),
    "tissues.*.anisotropy.tensor": ("probes", fibres("«direction: [1, 1], across: 0.3|tensor: {xx: 0.5, yy: 0.9}»")),
    "tissues.*.anisotropy.hydraulic_conductivity": ("ledger", leaning("«across: 0.5|direction: [1, -1]»")),
    "tissues.*.anisotropy.hydraulic_conductivity.direction": ("ledger", leaning("direction: [1, «1|0»]")),
    "tissues.*.anisotropy.hydraulic_conductivity.across": ("ledger", leaning("across: «0.5|0.1»")),
    "tissues.*.anisotropy.hydraulic_conductivity.tensor": ("ledger", leaning("«across: 0.5|tensor: {xx: 0.5, yy: 0.9}»")),
    **{"tissues.*.anisotropy." + key: ("probes", fibres(text)) for key, text in {
        "tensor.xx": "tensor: {xx: «1|0.8», yy: 1, xy: 0.3}", "tensor.yy": "tensor: {xx: 1, yy: «1|0.8», xy: 0.3}",
        "tensor.xy": "tensor: {xx: 1, yy: 1, xy: «0.3|-0.3»}"}.items()},
    **{"tissues.*.anisotropy." + key: ("probes", {**value("3 uM"), **IN_BOX, "tissues": "{gel: {anisotropy: {" + text + "}}}"}) for key, text in {
        "tensor.zz": "tensor: {xx: 1, yy: 1, zz: «1|0.5», xz: 0.3}", "tensor.xz": "tensor: {xx: 1, yy: 1, zz: 1, xz: «0.3|-0.3»}",
        "tensor.yz": "tensor: {xx: 1, yy: 1, zz: 1, xy: 0.4, yz: «0.3|-0.3»}"}.items()},
    "tissues.*.vary": ("probes", vary("{septa: {spacing: 0.5 mm, thickness: 0.2 mm, multiplier: «0.5|0.1»}}")),
    "tissues.*.vary.interstitial_fraction": ("ledger", vary("{septa: {spacing: 0.5 mm, thickness: 0.2 mm, multiplier: «0.5|0.1»}}", "interstitial_fraction")),
    "tissues.*.vary.diffusivity": ("probes", vary("«{septa: {spacing: 0.5 mm, thickness: 0.2 mm, multiplier: 0.5}}|[{septa: {spacing: 0.5 mm, thickness: 0.2 mm, multiplier: 0.5}}, {septa: {spacing: 0.4 mm, thickness: 0.2 mm, multiplier: 0.5}}]»")),
    "tissues.*.vary.availability": ("ledger", vary("{septa: {spacing: 0.5 mm, thickness: 0.2 mm, multiplier: «0.5|0.1»}}", "availability")),
    "tissues.*.vary.sorption_factor": ("ledger", vary("{septa: {spacing: 0.5 mm, thickness: 0.2 mm, multiplier: «2|3»}}", "sorption_factor")),
    "tissues.*.vary.partition": ("probes", vary("{septa: {spacing: 0.5 mm, thickness: 0.2 mm, multiplier: «2|3»}}", "partition")),
    "tissues.*.vary.hydraulic_conductivity": ("fields", supplied("vary: {hydraulic_conductivity: {septa: {spacing: 0.5 mm, thickness: 0.2 mm, multiplier: «0.5|0.1»}}}")),
    "tissues.*.vary.vascular_density": ("fields", supplied("vary: {vascular_density: {septa: {spacing: 0.5 mm, thickness: 0.2 mm, multiplier: «0.5|0.1»}}}")),
    "tissues.*.vary.vessel_conductivity": ("fields", supplied("vary: {vessel_conductivity: {septa: {spacing: 0.5 mm, thickness: 0.2 mm, multiplier: «0.5|0.1»}}}")),
    "tissues.*.dilatation": ("fields", gives("{factor: «1|2», modulus: 5 kPa, reference_pressure: 0 Pa}")),
    "tissues.*.dilatation.factor": ("fields", gives("{factor: «1|2», modulus: 5 kPa, reference_pressure: 0 Pa}")),
    "tissues.*.dilatation.modulus": ("fields", gives("{factor: 1, modulus: «5|9» kPa, reference_pressure: 0 Pa}")),
    "tissues.*.dilatation.reference_pressure": ("fields", gives("{factor: 1, modulus: 5 kPa, reference_pressure: «0|1» kPa}")),
    "tissues.*.vary.interstitial_fraction.lognormal": ("probes", lognormal("sigma: «0.5|0.9»")),
    "tissues.*.vary.interstitial_fraction.gaussian": ("probes", vary("{gaussian: {correlation_length: 0.3 mm, seed: 1, sigma: «0.1|0.2»}}")),
    "tissues.*.vary.interstitial_fraction.layers": ("probes", vary("{layers: {direction: [1, 0], spacing: 0.5 mm, thickness: 0.2 mm, multiplier: «0.5|0.1»}}")),
    "tissues.*.vary.interstitial_fraction.septa": ("probes", vary("{septa: {spacing: 0.5 mm, thickness: 0.2 mm, multiplier: «0.5|0.1»}}")),
    "tissues.*.vary.interstitial_fraction.image": ("probes", vary("{image: {file: «one|two».vtk, unit: 1 mm}}")),
    "tissues.*.vary.interstitial_fraction.lognormal.sigma": ("probes", lognormal("sigma: «0.5|0.9»")),
    "tissues.*.vary.interstitial_fraction.lognormal.keeps": ("probes", lognormal("sigma: 0.9, keeps: «median|mean»")),
    "tissues.*.vary.interstitial_fraction.lognormal.correlation_length": ("probes", vary("{lognormal: {sigma: 0.9, seed: 1, correlation_length: «0.3 mm|[0.3 mm, 0.2 mm]»}}")),
    "tissues.*.vary.interstitial_fraction.lognormal.covariance": ("probes", lognormal("sigma: 0.9, covariance: «gaussian|exponential»")),
    "tissues.*.vary.interstitial_fraction.lognormal.seed": ("probes", vary("{lognormal: {sigma: 0.9, correlation_length: 0.3 mm, seed: «1|2»}}")),
    "tissues.*.vary.interstitial_fraction.lognormal.truncation": ("probes", lognormal("sigma: 0.9, truncation: «4|0.1»")),
    "tissues.*.vary.interstitial_fraction.lognormal.waves": ("probes", lognormal("sigma: 0.9, waves: «100|200»")),
    "tissues.*.vary.interstitial_fraction.lognormal.with": ("probes", vary("{lognormal: {sigma: 0.1, correlation_length: 0.3 mm, seed: 1}}, availability: {lognormal: {sigma: 0.5, correlation_length: 0.3 mm, seed: 3, truncation: 0.1}}, interstitial_fraction: {lognormal: {sigma: 0.1, correlation_length: 0.3 mm, seed: 2, correlation: 0.9, with: «diffusivity|availability»}}", species="{u: {diffusivity: 1e-10 m2/s, availability: 0.5, initial: 1 uM}}")),
    "tissues.*.vary.interstitial_fraction.lognormal.correlation": ("probes", vary("{lognormal: {sigma: 0.1, correlation_length: 0.3 mm, seed: 1}}, interstitial_fraction: {lognormal: {sigma: 0.1, correlation_length: 0.3 mm, seed: 2, correlation: «0.9|-0.9», with: diffusivity}}")),
    "tissues.*.vary.interstitial_fraction.gaussian.sigma": ("probes", vary("{gaussian: {correlation_length: 0.3 mm, seed: 1, sigma: «0.1|0.2»}}")),
    "tissues.*.vary.interstitial_fraction.gaussian.correlation_length": ("probes", vary("{gaussian: {correlation_length: «0.3|0.2» mm, seed: 1, sigma: 0.2}}")),
    "tissues.*.vary.interstitial_fraction.gaussian.covariance": ("probes", vary("{gaussian: {correlation_length: 0.3 mm, seed: 1, sigma: 0.2, covariance: «gaussian|exponential»}}")),
    "tissues.*.vary.interstitial_fraction.gaussian.seed": ("probes", vary("{gaussian: {correlation_length: 0.3 mm, seed: «1|2», sigma: 0.2}}")),
    "tissues.*.vary.interstitial_fraction.gaussian.truncation": ("probes", vary("{gaussian: {correlation_length: 0.3 mm, seed: 1, sigma: 0.2, truncation: «4|0.1»}}")),
    "tissues.*.vary.interstitial_fraction.gaussian.waves": ("probes", vary("{gaussian: {correlation_length: 0.3 mm, seed: 1, sigma: 0.2, waves: «100|200»}}")),
    "tissues.*.vary.interstitial_fraction.gaussian.with": ("probes", vary("{gaussian: {sigma: 0.1, correlation_length: 0.3 mm, seed: 1}}, availability: {gaussian: {sigma: 0.1, correlation_length: 0.3 mm, seed: 3, truncation: 0.1}}, interstitial_fraction: {gaussian: {sigma: 0.1, correlation_length: 0.3 mm, seed: 2, correlation: 0.9, with: «diffusivity|availability»}}", species="{u: {diffusivity: 1e-10 m2/s, availability: 0.5, initial: 1 uM}}")),
    "tissues.*.vary.interstitial_fraction.gaussian.correlation": ("probes", vary("{gaussian: {sigma: 0.1, correlation_length: 0.3 mm, seed: 1}}, interstitial_fraction: {gaussian: {sigma: 0.1, correlation_length: 0.3 mm, seed: 2, correlation: «0.9|-0.9», with: diffusivity}}")),
    **{"tissues.*.vary.interstitial_fraction.layers." + key: ("probes", vary("{layers: {" + text + "}}")) for key, text in {
        "direction": "direction: [1, «0|1»], spacing: 0.5 mm, thickness: 0.2 mm, multiplier: 0.1",
        "spacing": "direction: [1, 0], spacing: «0.5|0.4» mm, thickness: 0.2 mm, multiplier: 0.1",
        "thickness": "direction: [1, 0], spacing: 0.5 mm, thickness: «0.2|0.4» mm, multiplier: 0.1",
        "offset": "direction: [1, 0], spacing: 0.5 mm, thickness: 0.2 mm, multiplier: 0.1, offset: «0|0.1» mm",
        "multiplier": "direction: [1, 0], spacing: 0.5 mm, thickness: 0.2 mm, multiplier: «0.1|0.5»"}.items()},
    **{"tissues.*.vary.interstitial_fraction.septa." + key: ("probes", vary("{septa: {" + text + "}}")) for key, text in {
        "spacing": "spacing: «0.5|0.4» mm, thickness: 0.2 mm, multiplier: 0.1",
        "thickness": "spacing: 0.5 mm, thickness: «0.2|0.4» mm, multiplier: 0.1",
        "offset": "spacing: 0.5 mm, thickness: 0.2 mm, multiplier: 0.1, offset: «0|0.1» mm",
        "multiplier": "spacing: 0.5 mm, thickness: 0.2 mm, multiplier: «0.1|0.5»"}.items()},
    **{"tissues.*.vary.interstitial_fraction.image." + key: ("probes", vary("{image: {" + text + "}}")) for key, text in {
        "file": "file: «one|two».vtk, unit: 1 mm",
        "array": "file: two.vtk, unit: 1 mm, array: «b|a»",
        "unit": "file: one.vtk, unit: «1|2» mm",
        "cells": "file: numbers.raw, type: uint8, cells: [«2, 4|4, 2»]",
        "type": "file: numbers.raw, cells: [«2, 4], type: uint8|2, 2], type: uint16»",
        "from": "file: numbers.raw, type: uint8, cells: [2, 4], from: [«0|-1» mm, 0 mm]",
        "to": "file: numbers.raw, type: uint8, cells: [2, 4], to: [«1|2» mm, 1 mm]",
        "interpolation": "file: one.vtk, unit: 1 mm, interpolation: «linear|nearest»"}.items()},
    "drugs.*.from": ("expand", {"species": None, "drugs": "{dox: {from: «doxorubicin|atezolizumab»}}", "output": "{}"}),
    "drugs.*.molar_mass": ("ledger", {"species": None, "drugs": "{dox: {diffusivity: 1e-10 m2/s, molar_mass: «500|600» g/mol}}", "delivery": "{shot: {give: dox, dose: 1 ug, route: depot, at: [0.4 mm, 0.5 mm], radius: 0.2 mm}}"}),
    "drugs.*.diffusivity": ("probes", medicine(drugs="{dox: {diffusivity: «1e-10|2e-10» m2/s}}")),
    "drugs.*.availability": ("probes", drug("availability: «1|0.5»")),
    "drugs.*.sorption_factor": ("probes", drug("sorption_factor: «1|5»")),
    "drugs.*.partition": ("probes", drug("partition: 1, in: {ball: {partition: «1|3»}}")),
    "drugs.*.in": ("probes", drug("in: {ball: {diffusivity: «1e-11|1e-12» m2/s}}")),
    "drugs.*.initial": ("ledger", drug("initial: «1|2» uM")),
    "drugs.*.degradation": ("ledger", drug("degradation: {rate: «1|2» 1/h}")),
    "drugs.*.degradation.rate": ("ledger", drug("degradation: {rate: «1|2» 1/h}")),
    **{"drugs.*.binds" + key: ("ledger", pharmacy(text)) for key, text in {
        "": "binds: {r: {k_on: 1e5 1/(M s), k_off: «1e-3|2e-3» 1/s}}",
        ".*.k_on": "binds: {r: {k_on: «1e5|2e5» 1/(M s), k_off: 1e-3 1/s}}",
        ".*.k_off": "binds: {r: {k_on: 1e5 1/(M s), k_off: «1e-3|2e-3» 1/s}}",
        ".*.k_d": "binds: {r: {k_on: 1e5 1/(M s), k_d: «1|2» nM}}",
        ".*.valency": "binds: {r: {k_on: 1e5 1/(M s), k_off: 1e-3 1/s, «valency: 1|valency: 2, chi: 1»}}",
        ".*.chi": "binds: {r: {k_on: 1e5 1/(M s), k_off: 1e-3 1/s, valency: 2, chi: «1|2»}}",
        ".*.internalisation": "binds: {r: {k_on: 1e5 1/(M s), k_off: 1e-3 1/s, internalisation: «1|2» 1/h}}",
        ".*.receptor": "binds: {r: {k_on: 1e5 1/(M s), k_off: 1e-3 1/s, internalisation: 1 1/h, receptor: «lost|returned»}}",
        ".*.recycling": "binds: {r: {k_on: 1e5 1/(M s), k_off: 1e-3 1/s, internalisation: 1 1/h, recycling: «1|2» 1/h}}"}.items()},
    **{"drugs.*.protein_binding" + key: ("ledger", {**pharmacy("protein_binding: {" + text + "}"), **more}) for key, text, more in (
        ("", "irreversible: «1|2» 1/h", {}), (".irreversible", "irreversible: «1|2» 1/h", {}), (".fraction_bound", "fraction_bound: «0.5|0.7», rate: 1 1/h", {}),
        (".rate", "fraction_bound: 0.5, rate: «1|2» 1/h", {}), (".diffusivity", "irreversible: 1 1/h, diffusivity: «1e-11|2e-11» m2/s", {"boundaries": "{x-: {d.protein: {value: 0 uM}}}"}),
        (".availability", "irreversible: 1 1/h, diffusivity: 1e-11 m2/s, permeability: 1e-8 m/s, availability: «1|0.5»", {"tissues": "{gel: {interstitial_fraction: 0.3, vascular_density: 200 1/cm}}"}),
        (".convective_hindrance", "irreversible: 1 1/h, diffusivity: 1e-11 m2/s, convective_hindrance: «1|0.5»", {**flow("velocity: [1 um/s, 0 m/s]"), "boundaries": "{x+: {d.protein: {outflow: yes}}}"}),
        (".permeability", "irreversible: 1 1/h, diffusivity: 1e-11 m2/s, permeability: «1e-8|2e-8» m/s", {"tissues": "{gel: {interstitial_fraction: 0.3, vascular_density: 200 1/cm}}"}))},
    **{"drugs.*.uptake" + key: ("ledger", pharmacy("uptake: {" + text + "}")) for key, text in {
        "": "rate: «1|2» 1/h", ".rate": "rate: «1|2» 1/h", ".by": "«rate: 1 1/h|by: c, rate: 1e-18 m3/s»", ".law": "«rate: 1 1/h|law: saturable, v_max: 1 nM/s, k_outside: 1 uM»",
        ".v_max": "law: saturable, v_max: «1|2» nM/s, k_outside: 1 uM", ".k_outside": "law: saturable, v_max: 1 nM/s, k_outside: «1|2» uM",
        ".k_inside": "law: saturable, v_max: 1 nM/s, k_outside: 1 uM, k_inside: «1|2» uM"}.items()},
    **{"drugs.*.inside" + key: ("ledger", pharmacy("uptake: {rate: 1 1/h}, inside: {" + text + "}")) for key, text in {
        "": "degradation: «1|2» 1/h", ".degradation": "degradation: «1|2» 1/h", ".efflux": "efflux: «1|2» 1/h"}.items()},
    **{"drugs.*.produced_by" + key: ("ledger", pharmacy("produced_by: {c: {" + text + "}}")) for key, text in {
        "": "rate: «1e-20|2e-20» mol/s", ".*.rate": "rate: «1e-20|2e-20» mol/s", ".*.in_response_to": "rate: 1e-20 mol/s, in_response_to: «d|e», ec50: 1 uM",
        ".*.ec50": "rate: 1e-20 mol/s, in_response_to: d, ec50: «1|2» uM", ".*.n": "rate: 1e-20 mol/s, in_response_to: d, ec50: 3 uM, n: «1|2»"}.items()},
    **{"receptors" + key: ("ledger", pharmacy(BINDS, receptors=text)) for key, text in {
        "": "r: {density: «5|9» nM}", ".*.density": "r: {density: «5|9» nM}", ".*.sites_per_cell": "r: {sites_per_cell: «1e5|2e5», cells: c}",
        ".*.cells": "r: {sites_per_cell: 1e5, cells: «c|f»}", ".*.turnover": "r: {density: 5 nM, turnover: «1|2» 1/h}"}.items()},
    **{"cells" + key: ("ledger", pharmacy(INTO, receptors="r: {sites_per_cell: 1e5, cells: c}", cells=text)) for key, text in {
        "": "density: «1e8|2e8» 1/mL", ".*.density": "density: «1e8|2e8» 1/mL", ".*.growth": "density: 1e8 1/mL«|, growth: {rate: 1 1/d}»",
        ".*.growth.rate": "density: 1e8 1/mL, growth: {rate: «1|2» 1/d}", ".*.growth.capacity": "density: 1e8 1/mL, growth: {rate: 1 1/d, capacity: «2e8|3e8» 1/mL}",
        ".*.growth.law": "density: 1e8 1/mL, growth: {law: «logistic|gompertz», rate: 1 1/d, capacity: 2e8 1/mL}",
        ".*.death": "density: 1e8 1/mL, death: «1|2» 1/d", ".*.killed_by": "density: 1e8 1/mL, killed_by: {«d|e»: {k_max: 1 1/d, ec50: 1 uM}}",
        ".*.killed_by.*.law": "density: 1e8 1/mL, killed_by: {d: {«k_max: 1 1/d, ec50: 1 uM|law: auc, alpha: 1 1/(uM h)»}}",
        ".*.killed_by.*.k_max": "density: 1e8 1/mL, killed_by: {d: {k_max: «1|2» 1/d, ec50: 1 uM}}", ".*.killed_by.*.ec50": "density: 1e8 1/mL, killed_by: {d: {k_max: 1 1/d, ec50: «1|2» uM}}",
        ".*.killed_by.*.n": "density: 1e8 1/mL, killed_by: {d: {k_max: 1 1/d, ec50: 1 uM, n: «1|2»}}",
        ".*.killed_by.*.of": "density: 1e8 1/mL, killed_by: {d: {k_max: 1 1/d, «ec50: 1 uM|of: inside, ec50: 1e-18 mol»}}",
        ".*.killed_by.*.receptor": "density: 1e8 1/mL, killed_by: {d: {k_max: 1 1/d, of: bound, receptor: r, occupancy: «0.5|0.1»}}",
        ".*.killed_by.*.occupancy": "density: 1e8 1/mL, killed_by: {d: {k_max: 1 1/d, of: bound, receptor: r, occupancy: «0.5|0.1»}}",
        ".*.killed_by.*.alpha": "density: 1e8 1/mL, killed_by: {d: {law: auc, alpha: «1|2» 1/(uM h)}}", ".*.killed_by.*.beta": "density: 1e8 1/mL, killed_by: {d: {law: auc, beta: «1|2» 1/(uM2 h2)}}",
        ".*.dying": "density: 1e8 1/mL, death: 1 1/d, dying: {bound: «freed|lost»}", ".*.dying.bound": "density: 1e8 1/mL, death: 1 1/d, dying: {bound: «freed|lost»}",
        ".*.dying.inside": "density: 1e8 1/mL, death: 1 1/d, dying: {inside: «freed|lost»}", ".*.dying.releases": "density: 1e8 1/mL, death: 1 1/d, dying: {releases: {e: «1e-18|2e-18» mol}}"}.items()},
    "cells.*.dying.carriers": ("ledger", {**medicine(carriers="{lipo: {diffusivity: 1e-11 m2/s, carries: {dox: {release: {rate: 1 1/h}}}, uptake: {rate: 1e-17 m3/s, catalyst: c}}}"),
                                          "cells": "{c: {density: 1e8 1/mL, death: 1 1/h, dying: {carriers: «opened|whole»}}}"}),
    "plasma.*.from": ("ledger", {"species": None, "drugs": "{mab: {diffusivity: 1e-11 m2/s, molar_mass: 150 kg/mol, permeability: 1e-8 m/s}}", "tissues": "{gel: {vascular_density: 100 1/cm}}",
                      "plasma": "{mab: {from: «nivolumab|ipilimumab»}}", "delivery": "{drip: {give: mab, dose: 1 mg, route: intravenous}}", "output": "{}"}),
    "receptors.*.from": ("ledger", {"receptors": "{r: {from: «pd_1_sites|pd_l1_sites»}}", "output": "{}"}),
    "cells.*.from": ("ledger", {"cells": "{c: {from: «breast_cells|solid_cells»}}", "output": "{}"}),
    "drugs.*.protein_binding.from": ("ledger", {"species": None, "drugs": "{dox: {diffusivity: 1e-10 m2/s, initial: 1 uM, protein_binding: {«from: doxorubicin|fraction_bound: 0.1», rate: 1 1/min}}}", "output": "{}"}),
    "drugs.*.uptake.from": ("ledger", {"species": None, "cells": "{c: {density: 1e8 1/mL}}", "output": "{}",
                                       "drugs": "{dox: {diffusivity: 1e-10 m2/s, molar_mass: 0.5 kg/mol, initial: 1 uM, uptake: {«from: doxorubicin|rate: 1e-18 m3/s», by: c}}}"}),
    "drugs.*.binds.*.from": ("ledger", {"species": None, "receptors": "{r: {density: 10 nM}}", "output": "{}", "drugs": "{mab: {diffusivity: 1e-11 m2/s, initial: 1 nM, binds: {r: {from: «nivolumab|atezolizumab»}}}}"}),
    "drugs.*.produced_by.*.from": ("ledger", {"cells": "{c: {density: 1e8 1/mL}}", "output": "{}", "drugs": "{il: {diffusivity: 1e-11 m2/s, produced_by: {c: {from: «il2|cpg», rate: 1e-20 mol/s, in_response_to: s}}}}"}),
    "cells.*.killed_by.*.from": ("ledger", {"species": None, "drugs": "{dox: {diffusivity: 1e-10 m2/s, initial: 1 uM}}", "output": "{}", "fields": "{temperature: {formula: \"313\", unit: K}}",
                                            "cells": "{c: {density: 1e8 1/mL, killed_by: {dox: {from: «cisplatin|cisplatin_heated», k_max: 1 1/h}}}}"}),
    "carriers.*.targets.*.from": ("ledger", medicine(species="{r: {mobile: no, initial: 10 nM}}", output="{}",
                                                     carriers="{lipo: {diffusivity: 1e-11 m2/s, carries: {dox: {per_carrier: 1000, release: {rate: 1 1/h}}}, targets: {r: {from: «nivolumab|ipilimumab»}}}}")),
    "carriers.*.release.from": ("ledger", medicine(carriers="{lipo: {diffusivity: 1e-11 m2/s, carries: {dox: {}}, release: {from: «doxil_like|ester_linker»}}}")),
    "carriers.*.from": ("probes", medicine(carriers="{lipo: {from: «peg_liposome|pamam_g4», carries: {dox: {release: {law: first_order, rate: 1 1/h}}}}}")),
    "carriers.*.molar_mass": ("ledger", {"species": None, "carriers": "{lipo: {diffusivity: 1e-11 m2/s, molar_mass: «10|20» kg/mol}}", "delivery": "{shot: {give: lipo, dose: 1 ug, route: depot, at: [0.4 mm, 0.5 mm], radius: 0.2 mm}}"}),
    "carriers.*.diffusivity": ("probes", medicine(carriers=CARRIERS.replace("1e-11", "«1e-11|4e-11»"))),
    "carriers.*.availability": ("probes", carrier("availability: «1|0.5», ")),
    "carriers.*.sorption_factor": ("probes", carrier("sorption_factor: «1|5», ")),
    "carriers.*.partition": ("probes", carrier("in: {ball: {partition: 2}}, partition: «1|3», ")),
    "carriers.*.in": ("probes", carrier("in: {ball: {diffusivity: «1e-11|1e-13» m2/s}}, ")),
    "carriers.*.carries": ("ledger", medicine(drugs="{dox: {diffusivity: 1e-10 m2/s}, cis: {diffusivity: 1e-10 m2/s}}", carriers="{lipo: {diffusivity: 1e-11 m2/s, release: {law: first_order, rate: 1 1/h}, carries: {«dox|cis»: {}}}}", delivery="{shot: {give: lipo, dose: 1 nmol, route: depot, at: [0.4 mm, 0.5 mm], radius: 0.2 mm}}")),
    "carriers.*.release": ("ledger", medicine(carriers="{lipo: {diffusivity: 1e-11 m2/s, release: {law: first_order, rate: «1|2» 1/h}, carries: {dox: {}}}}")),
    "carriers.*.degradation": ("ledger", carrier("degradation: {rate: «1|2» 1/h}, ")),
    "carriers.*.release.law": ("exit", medicine(carriers=CARRIERS.replace("first_order", "«first_order|no_such_law»"))),
    "carriers.*.release.rate": ("ledger", medicine(carriers=CARRIERS.replace("rate: 1", "rate: «1|2»"))),
    "carriers.*.degradation.rate": ("ledger", carrier("degradation: {rate: «1|2» 1/h}, ")),
    "carriers.*.degradation.payload": ("ledger", carrier("degradation: {rate: 1 1/h, payload: «released|destroyed»}, ")),
    "carriers.*.carries.*.release": ("ledger", medicine(carriers=CARRIERS.replace("rate: 1", "rate: «1|2»"))),
    "carriers.*.release.time": ("ledger", release("law: zero_order, time: «1|2» h")),
    "carriers.*.release.released": ("ledger", release("law: higuchi, released: «0.3|0.6», after: 1 h")),
    "carriers.*.release.after": ("ledger", release("law: higuchi, released: 0.3, after: «1|2» h")),
    "carriers.*.release.exponent": ("ledger", release("law: korsmeyer_peppas, exponent: «0.5|0.8», time: 1 h")),
    "carriers.*.release.scale": ("ledger", release("law: weibull, scale: «1|2» h, shape: 0.7")),
    "carriers.*.release.shape": ("ledger", release("law: weibull, scale: 1 h, shape: «0.7|2»")),
    "carriers.*.release.fraction": ("ledger", release("law: bi_exponential, fraction: «0.3|0.6», fast: 2 1/h, slow: 0.1 1/h")),
    "carriers.*.release.fast": ("ledger", release("law: bi_exponential, fraction: 0.3, fast: «2|3» 1/h, slow: 0.1 1/h")),
    "carriers.*.release.slow": ("ledger", release("law: bi_exponential, fraction: 0.3, fast: 2 1/h, slow: «0.1|0.2» 1/h")),
    "carriers.*.release.table": ("ledger", release("law: table, table: {time: [0 h, 1 h], value: [0, «0.5|0.6»]}")),
    "carriers.*.release.table.time": ("ledger", release("law: table, table: {time: [0 h, «1|2» h], value: [0, 0.5]}")),
    "carriers.*.release.table.value": ("ledger", release("law: table, table: {time: [0 h, 1 h], value: [0, «0.5|0.6»]}")),
    "carriers.*.release.table.file": ("ledger", release("law: table, table: {file: «half.csv|third.csv»}")),
    "carriers.*.release.burst": ("ledger", release("rate: 1 1/h, burst: «0.1|0.2»")),
    "carriers.*.release.releasable": ("ledger", release("rate: 1 1/h, releasable: «0.9|0.8»")),
    "carriers.*.release.field": ("ledger", release("law: thermosensitive, field: «T|cold», low: 1 1/h, high: 9 1/h, melting: 41 degC, width: 1 K")),
    "carriers.*.release.low": ("ledger", release("law: thermosensitive, field: T, low: «1|2» 1/h, high: 9 1/h, melting: 41 degC, width: 1 K")),
    "carriers.*.release.high": ("ledger", release("law: thermosensitive, field: T, low: 1 1/h, high: «9|12» 1/h, melting: 41 degC, width: 1 K")),
    "carriers.*.release.melting": ("ledger", release("law: thermosensitive, field: T, low: 1 1/h, high: 9 1/h, melting: «41|40» degC, width: 1 K")),
    "carriers.*.release.width": ("ledger", release("law: thermosensitive, field: T, low: 1 1/h, high: 9 1/h, melting: 41 degC, width: «1|2» K")),
    "carriers.*.release.neutral": ("ledger", release("law: ph_decade, field: pH, neutral: «1|2» 1/h, acid: 1 1/h, reference: 7.4")),
    "carriers.*.release.acid": ("ledger", release("law: ph_decade, field: pH, neutral: 1 1/h, acid: «1|2» 1/h, reference: 7.4")),
    "carriers.*.release.reference": ("ledger", release("law: ph_decade, field: pH, neutral: 1 1/h, acid: 1 1/h, reference: «7.4|7»")),
    "carriers.*.release.enzyme": ("ledger", release("law: enzyme, enzyme: «mmp|rare», efficiency: 1e4 1/(M s)")),
    "carriers.*.release.efficiency": ("ledger", release("law: enzyme, enzyme: mmp, efficiency: «1e4|2e4» 1/(M s)")),
    "carriers.*.uptake.release_inside.field": ("ledger", inside("law: thermosensitive, field: «T|cold», low: 1 1/h, high: 9 1/h, melting: 41 degC, width: 1 K")),
    "carriers.*.uptake.release_inside.low": ("ledger", inside("law: thermosensitive, field: T, low: «1|2» 1/h, high: 9 1/h, melting: 41 degC, width: 1 K")),
    "carriers.*.uptake.release_inside.high": ("ledger", inside("law: thermosensitive, field: T, low: 1 1/h, high: «9|12» 1/h, melting: 41 degC, width: 1 K")),
    "carriers.*.uptake.release_inside.melting": ("ledger", inside("law: thermosensitive, field: T, low: 1 1/h, high: 9 1/h, melting: «41|40» degC, width: 1 K")),
    "carriers.*.uptake.release_inside.width": ("ledger", inside("law: thermosensitive, field: T, low: 1 1/h, high: 9 1/h, melting: 41 degC, width: «1|2» K")),
    "carriers.*.uptake.release_inside.neutral": ("ledger", inside("law: ph_decade, field: pH, neutral: «1|2» 1/h, acid: 1 1/h, reference: 7.4")),
    "carriers.*.uptake.release_inside.acid": ("ledger", inside("law: ph_decade, field: pH, neutral: 1 1/h, acid: «1|2» 1/h, reference: 7.4")),
    "carriers.*.uptake.release_inside.reference": ("ledger", inside("law: ph_decade, field: pH, neutral: 1 1/h, acid: 1 1/h, reference: «7.4|7»")),
    "carriers.*.uptake.release_inside.enzyme": ("ledger", inside("law: enzyme, enzyme: «mmp|rare», efficiency: 1e4 1/(M s)")),
    "carriers.*.uptake.release_inside.efficiency": ("ledger", inside("law: enzyme, enzyme: mmp, efficiency: «1e4|2e4» 1/(M s)")),
    "carriers.*.uptake.release_inside.law": ("exit", inside("law: «first_order|weibull», rate: 1 1/h")),
    "carriers.*.uptake.release_inside.rate": ("ledger", inside("rate: «1|2» 1/h")),
    "carriers.*.uptake": ("ledger", carrier("uptake: {rate: «1|2» 1/h}, ")),
    "carriers.*.uptake.rate": ("ledger", carrier("uptake: {rate: «1|2» 1/h}, ")),
    "carriers.*.uptake.catalyst": ("ledger", {**carrier("uptake: {rate: 1e4 1/(M s), catalyst: «mmp|rare»}, "), "species": ENZYMES}),
    "carriers.*.uptake.release_inside": ("ledger", inside("rate: «1|2» 1/h")),
    "carriers.*.becomes": ("ledger", turning("carrier: slow, rate: «1|2» 1/h")),
    "carriers.*.becomes.carrier": ("ledger", turning("carrier: «slow|slower», rate: 1 1/h")),
    "carriers.*.becomes.rate": ("ledger", turning("carrier: slow, rate: «1|2» 1/h")),
    "carriers.*.targets": ("ledger", aiming("rare: {k_on: «1e5|2e5» 1/(M s), k_off: 1 1/h}")),
    "carriers.*.targets.*.k_on": ("ledger", aiming("rare: {k_on: «1e5|2e5» 1/(M s), k_off: 1 1/h}")),
    "carriers.*.targets.*.k_off": ("ledger", aiming("rare: {k_on: 1e5 1/(M s), k_off: «1|2» 1/h}")),
    "carriers.*.targets.*.internalisation": ("ledger", aiming("rare: {k_on: 1e5 1/(M s), k_off: 1 1/h, internalisation: «1|2» 1/h}")),
    "carriers.*.arms": ("ledger", medicine(carriers="{lipo: {diffusivity: 1e-11 m2/s, arms: «4|8», carries: {dox: {loading: 0.5, release: {rate: 1 1/h}}}}}")),
    "carriers.*.carries.*.per_carrier": ("ledger", loaded("per_carrier: «100|200»")),
    "carriers.*.carries.*.arms": ("ledger", loaded("arms: «4|8»")),
    "carriers.*.carries.*.loading": ("ledger", loaded("arms: 8, loading: «0.5|0.25»")),
    "carriers.*.carries.*.resolve_arms": ("ledger", loaded("arms: 4, resolve_arms: «yes|no»")),
    "drugs.*.in.*.diffusivity": ("probes", drug("in: {ball: {diffusivity: «1e-11|1e-12» m2/s}}")),
    "drugs.*.in.*.availability": ("probes", drug("in: {ball: {availability: «1|0.5»}}")),
    "drugs.*.in.*.sorption_factor": ("probes", drug("in: {ball: {sorption_factor: «1|5»}}")),
    "drugs.*.in.*.partition": ("probes", drug("in: {ball: {partition: «1|3»}}")),
    "delivery.*.give": ("ledger", medicine(delivery="{shot: {give: «lipo|dox», dose: 1 nmol, route: depot, at: [0.4 mm, 0.5 mm], radius: 0.2 mm}}")),
    "delivery.*.dose": ("ledger", medicine(delivery=GIVE.replace("1 nmol", "«1|2» nmol"))),
    "flow": ("probes", flow("velocity: [«0.1|0.2» um/s, 0 m/s]")),
    "flow.model": ("probes", darcy("", model="«darcy_starling, boundaries: {x-: {pressure: 1 kPa}}|prescribed, velocity: [1 um/s, 0 m/s]»", rest="")),
    "flow.velocity": ("probes", flow("velocity: [«0.1|0.2» um/s, 0 m/s]")),
    "flow.advection": ("probes", flow("velocity: [1 um/s, 0 m/s], advection: «limited|upwind»")),
    "flow.boundaries": ("probes", darcy("boundaries: {x-: {pressure: «1|2» kPa}, x+: {pressure: 0 Pa}}")),
    "flow.infusions": ("probes", darcy("boundaries: {all: {pressure: 0 Pa}}, infusions: {drip: {where: {sphere: {centre: [0.5 mm, 0.5 mm], radius: 0.2 mm}}, rate: «1|2» mL/min}}")),
    "flow.unbalanced": ("exit", darcy("boundaries: {x-: {velocity: 0.1 um/s}}, unbalanced: «spread|refuse»")),
    "flow.boundaries.*.pressure": ("probes", darcy("boundaries: {x-: {pressure: «1|2» kPa}, x+: {pressure: 0 Pa}}")),
    "flow.boundaries.*.velocity": ("probes", darcy("boundaries: {x-: {velocity: «0.1|0.2» um/s}, x+: {pressure: 0 Pa}}")),
    "flow.boundaries.*.inflow": ("probes", darcy("boundaries: {x-: {inflow: «10|20» uL/min}, x+: {pressure: 0 Pa}}")),
    "flow.boundaries.*.no_flow": ("probes", darcy("boundaries: {all: {pressure: 0 Pa}, x-: {pressure: 1 kPa}«|, y-: {no_flow: yes}»}")),
    "flow.infusions.*.where": ("probes", infusion("radius: «0.1|0.3» mm", "")),
    "flow.infusions.*.rate": ("probes", infusion("radius: 0.2 mm", "", rate="«1|2» mL/min")),
    "flow.infusions.*.from": ("probes", infusion("radius: 0.2 mm", ", from: «1|2» min")),
    "flow.infusions.*.to": ("probes", infusion("radius: 0.2 mm", ", to: «1|2» min")),
    "tissues.*.hydraulic_conductivity": ("probes", darcy("boundaries: {x-: {pressure: 1 kPa}, x+: {pressure: 0 Pa}}", conductivity="«1e-14|2e-14»")),
    "drugs.*.convective_hindrance": ("ledger", {**drug("initial: 1 uM, convective_hindrance: «1|0.5»"), **flow("velocity: [1 um/s, 0 m/s]")}),
    "carriers.*.convective_hindrance": ("ledger", {**carrier("convective_hindrance: «1|0.5», "), **flow("velocity: [1 um/s, 0 m/s]")}),
    "species.*.convective_hindrance": ("ledger", {**species("convective_hindrance: «1|0.5»"), **flow("velocity: [1 um/s, 0 m/s]")}),
    "drugs.*.in.*.convective_hindrance": ("ledger", {**drug("initial: 1 uM, in: {ball: {convective_hindrance: «1|0.5»}}"), **flow("velocity: [1 um/s, 0 m/s]")}),
    "tissues.*.vascular_density": ("fields", supplied("vascular_density: «200|300» 1/cm")),
    "tissues.*.vessel_conductivity": ("fields", supplied("vessel_conductivity: «2e-11|3e-11» m/(Pa s)")),
    "tissues.*.vessel_pressure": ("fields", supplied("vessel_pressure: «1|2» kPa")),
    "tissues.*.osmotic_pressure_vessel": ("fields", supplied("osmotic_pressure_vessel: «1|2» kPa")),
    "tissues.*.osmotic_pressure_tissue": ("fields", supplied("osmotic_pressure_tissue: «1|2» kPa")),
    "tissues.*.osmotic_reflection": ("fields", supplied("osmotic_reflection: «0.5|0.9»")),
    "tissues.*.lymph_conductance": ("fields", supplied("lymph_conductance: «1e-7|2e-7» 1/(Pa s)")),
    "tissues.*.lymph_pressure": ("fields", supplied("lymph_pressure: «0|0.2» kPa")),
    "delivery.*.route": ("exit", medicine(delivery=GIVE.replace("depot", "«depot|no_such_route»"))),
    "delivery.*.at": ("probes", medicine(delivery=GIVE.replace("[0.4 mm", "[«0.4|0.6» mm"))),
    "delivery.*.volume": ("probes", medicine(**IN_BOX, delivery=GIVE.replace("0.5 mm]", "0.5 mm, 0.5 mm]").replace("radius: 0.2 mm", "volume: «0.01|0.02» uL"))),
    "delivery.*.radius": ("probes", medicine(delivery=GIVE.replace("radius: 0.2 mm", "radius: «0.2|0.3» mm"))),
    "delivery.*.start": ("ledger", medicine(delivery=GIVE.replace("radius", "start: «0|4» min, radius"))),
    "delivery.*.duration": ("ledger", medicine(delivery=GIVE.replace("radius", "duration: «1|20» min, radius"))),
    "delivery.*.age_classes": ("endpoints", medicine(carriers="{lipo: {diffusivity: 1e-11 m2/s, degradation: {rate: 5 1/h, payload: destroyed}, carries: {dox: {release: {law: weibull, scale: 5 min, shape: 3}}}}}",
                                                     delivery=GIVE.replace("radius", "duration: 8 min, age_classes: «2|3», radius"), output="{endpoints: {free: {kind: amount, of: dox}}}")),
    "delivery.*.lost_along_track": ("ledger", medicine(delivery=GIVE.replace("radius", "lost_along_track: «0.1|0.2», radius"))),
    "delivery.*.concentration": ("ledger", medicine(delivery=SHOT.format("concentration: {dox: «1|2» mM}, volume: 1 uL, radius: 0.2 mm, at: [0.4 mm, 0.5 mm]"))),
    "delivery.*.rate": ("ledger", pumped("rate: «1|2» mL/min, concentration: 1 uM")),
    "delivery.*.ramp": ("ledger", pumped("volume: 1 mL, dose: 1 nmol, ramp: «1|2» min")),
    "delivery.*.backflow": ("ledger", pumped("volume: 1 mL, dose: 1 nmol«|, backflow: {length: 0.3 mm, radius: 0.1 mm, towards: [0.8 mm, 0.5 mm]}»")),
    "delivery.*.backflow.length": ("ledger", pumped("volume: 1 mL, dose: 1 nmol, backflow: {length: «0.2|0.3» mm, radius: 0.1 mm, towards: [0.8 mm, 0.5 mm]}")),
    "delivery.*.backflow.radius": ("ledger", pumped("volume: 1 mL, dose: 1 nmol, backflow: {length: 0.3 mm, radius: «0.1|0.15» mm, towards: [0.8 mm, 0.5 mm]}")),
    "delivery.*.backflow.towards": ("ledger", pumped("volume: 1 mL, dose: 1 nmol, backflow: {length: 0.3 mm, radius: 0.1 mm, towards: [«0.8|0.2» mm, 0.5 mm]}")),
    "delivery.*.territory": ("ledger", artery("territory: [«gel|ball»], flow: 20 mL/min")),
    "delivery.*.flow": ("ledger", artery("territory: [gel], flow: «20|30» mL/min")),
    "delivery.*.extraction": ("ledger", artery("territory: [gel], flow: 20 mL/min, extraction: «0.1|0.2»")),
    "delivery.*.points": ("probes", medicine(delivery=SHOT.format("dose: 1 nmol, route: deposits, radius: 0.1 mm, points: [[0.3 mm, 0.4 mm], [«0.7|0.4» mm, 0.8 mm]]"))),
    "delivery.*.tracks": ("probes", medicine(delivery=SHOT.format("dose: 1 nmol, route: deposits, radius: 0.1 mm, tracks: [{from: [0.3 mm, 0.4 mm], to: [«0.7|0.4» mm, 0.8 mm], holes: 3}]"))),
    "delivery.*.tracks.*.from": ("probes", medicine(delivery=SHOT.format("dose: 1 nmol, route: deposits, radius: 0.1 mm, tracks: [{from: [«0.3|0.2» mm, 0.4 mm], to: [0.7 mm, 0.8 mm], holes: 3}]"))),
    "delivery.*.tracks.*.to": ("probes", medicine(delivery=SHOT.format("dose: 1 nmol, route: deposits, radius: 0.1 mm, tracks: [{from: [0.3 mm, 0.4 mm], to: [«0.7|0.4» mm, 0.8 mm], holes: 3}]"))),
    "delivery.*.tracks.*.holes": ("probes", medicine(delivery=SHOT.format("dose: 1 nmol, route: deposits, radius: 0.1 mm, tracks: [{from: [0.3 mm, 0.4 mm], to: [0.7 mm, 0.8 mm], holes: «3|4»}]"))),
    "delivery.*.semi_axes": ("probes", medicine(delivery=SHOT.format("dose: 1 nmol, at: [0.4 mm, 0.5 mm], semi_axes: [0.2 mm, «0.2|0.3» mm]"))),
    "delivery.*.around": ("ledger", medicine(tissues="{gel: {}, ball: {where: {sphere: {centre: [0.5 mm, 0.5 mm], radius: 0.3 mm}}}, core: {where: {sphere: {centre: [0.5 mm, 0.5 mm], radius: 0.2 mm}}}}", delivery=SHOT.format("dose: 1 nmol, route: peritumoural, around: «ball|core», thickness: 0.1 mm"))),
    "delivery.*.thickness": ("probes", medicine(delivery=SHOT.format("dose: 1 nmol, route: peritumoural, around: ball, thickness: «0.1|0.2» mm"))),
    "delivery.*.surface": ("ledger", medicine(delivery=SHOT.format("concentration: 1 uM, route: bath, surface: «x-|y+»"))),
    "delivery.*.coefficient": ("ledger", medicine(delivery=SHOT.format("concentration: 1 uM, route: topical, surface: x-, coefficient: «1|2» um/s"))),
    "delivery.*.every": ("ledger", medicine(delivery=SHOT.format("dose: 1 nmol, at: [0.4 mm, 0.5 mm], radius: 0.2 mm, times: 2, every: «1|4» min"))),
    "delivery.*.times": ("ledger", medicine(delivery=SHOT.format("dose: 1 nmol, at: [0.4 mm, 0.5 mm], radius: 0.2 mm, times: «2|3», every: 1 min"))),
    "delivery.*.outside_fraction": ("ledger", medicine(delivery=SHOT.format("dose: 1 nmol, at: [0.4 mm, 0.5 mm], radius: 0.2 mm, outside_fraction: «0.1|0.3»"))),
    "delivery.*.outside_reach": ("probes", medicine(delivery=SHOT.format("dose: 1 nmol, at: [0.4 mm, 0.5 mm], radius: 0.2 mm, outside_fraction: 0.3, outside_reach: «2|3»"))),
    "heat": ("probes", hot("body_temperature: «37|36» degC")),
    "heat.body_temperature": ("probes", hot("body_temperature: «37|36» degC")),
    "heat.blood": ("probes", hot("blood: {density: «1050|900» kg/m3}")),
    "heat.blood.density": ("probes", hot("blood: {density: «1050|900» kg/m3}")),
    "heat.blood.heat_capacity": ("probes", hot("blood: {heat_capacity: «3600|3000» J/(kg K)}")),
    "heat.applicators": ("probes", applied("density: «1e7|2e7» W/m3")),
    "heat.applicators.*.where": ("probes", applied("density: 1e7 W/m3, where: {half_space: {point: [«0.5|0.6» mm, 0 mm], normal: [1, 0]}}")),
    "heat.applicators.*.power": ("probes", applied("power: «1|2» W")),
    "heat.applicators.*.density": ("probes", applied("density: «1e7|2e7» W/m3")),
    "heat.applicators.*.temperature": ("probes", applied("temperature: «45|50» degC, contact: 1e6 W/(m3 K), only_in: [ball]")),
    "heat.applicators.*.contact": ("probes", applied("temperature: 50 degC, contact: «1|2»e6 W/(m3 K), only_in: [ball]")),
    "heat.applicators.*.setpoint": ("probes", applied("density: 1e8 W/m3«|, setpoint: {temperature: 40 degC}»")),
    "heat.applicators.*.setpoint.temperature": ("probes", applied("density: 1e8 W/m3, setpoint: {temperature: «40|41» degC}")),
    "heat.applicators.*.setpoint.band": ("probes", applied("density: 1e8 W/m3, setpoint: {temperature: 40 degC, band: «0.5|1» K}")),
    "heat.applicators.*.setpoint.at": ("probes", applied("density: 1e7 W/m3, setpoint: {temperature: 38 degC, band: 1 K, at: [«0.1|0.5» mm, 0.5 mm]}")),
    "heat.applicators.*.from": ("probes", applied("density: 1e7 W/m3, from: «1|5» s")),
    "heat.applicators.*.to": ("probes", applied("density: 1e7 W/m3, to: «1|5» s")),
    "heat.applicators.*.only_in": ("probes", applied("density: 1e7 W/m3, only_in: [«gel|ball»]")),
    "heat.damage": ("probes", damaged("from: arrhenius_liver, frequency: «7.39|8»e39 1/s")),
    "heat.damage.*.from": ("probes", damaged("from: «arrhenius_liver|cem43»")),
    "heat.damage.*.law": ("probes", damaged("law: «arrhenius, frequency: 7.39e39 1/s, activation_energy: 2.577e5 J/mol|cem43, breakpoint: 43 degC, r_above: 0.5, r_below: 0.25»")),
    "heat.damage.*.frequency": ("probes", damaged("from: arrhenius_liver, frequency: «7.39|8»e39 1/s")),
    "heat.damage.*.activation_energy": ("probes", damaged("from: arrhenius_liver, activation_energy: «2.577|2.6»e5 J/mol")),
    "heat.damage.*.breakpoint": ("probes", damaged("from: cem43, breakpoint: «43|42» degC")),
    "heat.damage.*.r_above": ("probes", damaged("from: cem43, r_above: «0.5|0.4»")),
    "heat.damage.*.r_below": ("probes", damaged("from: cem43, r_below: «0.25|0.2»")),
    "heat.damage.*.partial": ("probes", damaged("from: lethal_cold, partial: «-5|-10» degC", **COLD)),
    "heat.damage.*.complete": ("probes", damaged("from: lethal_cold, partial: -5 degC, complete: «-40|-50» degC", **COLD)),
    "heat.damage.*.rate": ("probes", damaged("from: lethal_cold, partial: -5 degC, rate: «0.1|0.2» 1/s", **COLD)),
    "heat.damage.*.stops_perfusion": ("probes", damaged("from: arrhenius_liver, frequency: 1e42 1/s, stops_perfusion: «no|yes»")),
    "heat.damage.*.kills": ("ledger", damaged("from: arrhenius_liver, kills: {cells: {u: «1|2» amol}}")),
    "heat.freezing": ("probes", hot("freezing: {latent_heat: «2.5|2»e8 J/m3}", **COLD)),
    "heat.freezing.latent_heat": ("probes", hot("freezing: {latent_heat: «2.5|2»e8 J/m3}", **COLD)),
    "heat.freezing.from": ("probes", hot("freezing: {from: «-1|-2» degC}", **COLD)),
    "heat.freezing.to": ("probes", hot("freezing: {to: «-8|-9» degC}", **COLD)),
    "heat.freezing.relaxation": ("probes", hot("freezing: {relaxation: «1|2» s}", **COLD)),
    "tissues.*.thermal_conductivity": ("probes", hot("", tissue="thermal_conductivity: «0.5|0.6» W/(m K)")),
    "tissues.*.heat_capacity": ("probes", hot("", tissue="heat_capacity: «3.78|4»e6 J/(m3 K)")),
    "tissues.*.perfusion": ("probes", hot("", tissue="perfusion: «1|2»e-2 1/s")),
    "tissues.*.metabolic_heat": ("probes", hot("", tissue="metabolic_heat: «4|5»e5 W/m3")),
    "species.*.thermal_conductivity": ("probes", {"species": WARM.replace("@", "").replace("0.5", "«0.5|0.6»"), "boundaries": "{x-: {temperature: {value: 37 degC}}}"}),
    "species.*.heat_capacity": ("probes", {"species": WARM.replace("@", "").replace("4e6", "«4e6|5e6»"), "boundaries": "{x-: {temperature: {flux: 1 W/m2}}}"}),
    "species.*.reference_temperature": ("ledger", {"species": WARM.replace("@", "reference_temperature: «37|36» degC")}),
    "reactions.*.modulated_by": ("ledger", reaction('equation: "u -> ", rate: 1 1/h, modulated_by: {field: s, formula: "«1|2»e3*s", range: [0 uM, 2 uM]}')),
    "exchanges.*.modulated_by": ("ledger", {"exchanges": '[{species: u, rate: 1 1/h, outside: 9 uM, modulated_by: {field: s, formula: "«1|2»e3*s", range: [0 uM, 2 uM]}}]'}),
    "sources.*.modulated_by": ("ledger", source('rate: 1 pmol/s, modulated_by: {field: s, formula: "«1|2»e3*s", range: [0 uM, 2 uM]}')),
    "changes.*.where_above": ("probes", {**value("3 uM"), "changes": "[{at: 2 min, where_above: {species: u, value: «1.2|1.5» uM}, multiply: {diffusivity: 3}}]"}),
    "changes.*.where_above.species": ("probes", {**value("3 uM"), "changes": "[{at: 2 min, where_above: {species: «u|s», value: 1.4 uM}, multiply: {diffusivity: 3}}]"}),
    "changes.*.where_above.value": ("probes", {**value("3 uM"), "changes": "[{at: 2 min, where_above: {species: u, value: «1.2|1.5» uM}, multiply: {diffusivity: 3}}]"}),
    "changes.*.where_below": ("probes", {**value("3 uM"), "changes": "[{at: 2 min, where_below: {species: u, value: «1.2|1.5» uM}, multiply: {diffusivity: 3}}]"}),
    "species.*.mobile": ("probes", {"species": '{u: {«mobile: yes, diffusivity: 1e-10 m2/s|mobile: no», initial: {formula: "1e-3*exp(-1e7*(x*x))", unit: mol/m3}}}'}),
    "species.*.quantity": ("fields", {"species": "{u: {mobile: no, «initial: 1 uM|quantity: number, initial: 1e12 1/m3»}}"}),
    "species.*.molar_mass": ("ledger", {"species": "{u: {diffusivity: 1e-10 m2/s, molar_mass: «500|600» g/mol, initial: 1 ug/mL}}"}),
    "species.*.diffusivity": ("probes", {"species": "{u: {diffusivity: «1e-10|2e-10» m2/s, initial: 1 uM}}", **value("3 uM")}),
    "species.*.availability": ("ledger", species("availability: «1|0.5»")),
    "species.*.sorption_factor": ("ledger", species("sorption_factor: «1|3»")),
    "species.*.partition": ("probes", species("in: {ball: {partition: 1}}, partition: «1|3»")),
    "species.*.in": ("probes", species("in: {ball: {diffusivity: «1e-11|1e-12» m2/s}}")),
    "species.*.initial": ("ledger", {"species": "{u: {diffusivity: 1e-10 m2/s, initial: «1|2» uM}}"}),
    "species.*.initial_as": ("ledger", {"species": "{u: {diffusivity: 1e-10 m2/s, initial: 1 uM, initial_as: «fluid|tissue»}}"}),
    "reactions.*.name": ("ledger", reaction('equation: "u -> ", rate: 1 1/h, name: «one|two»')),
    "reactions.*.equation": ("ledger", reaction('equation: "u -> «w|s»", rate: 1 1/h')),
    "reactions.*.law": ("ledger", reaction('equation: "u -> ", law: «michaelis_menten, k_m|hill, n: 1.5, k»: 1 uM, v_max: 1 nM/s')),
    "reactions.*.rate": ("ledger", reaction('equation: "u -> ", rate: «1|2» 1/h')),
    "reactions.*.forward": ("ledger", reaction('equation: "u <-> w", forward: «1|2» 1/h, backward: 1 1/h')),
    "reactions.*.backward": ("ledger", reaction('equation: "u <-> w", forward: 1 1/h, backward: «1|2» 1/h')),
    "reactions.*.v_max": ("ledger", reaction('equation: "u -> ", law: michaelis_menten, v_max: «1|2» nM/s, k_m: 1 uM')),
    "reactions.*.k_cat": ("ledger", reaction('equation: "u -> ", law: michaelis_menten, k_cat: «1|2» 1/h, catalyst: s, k_m: 1 uM')),
    "reactions.*.catalyst": ("ledger", {**reaction('equation: "u -> ", law: michaelis_menten, k_cat: 1 1/h, catalyst: «s|w», k_m: 1 uM')}),
    "reactions.*.k_m": ("ledger", reaction('equation: "u -> ", law: michaelis_menten, v_max: 1 nM/s, k_m: «1|2» uM')),
    "reactions.*.of": ("ledger", reaction('equation: " -> w", law: hill, v_max: 1 nM/s, k: 3 uM, n: 2, of: «u|s»')),
    "reactions.*.k": ("ledger", reaction('equation: " -> w", law: hill, v_max: 1 nM/s, k: «1|3» uM, n: 2, of: u')),
    "reactions.*.n": ("ledger", reaction('equation: " -> w", law: hill, v_max: 1 nM/s, k: 3 uM, n: «1|3», of: u')),
    "reactions.*.per": ("ledger", reaction('equation: "u -> ", law: michaelis_menten, v_max: 1 nM/s, k_m: 0.5, per: «s|w»')),
    "reactions.*.as": ("ledger", reaction('equation: "u -> u + w", rate: 1 1/h, as: «fluid|tissue»')),
    "reactions.*.inhibitors": ("ledger", reaction('equation: "u -> ", rate: 1 1/h, inhibitors: {s: «1|2» uM}')),
    "reactions.*.only_in": ("ledger", reaction('equation: "u -> ", rate: 1 1/h, only_in: [«gel|ball»]')),
    "drugs.*.radius": ("probes", sized("drugs", "radius: «5|9» nm, diffusivity: {model: stokes_einstein}")),
    "carriers.*.radius": ("probes", {**medicine(carriers="{lipo: {radius: «5|50» nm, diffusivity: {model: fitted}, carries: {dox: {release: {law: first_order, rate: 1 1/h}}}}}")}),
    "species.*.radius": ("probes", sized("species", "radius: «5|9» nm, diffusivity: {model: stokes_einstein}")),
    "drugs.*.diffusivity.model": ("probes", sized("drugs", "radius: 5 nm, diffusivity: {model: «fitted|pore»}")),
    "drugs.*.availability.model": ("ledger", sized("drugs", "radius: 5 nm, diffusivity: 1e-10 m2/s, availability: {model: «fitted|fibre_matrix»}")),
    "drugs.*.convective_hindrance.model": ("ledger", {**sized("drugs", "radius: 5 nm, diffusivity: 1e-10 m2/s, convective_hindrance: «0.9|{model: pore}»"),
                                                      "flow": "{model: prescribed, velocity: [1 um/s, 0 m/s]}"}),
    "drugs.*.permeability.model": ("ledger", sized("drugs", "radius: «5|9» nm, diffusivity: 1e-10 m2/s, permeability: {model: two_pore}", interstitial_pressure="0 Pa")),
    "drugs.*.reflection.model": ("ledger", sized("drugs", "radius: 5 nm, diffusivity: 1e-10 m2/s, permeability: 1e-8 m/s, reflection: «0|{model: pore}»")),
    "tissues.*.pore_radius": ("probes", sized("drugs", "radius: 5 nm, diffusivity: {model: pore}", pore_radius="«20|30» nm")),
    "tissues.*.fibre_fraction": ("probes", sized("drugs", "radius: 5 nm, diffusivity: {model: fibre_matrix}", fibre_fraction="«0.03|0.05»")),
    "tissues.*.fibre_radius": ("probes", sized("drugs", "radius: 5 nm, diffusivity: {model: fibre_matrix}", fibre_radius="«2|3» nm")),
    "tissues.*.vessel_pore_radius": ("ledger", sized("drugs", "radius: 5 nm, diffusivity: 1e-10 m2/s, permeability: 1e-8 m/s, reflection: {model: pore}", vessel_pore_radius="«20|30» nm")),
    "plasma.*.dose": ("ledger", body("dose: «1|2» mg, multi_exponential: {amplitudes: [1 uM, 2 uM], rates: [1 1/h, 2 1/h]}")),
    "plasma.*.multi_exponential": ("ledger", vessels(plasma="{u: {multi_exponential: {amplitudes: [«1|2» uM], rates: [1 1/h]}}}")),
    "plasma.*.multi_exponential.amplitudes": ("ledger", vessels(plasma="{u: {multi_exponential: {amplitudes: [«1|2» uM], rates: [1 1/h]}}}")),
    "plasma.*.multi_exponential.rates": ("ledger", vessels(plasma="{u: {multi_exponential: {amplitudes: [1 uM], rates: [«1|2» 1/h]}}}")),
    "plasma.*.multi_exponential.start": ("ledger", vessels(plasma="{u: {multi_exponential: {amplitudes: [1 uM], rates: [1 1/h], start: [«1|2» min]}}}")),
    "plasma.*.multi_exponential.duration": ("ledger", vessels(plasma="{u: {multi_exponential: {amplitudes: [1 uM], rates: [1 1/h], duration: [«1|2» min]}}}")),
    "plasma.*.multi_exponential.share": ("ledger", vessels(plasma="{u: {multi_exponential: {amplitudes: [1 uM], rates: [1 1/h], share: [«1|2»]}}}")),
    "plasma.*.two_compartment": ("ledger", body("two_compartment: {clearance: «1|2» L/h, volume: 1 L}")),
    "plasma.*.two_compartment.clearance": ("ledger", body("two_compartment: {clearance: «1|2» L/h, volume: 1 L}")),
    "plasma.*.two_compartment.volume": ("ledger", body("two_compartment: {clearance: 1 L/h, volume: «1|2» L}")),
    "plasma.*.two_compartment.exchange": ("ledger", body("two_compartment: {clearance: 1 L/h, volume: 1 L, exchange: «1|2» L/h, peripheral_volume: 2 L}")),
    "plasma.*.two_compartment.peripheral_volume": ("ledger", body("two_compartment: {clearance: 1 L/h, volume: 1 L, exchange: 50 L/h, peripheral_volume: «1|2» L}")),
    "species.*.permeability": ("ledger", vessels(properties="permeability: «1e-8|2e-8» m/s")),
    "species.*.reflection": ("ledger", vessels(properties="permeability: 1e-8 m/s, reflection: «0.2|0.9»")),
    "drugs.*.permeability": ("ledger", {**drug("permeability: «1e-8|2e-8» m/s"), **LEAKY}),
    "drugs.*.reflection": ("ledger", {**drug("permeability: 1e-8 m/s, reflection: «0.2|0.9»"), **LEAKY}),
    "drugs.*.in.*.permeability": ("ledger", {**drug("in: {gel: {permeability: «1e-8|2e-8» m/s}}"), **LEAKY}),
    "drugs.*.in.*.reflection": ("ledger", {**drug("permeability: 1e-8 m/s, in: {gel: {reflection: «0.2|0.9»}}"), **LEAKY}),
    "carriers.*.permeability": ("ledger", {**carrier("permeability: «1e-8|2e-8» m/s, "), **LEAKY}),
    "carriers.*.reflection": ("ledger", {**carrier("permeability: 1e-8 m/s, reflection: «0.2|0.9», "), **LEAKY}),
    **{f"tissues.*.{key}": ("ledger", vessels(key, choice)) for key, choice in {
        "vascular_density": "«200|100» 1/cm", "vessel_conductivity": "«1e-10|2e-10» m/(Pa s)", "vessel_pressure": "«2|3» kPa",
        "osmotic_pressure_vessel": "«20|25» mmHg", "osmotic_pressure_tissue": "«15|10» mmHg", "osmotic_reflection": "«0.8|0.9»",
        "lymph_conductance": "«1|2»e-7 1/(Pa s)", "lymph_pressure": "«10|50» Pa", "interstitial_pressure": "«100|200» Pa"}.items()},
    "exchanges.*.way": ("ledger", {"exchanges": "[{species: u, rate: 1 1/h, outside: 5 uM, way: «in|out»}]"}),
    "exchanges.*.name": ("ledger", {"exchanges": "[{species: u, rate: 1 1/h, outside: 5 uM, name: «one|two»}]"}),
    "exchanges.*.species": ("ledger", {"exchanges": "[{species: «u|w», rate: 1 1/h, outside: 5 uM}]"}),
    "exchanges.*.model": ("exit", {"exchanges": "[{species: u, model: «linear|no_such_model», rate: 1 1/h, outside: 5 uM}]"}),
    "exchanges.*.with": ("ledger", {"exchanges": "[{species: u, rate: 1 1/h, outside: 5 uM, with: «one|two»}]"}),
    "exchanges.*.rate": ("ledger", {"exchanges": "[{species: u, rate: «1|2» 1/h, outside: 5 uM}]"}),
    "exchanges.*.outside": ("ledger", {"exchanges": "[{species: u, rate: 1 1/h, outside: «5|6» uM}]"}),
    "exchanges.*.only_in": ("ledger", {"exchanges": "[{species: u, rate: 1 1/h, outside: 5 uM, only_in: [«gel|ball»]}]"}),
    "sources.*.name": ("ledger", source("name: «one|two», amount: 1 nmol")),
    "sources.*.species": ("ledger", {"sources": "[{species: «u|w», amount: 1 nmol}]"}),
    "sources.*.where": ("ledger", source("amount: 1 nmol, where: {sphere: {centre: [«0.2|0.4» mm, 0.5 mm], radius: 0.2 mm}}")),
    "sources.*.amount": ("ledger", source("amount: «1|2» nmol")),
    "sources.*.at": ("ledger", source("amount: 1 nmol, at: «2|7» min")),
    "sources.*.lost": ("ledger", source("amount: 1 nmol, lost: «1|2» nmol")),
    "sources.*.rate": ("ledger", source("rate: «1|2» pmol/s")),
    "sources.*.density": ("ledger", source("density: «1|2» nM/s")),
    "sources.*.from": ("ledger", source("rate: 1 pmol/s, from: «1|2» min")),
    "sources.*.to": ("ledger", source("rate: 1 pmol/s, to: «1|2» min")),
    "sources.*.spread": ("ledger", source("amount: 1 nmol, spread: «tissue|fluid», where: {sphere: {centre: [0.2 mm, 0.5 mm], radius: 0.2 mm}}")),
    "sources.*.only_in": ("ledger", source("density: 1 nM/s, only_in: [«gel|ball»]")),
    "hold.*.*.value": ("probes", {"hold": "{ball: {u: {value: «1|2» uM}}}"}),
    "boundaries.*.*.value": ("probes", value("«1|2» uM")),
    "boundaries.*.*.flux": ("ledger", face("flux: «1|2» nmol/(m2 s)")),
    "boundaries.*.*.transfer": ("ledger", face("transfer: {coefficient: «1|2» um/s, outside: 9 uM}")),
    "boundaries.*.*.transfer.coefficient": ("ledger", face("transfer: {coefficient: «1|2» um/s, outside: 9 uM}")),
    "boundaries.*.*.transfer.outside": ("ledger", face("transfer: {coefficient: 1 um/s, outside: «8|9» uM}")),
    "boundaries.*.*.no_flux": ("ledger", {"boundaries": "{all: {u: {value: 9 uM}}, x-: {u: {no_flux: yes}}«|, x+: {u: {no_flux: yes}}»}"}),
    "boundaries.*.*.outflow": ("ledger", {"boundaries": "{all: {u: {value: 9 uM}}, x-: {u: {outflow: yes}}«|, x+: {u: {outflow: yes}}»}"}),
    "boundaries.*.*.periodic": ("probes", {"boundaries": "{«x-: {u: {no_flux: yes}}|x-: {periodic: yes}, x+: {periodic: yes}»}", "time": "{end: 1 h}"}),
    "boundaries.*.*.as": ("probes", face("value: 1 uM, as: «fluid|tissue»")),
    "verify.*.at": ("verify", {**value("9 uM"), **verify("species: u, at: «5|10» min, total_in: all, equals: 1 mol, within: 1e9")}),
    "verify.*.species": ("verify", verify("species: «u|s», total_in: all, equals: 1 mol, within: 1e9")),
    "verify.*.pressure": ("verify", {**darcy("boundaries: {x-: {pressure: 1 kPa}, x+: {pressure: 0 Pa}}"),
                                     **verify("«species: u, below: 1 M|pressure: yes, below: 1 MPa», point: [0.3 mm, 0.5 mm]")}),
    "verify.*.endpoint": ("verify", {**darcy("boundaries: {x-: {pressure: 1 kPa}, x+: {pressure: 0 Pa}}"), **verify("endpoint: «peak|rim»_pressure, below: 1 MPa")}),
    "verify.*.as": ("verify", verify("species: u, as: «fluid|tissue», point: [0.3 mm, 0.5 mm], equals: 1 uM, within: 1e9")),
    "verify.*.norm": ("verify", verify("species: u, norm: «l2|linf», exact: 1 uM, below: 1e9")),
    "verify.*.exact": ("verify", verify("species: u, norm: l2, exact: «1|2» uM, below: 1e9")),
    "verify.*.absolute": ("verify", verify("species: u, norm: l2, «|absolute: yes, »exact: 1 uM, below: «1e9|1e9 mol/m3»")),
    "verify.*.in": ("verify", verify("species: u, norm: l2, exact: 1 uM, in: «gel|ball», below: 1e9")),
    "verify.*.point": ("verify", verify("species: u, point: [«0.3|0.4» mm, 0.5 mm], equals: 1 uM, within: 1e9")),
    "verify.*.total_in": ("verify", verify("species: u, total_in: «gel|ball», equals: 1 mol, within: 1e9")),
    "verify.*.ledger": ("verify", {"boundaries": "{x-: {u: {value: 9 uM}}, x+: {u: {value: 5 uM}}}", **verify("ledger: u.«x-|x+», equals: 1 mol, within: 1e9")}),
    "verify.*.equals": ("verify", verify("species: u, total_in: all, equals: «1|2» mol, within: 1e9")),
    "verify.*.within": ("exit", verify("species: u, total_in: all, equals: 1 mol, within: «1e9|1e-9»")),
    "verify.*.above": ("exit", verify("species: u, total_in: all, above: «0 mol|1 mol»")),
    "verify.*.below": ("exit", verify("species: u, total_in: all, below: «1 mol|1e-30 mol»")),
    "output.endpoints": ("endpoints", endpoint("kind: mean, of: «u|s»")),
    "output.endpoints.*.kind": ("endpoints", endpoint("kind: «mean|auc», of: u")),
    "output.endpoints.*.of": ("endpoints", endpoint("kind: mean, of: «u|[u, w]»")),
    "output.endpoints.*.as": ("endpoints", endpoint("kind: mean, of: u, as: «fluid|tissue»")),
    "output.endpoints.*.in": ("endpoints", endpoint("kind: mean, of: u, in: «gel|[gel, ball]»")),
    "output.endpoints.*.margin": ("endpoints", endpoint("kind: mean, of: u, margin: {around: ball, thickness: «0.1|0.2» mm}")),
    "output.endpoints.*.margin.around": ("endpoints", endpoint("kind: mean, of: u, margin: {around: «ball|{sphere: {centre: [0.2 mm, 0.5 mm], radius: 0.1 mm}}», thickness: 0.1 mm}")),
    "output.endpoints.*.margin.thickness": ("endpoints", endpoint("kind: mean, of: u, margin: {around: ball, thickness: «0.1|0.2» mm}")),
    "output.endpoints.*.by": ("endpoints", endpoint("kind: mean, of: u, by: «concentration|auc»")),
    "output.endpoints.*.above": ("endpoints", endpoint("of: u, above: «1.5|2.5» uM")),
    "output.endpoints.*.for": ("endpoints", endpoint("of: u, above: 1.5 uM, for: «1|8» min")),
    "output.endpoints.*.levels": ("endpoints", endpoint("kind: dose_volume, of: u, levels: [«5|15» uM min]")),
    "output.endpoints.*.from": ("endpoints", endpoint("kind: penetration, of: u, from: «domain|[0 mm, 0.5 mm]»")),
    "output.endpoints.*.share": ("endpoints", endpoint("kind: penetration, of: u, in: {box: {from: [0 mm, 0 mm], to: [1 mm, 1 mm]}}, from: surface, share: «0.5|0.95»")),
    "output.endpoints.*.bin": ("endpoints", endpoint("kind: penetration, of: u, from: [0 mm, 0.5 mm], bin: «0.1|0.3» mm")),
    "output.endpoints.*.over": ("endpoints", endpoint("kind: occupancy, of: u, over: [u, «s|w»]")),
    "output.endpoints.*.parts": ("endpoints", endpoint("kind: split, parts: {one: u, two: «s|w»}")),
    "checkpoint": ("checkpoints", {"checkpoint": "{every_model_time: «1|30» min}"}),
    "checkpoint.every": ("checkpoints", {"checkpoint": "{every: «1e-6 s|1 h»}"}),
    "checkpoint.every_model_time": ("checkpoints", {"checkpoint": "{every_model_time: «1|30» min}"}),
    "output.biopsies": ("biopsy", biopsy("bins: «2|3»")),
    "output.biopsies.*.at": ("biopsy", biopsy("at: [«0.1|0.2» mm, 0.5 mm]")),
    "output.biopsies.*.direction": ("biopsy", biopsy("direction: [1, «0|0.2»]")),
    "output.biopsies.*.length": ("biopsy", biopsy("length: «0.7|0.5» mm")),
    "output.biopsies.*.diameter": ("biopsy", biopsy("diameter: «0.3|0.1» mm")),
    "output.biopsies.*.gauge": ("biopsy", biopsy("gauge: «20|22»")),
    "output.biopsies.*.bins": ("biopsy", biopsy("bins: «2|3»")),
    "output.biopsies.*.of": ("biopsy", biopsy("of: «u|[s, w]»")),
    "output.biopsies.*.times": ("biopsy", biopsy("times: [«5|10» min]")),
    "output.images": ("image", image("noise: «1|2»")),
    "output.images.*.of": ("image", image("of: «u|s»")),
    "output.images.*.as": ("image", image("as: «fluid|tissue»")),
    "output.images.*.signal": ("image", image('signal: {formula: "«1|2»+c", unit: 1}')),
    "output.images.*.point_spread": ("image", image("point_spread: «0|0.3» mm")),
    "output.images.*.voxel": ("image", image("voxel: «0.2 mm|[0.2 mm, 0.1 mm]»")),
    "output.images.*.noise": ("image", image("noise: «1|2»")),
    "output.images.*.seed": ("image", image("noise: 1, seed: «1|2»")),
    "output.images.*.times": ("image", image("times: [«5|10» min]")),
    "output.probes.*.from": ("probes", {"output": "{probes: {line: {from: [«0|0.2» mm, 0.5 mm], to: [1 mm, 0.5 mm], points: 3}}}"}),
    "output.probes.*.to": ("probes", {"output": "{probes: {line: {from: [0 mm, 0.5 mm], to: [«1|0.8» mm, 0.5 mm], points: 3}}}"}),
    "output.probes.*.points": ("probes", {"output": "{probes: {line: {from: [0 mm, 0.5 mm], to: [1 mm, 0.5 mm], points: «3|4»}}}"}),
    "value.formula": ("probes", value('{formula: "«1|2»e-3*(1+t)", unit: mol/m3}')),
    "value.unit": ("probes", value('{formula: "1", unit: «uM|nM»}')),
    "value.field": ("probes", {"fields": '{warm: {formula: "x", unit: 1}, cold: {formula: "1-x", unit: 1}}', **reaction('equation: "u -> ", rate: {field: «warm|cold», formula: "1e-3*«warm|cold»", unit: 1/s}')}),
    "value.range": ("probes", reaction('equation: "w -> u", rate: {field: u, formula: "u", unit: 1/s, range: [0 uM, «0.5|10» uM]}') | {"species": "{u: {diffusivity: 1e-10 m2/s, initial: 1 uM}, w: {diffusivity: 1e-10 m2/s, initial: 1 uM}}"}),
    "value.points": ("probes", reaction('equation: "u -> ", rate: {field: u, formula: "1e-3*sin(5e3*u)^2", unit: 1/s, range: [0 uM, 3 uM], points: «1|100»}')),
    "value.at": ("ledger", source('rate: 1 pmol/s, modulated_by: {field: u, formula: "1e3*u", range: [0 uM, 10 uM], at: [«0.1|0.5» mm, 0.5 mm]}')),
    "value.table": ("probes", value("{table: {time: [0 min, 10 min], value: [1 uM, «2|3» uM]}}")),
    "value.tissue": ("probes", {"species": "{u: {diffusivity: 1e-10 m2/s, initial: {tissue: {gel: 1 uM, ball: «2|3» uM}}}}"}),
    "value.multi_exponential": ("probes", value("{multi_exponential: {amplitudes: [«1|2» uM], rates: [1 1/h]}}")),
    "value.multi_exponential.amplitudes": ("probes", value("{multi_exponential: {amplitudes: [«1|2» uM], rates: [1 1/h]}}")),
    "value.multi_exponential.rates": ("probes", value("{multi_exponential: {amplitudes: [1 uM], rates: [«1|2» 1/h]}}")),
    "value.multi_exponential.start": ("probes", value("{multi_exponential: {amplitudes: [1 uM], rates: [1 1/h], start: [«1|2» min]}}")),
    "value.multi_exponential.duration": ("probes", value("{multi_exponential: {amplitudes: [1 uM], rates: [1 1/h], duration: [«1|2» min]}}")),
    "value.multi_exponential.share": ("probes", value("{multi_exponential: {amplitudes: [1 uM], rates: [1 1/h], share: [«1|2»]}}")),
    "value.hazard": ("ledger", ageing("law: «weibull|power», «scale|time»: 1 h, «shape|exponent»: 1.5")),
    "value.hazard.start": ("ledger", ageing("start: «0|1» min, law: weibull, scale: 1 h, shape: 1.5")),
    "value.hazard.over": ("ledger", ageing("over: «1|2» min, law: weibull, scale: 1 h, shape: 0.7")),
    "value.hazard.law": ("ledger", ageing("law: «weibull|power», «scale|time»: 1 h, «shape|exponent»: 1.5")),
    "value.hazard.time": ("ledger", ageing("law: power, time: «1|2» h, exponent: 0.5")),
    "value.hazard.exponent": ("ledger", ageing("law: power, time: 1 h, exponent: «0.5|1»")),
    "value.hazard.scale": ("ledger", ageing("law: weibull, scale: «1|2» h, shape: 0.7")),
    "value.hazard.shape": ("ledger", ageing("law: weibull, scale: 1 h, shape: «0.7|1»")),
    "value.hazard.table": ("ledger", ageing("law: table, table: {time: [0 h, 1 h], value: [0, «0.5|0.6»]}")),
    "value.hazard.table.time": ("ledger", ageing("law: table, table: {time: [0 h, «1|2» h], value: [0, 0.5]}")),
    "value.hazard.table.value": ("ledger", ageing("law: table, table: {time: [0 h, 1 h], value: [0, «0.5|0.6»]}")),
    "value.hazard.table.file": ("ledger", ageing("law: table, table: {file: «half.csv|third.csv»}")),
    "value.table.time": ("probes", value("{table: {time: [0 min, «5|10» min], value: [1 uM, 2 uM]}}")),
    "value.table.value": ("probes", value("{table: {time: [0 min, 10 min], value: [1 uM, «2|3» uM]}}")),
    "value.table.interpolation": ("probes", value("{table: {time: [0 min, 5 min], value: [1 uM, 2 uM], interpolation: «linear|previous»}}")),
    "value.table.file": ("probes", value("{table: {file: «one.csv|two.csv»}}")),
    "value.table.stop_at_knots": ("record", value("{table: {file: many.csv, stop_at_knots: «yes|no»}}")),
}
GRID = "# vtk DataFile Version 3.0\ngrid\nASCII\nDATASET RECTILINEAR_GRID\nDIMENSIONS 3 2 1\nX_COORDINATES 3 double\n0 0.4 1\nY_COORDINATES 2 double\n0 1\nZ_COORDINATES 1 double\n0\nPOINT_DATA 6\n"
VESSEL_FILE = ("# vtk DataFile Version 3.0\none vessel\nASCII\nDATASET POLYDATA\nPOINTS 2 double\n0.1 0.1 0.1 {end} 0.7 0.9\nLINES 1 3\n2 0 1\n"
       "POINT_DATA 2\nFIELD data 2\nradius 1 2 double\n0.005 0.004\nother 1 2 double\n0.01 0.01\n")
FILES = {
    "one.vtk": GRID + "SCALARS a double 1\nLOOKUP_TABLE default\n1 2 3 4 5 6\n",
    "two.vtk": GRID + "SCALARS b double 1\nLOOKUP_TABLE default\n3 2 1 1 2 3\nSCALARS a float\nLOOKUP_TABLE default\n1 1 1 2 2 2\n",
    "numbers.raw": "\x01\x02\x03\x04\x05\x06\x07\x08",
    "one.yaml": "elute_catalogue: 1\ndrugs:\n  mine:\n    description: mine\n    diffusivity: {value: 1e-10 m2/s, source: made up, evidence: A}\n",
    "two.yaml": "elute_catalogue: 1\ndrugs:\n  mine:\n    description: mine\n    diffusivity: {value: 3e-10 m2/s, source: made up, evidence: A}\n",
    "long.vtk": VESSEL_FILE.format(end=0.8),
    "short.vtk": VESSEL_FILE.format(end=0.5),
    "one.csv": "time [min],value [uM]\n0,1\n10,2\n",
    "half.csv": "age [min],released [1]\n0,0\n60,0.5\n",
    "third.csv": "age [min],released [1]\n0,0\n60,0.33\n",
    "two.csv": "time [min],value [uM]\n0,1\n10,3\n",
    "many.csv": "time [min],value [uM]\n" + "".join(f"{0.25 * i},{1 + i % 2 * 1e-3}\n" for i in range(41)),
}


def write_case(sections, second):
    sections = {**BASE, **sections}
    text = "".join(f"{key}: {what}\n" for key, what in sections.items() if what is not None)
    return re.sub(r"«([^«»|]*)\|([^«»]*)»", lambda m: m.group(2 if second else 1), text)


def results(directory, text, expanded):
    """What a run leaves, by name; expanded: the words that the case becomes instead."""
    os.makedirs(directory)
    for name, content in {**FILES, "case.yaml": text}.items():
        with open(os.path.join(directory, name), "w") as file:
            file.write(content)
    command = [PROGRAM, "check", "case.yaml", "--expand"] if expanded else [PROGRAM, "run", "case.yaml", "--output", "run", "--quiet"]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, env=session(directory))
    out = {"exit": done.returncode, "errors": done.stderr, "expand": done.stdout if expanded else None}
    run = os.path.join(directory, "run")
    if not os.path.isdir(run):
        return out
    out["files"] = sorted(os.listdir(run))
    for name, file in (("ledger", "ledger.csv"), ("probes", "probes.csv"), ("verify", "verify.csv"), ("endpoints", "endpoints.json"), ("biopsy", "biopsy_core.csv")):
        path = os.path.join(run, file)
        out[name] = open(path).read() if os.path.exists(path) else None
    checkpoints = os.path.join(run, "checkpoint")
    out["checkpoints"] = sorted(os.listdir(checkpoints)) if os.path.isdir(checkpoints) else None
    for name, pattern in (("fields", "fields_*.vtk"), ("image", "image_*.vtk")):
        vtk = sorted(glob.glob(os.path.join(run, pattern)))
        out[name] = open(vtk[-1], "rb").read() if vtk else None
    record = json.load(open(os.path.join(run, "run.json")))
    out["record"] = {key: record[key] for key in ("mesh", "steps") if key in record}
    return out


def walk(key, base):
    result, sections = WALK[key]
    one, two = (results(os.path.join(base, key.replace("*", "+"), name), write_case(sections, name == "two"), result == "expand") for name in ("one", "two"))
    if result != "exit":
        for each in (one, two):
            if each["exit"] != 0:
                return f"{key}: exit code {each['exit']}: {each['errors'].strip()}"
    elif one["exit"] != 0:
        return f"{key}: exit code {one['exit']}: {one['errors'].strip()}"
    if one.get(result) is None and two.get(result) is None:
        return f"{key}: no {result} was written"
    return None if one.get(result) != two.get(result) else f"{key}: another value does not change the {result}"


# Shapes inside shapes are the shapes of the first level.
found = list(dict.fromkeys(re.sub(r"^shapes\.\*\.(union\.\*\.)+", "shapes.*.", key) for key in keys()))
failures = [f"{key}: not in this walk" for key in found if key not in WALK] + [f"{key}: no such key" for key in WALK if key not in found]
with tempfile.TemporaryDirectory(prefix="elute-walk-") as base, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    failures += [each for each in pool.map(lambda key: walk(key, base), [key for key in WALK if key in found]) if each]
print(f"{len(found)} keys")
sys.exit("\n".join(failures) if failures else 0)
