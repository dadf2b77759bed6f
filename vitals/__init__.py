"""What the bot's and the actions' process tell of themselves, and how they leave: for Sanic, in Rasa's environment."""

from vitals.leaving import drains_on_sigterm, ends_its_connection, is_leaving
from vitals.metrics import answer_metrics, count_failure, name_model, turn_under_way
from vitals.telling import tell_of_part

__all__ = [
    "answer_metrics",
    "count_failure",
    "drains_on_sigterm",
    "ends_its_connection",
    "is_leaving",
    "name_model",
    "tell_of_part",
    "turn_under_way",
]
