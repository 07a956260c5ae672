"""`python -m d2l_bert` is the d2l-bert command."""

import sys

from .cli import main

if __name__ == '__main__':
    sys.exit(main())
