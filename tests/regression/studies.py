"""What the tests of studies share: a folder with a study and its case, the command."""
import os

from faults import elute, fresh


def folder_of(case, study):
    """A fresh folder with case.yaml and sweep.yaml."""
    path = fresh()
    for name, text in (("case.yaml", case), ("sweep.yaml", study)):
        with open(os.path.join(path, name), "w") as file:
            file.write(text)
    return path


def study(directory, verb, *arguments, **how):
    return elute("study", verb, "sweep.yaml", *arguments, cwd=directory, **how)
