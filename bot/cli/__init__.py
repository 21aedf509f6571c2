"""The command line's sub-commands, one file each; `bot/__main__.py` puts them together."""
