"""People in training as a linear programme over cohorts: which places to add so that the fewest posts stay empty.

Receives arrays (:class:`Training`), hands on a :class:`Staffing`. The programme, for courses c, years t and requirements r
(a project's people of one skill in one place and year), with further students x, people y from a course at a
requirement, people z from the trade at large, and empty posts u::

    minimise    sum_ct k_ct x_ct + sum_cr m_cr y_cr + sum_r ( m_r z_r + l_r u_r )
    posts       sum_c y_cr + z_r + u_r = people_r
    graduates   sum_{r in t} y_cr <= e_ct + sum_{s: s + n_c <= t} q_c (1 - w_c)^(t - s - n_c) x_cs
    trade       sum_{r of skill, in t} z_r <= available of the skill
    places      x_ct <= most_c, and 0 before the course opens to more

Manpower planning by cohorts is from Bartholomew, Forbes and McClean, Statistical Techniques for Manpower Planning
(Wiley, 1991), chapter 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import linprog

from keruen.errors import SolveError

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Training:
    """Courses, requirements and the trade at large.

    Parameters
    ----------
    n_years
        Years that the plan looks at.
    course_skill, study : (n_courses,)
        Index of the skill that graduates have; whole years from beginning to work.
    completion, leaving : (n_courses,)
        Share who graduate; share of graduates who leave the trade in a year.
    standing : (n_courses, n_years)
        Graduates of today's places who are there in a year.
    most, place_cost : (n_courses, n_years)
        Most further students who begin, and the present value of what one of them costs [USD].
    post_skill, post_year : (n_posts,)
        Index of the skill and of the year of a requirement.
    people, empty_cost, pool_cost : (n_posts,)
        People needed; present value of a post that stays empty and of a person from the trade at large [USD].
    move_cost : (n_courses, n_posts)
        Present value of a graduate's working there [USD].
    available : (n_skills,)
        People of the trade at large in any year.
    """

    n_years: int
    course_skill: Ints
    study: Ints
    completion: Array
    leaving: Array
    standing: Array
    most: Array
    place_cost: Array
    post_skill: Ints
    post_year: Ints
    people: Array
    empty_cost: Array
    pool_cost: Array
    move_cost: Array
    available: Array


@dataclass(frozen=True)
class Staffing:
    """Who is taught and who works where.

    Parameters
    ----------
    added : (n_courses, n_years)
        Further students who begin.
    trained, pool, empty : (n_posts,)
        People from courses, people from the trade at large, posts that stay empty.
    cost
        Present value of the whole, empty posts included [USD].
    """

    added: Array
    trained: Array
    pool: Array
    empty: Array
    cost: float


def staff(training: Training, *, expand: bool = True) -> Staffing:
    """Return the cheapest way to fill the posts, empty ones at their cost.

    Parameters
    ----------
    training
        Courses and requirements.
    expand
        Whether places may be added.

    Raises
    ------
    SolveError
        If the solver ends without an answer.
    """
    n, m, k = training.course_skill.size, training.n_years, training.people.size
    # Columns: x by course and year, y by pair of course and post of its skill, z and u by post.
    course, post = np.nonzero(training.course_skill[:, None] == training.post_skill[None, :])
    pairs = course.size
    first_y, first_z, first_u = n * m, n * m + pairs, n * m + pairs + k
    size = first_u + k
    most = training.most if expand else np.zeros_like(training.most)
    cost = np.concatenate(
        [
            training.place_cost.ravel(),
            training.move_cost[course, post],
            training.pool_cost,
            training.empty_cost,
        ]
    )
    ones, posts = np.ones(k), np.arange(k)
    filled = sparse.csr_array(
        (
            np.concatenate([np.ones(pairs), ones, ones]),
            (
                np.concatenate([post, posts, posts]),
                np.concatenate([first_y + np.arange(pairs), first_z + posts, first_u + posts]),
            ),
        ),
        shape=(k, size),
    )
    graduates = _graduates(training)
    taught = sparse.csr_array(
        (np.ones(pairs), (course * m + training.post_year[post], first_y + np.arange(pairs))),
        shape=(n * m, size),
    )
    taught = taught - sparse.csr_array(sparse.hstack([graduates, sparse.csr_array((n * m, size - n * m))]))
    trade = sparse.csr_array(
        (ones, (training.post_skill * m + training.post_year, first_z + posts)),
        shape=(training.available.size * m, size),
    )
    upper = np.full(size, np.inf)
    upper[: n * m] = most.ravel()
    found = linprog(
        cost,
        A_ub=sparse.vstack([taught, trade], format="csr"),
        b_ub=np.concatenate([training.standing.ravel(), np.repeat(training.available, m)]),
        A_eq=filled,
        b_eq=training.people,
        bounds=np.column_stack([np.zeros(size), upper]),
        method="highs",
    )
    if found.status != 0:
        raise SolveError(f"the training model ended without an answer: {found.message}")
    x = np.asarray(found.x) + 0.0
    return Staffing(
        added=x[:first_y].reshape(n, m),
        trained=np.bincount(post, weights=x[first_y:first_z], minlength=k).astype(np.float64),
        pool=x[first_z:first_u],
        empty=x[first_u:],
        cost=float(found.fun),
    )


def _graduates(training: Training) -> sparse.csr_array:
    """Return who is there in a year (row) of a student who began in a year (column), by course."""
    n, m = training.course_skill.size, training.n_years
    rows, columns, values = [], [], []
    for c in range(n):
        for begun in range(m):
            for t in range(begun + int(training.study[c]), m):
                since = t - begun - int(training.study[c])
                rows.append(c * m + t)
                columns.append(c * m + begun)
                values.append(training.completion[c] * (1.0 - training.leaving[c]) ** since)
    return sparse.csr_array((values, (rows, columns)), shape=(n * m, n * m))
