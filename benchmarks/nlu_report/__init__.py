"""How well Latido understands, beside Rasa's stock pipeline on the same data: `make nlu-report`."""
