"""What each command of `eslatam` does. `run` returns the exit status."""
