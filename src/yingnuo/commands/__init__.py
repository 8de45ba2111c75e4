"""What does each subcommand do? One module each: `add_arguments(parser)` and `run(arguments) -> int`."""
