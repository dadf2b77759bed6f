"""Scores what the bot understands against files of `{"text", "now", …}` lines; needs neither Rasa nor a model."""
