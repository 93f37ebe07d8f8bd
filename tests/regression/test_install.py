"""`cmake --install` gives a program that works by itself: it finds the catalogue and the cases that were installed with it, and nothing of
the source tree."""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import PROGRAM, session

build = os.path.dirname(os.path.abspath(PROGRAM))
with tempfile.TemporaryDirectory(prefix="elute-install-") as base:
    prefix, away = os.path.join(base, "prefix"), os.path.join(base, "away")
    os.mkdir(away)
    subprocess.run(["cmake", "--install", build, "--prefix", prefix], check=True, capture_output=True)
    program, share = os.path.join(prefix, "bin", "elute"), os.path.join(prefix, "share", "elute")
    environment = {k: v for k, v in session(base).items() if not k.startswith("ELUTE_")}

    def elute(*arguments):
        return subprocess.run([program, *arguments], cwd=away, env=environment, capture_output=True, text=True)

    case = os.path.join(share, "cases", "binding.yaml")
    done = elute("run", case, "--output", "run", "--quiet", "--set", "time.end=10 min", "--set", "output={}")
    assert done.returncode == 0 and os.path.exists(os.path.join(away, "run", "run.json")), done.stderr
    assert elute("check", os.path.join(share, "cases", "liposome_dendrimer.yaml"), "--expand").returncode == 0

    # The catalogue that is read is the installed one: a number changed there comes out.
    drugs = os.path.join(share, "catalogue", "drugs.yaml")
    with open(drugs) as file:
        text = file.read()
    assert "1.2e-10 m2/s" in text
    with open(drugs, "w") as file:
        file.write(text.replace("1.2e-10 m2/s", "2.3e-10 m2/s"))
    shown = elute("catalogue", "show", "doxorubicin")
    assert shown.returncode == 0 and "2.3e-10" in shown.stdout and "1.2e-10" not in shown.stdout, shown.stdout + shown.stderr

    # Headers and libraries serve a program of somebody else's.
    assert os.path.exists(os.path.join(prefix, "include", "elute", "solver", "simulation.h"))
print("installed and run")
