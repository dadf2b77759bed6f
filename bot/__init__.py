"""What runs inside the Rasa process: channel, tracker store, start-up check and NLU components."""
