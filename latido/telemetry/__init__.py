"""What operators of the machines read: metrics of each process and of the work that waits, and traces."""
