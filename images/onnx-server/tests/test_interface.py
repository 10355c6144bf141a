"""interface.json and the README say what the running server says."""

import json
import re
import subprocess
import sys

from conftest import ROOT

from onnx_server.interface import describe

INTERFACE = json.loads((ROOT / "interface.json").read_text())
README = (ROOT / "README.md").read_text()
TYPE = re.compile(r"^# TYPE (\S+) (\w+)$", re.MULTILINE)
SERIES = re.compile(r"^(\w+)\{(.*)\} ", re.MULTILINE)


def rows(heading: str) -> list[str]:
    """The names in the first column of the table under a heading."""
    section = README.split(f"## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `([^`{]+)", section, re.MULTILINE)


def test_it_is_what_the_code_says():
    assert INTERFACE == describe(), "python -m onnx_server.interface > interface.json"


def test_its_flags_and_variables_are_those_of_help():
    text = subprocess.run([sys.executable, "-m", "onnx_server", "--help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert sorted(re.findall(r"^  (--[a-z0-9-]+) ", text, re.MULTILINE)) == sorted(INTERFACE["flags"])
    assert sorted(re.findall(r"\[(ONNX_SERVER_\w+)\]", text)) == sorted(INTERFACE["environment"])


def test_its_metrics_are_those_of_a_server_that_has_answered(server):
    server.client.completions.create(model="smollm2", prompt="hi", max_tokens=3)
    text = server.get("/metrics")[1]
    assert dict(TYPE.findall(text)) == {spec["series"][0] if spec["type"] == "counter" else name: spec["type"] for name, spec in INTERFACE["metrics"].items()}
    found = {(name, frozenset(re.findall(r"(\w+)=", labels)) - {"le"}) for name, labels in SERIES.findall(text)}
    assert found == {(series, frozenset(spec["labels"])) for spec in INTERFACE["metrics"].values() for series in spec["series"]}


def test_the_readme_lists_the_same(server):
    assert sorted(rows("Options")) == sorted(INTERFACE["flags"])
    assert sorted(rows("Metrics")) == sorted(INTERFACE["metrics"])
    assert sorted({path for path in re.findall(r"^\| `(?:GET|POST) ([^`]+)`", README, re.MULTILINE)}) == INTERFACE["endpoints"]
