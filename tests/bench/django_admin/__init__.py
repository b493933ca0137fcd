"""Django's admin on our rows, to be measured beside the dashboard; these sign in to it."""

USERNAME, PASSWORD = "lead", "benchmark only"
