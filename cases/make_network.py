"""Makes cases/vessel_network.csv, a small tumour network of our own: an arteriole and a venule along x, joined by capillaries that wander at
random and branch, fewer of them in the middle, as in tumours that have outgrown their supply. The same file every time."""
import math
import os
import random

random.seed(2026)
SIZE = 1000.0  # um
rows = []


def inside(point):
    return tuple(min(max(x, 0.0), SIZE) for x in point)


def piece(a, b, radius):
    rows.append([*a, *b, radius])


def trunk(y, z, radius):
    points = [(50.0 * i, y + 20 * math.sin(0.4 * i), z + 15 * math.cos(0.3 * i)) for i in range(21)]
    for a, b in zip(points, points[1:]):
        piece(a, b, radius)
    return points


artery, vein = trunk(200, 500, 15.0), trunk(800, 500, 20.0)
for start, end in zip(artery[1:-1:2], vein[1:-1:2]):
    if 400 < start[0] < 600:
        continue  # the middle has none of its own
    at = start
    for step in range(1, 13):
        aim = [s + (e - s) * step / 12 for s, e in zip(start, end)]
        to = end if step == 12 else inside(x + random.uniform(-60, 60) for x in aim)
        piece(at, to, 5.0)
        if step % 4 == 2:  # a blind branch
            tip = inside(x + random.uniform(-150, 150) for x in to)
            piece(to, tip, 4.0)
        at = to

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "vessel_network.csv"), "w") as file:
    file.write("# Made by make_network.py; not of any real tumour.\n")
    file.write("x0 [um], y0 [um], z0 [um], x1 [um], y1 [um], z1 [um], radius [um]\n")
    for row in rows:
        file.write(", ".join(f"{x:.2f}" for x in row) + "\n")
area = sum(2 * math.pi * r[6] * math.dist(r[:3], r[3:6]) for r in rows)
print(f"{len(rows)} pieces, wall {area / SIZE**3 * 1e4:.1f} 1/cm of the cube")
