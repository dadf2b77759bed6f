"""What happens to a resident's people: pregnancies, births, losses, children who grow, and their schedules."""
