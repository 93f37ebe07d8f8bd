"""V01 in one, two and three dimensions: a solution is prescribed, the sources that make it one are derived from the equations by SymPy,
and orders in space and time are those of the scheme, with each term alone beside diffusion and with all of them.

  d(phi c)/dt + div(f u c - phi D grad c) = S/V (P w(Pe) (c_v - c) + J_v (1 - sigma) c_v) - G_L (p - p_L) c
                                            - k_on c free + k_off bound - phi (k c + v c/(K_M + c)) + source
  d free/dt = -k_on c free + k_off bound + source,     d bound/dt = k_on c free - (k_off + k_e) bound + source
  u = -K grad p,   div u = S/V J_v - G_L (p - p_L),    J_v = L_p (p_v - p - sigma_T (pi_v - pi_i)),   Pe = J_v (1 - sigma)/P

D, K, phi, S/V and p vary in place, p_v is what makes p the pressure; everything of the drug and its receptor varies in time too. Fluid
enters at x- (p given) and leaves at x+ (velocity given), or, closed, passes no face; c is given at x-, x+ and z-, its flux at y+, a
mass transfer at z+, nothing passes at y-.
"""
import math
import os
import sys

import numpy
import sympy
from sympy import cos, exp, pi, sin

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import fields, report, run

x, y, z, t = sympy.symbols("x y z t")
SIDE, END, TAU, C0 = 1e-3, 1200, 1800, 1e-5  # m, s, s, mol/m3
X, Y, Z = x / SIDE, y / SIDE, z / SIDE
PERMEABILITY, REFLECTION = 1e-8, 0.5  # m/s, 1
K_ON, K_OFF, K_E, DECAY, V_MAX = 10, 1e-3, 5e-4, 2e-4, 3e-9  # m3/(mol s), 1/s, 1/s, 1/s, mol/(m3 s)
TERMS = ("flow", "vessels", "lymph", "binding", "decay")
ALL = ("diffusion", *TERMS)


def text(formula, unit):
    """As a case writes it."""
    return f'{{formula: "{sympy.N(formula, 16)}", unit: {unit}}}'.replace("**", "^")


class Problem:
    """Formulas on the axes that there are; a term that is switched off has zeros."""

    def __init__(self, axes, terms, f, closed):
        along = lambda **waves: sympy.prod(waves[a] for a in axes)
        self.axes = [sympy.Symbol(a) for a in axes]
        self.phi = 0.3 * (1 + 0.25 * cos(pi * X))
        self.D = 2e-11 * (1 + 0.3 * sin(2 * pi * X)) if "diffusion" in terms else sympy.Integer(0)
        self.K = 3e-14 * (1 + 0.2 * cos(pi * (Y if y in self.axes else X)))
        self.p = 1500 + 1000 * along(x=cos(pi * X) if closed else cos(pi * X / 2 + 0.3), y=cos(pi * Y), z=cos(pi * Z))
        self.c = C0 * (1 + exp(-t / TAU) / 2 * along(x=sin(pi * X + 0.4), y=cos(pi * Y / 2), z=cos(pi * Z / 2 + 0.3)))
        self.free = 4e-5 * (1 - exp(-t / TAU) / 2 * along(x=cos(pi * X), y=cos(pi * Y), z=cos(pi * Z)))
        self.bound = 1e-5 * (2 - exp(-t / TAU) * along(x=sin(pi * X + 0.4), y=cos(pi * Y / 2), z=cos(pi * Z)))
        self.area = 2e4 * (1 + 0.3 * cos(pi * X))
        self.u = [-self.K * self.p.diff(a) for a in self.axes]
        self.lymph = 1e-7 if "lymph" in terms else 0  # 1/(Pa s); p_L is 0, below p everywhere
        self.filtered = (sum(u.diff(a) for u, a in zip(self.u, self.axes)) + self.lymph * self.p) / self.area  # J_v
        self.vessel_pressure = self.p + 0.82 * 5 * 133.322387415 + self.filtered / 2.1e-11
        self.plasma = 2 * C0 * exp(-t / 3600)
        self.sources = list(self.balance(terms, f))

    def balance(self, terms, f):
        """Sources by species, term by term: what the equations lack."""
        c, free, bound = self.c, self.free, self.bound
        yield "drug", self.phi * c.diff(t) - sum((self.phi * self.D * c.diff(a)).diff(a) for a in self.axes)
        yield "free", free.diff(t)
        yield "bound", bound.diff(t)
        if "flow" in terms:
            yield "drug", sum((f * u * c).diff(a) for u, a in zip(self.u, self.axes))
        if "vessels" in terms:
            carried = (1 - REFLECTION) * self.filtered
            weight = carried / (exp(carried / PERMEABILITY) - 1)  # P w(Pe)
            yield "drug", -self.area * (weight * (self.plasma - c) + carried * self.plasma)
        if "lymph" in terms:
            yield "drug", self.lymph * self.p * c
        if "binding" in terms:
            binds = K_ON * c * free - K_OFF * bound
            yield "drug", binds
            yield "free", binds
            yield "bound", K_E * bound - binds
        if "decay" in terms:
            yield "drug", self.phi * (DECAY * c + V_MAX * c / (C0 + c))


def faces(q, moving):
    """Conditions of the drug by side; none where nothing moves."""
    if not moving:
        return {}
    value = lambda a, at: f"value: {text(q.c.subs(a, at), 'mol/m3')}"
    inflow = {a: q.phi * q.D * q.c.diff(a) for a in q.axes}  # outward normal and gradient agree
    found = {"x-": value(x, 0), "x+": value(x, SIDE)}
    if y in q.axes:
        found["y+"] = f"flux: {text(inflow[y].subs(y, SIDE), 'mol/(m2 s)')}"
    if z in q.axes:
        found["z-"] = value(z, 0)
        found["z+"] = f"transfer: {{coefficient: 1e-7 m/s, outside: {text((q.c + inflow[z] / 1e-7).subs(z, SIDE), 'mol/m3')}}}"
    return found


def flow(q, model, advection, closed):
    if model == "prescribed":
        return f"flow: {{model: prescribed, advection: {advection}, velocity: [{', '.join(text(u, 'm/s') for u in q.u)}]}}"
    ends = "" if closed else f"x-: {{pressure: {text(q.p.subs(x, 0), 'Pa')}}}, x+: {{velocity: {text(-q.u[0].subs(x, SIDE), 'm/s')}}}"
    return f"flow: {{model: darcy_starling, advection: {advection}, boundaries: {{{ends}}}}}"


def case(axes, cells, terms, model="darcy_starling", advection="limited", f=1.0, closed=False, time="accuracy: 1e-6, method: ra34pw2"):
    """The case and its formulas."""
    q = Problem(axes, terms, f, closed)
    solved = "flow" in terms and model == "darcy_starling"
    pressure = f"hydraulic_conductivity: {text(q.K, 'm2/(Pa s)')}" if solved else f"interstitial_pressure: {text(q.p, 'Pa')}"
    vessels = f"permeability: {PERMEABILITY} m/s, reflection: {REFLECTION}, " if "vessels" in terms else ""
    reactions = []
    if "binding" in terms:
        reactions += [f'drug + free <-> bound", forward: {K_ON} m3/(mol s), backward: {K_OFF} 1/s', f'bound -> ", rate: {K_E} 1/s']
    if "decay" in terms:
        reactions += [f'drug -> ", rate: {DECAY} 1/s', f'drug -> ", law: michaelis_menten, v_max: {V_MAX} mol/(m3 s), k_m: {C0} mol/m3']
    exact = {"drug": q.c, "free": q.free, "bound": q.bound}
    initial = {name: f"initial: {text(formula.subs(t, 0), 'mol/m3')}" for name, formula in exact.items()}
    lines = lambda each: "[" + ",\n  ".join(each) + "]"
    return f"""
elute: 1
title: V01 manufactured solution
mesh: {{geometry: cartesian, {', '.join(f'{a}: {{from: 0 mm, to: 1 mm, cells: {cells}}}' for a in axes)}}}
tissues:
  gel:
    interstitial_fraction: {text(q.phi, '1')}
    vascular_density: {text(q.area, '1/m')}
    vessel_conductivity: 2.1e-11 m/(Pa s)
    vessel_pressure: {text(q.vessel_pressure, 'Pa')}
    osmotic_pressure_vessel: 20 mmHg
    osmotic_pressure_tissue: 15 mmHg
    osmotic_reflection: 0.82
    lymph_conductance: {q.lymph} 1/(Pa s)
    {pressure}
species:
  drug: {{diffusivity: {text(q.D, 'm2/s')}, convective_hindrance: {f}, {vessels}{initial['drug']}}}
  free: {{mobile: no, {initial['free']}}}
  bound: {{mobile: no, {initial['bound']}}}
plasma: {{{f"drug: {text(q.plasma, 'mol/m3')}" if vessels else ""}}}
exchanges: [{'{species: drug, model: lymph}' if "lymph" in terms else ""}]
reactions: {lines('{equation: "' + one + "}" for one in reactions)}
sources: {lines(f"{{species: {name}, density: {text(formula, 'mol/(m3 s)')}}}" for name, formula in q.sources)}
boundaries: {{{", ".join(f"{side}: {{drug: {{{what}}}}}" for side, what in faces(q, {'diffusion', 'flow'} & set(terms)).items())}}}
{flow(q, model, advection, closed) if "flow" in terms else ""}
time: {{end: {END} s, {time}}}
verify: {lines(f"{{species: {name}, norm: l2, below: 1e9, exact: {text(formula, 'mol/m3')}}}" for name, formula in exact.items())}
""", q


def errors(*arguments, **options):
    """Relative L2 errors at the end of drug, free and bound, and of pressure and velocity where they are solved; the run."""
    what, q = case(*arguments, **options)
    done = run("", "--quiet", text=what)
    assert done.closure() < 1e-12, done.closure()
    found = {name: float(row["obtained"]) for name, row in zip(("drug", "free", "bound"), done.table("verify.csv"))}
    array, edges = fields(done)
    if "pressure" in array:
        middle = numpy.meshgrid(*[0.5 * (e[1:] + e[:-1]) if len(e) > 1 else e for e in edges[::-1]], indexing="ij")[::-1]
        exact = lambda formula: sympy.lambdify((x, y, z), formula, "numpy")(*middle)
        distance = lambda pairs: math.sqrt(sum(((a - b) ** 2).sum() for a, b in pairs) / sum((b**2).sum() for a, b in pairs))
        found["pressure"] = distance([(array["pressure"], exact(q.p))])
        found["velocity"] = distance([(array["velocity"][..., i], exact(u)) for i, u in enumerate(q.u)])
    return found, array, done


# ---- orders in space


def orders(axes, cells, terms, what, least, **options):
    """The last of the refinements' orders: of the drug, of what it binds to, of pressure and velocity (1.9)."""
    each = [errors(axes, n, terms, **options)[0] for n in cells]
    for name in each[0]:
        values = [one[name] for one in each]
        if name in ("free", "bound") and "binding" not in terms:  # follow their source alone
            assert max(values) < 1e-6, (name, values)
            continue
        print(axes, cells, what, name, values)
        report(f"V01 in {len(axes)}-D, {what}", f"order in space, {name}", math.log2(values[-2] / values[-1]),
               1.9 if name in ("pressure", "velocity") else least, above=True)
    return each[-1]


STRICT, LIMITED, UPWIND = 1.9, 1.7, 0.9
for axes, cells, accuracy, most in (("x", (20, 40, 80), 1e-7, 1e-4), ("xy", (12, 24, 48), 1e-6, 1e-4), ("xyz", (6, 12, 24), 1e-6, 2e-4)):
    time = {"time": f"accuracy: {accuracy}, method: ra34pw2"}
    orders(axes, cells, ("diffusion",), "diffusion alone", STRICT, **time)
    for term in TERMS:
        orders(axes, cells, ("diffusion", term), f"diffusion and {term}", LIMITED if term == "flow" else STRICT, **time)
    last = orders(axes, cells, ALL, "all terms", LIMITED, **time)
    report(f"V01 in {len(axes)}-D, all terms", f"relative L2 error, drug, {cells[-1]} cells per axis", last["drug"], most)
for axes, cells in (("x", (20, 40, 80)), ("xy", (12, 24, 48))):
    orders(axes, cells, ALL, "all terms, upwind", UPWIND, advection="upwind")
    orders(axes, cells, ("diffusion", "flow"), "flow prescribed", LIMITED, model="prescribed")
    orders(axes, cells, ("diffusion", "flow"), "flow in a closed box, hindrance 0.6", LIMITED, closed=True, f=0.6)

# ---- without transport nothing is approximated in space, and what is left is the time error

for terms, what in ((TERMS[1:], "all but transport"), ((), "sources alone")):
    found = errors("x", 20, terms)[0]
    report(f"V01, {what}", "relative L2 error", max(found.values()), 1e-6)

# ---- orders in time, against the same mesh with far smaller steps

for method, order in (("ros2", 2), ("ra34pw2", 3)):
    runs = [errors("xy", 12, ALL, time=f"step: {END / n} s, method: {method}")[1] for n in (10, 20, 40, 320)]
    for name in ("drug", "free", "bound"):
        states = [run[f"{name}_in_tissue"] for run in runs]
        values = [numpy.linalg.norm(state - states[-1]) / numpy.linalg.norm(states[-1]) for state in states[:-1]]
        print(method, name, values)
        report("V01 in 2-D, all terms", f"order in time, {method}, {name}", math.log2(values[1] / values[2]), order - 0.1, above=True)
