"""The ordered runner gives what Rasa's own gives."""

from __future__ import annotations

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage

from bot.graph_runner import OrderedGraphRunner


def test_both_runners_understand_the_same(model_path):
    processor = Agent.load(str(model_path)).processor
    texts = ["hola", "vivo en barracas", "estoy perdiendo sangre", "/greet", "30.111.222"]
    by_dask = [processor._parse_message_with_graph(UserMessage(text, metadata={}), None) for text in texts]
    processor.graph_runner = OrderedGraphRunner(processor.graph_runner)
    assert [processor._parse_message_with_graph(UserMessage(text, metadata={}), None) for text in texts] == by_dask
