"""The commands of the command line, by what they are for. `engine.cli` puts them together."""
