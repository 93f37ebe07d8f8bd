"""A small case with everything that backends and ranks must agree on, GMRES stages too."""
CASE = """
elute: 1
title: three dimensions, two tissues, a binding reaction, a closed axis, open faces that vary in time
mesh:
  geometry: cartesian
  x: {from: 0 m, to: 1 m, cells: 13}
  y: {from: 0 m, to: 1 m, cells: 9}
  z: {from: 0 m, to: 1 m, cells: 7}
tissues:
  a: {interstitial_fraction: 0.2}
  b: {interstitial_fraction: 0.5, where: {sphere: {centre: [0.5 m, 0.5 m, 0.5 m], radius: 0.3 m}}}
species:
  u: {diffusivity: 1 m2/s, initial: {formula: "1+x*y", unit: mol/m3}, in: {b: {diffusivity: 0.01 m2/s}}}
  w: {diffusivity: 0.1 m2/s}
  s: {mobile: no, initial: 1 mol/m3}
reactions:
  - {equation: "u + s -> w", rate: 3 m3/(mol s)}
  - {equation: "w -> ", law: michaelis_menten, v_max: 1 mol/(m3 s), k_m: 1 mol/m3}
boundaries:
  x-: {u: {value: {formula: "1+sin(10*t)", unit: mol/m3}}}
  y-: {periodic: yes}
  y+: {periodic: yes}
  z+: {w: {transfer: {coefficient: 2 m/s, outside: 0.1 mol/m3}}}
time: {end: 0.5 s, accuracy: 1e-3, defect_limit: 1e-3}
output: {every: 0.25 s, probes: {line: {from: [0.1 m, 0.1 m, 0.1 m], to: [0.9 m, 0.8 m, 0.9 m], points: 9}}}
"""
