"""What the commands do: each takes the parsed options, prints, and returns the exit code."""
