"""Data that is printed in textbooks, with results that are printed beside it.

AML: Miller (1997), "Survival Analysis"; `aml` in R's survival package. Weeks to relapse of leukaemia patients
with and without maintained chemotherapy.
"""

import numpy as np

MAINTAINED_WEEKS = np.array([9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], dtype=np.float64)
MAINTAINED_RELAPSED = np.array([1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0], dtype=np.bool_)

NOT_MAINTAINED_WEEKS = np.array([5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45], dtype=np.float64)
NOT_MAINTAINED_RELAPSED = np.array([1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1], dtype=np.bool_)
