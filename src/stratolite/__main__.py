"""``python -m stratolite`` is the command ``stratolite``."""

from stratolite.cli.main import main

if __name__ == "__main__":
    main()
