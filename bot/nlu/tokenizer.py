"""Words of chat Spanish as Rasa tokens."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.text import words_of


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class ChatTokenizer(Tokenizer):
    """Splits `onda,necesito` and `p/mañana`, keeps emoji, reads `xq` as `porque`."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Rasa's defaults of a tokenizer: intents are whole."""
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    @classmethod
    def create(cls, config: dict[str, Any], *_: Any, **__: Any) -> ChatTokenizer:
        """A new tokenizer."""
        return cls(config)

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """The tokens of one attribute of a message."""
        text = message.get(attribute)
        seen: dict[int, Token] = {}
        for word in words_of(text):
            seen.setdefault(word.start, Token(text[word.start : word.end], word.start, word.end))
        return list(seen.values())
