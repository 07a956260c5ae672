"""Settings for `pytest --nbval notebooks`, as in the workflow."""

import os

# A progress bar appears after a second, on a slow computer only. It is no
# output to compare. The last digits of results depend on the threads.
os.environ['TQDM_DISABLE'] = '1'
os.environ['OMP_NUM_THREADS'] = '1'
