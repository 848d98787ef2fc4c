"""Checks licences, bans and sources of the dependencies against deny.toml.

Stands in for `cargo deny check licenses bans sources` where cargo-deny is not installed. It reads
the licence fields that packages declare; unlike cargo-deny it does not look at licence texts.
"""

import json
import re
import subprocess
import sys
import tomllib

CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index"


def allowed(expression: str, licences: set[str]) -> bool:
    """Whether an SPDX expression can be satisfied with these licences."""
    tokens = re.findall(r"[()]|[^\s()]+", expression.replace("/", " OR "))

    def disjunction() -> bool:
        holds = conjunction()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            right = conjunction()
            holds = holds or right
        return holds

    def conjunction() -> bool:
        holds = term()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            right = term()
            holds = holds and right
        return holds

    def term() -> bool:
        if not tokens:
            raise ValueError("the expression ends too early")
        token = tokens.pop(0)
        if token == "(":
            holds = disjunction()
            if not tokens or tokens.pop(0) != ")":
                raise ValueError("a parenthesis is not closed")
            return holds
        if tokens and tokens[0] == "WITH":
            tokens.pop(0)
            token = f"{token} WITH {tokens.pop(0)}"
        return token in licences

    holds = disjunction()
    if tokens:
        raise ValueError(f"unexpected '{tokens[0]}'")
    return holds


def main() -> int:
    with open("deny.toml", "rb") as file:
        rules = tomllib.load(file)
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--all-features"]
    packages = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["packages"]
    general = set(rules["licenses"]["allow"])
    special = {entry["crate"]: set(entry["allow"]) for entry in rules["licenses"]["exceptions"]}
    banned = {entry["crate"] for entry in rules["bans"]["deny"]}
    faults, versions = [], {}
    outside = [package for package in packages if package["source"] is not None]
    for package in outside:
        name, licence = package["name"], package["license"]
        label = f"{name} {package['version']}"
        versions.setdefault(name, []).append(package["version"])
        if name in banned:
            faults.append(f"{label}: banned")
        if package["source"] != CRATES_IO:
            faults.append(f"{label}: not from crates.io")
        if licence is None:
            faults.append(f"{label}: declares no licence")
            continue
        try:
            if not allowed(licence, general | special.get(name, set())):
                faults.append(f"{label}: licence '{licence}' is not allowed")
        except ValueError as error:
            faults.append(f"{label}: licence '{licence}' cannot be read: {error}")
    for name, found in sorted(versions.items()):
        if len(found) > 1:
            print(f"note: {name} is there in several versions: {', '.join(sorted(found))}")
    for fault in faults:
        print(f"error: {fault}")
    if not outside:
        print("error: no dependency was found")
        return 1
    print(f"{len(outside)} dependencies, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
