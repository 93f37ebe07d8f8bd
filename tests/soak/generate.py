"""Random valid cases over the whole language, by number: the same number is the same case, forever. `mirrored` is the same physics seen in a
mirror across x, where the case has no random fields."""
import json
import random

SIZE = 0.5  # mm, half of the domain along each Cartesian axis


class Case:
    """The parts of one case while it is put together."""

    def __init__(self, number, mirrored):
        self.random = random.Random(f"elute {number}")
        self.sign = -1 if mirrored else 1
        self.mirrors = True  # can be seen in a mirror
        self.sections = {"elute": 1, "title": f"random case {number}"}

    def chance(self, share):
        return self.random.random() < share

    def pick(self, *choices):
        return self.random.choice(choices)

    def log(self, low, high):
        """Between two numbers, evenly in the logarithm."""
        return float(f"{low * (high / low) ** self.random.random():.3g}")

    def number(self, low, high):
        return float(f"{self.random.uniform(low, high):.3g}")

    def build(self):
        self.space()
        self.tissue()
        (self.pharmacology if self.chance(0.5) else self.chemistry)()
        self.edges()
        if self.dimension and self.chance(0.4):
            self.fluid()
        if self.chance(0.3):
            self.change()
        self.end()
        return self.sections

    # ---- space and tissue ----

    def space(self):
        self.geometry = self.pick("cartesian", "cartesian", "cartesian", "cylindrical", "spherical", "well_mixed")
        self.dimension = {"cartesian": self.random.randint(1, 3), "cylindrical": self.random.randint(1, 2), "spherical": 1, "well_mixed": 0}[self.geometry]
        self.axes = ("x", "y", "z")[:self.dimension] if self.geometry == "cartesian" else ("r", "z")[:self.dimension]
        mesh = {"geometry": self.geometry}
        for axis in self.axes:
            mesh[axis] = {"from": "0 mm" if axis == "r" else f"{-SIZE} mm", "to": f"{SIZE} mm", "cells": self.random.randint(4, (40, 12, 7)[self.dimension - 1])}
            if self.chance(0.3):
                stretch = self.number(0.85, 1.2)
                mesh[axis]["stretch"] = 1 / stretch if axis == "x" and self.sign < 0 else stretch
        if self.geometry == "well_mixed":
            mesh["volume"] = "1 uL"
        self.mirrors = self.geometry == "cartesian"
        self.sections["mesh"] = mesh

    def place(self, x):
        return f"{float(f'{x:.3g}')} mm"

    def point(self):
        at = [self.number(0, SIZE) if axis == "r" else self.number(-SIZE, SIZE) for axis in self.axes]
        if self.axes[:1] == ("r",):
            at[0] = 0  # on the axis: shapes of the section are rings
        if self.axes[:1] == ("x",):
            at[0] *= self.sign
        return [self.place(x) for x in at]

    def ball(self):
        return {"sphere": {"centre": self.point(), "radius": f"{self.number(0.15, 0.45)} mm"}}

    def shape(self):
        if self.geometry == "cartesian" and self.chance(0.3):
            low = [self.number(-SIZE, 0.1) for _ in self.axes]
            high = [x + self.number(0.2, 0.6) for x in low]
            if self.sign < 0:
                low[0], high[0] = -high[0], -low[0]
            return {"box": {"from": [self.place(x) for x in low], "to": [self.place(x) for x in high]}}
        return {"union": [self.ball(), self.ball()]} if self.chance(0.2) else self.ball()

    def tissue(self):
        self.tissues = ["gel"] + (["ball"] if self.dimension and self.chance(0.7) else [])
        self.leaky = self.dimension > 0 and self.chance(0.4)
        tissues = {}
        for name in self.tissues:
            tissues[name] = {"interstitial_fraction": self.number(0.1, 1), "hydraulic_conductivity": f"{self.log(1e-15, 1e-13)} m2/(Pa s)"}
            if self.leaky:
                tissues[name] |= {"vascular_density": f"{self.number(20, 300)} 1/cm", "vessel_conductivity": f"{self.log(1e-12, 1e-10)} m/(Pa s)", "vessel_pressure": f"{self.number(1, 3)} kPa",
                                  "lymph_conductance": f"{self.log(1e-9, 1e-7)} 1/(Pa s)", "osmotic_reflection": self.number(0, 1), "osmotic_pressure_vessel": "20 mmHg", "osmotic_pressure_tissue": "15 mmHg"}
        if len(self.tissues) > 1:
            tissues["ball"]["where"] = self.shape()
        if self.dimension and self.chance(0.15):
            self.mirrors = False
            tissues["gel"]["vary"] = {"diffusivity": {"lognormal": {"sigma": self.number(0.2, 1), "correlation_length": "0.3 mm", "seed": self.random.randint(1, 99)}}}
        self.sections["tissues"] = tissues

    def transport(self, diffusivity=(1e-12, 1e-9)):
        """Properties of what moves."""
        some = {"diffusivity": f"{self.log(*diffusivity)} m2/s"}
        if self.chance(0.3):
            some["sorption_factor"] = self.number(1, 5)
        if self.chance(0.3):
            some["availability"] = self.number(0.3, 1)
        if self.chance(0.3):
            some["partition"] = self.number(0.3, 3)
        if "ball" in self.tissues and self.chance(0.4):
            some["in"] = {"ball": {"diffusivity": f"{self.log(*diffusivity)} m2/s"}}
        if self.leaky and self.chance(0.6):
            some |= {"permeability": f"{self.log(1e-9, 1e-6)} m/s", "reflection": self.number(0, 1)}
        return some

    # ---- what is in it ----

    def initial(self):
        kind = self.pick("number", "formula", "tissue")
        if kind == "formula" and self.axes[:1] == ("x",):
            return {"formula": f"1e-3*(1+{self.number(-0.9, 0.9)}*{self.sign}*x/0.0005)", "unit": "mol/m3"}
        if kind == "tissue":
            return {"tissue": {name: f"{self.number(0, 3)} uM" for name in self.tissues}}
        return f"{self.number(0, 3)} uM"

    def chemistry(self):
        self.mobile = [f"m{i}" for i in range(self.random.randint(1, 3))]
        fixed = [f"s{i}" for i in range(self.random.randint(0, 2))]
        species = {name: self.transport() for name in self.mobile} | {name: {"mobile": "no"} for name in fixed}
        for each in species.values():
            if self.chance(0.8):
                each["initial"] = self.initial()
        every = self.mobile + fixed
        reactions = []
        for _ in range(self.random.randint(0, 4)):
            a, b, c = (self.pick(*every) for _ in range(3))
            kind = self.pick("first", "second", "loss", "michaelis_menten", "hill")
            if kind == "first" and a != b:
                reactions.append({"equation": f"{a} -> {b}", "rate": f"{self.log(1e-5, 1e-1)} 1/s"})
            elif kind == "second" and len({a, b, c}) == 3:
                reactions.append({"equation": f"{a} + {b} -> {c}", "rate": f"{self.log(1e-1, 1e3)} 1/(M s)"})
            elif kind == "loss":
                reactions.append({"equation": f"{a} -> ", "rate": f"{self.log(1e-5, 1e-2)} 1/s"})
            elif kind == "michaelis_menten" and a != b:
                reactions.append({"equation": f"{a} -> {b}", "law": "michaelis_menten", "v_max": f"{self.log(1e-4, 1e-1)} uM/s", "k_m": f"{self.log(0.1, 10)} uM"})
            elif kind == "hill" and a != b:
                reactions.append({"equation": f"{a} -> {b}", "law": "hill", "v_max": f"{self.log(1e-4, 1e-1)} uM/s", "k": f"{self.log(0.1, 10)} uM", "n": self.pick(1, 2, 3)})
        self.sections["species"] = species
        if reactions:
            self.sections["reactions"] = reactions
        if self.chance(0.4):
            source = {"species": self.pick(*self.mobile), "amount": f"{self.log(1e-3, 1)} pmol"}
            if self.dimension:
                source["where"] = self.shape()
            if self.chance(0.5):
                source["at"] = "3 min"
            self.sections["sources"] = [source]
        if self.leaky and self.chance(0.6):
            self.sections["plasma"] = {name: f"{self.number(0.1, 3)} uM" for name, each in species.items() if "permeability" in each}
            if not self.sections["plasma"]:
                del self.sections["plasma"]

    def pharmacology(self):
        laws = ({"law": "first_order", "rate": f"{self.log(0.1, 30)} 1/h"}, {"law": "zero_order", "time": "20 min"}, {"law": "weibull", "scale": "20 min", "shape": self.number(0.6, 1.5)})
        drug = self.transport((1e-11, 1e-9))
        self.mobile = ["dox"]
        if self.chance(0.6):
            self.sections["receptors"] = {"r": {"density": f"{self.log(1, 1000)} nM"}}
            drug["binds"] = {"r": {"k_on": f"{self.log(1e3, 1e6)} 1/(M s)", "k_off": f"{self.log(1e-5, 1e-2)} 1/s"}}
        if self.chance(0.4):
            self.sections["cells"] = {"c": {"density": f"{self.log(1e7, 3e8)} 1/mL", "killed_by": {"dox": {"law": "emax", "k_max": f"{self.log(0.1, 10)} 1/h", "ec50": f"{self.log(0.1, 10)} uM"}}}}
            drug["uptake"] = {"by": "c", "rate": f"{self.log(1e-19, 1e-17)} m3/s"}
        self.sections["drugs"] = {"dox": drug}
        give, amount = "dox", f"{self.log(1e-3, 1)} pmol"
        if self.chance(0.7):
            self.mobile.append("lipo.dox")
            self.sections["carriers"] = {"lipo": self.transport((1e-12, 1e-10)) | {"carries": {"dox": {"release": self.pick(*laws)}}}}
            give, amount = "lipo", {"dox": amount}
        shot = {"give": give, "dose": amount, "route": "depot"}
        if self.dimension:
            shot |= {"at": self.point(), "radius": f"{self.number(0.2, 0.4)} mm"}
        if self.chance(0.4):
            shot["start"] = "2 min"
        self.sections["delivery"] = {"shot": shot}
        self.mobile = [name for name in self.mobile if name == "dox"]

    # ---- edges, fluid, time ----

    def edges(self):
        boundaries = {}
        sides = [side for axis in self.axes for side in ((f"{axis}+",) if axis == "r" else (f"{axis}-", f"{axis}+"))]
        for side in sides:
            name = {"x-": "x+", "x+": "x-"}.get(side, side) if self.sign < 0 else side
            species = self.pick(*self.mobile)
            kind = self.pick("closed", "closed", "value", "flux", "transfer", "outflow")
            condition = {"value": {"value": f"{self.number(0, 3)} uM"}, "flux": {"flux": f"{self.log(1e-12, 1e-10)} mol/(m2 s)"},
                         "transfer": {"transfer": {"coefficient": f"{self.log(1e-8, 1e-6)} m/s", "outside": f"{self.number(0, 3)} uM"}}, "outflow": {"outflow": "yes"}}.get(kind)
            if condition:
                boundaries[name] = {species: condition}
        if boundaries:
            self.sections["boundaries"] = boundaries
        if "ball" in self.tissues and self.chance(0.15):
            self.sections["hold"] = {"ball": {self.pick(*self.mobile): {"value": f"{self.number(0, 3)} uM"}}}

    def fluid(self):
        if self.geometry == "cartesian" and self.chance(0.4):
            velocity = [self.number(-1, 1) for _ in self.axes]
            velocity[0] *= self.sign
            self.sections["flow"] = {"model": "prescribed", "velocity": [f"{v} um/s" for v in velocity]}
        else:
            side = "surface" if "r" in self.axes else "x+" if self.sign > 0 else "x-"
            boundaries = {side: {"pressure": f"{self.number(0, 300)} Pa"}}
            if "x" in self.axes and self.chance(0.5):
                boundaries["x-" if self.sign > 0 else "x+"] = {"pressure": f"{self.number(0, 600)} Pa"}
            self.sections["flow"] = {"model": "darcy_starling", "boundaries": boundaries}
        self.sections["flow"]["advection"] = self.pick("limited", "limited", "upwind")

    def change(self):
        change = {"at": f"{self.number(1, 8)} min", "multiply": {self.pick("diffusivity", "interstitial_fraction"): self.number(0.3, 1)}}
        if self.dimension and self.chance(0.5):
            change["where"] = self.shape()
        self.sections["changes"] = [change]

    def end(self):
        self.sections["time"] = {"end": "10 min", "accuracy": self.pick(1e-2, 1e-3, 1e-4), "method": self.pick("auto", "ros2", "ra34pw2")}
        if self.chance(0.1):
            self.sections["time"]["linear"] = "gmres"
        output = {"every": "5 min", "endpoints": {"exposure": {"kind": "auc", "of": self.mobile[0], "in": self.tissues}, "highest": {"kind": "peak", "of": self.mobile[0], "in": self.tissues}}}
        if self.dimension:
            output["probes"] = {"p": self.point()}
        self.sections["output"] = output


def generate(number, mirrored=False):
    """The text of a case, and whether it can be mirrored."""
    case = Case(number, mirrored)
    return json.dumps(case.build(), indent=1), case.mirrors
