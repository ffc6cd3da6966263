"""What the language side is worth, measured on the data of a folder, without a database.

    python -m tests.benchmarks.language cold-start DIR --format json

One JSON object (or a table) goes to standard output, progress to standard error. Every module in here is one
subcommand: it declares its arguments in `add_arguments` and measures in `run`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from importlib import import_module
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

FILES = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.language", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="name", required=True)
    modules = {}
    for file in FILES:
        module = import_module(f"{__package__}.{file}")
        if not hasattr(module, "add_arguments"):
            continue  # what several of them share
        name = file.replace("_", "-")
        modules[name] = module
        command = commands.add_parser(name, help=module.__doc__.splitlines()[0])
        command.add_argument("--format", choices=("json", "table"), default="table")
        module.add_arguments(command)
    options = parser.parse_args(arguments)
    started = time.perf_counter()
    try:
        result = modules[options.name].run(options)
    except (OSError, ValueError, LookupError) as error:
        print(f"{options.name}: {error}", file=sys.stderr)
        return 2
    result["seconds"] = round(time.perf_counter() - started, 1)
    result["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps(result, allow_nan=False) if options.format == "json" else "\n".join(lines(result)))
    return 0


def lines(result: dict, start: str = "") -> list[str]:
    """One line a figure: `finetuned.ndcg@10  0.0712`."""
    found = []
    for name, value in result.items():
        if isinstance(value, dict):
            found += lines(value, f"{start}{name}.")
        else:
            shown = f"{value:.4f}" if isinstance(value, float) else str(value)
            found.append(f"{start + name:40} {shown}")
    return found


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
