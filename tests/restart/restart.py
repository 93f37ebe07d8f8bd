"""What the tests of checkpoints share: small cases that together have every piece of state, and what two runs must have in common."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "regression"))
from faults import LIMIT, command, elute, expect, expect_fault, finish, fresh, own_session, together, write  # noqa: F401

# Pressure solved anew with an infusion and with tissue that changes and gives, lymph, vessels, plasma; changes by what is solved; what is
# read out, sampled, imaged; tissue that varies. The third method.
FLOW = """
elute: 1
title: a tumour with all that flows and changes
mesh: {geometry: cartesian, x: {from: -1 mm, to: 1 mm, cells: 10}, y: {from: -1 mm, to: 1 mm, cells: 8}, z: {from: -1 mm, to: 1 mm, cells: 4}}
tissues:
  normal: {interstitial_fraction: 0.3, hydraulic_conductivity: 6.4e-15 m2/(Pa s), vascular_density: 70 1/cm, vessel_conductivity: 2.7e-12 m/(Pa s), vessel_pressure: 1 kPa, lymph_conductance: 1e-7 1/(Pa s)}
  tumour:
    where: {sphere: {centre: [0 mm, 0 mm, 0 mm], radius: 0.7 mm}}
    interstitial_fraction: 0.4
    dilatation: {factor: 2, modulus: 5 kPa, reference_pressure: 500 Pa}
    hydraulic_conductivity: 3.1e-14 m2/(Pa s)
    vascular_density: 200 1/cm
    vessel_conductivity: 2.1e-11 m/(Pa s)
    vessel_pressure: 2 kPa
    vary: {hydraulic_conductivity: {lognormal: {sigma: 1, correlation_length: 0.3 mm, seed: 3}}}
cells: {tumour: {density: {formula: "2e14*(1 + 500*x)", unit: 1/m3}, death: 0.5 1/h}}
species: {drug: {diffusivity: 1e-10 m2/s, permeability: 3e-8 m/s, reflection: 0.1}, bound: {mobile: no}}
reactions: [{equation: "drug <-> bound", forward: 1e-3 1/s, backward: 1e-4 1/s}]
plasma: {drug: {multi_exponential: {amplitudes: [1 uM], rates: [0.5 1/h]}}}
flow:
  model: darcy_starling
  boundaries: {all: {pressure: 0 Pa}}
  infusions: {drip: {where: {sphere: {centre: [0.1 mm, 0 mm, 0 mm], radius: 0.3 mm}}, rate: 0.2 uL/min, from: 90 min, to: 150 min}}
changes:
  - {at: 50 min, where_above: {species: drug, value: 0.1 uM}, multiply: {diffusivity: 2}}
  - {at: 1 h, where: {sphere: {centre: [0 mm, 0 mm, 0 mm], radius: 0.4 mm}}, set: {vascular_density: 0 1/cm}, multiply: {hydraulic_conductivity: 10}}
  - {at: 40 min, every: 70 min, in: [tumour], set: {interstitial_fraction: {field: tumour, formula: "0.5 - 0.2*tumour/4e14", unit: 1, range: [0 1/m3, 1e15 1/m3]}}}
time: {end: 3 h, accuracy: 1e-3, method: ra34pw2}
output:
  every: 30 min
  probes: {p: [0.3 mm, 0.1 mm, 0 mm], ray: {from: [-1 mm, 0 mm, 0 mm], to: [1 mm, 0 mm, 0 mm], points: 4}}
  endpoints:
    mean: {kind: mean, of: drug, in: tumour}
    dose: {kind: auc, of: [drug, bound], as: tissue, in: tumour}
    peak: {kind: peak, of: drug}
    above: {kind: time_above, of: drug, above: 0.2 uM}
    volumes: {kind: dose_volume, of: drug, in: tumour}
    depth: {kind: penetration, of: drug, in: tumour, from: surface}
    blood: {kind: plasma_auc, of: drug}
    fate: {kind: split, parts: {free: drug, bound: bound}}
  biopsies: {core: {at: [-0.8 mm, 0 mm, 0 mm], direction: [1, 0, 0], length: 1.2 mm, diameter: 0.3 mm, bins: 3, times: [1 h, 100 min]}}
  images: {mri: {of: drug, voxel: 0.5 mm, noise: 1e-6, seed: 4, times: [45 min, 2 h]}}
verify:
  - {species: drug, at: 1 h, total_in: tumour, above: 0 mol}
  - {endpoint: peak, above: 0 mol/m3}
"""
# A thermostat, damage that shuts vessels where it is done, and a drug that leaves its carrier by the temperature.
HEAT = """
elute: 1
title: a rod with a thermometer
mesh: {geometry: cartesian, x: {from: 0 mm, to: 40 mm, cells: 24}, y: {from: 0 mm, to: 6 mm, cells: 6}}
tissues: {flesh: {perfusion: 1e-3 1/s}}
heat: {applicators: {lamp: {density: 4e6 W/m3, where: {box: {from: [5 mm, 0 mm], to: [15 mm, 6 mm]}}, setpoint: {temperature: 43 degC, band: 2 K, at: [16.2 mm, 1 mm]}}}}
species: {u: {diffusivity: 1e-9 m2/s, initial: 1 uM}}
boundaries: {x-: {temperature: {value: 37 degC}}, x+: {temperature: {value: 37 degC}, u: {value: {formula: "1e-3*(1+sin(t/300))", unit: mol/m3}}}}
changes: [{at: 10 min, where_above: {species: temperature, value: 41 degC}, multiply: {diffusivity: 3}}]
time: {end: 20 min, accuracy: 1e-3, method: ros2}
output: {every: 5 min, precision: single, endpoints: {hottest: {kind: peak, of: temperature}, hot: {kind: time_above, of: temperature, above: 41 degC}}, probes: {p: [16 mm, 1 mm]}}
"""
# Doses into depots, release by age and from a table of its own, held tissue, a source that varies in place and time, steps by GMRES.
DOSES = """
elute: 1
title: doses and what is released from them
mesh: {geometry: cartesian, x: {from: 0 mm, to: 1 mm, cells: 12}, y: {from: 0 mm, to: 1 mm, cells: 10}}
tissues: {gel: {interstitial_fraction: 0.3}, bath: {interstitial_fraction: 1, where: {half_space: {point: [0.9 mm, 0 mm], normal: [-1, 0]}}}}
drugs: {dox: {diffusivity: 1e-10 m2/s, molar_mass: 500 g/mol}}
carriers: {lipo: {diffusivity: 1e-11 m2/s, carries: {dox: {release: {law: weibull, scale: 1 h, shape: 0.7}}}}}
delivery:
  first: {give: lipo, dose: {dox: 1 nmol}, route: depot, at: [0.4 mm, 0.5 mm], radius: 0.2 mm}
  second: {give: lipo, dose: {dox: 2 nmol}, route: depot, at: [0.6 mm, 0.5 mm], radius: 0.2 mm, start: 20 min}
species: {w: {diffusivity: 2e-10 m2/s}}
sources: [{species: w, density: {formula: "1e-6*(1+x/0.001)*sin(t/1000)^2", unit: mol/(m3 s)}}]
hold: {bath: {w: {value: {formula: "1e-3*t/3600", unit: mol/m3}}}}
time: {end: 1 h, accuracy: 1e-3, linear: gmres}
output: {every: 10 min}
"""
STEADY = """
elute: 1
title: until nothing changes any more
mesh: {geometry: spherical, r: {from: 0 mm, to: 1 mm, cells: 20}}
tissues: {gel: {interstitial_fraction: 0.3}}
species: {u: {diffusivity: 1e-9 m2/s}, s: {mobile: no}}
reactions: [{equation: "u -> ", rate: 1e-3 1/s}, {equation: "u -> s", rate: 1e-3 1/s}, {equation: "s -> ", rate: 2e-3 1/s}]
boundaries: {surface: {u: {value: 1 uM}}}
time: {until: steady, tolerance: 1e-4, at_most: 1e4 h, accuracy: 1e-3}
output: {at: [10 min], endpoints: {mean: {kind: mean, of: u}}}
"""
FIXED = """
elute: 1
title: equal steps
mesh: {geometry: cylindrical, r: {from: 0 mm, to: 1 mm, cells: 8}, z: {from: 0 mm, to: 1 mm, cells: 7}}
species: {u: {diffusivity: 1e-10 m2/s, initial: {formula: "1e-3*(1+1000*z)", unit: mol/m3}}, v: {diffusivity: 1e-11 m2/s}}
reactions: [{equation: "2 u -> v", rate: 1e-2 m3/(mol s)}]
flow: {model: prescribed, velocity: [0 m/s, 1e-7 m/s]}
boundaries: {z-: {u: {value: 1 uM}}}
time: {end: 1 h, step: 7 min}
output: {every: 25 min}
"""
CASES = {"flow": (FLOW, 180), "heat": (HEAT, 20), "doses": (DOSES, 60), "steady": (STEADY, 60), "fixed": (FIXED, 60)}  # text, min

# What a record says of how, when and in how many processes a run was done.
HOW = ("finished", "command", "seconds", "calls", "traffic", "peak_memory_bytes", "peak_memory_bytes_of_a_rank", "restarts", "host", "halo_sent")


def record(directory):
    with open(f"{directory}/run.json") as file:
        kept = {key: value for key, value in json.load(file).items() if key not in HOW}
    kept["bytes"].pop("halo_sent")
    kept.get("flow", {}).pop("pressure_seconds", None)
    return kept


def bytes_of(path):
    with open(path, "rb") as file:
        data = file.read()
    # the one key that says nothing of the run itself
    return re.sub(rb"(?m)^checkpoint:.*\n(  .*\n)*", b"", data) if path.endswith("case.yaml") else data


def files(directory):
    return sorted(set(os.listdir(directory)) - {"checkpoint", "log.txt"})


def expect_same(name, directory, reference):
    """Every file of the one, and no other, is to the byte in the other."""
    expect(f"{name}: {files(directory)} beside {files(reference)}", files(directory) == files(reference))
    for file in set(files(directory)) & set(files(reference)) - {"run.json"}:
        expect(f"{name}: {file} differs", bytes_of(f"{directory}/{file}") == bytes_of(f"{reference}/{file}"))
    mine, other = record(directory), record(reference)
    for key in mine:
        if key == "case":
            continue
        expect(f"{name}: run.json says {key}: {mine[key]} beside {other.get(key)}", mine[key] == other.get(key))


def start(path, directory, *options, ranks=0):
    """elute run; its outcome."""
    done = elute("run", path, "--output", directory, "--quiet", *options, ranks=ranks)
    done.directory = directory
    return done


def checkpoints(directory, ending=".elute"):
    """Whole ones, the last one last; ending ".part": one that was being written."""
    return sorted(glob.glob(f"{directory}/checkpoint/*{ending}"))


def copied(directory):
    to = os.path.join(fresh(), "run")
    shutil.copytree(directory, to)
    return to


def running(path, directory, *options, ranks=0):
    return subprocess.Popen(command(["run", path, "--output", directory, "--quiet", *options], ranks), stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, env=own_session(), cwd=fresh())
