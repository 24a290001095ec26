"""`python -m blocs` is `blocs`, also where the folder of the command is not on the path."""

from .cli import main

if __name__ == "__main__":
    main()
