#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compare laminar.sklearn's estimators with scikit-learn's: scores, fits, one-row predictions, a search.

python benchmarks/estimators.py                            all, in a few minutes
python benchmarks/estimators.py --parts scores             a part of it
python benchmarks/estimators.py --datasets digits,wine     some data sets

Default settings and the same random_state on both sides, so both begin with the same weights and stop by
the same rules. README.md beside this file states the protocol.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from estimator_worker import FOLDS, OURS, THEIRS
from harness.machine import available_cpus, describe
from harness.protocol import THREAD_VARIABLES, Load, Settings, Worker, run_rounds
from harness.report import markdown, microseconds, write_json
from harness.results import Figure
from peers import PeerSpec

RESULTS = Path(__file__).resolve().parent / "results"
DATASETS = (
    "digits",
    "breast_cancer",
    "wine",
    "diabetes",
    "make_moons",
    "make_circles",
    "make_classification",
    "make_regression",
)
PARTS = ("scores", "times", "search")
FIT_GOAL, PREDICT_GOAL, SEARCH_GOAL = 5.0, 10.0, 1.3
STANDARD_ERRORS = 2.0
SEARCH_LEAST = 20.0  # seconds of fits, so that what a search costs beside them shows
NOISY = 0.05  # CPUs that others used


class EstimatorWorker(Worker):
    """A process with one library's estimators and a number of threads."""

    script = Path(__file__).resolve().parent / "estimator_worker.py"


@dataclass
class Timing:
    """Fits and predictions on one data set, by "library,threads"."""

    dataset: str
    shape: dict[str, dict[str, Any]]
    figures: dict[str, dict[str, Figure]]  # kind -> process -> figure

    def best(self, library: str, kind: str) -> tuple[str, Figure]:
        """Return the number of threads that served a library best, and its figure."""
        mine = {
            name.split(",")[1]: each
            for name, each in self.figures[kind].items()
            if name.startswith(f"{library},")
        }
        threads = min(mine, key=lambda name: mine[name].minimum)
        return threads, mine[threads]

    def ratio(self, kind: str, statistic: str) -> float:
        """Return the times of scikit-learn over ours."""
        return getattr(self.best(THEIRS, kind)[1], statistic) / getattr(self.best(OURS, kind)[1], statistic)


@dataclass
class Outcome:
    """What was found."""

    scores: dict[str, dict[str, list[list[float]]]] = field(default_factory=dict)  # by seed, by fold
    timings: list[Timing] = field(default_factory=list)
    searches: list[dict[str, float]] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    load: Load = field(default_factory=Load)


def start(stack: ExitStack, library: str, threads: int, own_threads: bool = True) -> EstimatorWorker:
    """Start a process; without `own_threads`, nothing tells the libraries how many to use."""
    environment = {} if own_threads else dict.fromkeys(THREAD_VARIABLES, "")
    spec = PeerSpec(f"{library},{threads}", library, "", (), environment=environment)
    worker = EstimatorWorker(spec, Settings(threads, tuple(available_cpus()[:threads])))
    stack.callback(worker.close)
    worker.start()
    return worker


def find_scores(datasets: list[str], seeds: int, outcome: Outcome) -> None:
    with ExitStack() as stack:
        workers = [start(stack, library, 1) for library in (OURS, THEIRS)]
        for dataset in datasets:
            outcome.scores[dataset] = {
                worker.spec.family: [
                    worker.ask(command="scores", dataset=dataset, seed=seed) for seed in range(seeds)
                ]
                for worker in workers
            }


def find_times(datasets: list[str], rounds: int, seconds: float, outcome: Outcome) -> None:
    counts = [count for count in (1, 2) if count <= len(available_cpus())]
    with ExitStack() as stack:
        workers = [start(stack, library, count) for count in counts for library in (OURS, THEIRS)]
        outcome.about = {worker.spec.name: worker.about for worker in workers}
        for dataset in datasets:
            shapes = {worker.spec.name: worker.ask(command="prepare", dataset=dataset) for worker in workers}
            for worker in workers:
                worker.wait_until_quiet(outcome.load)
            prepared = [(worker, ("fit", "predict")) for worker in workers]
            found = run_rounds(prepared, rounds, seconds, outcome.load, outcome.notes)
            figures = {
                kind: {name: Figure(kinds[kind]) for name, kinds in found.items()}
                for kind in ("fit", "predict")
            }
            outcome.timings.append(Timing(dataset, shapes, figures))


def find_searches(rounds: int, outcome: Outcome) -> None:
    """Time all fits on one thread, then the search by two processes, as often as wanted."""
    if len(available_cpus()) < 2:
        outcome.notes.append("no search: this process may use one CPU only")
        return
    with ExitStack() as stack:
        one, two = start(stack, OURS, 1), start(stack, OURS, 2, own_threads=False)
        for _ in range(rounds):
            alone = one.ask(command="search", jobs=1)
            one.wait_until_quiet(outcome.load)
            together = two.ask(command="search", jobs=2)
            two.wait_until_quiet(outcome.load)
            outcome.searches.append(
                {"fits": alone["fits"], "n_fits": alone["n_fits"], "search": together["seconds"]}
            )


def difference(scores: dict[str, list[list[float]]]) -> tuple[float, float]:
    """Return our mean score less scikit-learn's, and the standard error over the folds.

    Both saw the same folds, so it is the differences that vary; those of several seeds are averaged first.
    """
    ours, theirs = by_fold(scores[OURS]), by_fold(scores[THEIRS])
    differences = [a - b for a, b in zip(ours, theirs, strict=True)]
    return mean(differences), stdev(differences) / FOLDS**0.5


def by_fold(scores: list[list[float]]) -> list[float]:
    """Return the mean over the seeds for each fold."""
    return [mean(of_fold) for of_fold in zip(*scores, strict=True)]


def score_table(outcome: Outcome) -> str:
    head = ["5-fold score", "laminar", "scikit-learn", "difference", "within 2 SE or better"]
    rows = []
    for dataset, scores in outcome.scores.items():
        cells = [dataset]
        for library in (OURS, THEIRS):
            folds = by_fold(scores[library])
            cells.append(f"{mean(folds):.4f} ± {stdev(folds) / FOLDS**0.5:.4f}")
        value, error = difference(scores)
        rows.append([*cells, f"{value:+.4f} ± {error:.4f}", met(value >= -STANDARD_ERRORS * error)])
    return markdown(head, rows)


def fit_table(outcome: Outcome) -> str:
    head = ["fit, milliseconds", "rows", "columns", "laminar", "(median)", "threads", "epochs"]
    head += ["scikit-learn", "(median)", "threads", "epochs", "ratio", "(medians)", f"goal {FIT_GOAL:g}"]
    rows = []
    for timing in outcome.timings:
        shape = timing.shape[f"{OURS},1"]
        cells = [timing.dataset, f"{shape['rows']:,}", str(shape["columns"])]
        for library in (OURS, THEIRS):
            threads, figure = timing.best(library, "fit")
            cells += [f"{figure.minimum / 1e3:,.1f}", f"({figure.median / 1e3:,.1f})", threads]
            cells.append(str(timing.shape[f"{library},{threads}"]["epochs"]))
        ratio = timing.ratio("fit", "minimum")
        cells += [f"{ratio:.1f}", f"({timing.ratio('fit', 'median'):.1f})", met(ratio >= FIT_GOAL)]
        rows.append(cells)
    return markdown(head, rows)


def predict_table(outcome: Outcome) -> str:
    head = ["one row, microseconds", "laminar", "(median)", "threads", "scikit-learn", "(median)", "threads"]
    head += ["ratio", "(medians)", f"goal {PREDICT_GOAL:g}"]
    rows = []
    for timing in outcome.timings:
        cells = [timing.dataset]
        for library in (OURS, THEIRS):
            threads, figure = timing.best(library, "predict")
            cells += [microseconds(figure.minimum), f"({microseconds(figure.median)})", threads]
        ratio = timing.ratio("predict", "minimum")
        cells += [f"{ratio:.1f}", f"({timing.ratio('predict', 'median'):.1f})", met(ratio >= PREDICT_GOAL)]
        rows.append(cells)
    return markdown(head, rows)


def search_table(outcome: Outcome) -> str:
    head = ["GridSearchCV(n_jobs=2)", "fits", "fits on one thread, s", "search, s", "search / half the fits"]
    head.append(f"goal {SEARCH_GOAL:g}")
    rows = []
    for search in outcome.searches:
        ratio = search["search"] / (search["fits"] / 2)
        cells = ["digits", f"{search['n_fits']:g}", f"{search['fits']:.1f}", f"{search['search']:.1f}"]
        enough = search["fits"] > SEARCH_LEAST
        rows.append([*cells, f"{ratio:.2f}", met(ratio <= SEARCH_GOAL) if enough else "too short to tell"])
    return markdown(head, rows)


def met(passed: bool) -> str:
    return "met" if passed else "missed"


def text(outcome: Outcome) -> str:
    parts = []
    if outcome.scores:
        parts.append(score_table(outcome))
    if outcome.timings:
        parts += [fit_table(outcome), predict_table(outcome)]
    if outcome.searches:
        parts.append(search_table(outcome))
    notes = list(outcome.notes)
    if outcome.timings:
        notes.append(f"other processes used {outcome.load.share:.1%} of a CPU during fits and predictions")
        if outcome.load.repeated:
            notes[-1] += f"; {outcome.load.repeated} disturbed measurements were repeated"
        if outcome.load.share > NOISY:
            notes[-1] += ": TOO MUCH, measure again on an idle machine"
    return "\n\n".join([*parts, "\n".join(f"- {note}" for note in notes)]).rstrip()


def record(outcome: Outcome) -> dict[str, Any]:
    return {
        "machine": describe(),
        "processes": outcome.about,
        "scores": outcome.scores,
        "timings": [
            {
                "dataset": timing.dataset,
                "shapes": timing.shape,
                "figures": {
                    kind: {name: figure.as_json() for name, figure in figures.items()}
                    for kind, figures in timing.figures.items()
                },
            }
            for timing in outcome.timings
        ],
        "searches": outcome.searches,
        "notes": outcome.notes,
        "foreign_cpu_share": outcome.load.share,
        "repeated": outcome.load.repeated,
    }


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )

    def some_of(known: tuple[str, ...]) -> Any:
        def split(value: str) -> list[str]:
            chosen = value.split(",")
            if unknown := sorted(set(chosen) - set(known)):
                raise argparse.ArgumentTypeError(
                    f"unknown {', '.join(unknown)}; known are {', '.join(known)}"
                )
            return chosen

        return split

    parser.add_argument("--parts", type=some_of(PARTS), default=list(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument(
        "--datasets", type=some_of(DATASETS), default=list(DATASETS), help=f"of {', '.join(DATASETS)}"
    )
    parser.add_argument("--seeds", type=int, default=3, help="of the scores (3)")
    parser.add_argument("--rounds", type=int, default=5, help="fits of each process (5)")
    parser.add_argument(
        "--seconds", type=float, default=0.1, help="of one measured prediction in a round (0.1)"
    )
    parser.add_argument("--searches", type=int, default=2, help="repetitions of the search (2)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the JSON (benchmarks/results)")
    return parser.parse_args()


def main() -> int:
    options = parse()
    outcome = Outcome()
    if "scores" in options.parts:
        find_scores(options.datasets, options.seeds, outcome)
    if "times" in options.parts:
        find_times(options.datasets, options.rounds, options.seconds, outcome)
    if "search" in options.parts:
        find_searches(options.searches, outcome)
    print(text(outcome))
    options.out.mkdir(parents=True, exist_ok=True)
    write_json(options.out / "estimators.json", record(outcome))
    return 0


if __name__ == "__main__":
    sys.exit(main())
