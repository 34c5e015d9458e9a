"""Data printed in textbooks and manuals; the results printed beside it stand in the tests that use it.

What the tests reproduce, none of it computed here:

1. AML, Kaplan-Meier table with Greenwood's errors (R `survival`, `summary(survfit(...))`).
2. AML, restricted means up to week 161 and their errors (R `survival`, `print(..., print.rmean = TRUE)`).
3. AML, medians with their intervals (R `survival`, `print(survfit(...))`).
4. AML, log-rank test (R `survival`, `survdiff`).
5. Remission under 6-MP and placebo, Kaplan-Meier table (Kleinbaum and Klein, "Survival Analysis", ch. 2).
6. Remission, medians (MASS, `gehan`).
7. Remission, log-rank test (Kleinbaum and Klein, ch. 2).
8. Remission, log-rank test stratified by white blood cells (Kleinbaum and Klein, ch. 2).
9. Single proportions, Wilson's interval (Newcombe 1998, Statistics in Medicine 17, 857-872, Table I).
10. Differences of proportions, method 10 (Newcombe 1998, Statistics in Medicine 17, 873-890, Table II).
11. Eight clinics, Cochran-Mantel-Haenszel (Agresti, "Categorical Data Analysis", sections 6.3 and 6.4).
12. Admissions at Berkeley, Cochran-Mantel-Haenszel (R, `UCBAdmissions`; Penn State STAT 504).
13. Penicillin and rabbits, Cochran-Mantel-Haenszel (Mantel 1963; Agresti).
14. Teeth of guinea pigs, Welch's interval (R, `t.test(len ~ supp, data = ToothGrowth)`).
15. Arthritis, Wilcoxon's rank sum with ties (SAS/STAT User's Guide, PROC NPAR1WAY, example 1).
16. Cars, analysis of covariance (R, `lm(mpg ~ am + wt, data = mtcars)`).
17. Holm's adjustment (pingouin manual, `multicomp`).
18. BCG vaccine, fixed effect (Colditz and others 1994; Stata `metan` as held in metafor's own tests).
19. Mendel's peas, chi-square of a split (any textbook).
20. A split of 821,588 and 815,482 users (Kohavi, Tang and Xu 2020, ch. 21).
21. Sizes of trials (Pocock 1983, "Clinical Trials", Table 9.1; Armitage, Berry and Matthews, "Statistical
    Methods in Medical Research"; powerandsamplesize.com after Chow, Shao and Wang 2008, p. 58).
22. Primary biliary cirrhosis, restricted means up to 10 years, their errors, their difference with its
interval and
    its p-value (R `survRM2`, vignette).
"""

import csv
from pathlib import Path

import numpy as np

from experiments.survival import Arm, Floats


def _numbers(text: str) -> Floats:
    return np.array(text.split(), dtype=np.float64)


# AML: Miller (1997), "Survival Analysis"; `aml` in R's survival package. Weeks to relapse of leukaemia
# patients with and without maintained chemotherapy.
MAINTAINED_WEEKS = np.array([9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], dtype=np.float64)
MAINTAINED_RELAPSED = np.array([1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0], dtype=np.bool_)

NOT_MAINTAINED_WEEKS = np.array([5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45], dtype=np.float64)
NOT_MAINTAINED_RELAPSED = np.array([1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1], dtype=np.bool_)

MAINTAINED = Arm(MAINTAINED_WEEKS, MAINTAINED_RELAPSED)
NOT_MAINTAINED = Arm(NOT_MAINTAINED_WEEKS, NOT_MAINTAINED_RELAPSED)


def cirrhosis(arm: str) -> Arm:
    """Years to death of the patients of an arm (`penicillamine`, `placebo`) of the Mayo Clinic's trial in
    primary biliary cirrhosis: the first 312 rows of `pbc` in R's survival package, transplants censored."""
    with (Path(__file__).parent / "pbc.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["arm"] == arm]
    return Arm(
        np.array([float(row["days"]) / 365.25 for row in rows]),
        np.array([row["is_dead"] == "1" for row in rows], dtype=np.bool_),
    )


# Freireich and others (1963), Blood 21, 699-716: weeks of remission of 42 children with leukaemia, and the
# logarithm of their white blood cells as printed by Kleinbaum and Klein.
SIX_MP = Arm(
    np.array(
        [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35], dtype=np.float64
    ),
    np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], dtype=np.bool_),
)
SIX_MP_LOG_CELLS = _numbers(
    "2.31 4.06 3.28 3.20 4.43 2.80 2.96 2.70 2.60 2.88 3.60 2.16 2.05 2.01 2.32 2.57 1.78 2.20 2.53 1.47 1.45"
)
PLACEBO = Arm(
    np.array([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23], dtype=np.float64),
    np.ones(21, dtype=np.bool_),
)
PLACEBO_LOG_CELLS = _numbers(
    "2.80 5.00 4.91 4.48 4.01 4.36 2.42 3.49 3.97 3.52 3.05 2.32 3.26 3.49 2.12 1.50 3.06 2.30 2.95 2.73 1.97"
)

# Beitler and Landis (1985): cured of all treated with the cream, cured of all in control, in eight clinics.
EIGHT_CLINICS = [
    ((11, 36), (10, 37)),
    ((16, 20), (22, 32)),
    ((14, 19), (7, 19)),
    ((2, 16), (1, 17)),
    ((6, 17), (0, 12)),
    ((1, 11), (0, 10)),
    ((1, 5), (1, 9)),
    ((4, 6), (6, 7)),
]

# Bickel and others (1975): admitted of all men, admitted of all women, in six departments.
BERKELEY = [
    ((512, 825), (89, 108)),
    ((353, 560), (17, 25)),
    ((120, 325), (202, 593)),
    ((138, 417), (131, 375)),
    ((53, 191), (94, 393)),
    ((22, 373), (24, 341)),
]

# Mantel (1963): rabbits cured with penicillin at once and after 1.5 hours, at five doses.
RABBITS = [((0, 6), (0, 5)), ((3, 6), (0, 6)), ((6, 6), (2, 6)), ((5, 6), (6, 6)), ((2, 2), (5, 5))]

# Crampton (1947), `ToothGrowth` in R: length of teeth after orange juice and after ascorbic acid.
ORANGE_JUICE = _numbers(
    "15.2 21.5 17.6 9.7 14.5 10.0 8.2 9.4 16.5 9.7 "
    "19.7 23.3 23.6 26.4 20.0 25.2 25.8 21.2 14.5 27.3 "
    "25.5 26.4 22.4 24.5 24.8 30.9 26.4 27.3 29.4 23.0"
)
ASCORBIC_ACID = _numbers(
    "4.2 11.5 7.3 5.8 6.4 10.0 11.2 11.2 5.2 7.0 "
    "16.5 16.5 15.2 17.3 22.5 17.3 13.6 14.5 18.8 15.5 "
    "23.6 18.5 33.9 25.5 26.4 32.5 26.7 21.5 23.3 29.5"
)

# SAS/STAT User's Guide: response of patients with arthritis, 5 is excellent, 1 is poor.
ARTHRITIS_ACTIVE = np.repeat([5.0, 4.0, 3.0, 2.0, 1.0], [5, 11, 5, 1, 5])
ARTHRITIS_PLACEBO = np.repeat([5.0, 4.0, 3.0, 2.0, 1.0], [2, 4, 7, 7, 12])

# Motor Trend (1974), `mtcars` in R: miles per gallon, manual gears, weight in 1000 pounds.
CARS_MILES = _numbers(
    "21 21 22.8 21.4 18.7 18.1 14.3 24.4 22.8 19.2 17.8 16.4 17.3 15.2 10.4 10.4 "
    "14.7 32.4 30.4 33.9 21.5 15.5 15.2 13.3 19.2 27.3 26 30.4 15.8 19.7 15 21.4"
)
CARS_ARE_MANUAL = np.array([1] * 3 + [0] * 14 + [1] * 3 + [0] * 5 + [1] * 7, dtype=np.bool_)
CARS_WEIGHT = _numbers(
    "2.62 2.875 2.32 3.215 3.44 3.46 3.57 3.19 3.15 3.44 3.44 4.07 3.73 3.78 5.25 5.424 "
    "5.345 2.2 1.615 1.835 2.465 3.52 3.435 3.84 3.845 1.935 2.14 1.513 3.17 2.77 3.57 2.78"
)

# Colditz and others (1994): tuberculosis and none among the vaccinated, tuberculosis and none in control.
BCG_TRIALS = np.array(
    [
        [4, 119, 11, 128],
        [6, 300, 29, 274],
        [3, 228, 11, 209],
        [62, 13536, 248, 12619],
        [33, 5036, 47, 5761],
        [180, 1361, 372, 1079],
        [8, 2537, 10, 619],
        [505, 87886, 499, 87892],
        [29, 7470, 45, 7232],
        [17, 1699, 65, 1600],
        [186, 50448, 141, 27197],
        [5, 2493, 3, 2338],
        [27, 16886, 29, 17825],
    ],
    dtype=np.float64,
)
