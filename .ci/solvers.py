"""Asks z3 and cvc5 the questions of SMT-LIB files and compares their answers with the status in each.

usage: solvers.py FILE...

A file may hold several questions, separated by lines that begin with "; ====". A different answer
fails the run, and so does a question that neither solver answers in time. String solving is not
predictable, so one of them may be silent on some questions; how often is printed.
"""

import multiprocessing
import re
import sys

LIMIT_MILLISECONDS = 1_000
STATUS = re.compile(r"\(set-info :status (sat|unsat)\)")


def z3_answer(text):
    import z3

    solver = z3.Solver()
    solver.set("timeout", LIMIT_MILLISECONDS)
    solver.from_string(text)
    return str(solver.check())


def cvc5_answer(text):
    import cvc5

    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("tlimit-per", str(LIMIT_MILLISECONDS))
    solver.setOption("strings-exp", "true")
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "question")
    symbols = parser.getSymbolManager()
    answer = ""
    while True:
        command = parser.nextCommand()
        if command.isNull():
            return answer or "unknown"
        printed = command.invoke(solver, symbols).strip()
        if printed and not printed.startswith("success"):
            answer = printed


def ask(question):
    name, text = question
    expected = STATUS.search(text).group(1)
    results = []
    for solver, answer in (("z3", z3_answer), ("cvc5", cvc5_answer)):
        try:
            results.append((solver, answer(text)))
        except Exception as error:  # A question that a solver refuses is a fault of the file.
            results.append((solver, f"error: {error}"))
    return name, expected, results


def main(paths):
    questions = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for number, text in enumerate(file.read().split("; ====")):
                if STATUS.search(text):
                    questions.append((f"{path}#{number}", text))
    if not questions:
        sys.exit("no questions")
    counts, wrong, silent, open_questions = {}, [], {"z3": 0, "cvc5": 0}, []
    with multiprocessing.Pool() as pool:
        for name, expected, results in pool.imap_unordered(ask, questions, chunksize=8):
            counts[expected] = counts.get(expected, 0) + 1
            agreed = 0
            for solver, answer in results:
                if answer == expected:
                    agreed += 1
                elif answer in ("unknown", "timeout"):
                    silent[solver] += 1
                else:
                    wrong.append(f"{name}: we say {expected}, {solver} says {answer}")
            if not agreed:
                open_questions.append(f"{name}: no solver agrees")
    print(
        f"{len(questions)} questions {counts}: {len(wrong)} answers differ,"
        f" {len(open_questions)} were answered by neither, silent: {silent}"
    )
    for line in (wrong + open_questions)[:20]:
        print(line)
    if wrong or open_questions or max(silent.values()) * 4 > len(questions) or len(counts) < 2:
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
