"""How large Latido has to be: what a conversation leaves behind, measured, and what follows, computed."""
