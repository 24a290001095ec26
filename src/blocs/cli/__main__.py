"""`python -m blocs.cli`."""

from . import main

main()
