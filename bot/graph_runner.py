"""Runs the nodes of a loaded model one after the other, in an order worked out once.

Rasa plans every run anew with dask, which costs more than our understanding itself (docs/adr/0003).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphNodeHook, GraphSchema
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.storage import ModelStorage


class OrderedGraphRunner(GraphRunner):
    """The nodes of Rasa's own runner, without its planning."""

    def __init__(self, runner: DaskGraphRunner) -> None:
        """Takes the loaded nodes of Rasa's runner."""
        self._schema = runner._graph_schema
        self._nodes = runner._instantiated_nodes
        self._instantiated_nodes = self._nodes
        self._order = lru_cache(maxsize=16)(self._plan)

    @classmethod
    def create(
        cls,
        graph_schema: GraphSchema,
        model_storage: ModelStorage,
        execution_context: ExecutionContext,
        hooks: list[GraphNodeHook] | None = None,
    ) -> OrderedGraphRunner:
        """Loads the nodes as Rasa does."""
        return cls(DaskGraphRunner.create(graph_schema, model_storage, execution_context, hooks))

    def replace(self, kind: type[Any], by: Callable[[Any], Any], where: Callable[[Any], bool]) -> None:
        """Lets another component stand in for each of exactly this kind for which `where` holds."""
        for node in self._nodes.values():
            if type(node._component) is kind and where(node._component):
                node._component = by(node._component)

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """The outputs of the targets."""
        wanted = tuple(targets or self._schema.target_names)
        done = {name: (name, value) for name, value in (inputs or {}).items()}
        for name in self._order(wanted):
            needs = self._schema.nodes[name].needs.values()
            done[name] = self._nodes[name](*(done[parent] for parent in needs if parent in done))
        return {name: done[name][1] for name in wanted}

    def _plan(self, targets: tuple[str, ...]) -> tuple[str, ...]:
        order: list[str] = []

        def visit(name: str) -> None:
            if name in self._schema.nodes and name not in order:
                for parent in self._schema.nodes[name].needs.values():
                    visit(parent)
                order.append(name)

        for target in targets:
            visit(target)
        return tuple(order)
