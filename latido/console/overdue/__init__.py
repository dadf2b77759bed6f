"""The overdue list ("búsqueda activa"): who has to be called, who calls, what came of it, and booking on her behalf."""
