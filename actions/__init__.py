"""What Latido does when it answers: one thin module per journey, and one client of care."""
