"""Shorter titles, as a teacher would have written them: read the table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.rules.titles import shorter

#: Title, limit, what is suggested.
TABLE = [
    # many numbers: the beginning stays whole, a list becomes its ends
    ("Unit 3 Lesson 4 Practice Problems 1-20 Even Numbers Only pages 45-48 due Friday", 50,
     "Unit 3 Lesson 4 Practice Problems 1-20 Even"),
    ("Unit 3 Lesson 4 Practice Problems 1-20 Even Numbers Only pages 45-48 due Friday", 30, "Unit 3 Lesson 4 Practice"),
    ("Chapter 12 Section 3 Homework: problems 1, 3, 5, 7, 9, 11, 13, 15, 17 and 19 on page 245", 50,
     "Chapter 12 Section 3 Homework: problems 1 to 19"),
    ("Chapter 12 Section 3 Homework: problems 1, 3, 5, 7, 9, 11, 13, 15, 17 and 19 on page 245", 30,
     "Chapter 12 Section 3 Homework"),
    ("Homework 1.1 1.2 1.3 1.4 1.5 1.6 1.7 1.8 1.9 1.10 1.11 1.12 1.13", 50, "Homework 1.1 to 1.13"),
    ("Homework 1.1 1.2 1.3 1.4 1.5 1.6 1.7 1.8 1.9 1.10 1.11 1.12 1.13", 30, "Homework 1.1 to 1.13"),
    ("IXL 7.NS.A.1, 7.NS.A.2, 7.NS.A.3 Rational Number Operations Practice Set", 50,
     "IXL 7.NS.A.1 to 7.NS.A.3 Rational Number"),
    ("Reading Log Week 7 (October 12 - October 16) Chapters 5, 6, 7 of Holes", 50,
     "Reading Log Week 7 (October 12 - October 16)"),
    ("Reading Log Week 7 (October 12 - October 16) Chapters 5, 6, 7 of Holes", 30, "Reading Log Week 7"),
    ("Math Fact Fluency Test 4th Grade Multiplication 0-12 Timed 3 minutes 100 problems", 50,
     "Math Fact Fluency Test 4th Grade Multiplication"),
    ("Act 3 Scene 2 Romeo and Juliet Annotations and Discussion Questions 1-10", 50,
     "Act 3 Scene 2 Romeo and Juliet Annotations"),
    ("Vocabulary 15 Quiz 15 Words 1-15 Level 5 Book 5 Lesson 15 Retake 2", 50,
     "Vocabulary 15 Quiz 15 Words 1-15 Level 5 Retake 2"),
    ("Vocabulary 15 Quiz 15 Words 1-15 Level 5 Book 5 Lesson 15 Retake 2", 30, "Vocabulary 15 Quiz 15 Retake 2"),
    # the number that tells it from the next one stays, with its word and without its bracket
    ("Case Study of the Industrial Revolution in Northern England Part 2", 50,
     "Case Study of the Industrial Revolution Part 2"),
    ("Case Study of the Industrial Revolution in Northern England Part 3", 30, "Case Study Part 3"),
    ("Case Study of the Industrial Revolution in Northern England, Part II", 30, "Case Study Part II"),
    ("2025-2026 Semester 1 Final Exam Review Packet for Algebra 2 Honors (Period 3)", 50,
     "2025-2026 Semester 1 Final Exam Review Period 3"),
    ("NGSS MS-PS2-2 Newton's 2nd Law Investigation: Force, Mass & Acceleration (Day 3 of 5)", 50,
     "NGSS MS-PS2-2 Newton's 2nd Law Day 3"),
    ("Photosynthesis and Cellular Respiration Lab Report (Lab 5) Final Draft Version 2", 50,
     "Photosynthesis and Cellular Respiration Version 2"),
    ("Photosynthesis and Cellular Respiration Lab Report (Lab 5) Final Draft Version 2", 30,
     "Photosynthesis Version 2"),
    ("Pre-AP World History and Geography: Unit 1 Ancient Period, c. 600 B.C.E. Test Corrections", 30,
     "Pre-AP World History Unit 1"),
    ("Edpuzzle: The French Revolution - Crash Course World History #29 (10 points)", 50,
     "Edpuzzle: The French Revolution - Crash Course #29"),
    ("Guided notes on the causes of the Civil War in the border states 14", 50,
     "Guided notes on the causes of the Civil War 14"),
    # a number that only says where to look or what it is worth is not worth its room
    ("Lab Report 4 - Measuring the Acceleration of Gravity (g = 9.81 m/s^2) with a Pendulum", 50,
     "Lab Report 4 - Measuring the Acceleration"),
    ("Lab Report 4 - Measuring the Acceleration of Gravity (g = 9.81 m/s^2) with a Pendulum", 30,
     "Lab Report 4 - Measuring"),
    ("Essay Draft 1: The Great Gatsby and the American Dream in the 1920s", 50,
     "Essay Draft 1: The Great Gatsby and the American"),
    ("Weekly Assignment for the Week of Monday, September 14th through Friday, September 18th", 50,
     "Weekly Assignment for the Week September 14th"),
    # no numbers: words, and no loose end
    ("Quiz 3.2: Solving Systems of Linear Equations by Substitution and Elimination", 50,
     "Quiz 3.2: Solving Systems of Linear Equations"),
    ("Interdisciplinary project presentation rubric reflection self-assessment", 50,
     "Interdisciplinary project presentation rubric"),
    ("Lectura de la novela de Gabriel García Márquez y preguntas de comprensión", 30, "Lectura de la novela"),
    ("Supercalifragilisticexpialidociousandthensomemorelettersuntilitistoolong", 30, "Supercalifragilisticexpialidoc"),
    ("Supercalifragilisticexpialidociousandthensomemorelettersuntilitistoolong 2", 30,
     "Supercalifragilisticexpialid 2"),
    ("(Optional extra practice for the brave) Problem set", 20, "(Optional extra prac"),
]  # fmt: skip


@pytest.mark.parametrize(("title", "limit", "suggested"), TABLE)
def test_a_teacher_would_take_it(title: str, limit: int, suggested: str) -> None:
    assert len(title) > limit
    assert shorter(title, limit) == suggested


@pytest.mark.parametrize(
    "name", ["Part {}", "(Version {})", "#{}", "- Day {} of 40", "Notes {}", "Retake {}"]
)
@pytest.mark.parametrize("limit", [20, 30, 50])
def test_titles_of_a_series_stay_as_many_titles(name: str, limit: int) -> None:
    long = "Unit 4 Investigation: How the Water Cycle Shapes the Land We Live On " + name

    assert len({shorter(long.format(number), limit) for number in range(1, 31)}) == 30


@given(
    words=st.lists(
        st.sampled_from(
            ["Unit", "3", "Part", "12,", "and", "(", "(Day", "of", "5)", "#7", "-", "Photosynthesis", "1-20"]
        ),
        min_size=1,
        max_size=20,
    ),
    limit=st.integers(1, 60),
)
def test_whatever_the_words_it_fits_and_has_no_loose_end(words: list[str], limit: int) -> None:
    text = shorter(" ".join(words), limit)

    assert 0 < len(text) <= limit
    if len(" ".join(words)) > limit > max(map(len, words)):
        assert text == " ".join(text.split())
