"""Run the command line with ``python -m kindward``."""

from kindward.cli import main

if __name__ == "__main__":
    main()
