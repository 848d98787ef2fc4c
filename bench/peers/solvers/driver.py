"""Answers one SMT-LIB file with z3 or cvc5: prints seconds and the answer.

usage: driver.py z3|cvc5 FILE SECONDS
"""

import sys
import time


def main(solver, path, seconds):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    limit = int(float(seconds) * 1000)
    if solver == "z3":
        import z3

        instance = z3.Solver()
        instance.set("timeout", limit)
        instance.from_string(text)
        started = time.perf_counter()
        answer = str(instance.check())
    else:
        import cvc5

        instance = cvc5.Solver(cvc5.TermManager())
        instance.setOption("tlimit-per", str(limit))
        parser = cvc5.InputParser(instance)
        parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "question")
        symbols = parser.getSymbolManager()
        started = time.perf_counter()
        answer = ""
        while not (command := parser.nextCommand()).isNull():
            answer = command.invoke(instance, symbols).strip() or answer
    print(f"{time.perf_counter() - started:.6f} {answer}")


if __name__ == "__main__":
    main(*sys.argv[1:])
