"""How long understanding one message takes, by component: `python benchmarks/nlu_latency.py models/latido.tar.gz`.

Run it in the bot's environment. It prints milliseconds; nothing fails on them.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Callable

from rasa.core.agent import Agent
from rasa.shared.nlu.training_data.message import Message

from bot.graph_runner import OrderedGraphRunner

MESSAGES = (
    "hola",
    "buenas queria saber si puedo sacar turno xq estoy enbarazada de 5 meses y nunca me controle vivo en la 1 11 14",
    "toy perdiendo sangre y tengo 8 semanas",
    "vivo en Juan B. Justo y Cordoba",
    "mi dni es 30.111.222",
    "el jueves a la tarde puedo",
    "que vacunas le tocan a los 4 meses",
    "si",
)


def milliseconds(work: Callable[[], object], rounds: int) -> float:
    """Mean time of one piece of work."""
    work()
    start = time.perf_counter()
    for _ in range(rounds):
        work()
    return 1000 * (time.perf_counter() - start) / rounds


def fresh() -> list[Message]:
    """The messages, not yet understood."""
    return [Message(data={"text": text, "metadata": {}}) for text in MESSAGES]


def by_component(components: dict[str, object], rounds: int) -> dict[str, float]:
    """Mean time a message of each component, in the order of the pipeline."""
    spent = dict.fromkeys(components, 0.0)
    for _ in range(rounds):
        messages = fresh()
        for name, component in components.items():
            start = time.perf_counter()
            messages = component.process(messages)
            spent[name] += time.perf_counter() - start
    return {name: 1000 * seconds / rounds / len(MESSAGES) for name, seconds in spent.items()}


def report(model: str, rounds: int) -> None:
    """Prints the time of each component, and of the empty graph by Rasa's runner and by ours."""
    processor = Agent.load(model).processor
    nodes = processor.graph_runner._instantiated_nodes
    components = {name: node._component for name, node in nodes.items() if name.startswith("run_bot")}
    for name, each in by_component(components, rounds).items():
        print(f"{each:7.3f} ms  {name}")
    target = [processor.model_metadata.nlu_target]
    for runner in (processor.graph_runner, OrderedGraphRunner(processor.graph_runner)):
        inputs = {"__message__": [], "__tracker__": None}
        empty = milliseconds(lambda runner=runner, inputs=inputs: runner.run(inputs, target), rounds)
        print(f"{empty:7.3f} ms  machinery of {type(runner).__name__}, without a message")


def main() -> None:
    """Parses the command line."""
    logging.disable(logging.CRITICAL)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    report(options.model, options.rounds)


if __name__ == "__main__":
    main()
