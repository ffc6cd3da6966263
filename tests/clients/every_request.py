"""Hooks of schemathesis, loaded by the process that sends the requests (SCHEMATHESIS_HOOKS).

Every request gets an Idempotency-Key of its own: the generated ones share a handful, and a key that comes again with
another body is refused before the body is read. What the description calls right is asked of what is there, for ids
that are made up only ever meet a 404. And every answer is written down, so that a test can say what was met.
"""

import itertools
import json
import os
import re
import uuid

import schemathesis
from schemathesis import GenerationMode

KEY, SHAPE = "Idempotency-Key", re.compile(r"[!-~]{1,128}")

#: Ids of what there is, by name; see `test_schemathesis.there`. "gone" and "cancelled" are used up one by one.
THERE = json.loads(os.environ["THERE"])
GONE = itertools.cycle(THERE["gone"])
RUNS = itertools.cycle(THERE["cancelled"])

#: Operation → what to ask for instead of what was made up: a part of the request, a parameter of it, its value.
ASKED = {
    "explanations_get": lambda: {"query": {"person": THERE["person"], "item": THERE["item"]}},
    "items_similar": lambda: {"path_parameters": {"item": THERE["item"]}},
    "items_withdraw": lambda: {"path_parameters": {"item": next(GONE)}},
    "persons_erase": lambda: {"path_parameters": {"person": next(GONE)}},
    "persons_export_one": lambda: {"path_parameters": {"person": THERE["person"]}},
    "persons_profile": lambda: {"path_parameters": {"person": THERE["person"]}},
    "persons_similar": lambda: {"path_parameters": {"person": THERE["person"]}},
    "relationships_delete": lambda: {
        "query": {"source": THERE["person"], "target": next(GONE), "kind": "follows"},
    },
    "training_runs_cancel": lambda: {"path_parameters": {"run": next(RUNS)}},
    "training_runs_get": lambda: {"path_parameters": {"run": THERE["run"]}},
}


@schemathesis.hook
def before_call(context, case, kwargs):
    """What is made up to be refused stays as it is."""
    if SHAPE.fullmatch(str((case.headers or {}).get(KEY, ""))):
        case.headers[KEY] = str(uuid.uuid4())
    asked = ASKED.get(_name(case))
    if asked is not None and case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE:
        for part, values in asked().items():
            getattr(case, part).update(values)


@schemathesis.hook
def after_call(context, case, response):
    with open(os.environ["ANSWERS"], "a") as answers:  # a short line each: workers do not write into one another's
        answers.write(f"{_name(case)} {response.status_code}\n")


def _name(case) -> str:
    return case.operation.definition.raw["operationId"]
